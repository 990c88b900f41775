#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What is known of an epoch is damaged, or a segment is: the archiver says so
# with exit 3 and changes nothing, and no reader answers as if all were well.

. "$(dirname "$0")/lib.sh"
export IMA_LOG_BOOT_ID=boot-1
dirs="--archive=archive --securityfs=securityfs"
list=securityfs/binary_runtime_measurements
epoch=archive/0000000001
number=84
name=$epoch/00000000000000000
last=${name}0$number.ima

wrong()
{
	echo "$what: $*"
	cat out
	failed=1
}

# 100 records are archived in some segments, all but those of the last one
# were dropped, and 20 more are in the list.
make_archive()
{
	rm -rf archive securityfs
	if [ -d made ]; then
		cp -a made/. .
		return
	fi
	mkdir archive securityfs made
	"$MAKE_LOG" --records 100 $list pcrs
	"$PLAIN" archive $dirs --segment-size 3k 2> out ||
		wrong "cannot archive"
	"$MAKE_LOG" --records 120 all pcrs
	list_from $number
	cp -a archive securityfs made
}

# list_from N: records before N were dropped
list_from()
{
	"$PLAIN" export --archive=archive --no-live --count "$1" 2> out > head
	tail -c +$(($(wc -c < head) + 1)) all > $list
	echo "$1" > securityfs/trim
}

# refused WHAT [MORE...]: after a change the archive is left as it is
refused()
{
	local rc=0

	rm -rf before
	cp -a archive before
	"$IMA_LOG" archive $dirs > out 2>&1 || rc=$?
	[ $rc = 3 ] || wrong "exit $rc, not 3"
	grep -q "damaged" out || wrong "it is not said"
	diff -r before archive > out || wrong "the archive was changed"
}

# Readers say that the epoch is malformed, and status that it is critical.
not_read()
{
	local rc=0

	"$IMA_LOG" verify $dirs --pcrs pcrs > out 2>&1 || rc=$?
	[ $rc = 3 ] || wrong "verify: exit $rc, not 3"
	rc=0
	"$PLAIN" export $dirs > /dev/null 2> out || rc=$?
	[ $rc = 3 ] || wrong "export: exit $rc, not 3"
	rc=0
	"$PLAIN" status $dirs > out || rc=$?
	[ $rc = 6 ] || wrong "status: exit $rc, not 6"
}

# damage WHAT COMMAND...
damage()
{
	what=$1
	shift
	make_archive
	"$@" || wrong "cannot do it"
	refused
}

damage_file()
{
	damage "$@"
	not_read
}

what=nothing
make_archive
ls $epoch > out
[ -e $last ] || wrong "other segments than expected"
"$IMA_LOG" verify $dirs --pcrs pcrs > out 2>&1 || wrong "does not verify"
"$IMA_LOG" status $dirs > out || wrong "status is not well"

other=$([ "$ORDER" = big ] && echo little || echo big)
edit="sed -i -e"
damage_file "the other order" $edit "s/^order .*/order $other/" $epoch/epoch
damage_file "no such order" $edit "s/^order .*/order middle/" $epoch/epoch
damage_file "no order" $edit "/^order/d" $epoch/epoch
damage_file "canonical" $edit "s/^canonical 0/canonical 1/" $epoch/epoch
damage_file "another reset" $edit "s/^reset_count .*/reset_count 9/" $epoch/epoch
damage_file "another boot" $edit "s/^boot boot-1/boot boot-2/" $epoch/epoch
damage_file "another place" $edit "s/^\(boot boot-1\) .*/\1 30/" $epoch/epoch
damage_file "about to be dropped" $edit "s/^boot/dropping $number\nboot/" $epoch/epoch
damage_file "no boot" $edit "/^boot/d" $epoch/epoch
damage_file "no sum" $edit "/^sum/d" $epoch/epoch
damage_file "no file" rm $epoch/epoch
damage_file "an empty file" truncate -s 0 $epoch/epoch
for size in 20 60 100; do
	damage_file "a file of $size bytes" truncate -s $size $epoch/epoch
done
damage_file "more lines" sh -c "echo boot boot-2 0 >> $epoch/epoch"
damage_file "zeros" sh -c "head -c 300 /dev/zero > $epoch/epoch"
damage_file "another name" mv $epoch archive/0000000007

# A record in the midst of what was archived: its data, its length, its head,
# when the kernel does not have what is behind it any more.
flip_dropped()
{
	list_from 100
	flip $last "$1"
}
for at in 300 34 24; do
	damage "byte $at of the last segment" flip_dropped $at
done
# the last record alone, which the kernel was told to drop
echo_trim()
{
	list_from 100
	flip $last $(($(stat -c %s $last) - 5))
}
damage "the last record" echo_trim
damage "a segment's name, lower" mv $last ${name}070.ima
damage "a segment's name, higher" mv $last ${name}088.ima
lower_last()
{
	mv $last ${name}070.ima
	list_from 100
	echo 105 > securityfs/trim
}
damage "a segment's name, and a list behind it" lower_last
damage "a gap's number" sh -c "rm $last; printf \
	'first=$number;count=9;cause=foreign-trim;\n' > ${last%.ima}.gap"
short_list()
{
	list_from 88
	rm $last
	printf 'first=%s;count=9;cause=foreign-trim;\n' $number \
		> ${last%.ima}.gap
}
damage "a gap's number, and a list that begins inside" short_list

# a newer format is no damage, whatever its sum is
what="a newer format"
make_archive
"$PLAIN" verify $dirs --pcrs pcrs --save-state state > out ||
	wrong "no state"
sed -i -e "s/^ima-log-epoch 1$/ima-log-epoch 2/" -e "/^sum/d" $epoch/epoch
rm -rf before
cp -a archive before
for command in "archive $dirs" "export $dirs" "verify $dirs --pcrs pcrs" \
	"follow $dirs ascii" "prune --archive archive --state state"; do
	rc=0
	# shellcheck disable=SC2086
	"$PLAIN" $command > out 2>&1 || rc=$?
	[ $rc = 4 ] || wrong "$command: exit $rc, not 4"
	grep -q "archive: written by a newer ima-log" out ||
		wrong "$command: it is not said"
done
rc=0
"$PLAIN" status $dirs > out || rc=$?
[ $rc = 6 ] || wrong "status: exit $rc, not 6"
grep -q "^critical: .* it was written by a newer ima-log" out ||
	wrong "status: it is not said"
diff -r before archive > out || wrong "the archive was changed"

# where nothing was damaged, nothing is refused
what="the beginning of a record"
make_archive
list_from 100
head -c 50 $list >> $last
rm securityfs/trim
cp all $list
"$IMA_LOG" archive $dirs > out 2>&1 || wrong "exit $?"
grep -q "50 bytes behind .* were cut off" out || wrong "it was not cut"
"$IMA_LOG" verify $dirs --pcrs pcrs > out 2>&1 || wrong "does not verify"
exit $failed
