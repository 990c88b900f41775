#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# follow: never behind a quote, never a torn line, across a restart.

set -e
mkdir archive securityfs
export IMA_LOG_BOOT_ID=boot-1
dirs="--archive=archive --securityfs=securityfs"
"$MAKE_LOG" --records 50 securityfs/binary_runtime_measurements pcrs
"$MAKE_LOG" --records 20000 new pcrs
"$IMA_LOG" archive --config=/dev/null $dirs

start()
{
	"$IMA_LOG" follow $FOLLOW_OPTIONS $dirs ascii 2> follow.err &
	pid=$!
	for _ in $(seq 100); do
		grep -q records follow.err && return
		kill -0 $pid 2> /dev/null || break
		sleep 0.1
	done
	cat follow.err
	return 1
}

# Where reads cannot be held, it must refuse; with --allow-lag it follows.
lag()
{
	grep -q "reads cannot be held" follow.err
	wait $pid && exit 1
	FOLLOW_OPTIONS=--allow-lag
	start
	trap 'kill $pid' EXIT
	cat new >> securityfs/binary_runtime_measurements
	for _ in $(seq 100); do
		"$IMA_LOG" export $dirs --format ascii 2> /dev/null |
			cmp -s - ascii && exit 0
		sleep 0.1
	done
	echo "the file is not what the list is"
	exit 1
}

start || lag
trap 'kill $pid' EXIT
model=$(dirname "$MAKE_LOG")/../test/reader-model.py
"$model" securityfs/binary_runtime_measurements new ascii "${ROUNDS:-2000}" |
	tee said
[ "$(grep -c "^reader.* 0 behind, 0 torn" said)" = 4 ]
"$MAKE_LOG" --records 80000 newer pcrs
"$model" securityfs/binary_runtime_measurements newer ascii 0 | tee said
[ "$(grep -c "^reader.* reads, 0 torn" said)" = 3 ]

# more threads than are kept track of, each of which ends at the file's end
seq 300 | timeout 60 xargs -P 16 -I % dd if=ascii of=last bs=1M skip=1000 \
	status=none || { echo "readers hang"; exit 1; }
timeout 10 tail -n 1 ascii | grep -q .

# no room for all of the lines: it ends, and none of them is cut off
kill $pid
wait $pid
"$MAKE_LOG" --records 3000 newest pcrs
before=$(wc -c < ascii)
(trap '' XFSZ
	ulimit -f $((before / 1024 + 2))
	exec "$IMA_LOG" follow $dirs ascii 2> full.err) &
pid=$!
wait_full()
{
	for _ in $(seq 100); do
		grep -q "$1" full.err && return
		sleep 0.1
	done
	cat full.err
	return 1
}
wait_full records
cat newest >> securityfs/binary_runtime_measurements
cat ascii > /dev/null
wait_full "No space left"
rc=0
wait $pid || rc=$?
[ $rc = 4 ]
[ "$(tail -c 1 ascii | od -An -c | tr -d ' ')" = '\n' ]
start

# killed: reads go through; started again: it goes on where it was
exec 3< ascii
kill -9 $pid
wait $pid || :
size=$(stat -c %s ascii)
cat ascii > /dev/null
truncate -s $((size - 7)) ascii
start
cat <&3 > through
"$IMA_LOG" export $dirs --format ascii 2> /dev/null | cmp - through
cmp ascii through
