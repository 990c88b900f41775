# SPDX-License-Identifier: GPL-2.0
# title: deleting records that were carried over kexec leaks nothing
# append: kmemleak=on
# replay: carried end

rule="measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs"

stage1()
{
	echo "$rule" | load_policy -
	measure_files 20
	next_stage
}

stage2()
{
	check "records were carried" [ "$(count)" -ge 21 ]
	save carried
	# half by number, half by staging
	echo 10 > $ima/binary_runtime_measurements
	echo A > $ima/binary_runtime_measurements_staged
	echo D > $ima/binary_runtime_measurements_staged
	echo "$rule" | load_policy -
	measure_files 5
	save end
}
