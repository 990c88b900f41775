# SPDX-License-Identifier: GPL-2.0
# title: where no snapshot was carried, the first one covers the list that was carried
# replay: chunk end
# programs: tail head sha256sum
# append: ima_test.drop=trim
#
# Records that left the list before it was carried are not counted: the first
# snapshot covers as many records as it says, not all that were saved.

stage1()
{
	file_rule
	measure_files 20
	save_and_drop chunk
	measure_files 10
	count > /host/carried
	next_stage
}

stage2()
{
	local n

	snapshot_rules
	measure_files 5
	check "a snapshot" take_snapshot
	# kexec_execute is no record here, boot_aggregate of this kernel is one
	n=$(($(cat /host/carried) + 1 + 5))
	check_equal "covers what was carried, and what came after" "$n $n" \
		"$(snapshot_value hashed) $(snapshot_value total)"
	check_trimmed "and counts from the first record that was carried" 0 0
	measure_files 1
	check "another one" take_snapshot
	save end
	check "coreutils agree" \
		verify_snapshots /host/end/binary_runtime_measurements
}
