#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# For scripts/kunit, inside user-mode Linux:
#
#   fixes.sh files       without CONFIG_IMA_STAGING, the list files take no
#                        requests, and opening one for writing keeps no reader
#                        away
#   fixes.sh algorithm   with ima_hash= of an algorithm that the kernel does not
#                        have, IMA is initialised once

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

# Opening the file succeeds, as root may; writing to it does not.
refused()
{
	if /bin/echo "$1" > "$2" 2> /tmp/error; then
		return 1
	fi
	grep -q 'Invalid argument' /tmp/error || {
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

files()
{
	before=$(cat $ima/runtime_measurements_count)
	check "records to lose" [ "$before" -ge 1 ]
	for file in $ima/*_runtime_measurements_*; do
		name=${file##*/}
		check "$name is read-only" [ "$(stat -c %a "$file")" = 440 ]
		check "$name: 1 is refused" refused 1 "$file"
		check "$name: A is refused" refused A "$file"
		check "$name can be read while it is open for writing" \
			read_beside_writer "$file"
	done
	check "there is no staged list" [ ! -e ${list}_staged ]
	check "no record is gone" \
		[ "$(cat $ima/runtime_measurements_count)" = "$before" ]
}

algorithm()
{
	check "there are keyrings" grep -q ' \.ima: ' /proc/keys
	check "the keyring .ima exists once" \
		[ "$(grep -c ' \.ima: ' /proc/keys)" = 1 ]
	check "the list begins with the only boot_aggregate" \
		[ "$(grep -c ' boot_aggregate' $ima/ascii_runtime_measurements)" = 1 ]
	check "its digest is of the default algorithm" \
		grep -q ' sha256:[0-9a-f]* boot_aggregate' \
		$ima/ascii_runtime_measurements
}

"$1"
echo "1..$n"
echo "# Totals: pass:$((n - failed)) fail:$failed"
