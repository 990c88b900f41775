# SPDX-License-Identifier: GPL-2.0
# title: snapshots cover a list that is being shortened, also over kexec after kexec
# replay: chunk1 chunk2 chunk3 end
# snapshots: 5
# variant: 2 ima_test.drop=trim
# variant: none ima_test.drop=partial
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
	check_equal "says how many are gone" "$dropped" "$(snapshot_value trimmed)"
	check_equal "and that they went at once" 1 "$(snapshot_value trims)"
	check "covers them" [ "$(snapshot_value hashed)" -ge 9 ]
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
	check_equal "says how many are gone" "$(cat /host/dropped)" \
		"$(snapshot_value trimmed)"
	check_equal "and that they went in two steps" 2 "$(snapshot_value trims)"
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
	check_equal "says how many are gone" "$(cat /host/dropped) 3" \
		"$(snapshot_value trimmed) $(snapshot_value trims)"
	save end
}
