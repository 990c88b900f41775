# SPDX-License-Identifier: GPL-2.0
# title: threads that delete records at the same time delete each record once

rule="measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs"
list=$ima/binary_runtime_measurements
staged=${list}_staged

# Files are measured meanwhile: while a PCR is extended, both threads have found
# their last record and wait to cut the list there.
stage1()
{
	local before after deleted offset size measuring

	echo "$rule" | load_policy -
	measure_files 500
	cat $list > /tmp/before
	before=$(count)
	tool measure /measured beside 0 300 &
	measuring=$!
	deleted=$(($(tool delete-at-once $list 20 10) * 20))
	wait $measuring
	after=$(count)
	note "$deleted of $before and 300 records were deleted, $after are left"
	check_equal "each deletion removed its records" \
		$((before + 300 - deleted)) "$after"
	check_equal "all deletions were done" 400 "$deleted"
	cat $list > /tmp/left
	offset=$(tool offsets < /tmp/before | sed -n "$((deleted + 1))p" |
		cut -d' ' -f 1)
	tail -c "+$((offset + 1))" /tmp/before > /tmp/want
	size=$(stat -c %s /tmp/want)
	head -c "$size" /tmp/left > /tmp/have
	check "the records that follow are left" cmp /tmp/want /tmp/have
	check_equal "the list has as many as the kernel counts" "$after" \
		"$(tool records-in < /tmp/left)"
	echo A > $staged
	echo D > $staged
	check_equal "the rest can be staged and deleted" 0 "$(count)"
}
