# SPDX-License-Identifier: GPL-2.0
# title: the chain of snapshots goes on through a kernel that knows nothing of them
# unpatched: 2
# replay: end
# snapshots: 4
# programs: tail head sha256sum

stage1()
{
	snapshot_rules
	measure_files 10
	check "a snapshot" take_snapshot
	measure_files 3
	next_stage
}

stage2()
{
	check "this kernel knows nothing of snapshots" [ ! -e $ima/snapshot ]
	payloads $ima/binary_runtime_measurements > /tmp/payloads
	check_equal "two snapshots are carried" 2 "$(wc -l < /tmp/payloads)"
	tail -n 1 /tmp/payloads > /host/last
	file_rule
	measure_files 5
	count > /host/second
	next_stage
}

stage3()
{
	local last

	check "the list is carried" [ "$(count)" -ge "$(cat /host/second)" ]
	check_equal "there is no payload before this kernel's first snapshot" "" \
		"$(cat $ima/snapshot)"
	snapshot_rules
	measure_files 5
	check "a snapshot" take_snapshot
	last=$(cat /host/last)
	check_equal "its window begins with the last snapshot of the first kernel" \
		"$(snapshot_value total "$last")" \
		$(($(snapshot_value total) - $(snapshot_value hashed)))
	check_equal "its total counts all since boot" \
		$(($(count) - 1)) "$(snapshot_value total)"
	measure_files 1
	check "another one" take_snapshot
	save end
	check "coreutils agree" \
		verify_snapshots /host/end/binary_runtime_measurements
}
