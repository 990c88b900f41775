#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# follow fails closed: killed and ended at random moments under a service
# manager that keeps its descriptors, it leaves no reader with a list that is
# behind.  KILLS=N makes it longer.

set -e
mkdir archive securityfs
export IMA_LOG_BOOT_ID=boot-1
dirs="--archive=archive --securityfs=securityfs"
list=securityfs/binary_runtime_measurements
model=$(dirname "$MAKE_LOG")/../test/restart-model.py
"$MAKE_LOG" --records 50 $list pcrs
"$MAKE_LOG" --records 20000 new pcrs
"$IMA_LOG" archive $dirs

SEED=$RANDOM "$model" $list new ascii "${KILLS:-16}" "$IMA_LOG" follow $dirs ascii
