# SPDX-License-Identifier: GPL-2.0
# title: records measured and removed before the rule came are in the first snapshot
# replay: chunk end
# snapshots: 1
# programs: tail head sha256sum
# variant: 2 ima_test.drop=staged
# more: 2-one-bank ima_test.drop=partial
# more: none ima_test.drop=trim
# variant: 2 ima_policy=critical_data ima_test.drop=partial

stage1()
{
	local dropped

	# if there is a built-in policy, this replaces its rule for snapshots
	file_rule
	measure_files 30
	check_fails "there is no rule" "No such file" take_snapshot
	dropped=$(count)
	save_and_drop chunk
	measure_files 5
	check_fails "there is no rule yet" "No such file" take_snapshot
	snapshot_rules
	check "a snapshot" take_snapshot
	check_equal "covers all since boot" "$((dropped + 5)) $((dropped + 5))" \
		"$(snapshot_value hashed) $(snapshot_value total)"
	check_trimmed "and tells what was dropped" "$dropped" 1
	cat /host/chunk/binary_runtime_measurements \
		$ima/binary_runtime_measurements > /tmp/whole
	check "coreutils agree" verify_snapshots /tmp/whole
	save end
}
