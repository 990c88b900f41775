#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Where things are: an option, the environment, what the configuration says.

set -e
mkdir securityfs
export IMA_LOG_BOOT_ID=boot-1
"$MAKE_LOG" --records 50 securityfs/binary_runtime_measurements pcrs
export IMA_LOG_CONFIG=$PWD/conf
unset IMA_LOG_ARCHIVE IMA_LOG_SECURITYFS
cat > conf << 'END'
# of all commands
interval = 7
 archive=by-conf	# here
securityfs	= securityfs
END
mkdir by-conf by-variable by-option
durable()
{
	"$IMA_LOG" status "$@" | grep -qx "durable  *50"
}

"$IMA_LOG" archive
durable
[ -d by-conf/0000000001 ]
"$IMA_LOG" export 2> /dev/null | cmp - securityfs/binary_runtime_measurements
"$IMA_LOG" verify --archive --pcrs pcrs | grep -q ^verified
export IMA_LOG_ARCHIVE=by-variable
durable && exit 1
"$IMA_LOG" archive
durable
[ -d by-variable/0000000001 ]
durable --archive=by-option && exit 1
"$IMA_LOG" archive --archive=by-option
durable --archive=by-option
# a file that is named goes before the environment, and is the only one
echo "archive = by-name" > named
mkdir by-name
"$IMA_LOG" archive --config=named --securityfs=securityfs
[ -d by-name/0000000001 ]
