# SPDX-License-Identifier: GPL-2.0
# title: ima_hash= of an algorithm that the kernel does not have is replaced in every bank
# replay: end
# append: ima_hash=wp512

stage1()
{
	dmesg > /tmp/dmesg
	check "the default is taken instead" \
		grep 'Allocating wp512 failed, going to use default' /tmp/dmesg
	check_equal "the first record is the only boot_aggregate" 1 \
		"$(grep -c ' boot_aggregate' $ima/ascii_runtime_measurements)"
	echo "measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs" | load_policy -
	measure_files 5
	check "files are measured with the default" \
		grep ' sha256:[0-9a-f]* /measured/' $ima/ascii_runtime_measurements
	save end
}
