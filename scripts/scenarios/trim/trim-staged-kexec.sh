# SPDX-License-Identifier: GPL-2.0
# title: staged records are not trimmed, are carried over kexec, and then are
# append: kmemleak=on
# replay: chunk1 end

rule="measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs"
list=$ima/binary_runtime_measurements

stage1()
{
	echo "$rule" | load_policy -
	measure_files 10
	echo A > ${list}_staged
	measure_files 5
	check_fails "trim refuses while records are staged" "Device or resource busy" \
		sh -c "echo 1 > $ima/trim"
	check_equal "nothing was dropped" 0 "$(cat $ima/trim)"
	next_stage
}

stage2()
{
	check "staged and current records were carried" [ "$(count)" -ge 16 ]
	save chunk1
	echo "0:$(count)" > $ima/trim
	echo "$rule" | load_policy -
	measure_files 3
	save end
}
