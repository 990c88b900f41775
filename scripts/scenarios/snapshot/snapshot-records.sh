# SPDX-License-Identifier: GPL-2.0
# title: a snapshot right after every 20 records, without being asked
# replay: end
# snapshots: 11
# append: ima_snapshot_records=20
# variant: 2
# variant: none

# The task that adds the 20th record takes the snapshot, before it goes on.
stage1()
{
	local total n=0

	# the attempt at the 20th record fails, so 20 count again from there;
	# boot_aggregate is the first record
	file_rule
	measure_files 25
	check_equal "no rule, no snapshot" 26 "$(count)"
	snapshot_rules
	measure_files 13
	check_equal "19 after that attempt" "39 " "$(count) $(cat $ima/snapshot)"
	measure_files 1
	check_equal "with the 20th, there is one" "41 40 40" \
		"$(count) $(snapshot_value hashed) $(snapshot_value total)"
	while [ $n -lt 8 ]; do
		n=$((n + 1))
		total=$(count)
		measure_files 19
		check_equal "$n: none after 19" $((total + 19)) "$(count)"
		measure_files 1
		check_equal "$n: one after 20" "$((total + 21)) 21" \
			"$(count) $(snapshot_value hashed)"
	done
	measure_files 7
	check "one on request" take_snapshot
	check_equal "covers 7 and the one before" 8 "$(snapshot_value hashed)"
	total=$(count)
	measure_files 19
	check_equal "20 count again from there: none after 19" \
		$((total + 19)) "$(count)"
	measure_files 1
	check_equal "and one after 20" "$((total + 21)) 21" \
		"$(count) $(snapshot_value hashed)"
	save end
}
