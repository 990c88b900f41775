# SPDX-License-Identifier: GPL-2.0
# title: a long list is read, and sought in one step, without an RCU stall
# suite: no
# tpm: none
# mem: 2048
# timeout: 7200

stage1()
{
	local list=$ima/ascii_runtime_measurements size n start

	# what the last step takes in all is more than that
	echo 5 > /sys/module/rcupdate/parameters/rcu_cpu_stall_timeout
	echo "measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs" | load_policy -
	tool measure /measured file 0 "$(param records)" unlink
	n=$(count)
	check "all were measured" [ "$n" -gt "$(param records)" ]

	start=$(date +%s)
	size=$(wc -c < $list)
	note "$n records, $size bytes, read in $(($(date +%s) - start)) s"
	check_equal "all records are read" "$n" "$(wc -l < $list)"

	# one system call that walks all of the list
	start=$(date +%s)
	check_equal "the last bytes, sought from the first" 16 \
		"$(dd if=$list bs=1 skip=$((size - 16)) 2> /dev/null | wc -c)"
	note "sought in $(($(date +%s) - start)) s"
}
