#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Where things are: an option, or the environment; help; wrong words.

set -e
mkdir securityfs
export IMA_LOG_BOOT_ID=boot-1
"$MAKE_LOG" --records 50 securityfs/binary_runtime_measurements pcrs
unset IMA_LOG_ARCHIVE
export IMA_LOG_SECURITYFS=securityfs
mkdir by-variable by-option
durable()
{
	"$IMA_LOG" status "$@" | grep -qx "durable  *50"
}

export IMA_LOG_ARCHIVE=by-variable
"$IMA_LOG" archive
durable
[ -d by-variable/0000000001 ]
durable --archive=by-option && exit 1
"$IMA_LOG" archive --archive=by-option
durable --archive by-option
# in both forms, for each command that reads it
for archive in "--archive=by-option" "--archive by-option"; do
	# shellcheck disable=SC2086
	IMA_LOG_ARCHIVE=/nonexistent "$IMA_LOG" export $archive 2> /dev/null |
		cmp - securityfs/binary_runtime_measurements
done

# help, in every way, for every command; it does nothing else
"$PLAIN" --help > help
"$PLAIN" -h | cmp - help
"$PLAIN" help | cmp - help
for command in archive attest export follow prune status verify; do
	grep -q "^  $command " help
	"$PLAIN" $command --help > said
	grep -q "^Usage: ima-log $command" said
	"$PLAIN" $command -h | cmp - said
	"$PLAIN" help $command | cmp - said
	"$PLAIN" $command --archive=new -h | cmp - said
	rc=0
	"$PLAIN" $command --nonsense 2> said || rc=$?
	[ $rc = 2 ]
	[ ! -e new ]
done
usage()
{
	rc=0
	"$PLAIN" "$@" 2> said || rc=$?
	[ $rc = 2 ] || { cat said; exit 1; }
}
usage nonsense
usage archive word
usage status word
usage archive --interval=0
grep -q -e '--interval cannot be "0"' said
usage archive --bytes=12X
usage follow --agent-limit=many file
usage follow
usage follow one two

# a file that is not read any more is not silently left out of account
if [ "$(id -u)" = 0 ]; then
	cat > in_etc << 'END'
mount -t tmpfs tmpfs /etc
echo interval = 7 > /etc/ima-log.conf
exec "$@"
END
	rc=0
	unshare -m sh in_etc "$IMA_LOG" status 2> said || rc=$?
	[ $rc = 2 ]
	grep -q "/etc/ima-log.conf is not read any more: .*/etc/default/ima-log" said
	unshare -m sh in_etc "$IMA_LOG" --help | cmp - help
else
	echo "root is needed for a file in /etc"
	exit 1
fi

# the request that would be made, and that none is
says()
{
	local want=$1

	shift
	"$IMA_LOG" archive --dry-run "$@" | grep -qx "$want"
}
says "50 records, the kernel cannot remove any"
touch securityfs/binary_runtime_measurements_staged
says 50
echo 3 > securityfs/trim
says 3:50
says "50 records, none is to be removed" --archive-only
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
	IMA_LOG_BOOT_ID=boot-$i "$IMA_LOG" archive --archive=many --archive-only $keep
	case $i in
	2) [ -d many/0000000001 ] && [ -d many/0000000002 ] ;;
	3) [ ! -e many/0000000001 ] && [ -d many/0000000002 ] ;;
	4) [ ! -e many/0000000003 ] && [ -d many/0000000004 ] ;;
	5) [ ! -e many/0000000004 ] && [ -d many/0000000005 ] ;;
	esac
done
