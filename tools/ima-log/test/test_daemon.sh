#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# archive as a daemon: what it tells the service manager, thresholds, its end.

set -e
. "$(dirname "$0")/lib.sh"
mkdir archive securityfs
export IMA_LOG_BOOT_ID=boot-1
dirs="--archive=archive --securityfs=securityfs"
list=securityfs/binary_runtime_measurements
count=securityfs/runtime_measurements_count
"$MAKE_LOG" --records 5000 whole pcrs
"$MAKE_LOG" --records 4000 $list unused
echo 4000 > $count

# one line for each message
python3 - << 'END' &
import os, socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("notify")
with open("told", "a") as out:
    while True:
        print(s.recv(4096).decode().replace("\n", " "), file=out, flush=True)
END
listener=$!
pid=
trap 'kill $listener $pid' EXIT
export NOTIFY_SOCKET=$PWD/notify

saved()
{
	"$IMA_LOG" export $dirs --no-live 2> /dev/null | cmp -s - "$1"
}

wait_for test -S notify
# a threshold, and an interval that is too long to matter
"$IMA_LOG" archive --daemon --interval=1000 --records=4500 $dirs &
pid=$!
wait_for grep -q READY=1 told
# in a long first catch-up it asks for more time before it is ready
head -n 1 told | grep -q "WATCHDOG=1 EXTEND_TIMEOUT_USEC="
wait_for grep -qx WATCHDOG=1 told
saved $list
cp whole $list
wait_for grep -qx WATCHDOG=1 told
if saved whole; then		# the threshold is not reached
	echo "saved below the threshold"
	exit 1
fi
echo 4500 > $count
wait_for saved whole
"$IMA_LOG" status $dirs > status
# the threshold stays exceeded, as nothing can be dropped: no cycle each second
: > told
until [ "$(grep -cx WATCHDOG=1 told)" -ge 8 ]; do
	sleep 0.1
done
[ "$(grep -c ^STATUS= told)" -le 5 ]
kill $pid
wait $pid
pid=
wait_for grep -q STOPPING=1 told

# a number of bytes in the kernel, as the records so far have on average
mkdir sized
: > told
size=$(stat -c %s whole)
cp whole $list
echo 5000 > $count
"$IMA_LOG" archive --daemon --interval=1000 --archive-only \
	--bytes=$((size + size / 10)) --archive=sized --securityfs=securityfs &
pid=$!
wait_for grep -q READY=1 told
sized()
{
	"$IMA_LOG" export --archive=sized --no-live 2> /dev/null | cmp -s - "$1"
}
sized whole
"$MAKE_LOG" --records 6000 more unused
cp more $list
echo 5400 > $count
: > told
until [ "$(grep -cx WATCHDOG=1 told)" -ge 3 ]; do
	sleep 0.1
done
if sized more; then
	echo "saved below the threshold of bytes"
	exit 1
fi
echo 6000 > $count
wait_for sized more
kill $pid
wait $pid
pid=
cp whole $list
wait_for grep -q STOPPING=1 told

pid=$listener

# Not ready before the first cycle has succeeded: it says why, does not ask for
# more time than a start may take, and tries again.
mkdir late
start_late()
{
	: > told
	echo nonsense > securityfs/trim
	"$IMA_LOG" archive --daemon --archive-only \
		--archive=late --securityfs=securityfs 2> late.err &
	pid=$!
	wait_for grep -q "STATUS=securityfs/trim does not hold a number" told
	: > told
	wait_for grep -q "STATUS=securityfs/trim does not hold a number" told
	not_ready
}

# and no more time was asked for
not_ready()
{
	if grep -e READY -e EXTEND told; then
		echo "it has told so"
		exit 1
	fi
}

start_late
echo 0 > securityfs/trim
wait_for grep -q READY=1 told
"$IMA_LOG" export --archive=late --no-live 2> /dev/null | cmp - whole
grep -q "^STATUS=epoch 1, 5000 records are saved" told
kill $pid
wait $pid
# stopped while it is not ready: that was no success
start_late
kill $pid
rc=0
wait $pid || rc=$?
[ $rc = 4 ]
wait_for grep -q STOPPING=1 told
not_ready
# a full disk, here a limit of the file's size: it waits for room
mkdir full
: > told
echo 0 > securityfs/trim
# (also where nobody ignores the signal that goes with it)
(ulimit -S -f 100
	exec "$IMA_LOG" archive --daemon --archive-only \
		--archive=full --securityfs=securityfs 2> full.err) &
pid=$!
wait_for grep -q "STATUS=disk full" told
: > told
wait_for grep -q "STATUS=disk full" told
not_ready
prlimit --pid $pid --fsize=unlimited
wait_for grep -q READY=1 told
"$IMA_LOG" export --archive=full --no-live 2> /dev/null | cmp - whole
kill $pid
wait $pid
# bytes behind the list's end that are no record: not the archive's fault
head -c 100 /dev/zero >> $list
: > told
echo 0 > securityfs/trim
"$IMA_LOG" archive --daemon --archive-only --archive=late \
	--securityfs=securityfs 2> late.err &
pid=$!
wait_for grep -q "STATUS=the kernel's list has bytes" told
: > told
wait_for grep -q "STATUS=the kernel's list has bytes" told
not_ready
cp whole $list
wait_for grep -q READY=1 told
kill $pid
wait $pid
head -c 100 /dev/zero >> $list
rc=0
"$IMA_LOG" archive --archive-only --archive=late \
	--securityfs=securityfs 2> late.err || rc=$?
[ $rc = 3 ]
"$IMA_LOG" export --archive=late --no-live 2> /dev/null | cmp - whole
cp whole $list
# a damaged archive is no reason to wait
echo 0 > securityfs/trim
: > told
sed -i "s/^order .*/order none/" late/0000000001/epoch
rc=0
"$IMA_LOG" archive --daemon --archive=late \
	--securityfs=securityfs 2> late.err || rc=$?
[ $rc = 3 ]
grep -q damaged late.err
not_ready
pid=$listener
