# SPDX-License-Identifier: GPL-2.0
# title: what a record takes, and what stays of it when it is removed
# suite: no
# mem: 1024
# timeout: 3600

stage1()
{
	local before full after n

	echo "measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs" | load_policy -
	# what is allocated once is not a record's
	tool measure /measured warm 0 100 unlink
	before=$(free_memory)
	n=$(count)
	tool measure /measured file 0 "$(param records)" unlink
	full=$(free_memory)
	n=$(($(count) - n))
	if [ -e $ima/trim ]; then
		count > $ima/trim
	else
		echo A > $ima/binary_runtime_measurements_staged
		echo D > $ima/binary_runtime_measurements_staged
	fi
	after=$(free_memory)
	check_equal "all were measured" "$(param records)" "$n"
	note "bench live $(((before - full) * 1024 / n))"
	note "bench kept $(((before - after) * 1024 / n))"
}
