# SPDX-License-Identifier: GPL-2.0
# title: what is dropped up to a snapshot is what that snapshot vouches for
# replay: chunk end
# snapshots: 3
# programs: tail head sha256sum

stage1()
{
	local last size

	snapshot_rules
	measure_files 30
	check "a snapshot" take_snapshot
	measure_files 30
	check "another one" take_snapshot
	last=$(cat $ima/snapshot)
	measure_files 5
	# the bytes before the last snapshot are the chunk to be dropped
	save_measurements whole
	tool offsets < /host/whole/binary_runtime_measurements > /tmp/all
	size=$(grep -F "$last" /tmp/all | cut -d' ' -f 1)
	mkdir -p /host/chunk
	head -c "$size" /host/whole/binary_runtime_measurements \
		> /host/chunk/binary_runtime_measurements
	check "the list is dropped up to the last snapshot" \
		sh -c "echo upto snapshot_aggregate last > $ima/trim"
	check_equal "the first record is that snapshot" "$last" \
		"$(tool offsets < $ima/binary_runtime_measurements |
			sed -n '1s/^0 //p')"
	check_equal "what is dropped is what it covers" \
		"$(snapshot_value total "$last")" "$(cat $ima/trim)"
	check "coreutils agree with it, from the chunk that was saved" \
		verify_snapshot /host/chunk/binary_runtime_measurements "$last"
	measure_files 5
	check "the chain goes on" take_snapshot
	check_trimmed "and tells what was dropped" \
		"$(snapshot_value total "$last")" 1
	save end
}
