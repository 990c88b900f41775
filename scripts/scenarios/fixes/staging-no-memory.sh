# SPDX-License-Identifier: GPL-2.0
# title: staged records are deleted or stay, when an allocation fails
# append: ima_flush_htable
# replay: staged end

rule="measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs"
staged=$ima/binary_runtime_measurements_staged

# Let the allocation of a hash table of 8 KiB fail, once, in one task.
fail_large_allocations()
{
	local fail=/sys/kernel/debug/failslab

	echo 1 > /sys/kernel/slab/kmalloc-8k/failslab
	echo Y > $fail/cache-filter
	echo Y > $fail/task-filter
	echo N > $fail/ignore-gfp-wait
	echo 0 > $fail/verbose
	echo 100 > $fail/probability
	echo 1 > $fail/times
}

stage1()
{
	local before ret=0

	echo "$rule" | load_policy -
	measure_files 10
	save staged
	before=$(count)
	echo A > $staged
	fail_large_allocations
	sh -c "echo 1 > /proc/self/make-it-fail; echo D > $staged" || ret=$?
	note "deletion: exit status $ret"
	tool records "$before" < $staged > /tmp/left || :
	if [ $ret = 0 ]; then
		check "all was deleted" [ ! -s /tmp/left ]
	else
		check "a deletion that failed lost no record" \
			cmp /tmp/left /host/staged/binary_runtime_measurements
	fi
	measure_files 5
	save end
}
