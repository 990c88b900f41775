# SPDX-License-Identifier: GPL-2.0
# title: trimming under a reader while others measure; every record is saved once
# replay: chunks end
# append: kmemleak=on slub_debug=FZPU
#
# Two of these measure the same under the same names, in other inodes: each has
# file systems of its own at this place.

stage1()
{
	local reader adders n t

	echo "measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs" | load_policy -
	mkdir -p /host/chunks /measured/a /measured/b
	reader=$(tool hold $ima/ascii_runtime_measurements)
	tool measure /measured/a one 0 200 &
	adders=$!
	tool measure /measured/b two 0 200 &
	adders="$adders $!"
	for n in 1 2; do
		measure_same &
		adders="$adders $!"
	done
	n=0
	while [ $n -lt 20 ] || running $adders; do
		n=$((n + 1))
		t=$(cat $ima/trim)
		# what is in the copy is counted in the copy: more may come
		cat $ima/ascii_runtime_measurements > /tmp/ascii
		count=$(wc -l < /tmp/ascii)
		[ "$count" -gt 0 ] || continue
		save_records "$count"
		echo "$t:$count" > $ima/trim
	done
	wait $adders
	check "a reader held the list open all the time" kill -0 "$reader"
	tool release "$reader"
	check "records were dropped" [ "$(cat $ima/trim)" -gt 20 ]
	save end
	check "all files are in the records dropped and left" \
		[ $(($(cat $ima/trim) + $(count))) -ge 471 ]
	cat /host/chunks/binary_runtime_measurements \
		/host/end/binary_runtime_measurements | tr '\0' '\n' |
		grep -a '^/measured/same\.' > /tmp/same
	check_equal "files that two measured" 70 "$(sort -u /tmp/same | wc -l)"
	check_equal "have one record each" 70 "$(wc -l < /tmp/same)"
}

running()
{
	local pid

	for pid; do
		! kill -0 "$pid" 2> /dev/null || return 0
	done
	return 1
}

measure_same()
{
	unshare -m sh -e -c 'for i in 1 2 3; do
		mount -t tmpfs other /measured
		tool measure /measured same 0 70
	done'
}

# The first records of the list, whole.
save_records()
{
	tool records "$1" < $ima/binary_runtime_measurements \
		>> /host/chunks/binary_runtime_measurements
}
