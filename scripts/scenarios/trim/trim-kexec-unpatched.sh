# SPDX-License-Identifier: GPL-2.0
# title: a trimmed list goes through an unpatched kernel, where the count ends
# replay: chunk1 chunk2 end
# unpatched: 2

rule="measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs"

stage1()
{
	echo "$rule" | load_policy -
	measure_files 12
	save chunk1
	echo "0:$(count)" > $ima/trim
	measure_files 6
	next_stage
}

stage2()
{
	check "this kernel has no trim file" [ ! -e $ima/trim ]
	check "it accepted the list" [ "$(count)" -ge 7 ]
	echo "$rule" | load_policy -
	measure_files 5
	next_stage
}

stage3()
{
	check "the list came back" [ "$(count)" -ge 13 ]
	check_equal "the count begins again" 0 "$(cat $ima/trim)"
	echo "$rule" | load_policy -
	measure_files 2
	save chunk2
	check "restored records are dropped with it" \
		sh -c "echo 0:$(count) > $ima/trim"
	measure_files 3
	save end
}
