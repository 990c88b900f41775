# SPDX-License-Identifier: GPL-2.0
# title: trimming under a reader while others measure; every record is saved once
# replay: chunks end
# append: kmemleak=on slub_debug=FZPU

stage1()
{
	local reader adders n=0 t

	echo "measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs" | load_policy -
	mkdir -p /host/chunks /measured/a /measured/b
	reader=$(tool hold $ima/ascii_runtime_measurements)
	tool measure /measured/a one 0 300 &
	adders=$!
	tool measure /measured/b two 0 300 &
	adders="$adders $!"
	while [ $n -lt 20 ]; do
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
		[ $(($(cat $ima/trim) + $(count))) -ge 601 ]
}

# The first records of the list, whole.
save_records()
{
	tool records "$1" < $ima/binary_runtime_measurements \
		>> /host/chunks/binary_runtime_measurements
}
