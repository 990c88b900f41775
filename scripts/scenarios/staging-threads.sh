# SPDX-License-Identifier: GPL-2.0
# title: threads that delete records at the same time delete each record once
# replay: first last

rule="measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs"
list=$ima/binary_runtime_measurements
staged=${list}_staged

# What two threads delete is known only afterwards: the whole list is saved
# first, and what is left must be its end.
stage1()
{
	local before after done_ size

	echo "$rule" | load_policy -
	measure_files 2000
	save first
	before=$(count)
	done_=$(tool delete-at-once $list 40 20)
	after=$(count)
	note "$done_ deletions of 40 records left $after of $before"
	check_equal "each deletion removed its records" \
		$((before - done_ * 40)) "$after"
	check "all deletions were done" [ "$done_" = 40 ]
	cat $list > /tmp/left
	size=$(stat -c %s /tmp/left)
	tail -c "$size" /host/first/binary_runtime_measurements > /tmp/end
	check "the end of the list is left" cmp /tmp/end /tmp/left
	echo A > $staged
	echo D > $staged
	check_equal "the rest can be staged and deleted" 0 "$(count)"
	measure_files 5
	save last
}
