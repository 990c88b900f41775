#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A bounded run over the corpus; "make fuzz" is the long one.

set -e
mkdir corpus
"$MAKE_LOG" --corpus corpus
exec "$(dirname "$IMA_LOG")/fuzz-bounded" corpus/*
