# SPDX-License-Identifier: GPL-2.0
# title: numbers go on over several kexecs, with records staged at one of them
# replay: chunk1 chunk2 chunk3 end

rule="measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs"

# Save the first N records and drop them.
save_and_trim()
{
	mkdir -p "/host/$1"
	tool records "$2" < $ima/binary_runtime_measurements \
		> "/host/$1/binary_runtime_measurements"
	echo "$(cat $ima/trim):$2" > $ima/trim
}

stage1()
{
	echo "$rule" | load_policy -
	measure_files 30
	save_and_trim chunk1 20
	check_equal "T before kexec" 20 "$(cat $ima/trim)"
	next_stage
}

stage2()
{
	check_equal "T after one kexec" 20 "$(cat $ima/trim)"
	echo "$rule" | load_policy -
	measure_files 10
	check_fails "T was carried, not another number" "Operation canceled" \
		sh -c "echo 0:1 > $ima/trim"
	save_and_trim chunk2 5
	echo A > $ima/binary_runtime_measurements_staged
	measure_files 4
	next_stage
}

stage3()
{
	check_equal "T after a kexec with staged records" 25 "$(cat $ima/trim)"
	check "staged and current records were carried" [ "$(count)" -ge 19 ]
	echo "$rule" | load_policy -
	measure_files 3
	save_and_trim chunk3 17
	next_stage
}

stage4()
{
	check_equal "T after three kexecs" 42 "$(cat $ima/trim)"
	# a reader that begins now gets all that is left, and no gap
	save end
}
