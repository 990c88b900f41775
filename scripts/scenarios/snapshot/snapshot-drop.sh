# SPDX-License-Identifier: GPL-2.0
# title: snapshots cover a list that is being shortened, also over kexec after kexec
# replay: chunk1 chunk2 chunk3 end
# snapshots: 6
# variant: 2 ima_test.drop=trim
# more: none ima_test.drop=partial
# variant: 2 ima_test.drop=staged

stage1()
{
	local dropped

	snapshot_rules
	measure_files 20
	check "a snapshot" take_snapshot
	measure_files 5
	dropped=$(count)
	save_and_drop chunk1
	# the window has records that are gone
	measure_files 3
	check "a snapshot of records that were dropped" take_snapshot
	check_trimmed "says how many are gone, at once" "$dropped" 1
	check_equal "covers them" 9 "$(snapshot_value hashed)"
	dropped=$((dropped + $(count)))
	save_and_drop chunk2
	measure_files 2
	echo $dropped > /host/dropped
	next_stage
}

stage2()
{
	local dropped

	snapshot_rules
	measure_files 4
	check "a snapshot after kexec" take_snapshot
	check_trimmed "says how many are gone, in two steps" \
		"$(cat /host/dropped)" 2
	dropped=$(($(cat /host/dropped) + $(count)))
	save_and_drop chunk3
	measure_files 2
	echo $dropped > /host/dropped
	next_stage
}

stage3()
{
	snapshot_rules
	measure_files 3
	check "a snapshot after another kexec" take_snapshot
	check_trimmed "says how many are gone, in three steps" \
		"$(cat /host/dropped)" 3
	save end
}
