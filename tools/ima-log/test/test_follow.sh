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
	rm -f follow.err	# the process begun below makes it, in its time
	$AS "$IMA_LOG" follow $FOLLOW_OPTIONS $dirs ascii 2> follow.err &
	pid=$!
	for _ in $(seq 600); do
		! grep -qs records follow.err || return 0
		kill -0 $pid 2> /dev/null || break
		sleep 0.1
	done
	cat follow.err
	return 1
}

stop()
{
	kill $pid
	wait $pid || :
}

is_list()
{
	"$IMA_LOG" export $dirs --format ascii 2> /dev/null | cmp -s - "$1"
}

# Where reads cannot be held, it refuses; with --allow-lag it follows.
AS="setpriv --bounding-set -sys_admin"
if start; then
	echo "it does not refuse"
	stop
	exit 1
fi
grep -q "reads cannot be held" follow.err
FOLLOW_OPTIONS=--allow-lag
start
trap 'kill $pid' EXIT
"$MAKE_LOG" --records 80 securityfs/binary_runtime_measurements pcrs
for _ in $(seq 100); do
	! is_list ascii || break
	sleep 0.1
done
is_list ascii
stop
AS=
FOLLOW_OPTIONS=
# CAP_SYS_ADMIN is bit 21: who has it must be able to hold
caps=$(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status)
if ((!(0x$caps >> 21 & 1))); then
	echo "reads cannot be held without CAP_SYS_ADMIN: run this test as root"
	trap - EXIT
	exit 1
fi

# what is wrong with the archive is not the file's fault
before=$(sha256sum < ascii)
cp -r archive bad
printf '\377\377' | dd of=bad/0000000001/00000000000000000000.ima bs=1 seek=24 \
	conv=notrunc status=none
rc=0
"$IMA_LOG" follow --archive=bad --securityfs=securityfs ascii 2> bad.err || rc=$?
[ "$(sha256sum < ascii)" = "$before" ]
[ $rc = 3 ]
grep -q "0000.ima: malformed" bad.err
# a gap is, and there is no use in trying again; what precedes it is there
mkdir gap gapfs
cp securityfs/binary_runtime_measurements gapfs/
echo 0 > gapfs/trim
"$IMA_LOG" archive --archive=gap --securityfs=gapfs --archive-only
echo 85 > gapfs/trim
"$IMA_LOG" archive --archive=gap --securityfs=gapfs --archive-only
rc=0
"$IMA_LOG" follow --archive=gap --securityfs=gapfs gapped 2> gap.err || rc=$?
[ $rc = 1 ]
grep -q "records 80 to 84 are missing" gap.err
cmp gapped ascii

start
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

# begun again it writes when nobody is in a read(), as well
cat > reread.py << 'END'
import os
fd = os.open("ascii", os.O_RDONLY)
open("opened.%d" % os.getpid(), "w").close()
size = 1 << 20
torn = reads = at = 0
while not os.path.exists("enough"):
    data = os.pread(fd, size, at)
    whole = data.rfind(b"\n") + 1
    torn += whole < len(data) < size
    reads += 1
    at += whole
print("%d reads, %d torn" % (reads, torn))
END
readers=
for i in 1 2 3; do
	python3 reread.py > reread.$i &
	readers="$readers $!"
done
for pid_of_reader in $readers; do
	while [ ! -e opened.$pid_of_reader ]; do
		kill -0 $pid_of_reader
		sleep 0.1
	done
done
for i in 1 2 3 4 5; do
	stop
	"$MAKE_LOG" --records $((80000 + 3000 * i)) newest pcrs
	tail -c +$(($(stat -c %s securityfs/binary_runtime_measurements) + 1)) \
		newest >> securityfs/binary_runtime_measurements
	start
done
touch enough
wait $readers
cat reread.?
[ "$(cat reread.? | grep -c " reads, 0 torn")" = 3 ]

# opened when it was not there: not held by newer kernels, and hardly behind
stop
exec 4< ascii
start
cat <&4 > late
[ "$(stat -c %s late)" = "$(stat -c %s ascii)" ]
"$MAKE_LOG" --records 99000 newest pcrs
tail -c +$(($(stat -c %s securityfs/binary_runtime_measurements) + 1)) \
	newest >> securityfs/binary_runtime_measurements
for _ in $(seq 100); do
	cat <&4 >> late
	! is_list late || break
	sleep 0.1
done
is_list late
exec 4<&-

# no room for all of the lines: it ends, and none of them is cut off
stop
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
