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
"$IMA_LOG" archive $dirs

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

# Where reads cannot be held it refuses, and nobody can open a file that is
# behind: there is none.
AS="setpriv --bounding-set -sys_admin"
if start; then
	echo "it does not refuse"
	stop
	exit 1
fi
grep -q "reads cannot be held" follow.err
[ ! -e ascii ]
AS=
# CAP_SYS_ADMIN is bit 21: without it nothing can be tried
caps=$(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status)
if ((!(0x$caps >> 21 & 1))); then
	echo "reads cannot be held without CAP_SYS_ADMIN: run this test as root"
	exit 1
fi
"$MAKE_LOG" --records 80 securityfs/binary_runtime_measurements pcrs

# A file that is no list is left alone, and so is where a link leads.
refuses()
{
	rc=0
	"$IMA_LOG" follow $dirs "$1" 2> refused || rc=$?
	[ $rc = 2 ] || { cat refused; exit 1; }
	grep -q "is no ascii measurement list" refused
}
cp pcrs other
before=$(sha256sum < other)
refuses other
ln -s other link
refuses link
ln -s nowhere dangling
refuses dangling
[ ! -e nowhere ]
mkfifo pipe
refuses pipe
head -c 5000 /dev/urandom > noise
refuses noise
[ "$(sha256sum < other)" = "$before" ]
rm other link dangling pipe noise .*.lock

# what is wrong with the archive is not the file's fault
"$IMA_LOG" export $dirs --format ascii > ascii 2> /dev/null
before=$(sha256sum < ascii)
cp -r archive bad
printf '\377\377' | dd of=bad/0000000001/00000000000000000000.ima bs=1 seek=24 \
	conv=notrunc status=none
rc=0
"$IMA_LOG" follow --archive=bad --securityfs=securityfs ascii 2> bad.err || rc=$?
[ "$(sha256sum < ascii)" = "$before" ]
[ $rc = 3 ]
grep -q "0000.ima: malformed" bad.err
# with a gap there is no file: an agent could not use what follows, and there
# is no use in trying again
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
[ ! -e gapped ] && [ ! -e .gapped.new ]

# a list that this program does not go on with is kept
sed 1d ascii > older
cp older ascii
start
is_list ascii
# not two of them on one file
rc=0
timeout 10 "$IMA_LOG" follow $dirs ascii 2> second || rc=$?
[ $rc = 4 ]
grep -q "another ima-log follow writes it" second
is_list ascii
# ended, and nobody keeps what holds reads: the file is gone
stop
[ ! -e ascii ]
cmp older ascii.old
# who has an older file open is not left with what does not grow any more
cp older ascii
cat > late.py << 'END'
import os, time
fd = os.open("ascii", os.O_RDONLY)
while True:
    os.pread(fd, 100, 0)
    time.sleep(0.05)
END
python3 late.py &
late=$!
while ! readlink /proc/$late/fd/* | grep -qx "$PWD/ascii"; do
	kill -0 $late
	sleep 0.05
done
start
for _ in $(seq 100); do
	! grep -q "opened an older file .*: restart that process" follow.err ||
		break
	# older kernels do hold it: then it is refused
	kill -0 $late 2> /dev/null || break
	sleep 0.1
done
grep -q "opened an older file" follow.err || ! kill -0 $late 2> /dev/null
kill $late 2> /dev/null || :
wait $late || :
stop

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

# renamed, removed, replaced: it ends, and says so
for how in "mv ascii moved" "rm ascii" "mv older ascii"; do
	"$IMA_LOG" export $dirs --format ascii --count 5 > older 2> /dev/null
	$how
	rc=0
	wait $pid || rc=$?
	[ $rc = 4 ]
	grep -q "was renamed or removed" follow.err
	start
	is_list ascii
done
# it is told of in bytes when an agent will not be able to send all, once
size=$(stat -c %s ascii)
stop
# the list that was put in its place has been kept
[ "$(wc -l < ascii.old)" = 5 ]
FOLLOW_OPTIONS="--agent-limit=$((size * 2))"
start
! grep "can send" follow.err || exit 1
stop
FOLLOW_OPTIONS="--agent-limit=$((size + size / 10))"
start
grep -q "bytes: an agent that sends all of it can send $((size + size / 10))" \
	follow.err
FOLLOW_OPTIONS=

# no room for all of the lines: it ends, whoever waits for it is told, and no
# line is cut off
stop
"$MAKE_LOG" --records 3000 newest pcrs
(ulimit -f $((size / 1024 + 2))
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
exec 3< ascii
cat newest >> securityfs/binary_runtime_measurements
if cat <&3 > /dev/null 2>&1; then
	echo "a read of a file that is behind goes through"
	exit 1
fi
wait_full "No space left"
rc=0
wait $pid || rc=$?
[ $rc = 4 ]
exec 3<&-
trap - EXIT
