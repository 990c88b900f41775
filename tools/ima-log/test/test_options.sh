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
"$IMA_LOG" verify --pcrs pcrs | grep -q ^verified
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

# more lines than an agent can send
sed -i "s/^durable .*/durable 400000/" by-option/status
"$IMA_LOG" status --archive=by-option > /dev/null
sed -i "s/^durable .*/durable 400001/" by-option/status
rc=0
"$IMA_LOG" status --archive=by-option > said || rc=$?
[ $rc = 1 ]
grep -q "^warning: more records" said

# what would be asked for, and that nothing is
says()
{
	local want=$1

	shift
	"$IMA_LOG" archive --config=/dev/null --securityfs=securityfs --dry-run \
		"$@" | grep -qx "$want"
}
says "50 records, the kernel cannot drop any"
touch securityfs/binary_runtime_measurements_staged
says 50
echo 3 > securityfs/trim
says 3:50
says "50 records, nothing is to be dropped" --archive-only
rm securityfs/trim securityfs/binary_runtime_measurements_staged

# boots without a TPM, each with a list of its own, are epochs
mkdir many
for i in 1 2 3 4 5; do
	case $i in
	3) keep=--keep-epochs=2 ;;
	4) keep=--max-bytes=1k ;;
	5) keep=--keep-free=15000000000G ;;
	*) keep= ;;
	esac
	"$MAKE_LOG" --records $((10 * i)) --kind "$(echo files templates snapshots large files | cut -d' ' -f $i)" \
		securityfs/binary_runtime_measurements pcrs
	IMA_LOG_BOOT_ID=boot-$i "$IMA_LOG" archive --archive=many --archive-only \
		--securityfs=securityfs $keep
	case $i in
	2) [ -d many/0000000001 ] && [ -d many/0000000002 ] ;;
	3) [ ! -e many/0000000001 ] && [ -d many/0000000002 ] ;;
	4) [ ! -e many/0000000003 ] && [ -d many/0000000004 ] ;;
	5) [ ! -e many/0000000004 ] && [ -d many/0000000005 ] ;;
	esac
done
