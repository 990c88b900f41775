#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# For scripts/kunit, inside user-mode Linux without CONFIG_IMA_STAGING: the list
# files take no requests, and nobody is kept from reading them.

ima=/sys/kernel/security/ima
list=$ima/binary_runtime_measurements
n=0
failed=0

check()
{
	n=$((n + 1))
	desc=$1
	shift
	if "$@"; then
		echo "ok $n $desc"
	else
		echo "not ok $n $desc"
		failed=$((failed + 1))
	fi
}

refused()
{
	! echo "$1" > "$2" 2> /tmp/error && grep -q 'Invalid argument' /tmp/error
}

# The shell writes the message of a failed write only if the file was opened.
write_refused()
{
	refused "$1" "$2" || {
		cat /tmp/error
		return 1
	}
}

read_beside_writer()
{
	(
		exec 3<> "$1" || exit 1
		busybox cat "$1" > /dev/null
	)
}

before=$(cat $ima/runtime_measurements_count)
check "records to lose" [ "$before" -ge 1 ]
for file in $ima/*_runtime_measurements_*; do
	name=${file##*/}
	check "$name is read-only" [ "$(stat -c %a "$file")" = 440 ]
	check "$name: 1 is refused" write_refused 1 "$file"
	check "$name: A is refused" write_refused A "$file"
	check "$name can be read while it is open for writing" \
		read_beside_writer "$file"
done
check "there is no staged list" [ ! -e ${list}_staged ]
check "no record is gone" \
	[ "$(cat $ima/runtime_measurements_count)" = "$before" ]
echo "1..$n"
echo "# Totals: pass:$((n - failed)) fail:$failed"
