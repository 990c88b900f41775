# SPDX-License-Identifier: GPL-2.0
# title: a rule that comes while records are staged: the first snapshot covers these, too
# replay: chunk end
# snapshots: 3
# variant: none kmemleak=on slub_debug=FZPU

staged=$ima/binary_runtime_measurements_staged

stage1()
{
	local before

	file_rule
	measure_files 150
	save chunk
	before=$(count)
	echo A > $staged
	measure_files 70
	snapshot_rules
	measure_files 5
	check "a snapshot" take_snapshot
	check_equal "covers all, staged or not, since boot" \
		"$(snapshot_value total)" "$(snapshot_value hashed)"
	check_equal "nothing is gone yet" 0 "$(snapshot_value trimmed)"
	echo D > $staged
	measure_files 2
	check "a snapshot after the deletion" take_snapshot
	check_trimmed "tells it" "$before" 1
	check "one more" take_snapshot
	save end
}
