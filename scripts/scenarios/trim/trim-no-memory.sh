# SPDX-License-Identifier: GPL-2.0
# title: an entry of the hash table that fails costs one duplicate, no record
# replay: end
# append: kmemleak=on

failslab=/sys/kernel/debug/failslab

# Run a command whose allocations from a slab cache all fail.
without()
{
	local cache=$1

	shift
	echo 1 > "/sys/kernel/slab/$cache/failslab"
	echo Y > $failslab/cache-filter
	echo Y > $failslab/task-filter
	echo N > $failslab/ignore-gfp-wait
	echo 100 > $failslab/probability
	echo -1 > $failslab/times
	echo 0 > $failslab/verbose
	sh -c 'echo 1 > /proc/self/make-it-fail; exec "$@"' sh "$@" || :
	echo 0 > $failslab/probability
	echo 0 > "/sys/kernel/slab/$cache/failslab"
}

# The same content under the same name, in an inode that was never seen.
again()
{
	rm -f /measured/x
	echo x > /measured/x
	"$@" cat /measured/x > /dev/null
}

stage1()
{
	local n

	echo "measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs" | load_policy -
	n=$(count)
	again without ima_htable_entry
	check_equal "the record is there" $((n + 1)) "$(count)"
	again
	check_equal "the same a second time: one duplicate" $((n + 2)) "$(count)"
	again
	check_equal "a third time: no more" $((n + 2)) "$(count)"

	# a record that cannot be stored is not measured, as before the series
	n=$(count)
	measure_files 1
	check_equal "one record more" $((n + 1)) "$(count)"
	save end
}
