#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Each command once under valgrind; "make valgrind" is the long form.

set -e
log()
{
	valgrind -q --error-exitcode=99 --leak-check=full "$PLAIN" "$@" || {
		echo "exit $?: $*"
		exit 1
	}
}

mkdir archive securityfs
dirs="--archive=archive --securityfs=securityfs"
for kind in templates-big snapshots-little files-little; do
	log verify --json --records --pcrs "$DATA/$kind.pcrs" "$DATA/$kind"
done > /dev/null
cp "$DATA/snapshots-little" securityfs/binary_runtime_measurements
log archive $dirs
log export $dirs --format ascii > ascii
log status $dirs --json
log verify $dirs --pcrs "$DATA/snapshots-little.pcrs" --save-state state
log verify $dirs --pcrs "$DATA/snapshots-little.pcrs" --resume state
