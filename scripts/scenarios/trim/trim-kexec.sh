# SPDX-License-Identifier: GPL-2.0
# title: what was trimmed before kexec, what was carried and what came after replay
# replay: chunk1 chunk2 end
# variant: 2
# more: 2-one-bank
# variant: 1.2
# more: none

rule="measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs"

# Save the list, and drop what was saved, while nothing is measured.
save_and_trim()
{
	save "$1"
	echo "$(cat $ima/trim):$(count)" > $ima/trim
}

stage1()
{
	echo "$rule" | load_policy -
	measure_files 30
	save_and_trim chunk1
	check_equal "the list is empty" 0 "$(count)"
	measure_files 7
	cat $ima/trim > /host/dropped
	next_stage
}

stage2()
{
	check "records were carried over kexec" [ "$(count)" -ge 8 ]
	check_equal "so was the number of dropped ones" \
		"$(cat /host/dropped)" "$(cat $ima/trim)"
	echo "$rule" | load_policy -
	measure_files 5
	# restored records are dropped like others, and leak nothing
	save_and_trim chunk2
	check_equal "the list is empty in the second kernel" 0 "$(count)"
	measure_files 3
	save end
}
