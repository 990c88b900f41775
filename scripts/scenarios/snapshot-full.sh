# SPDX-License-Identifier: GPL-2.0
# title: what a snapshot covers that did not fit into the segment is covered again
# programs: tail head sha256sum
# expect-report: the last [1-9][0-9]* of [0-9]* measurement records are left out|Dump measurements failed

stage1()
{
	snapshot_rules
	measure_files 10
	check "a snapshot that is carried" take_snapshot
	load_next
	measure_files 15
	check "another one that is carried" take_snapshot
	measure_files 200
	check "a snapshot that is left behind" take_snapshot
	measure_files 50
	save before
	count > /host/total
	counted > /host/counted
	exec tool kexec-exec
}

# What of the results so far a stage that was loaded before does not know.
counted()
{
	cat $counter
}

last_payload()
{
	tool offsets < $ima/binary_runtime_measurements |
		sed -n 's/^[0-9]* version/version/p' | tail -n 1
}

stage2()
{
	local carried covered added last

	cat /host/counted > $counter
	# less the boot_aggregate of this kernel
	carried=$(($(count) - 1))
	last=$(last_payload)
	covered=$(snapshot_value total "$last")
	check "records are missing" [ "$carried" -lt 230 ]
	check "the second snapshot is the last one carried" \
		[ "$(snapshot_value hashed "$last")" -ge 16 ]
	snapshot_rules
	measure_files 5
	check "a snapshot" take_snapshot
	save carried
	tool offsets < /host/carried/binary_runtime_measurements |
		sed -n 's/^[0-9]* version/version/p' > /tmp/payloads
	check_equal "the worker has closed the window at the gap" 4 \
		"$(wc -l < /tmp/payloads)"
	last=$(sed -n 3p /tmp/payloads)
	check_equal "it begins where the one carried ends" "$covered" \
		$(($(snapshot_value total "$last") - $(snapshot_value hashed "$last")))
	check_equal "it ends with the last record carried" "$carried" \
		"$(snapshot_value total "$last")"
	check "coreutils agree" \
		verify_snapshot /host/carried/binary_runtime_measurements "$last"
	# kexec_execute is not measured, and the last snapshot is lost as well
	added=$(($(cat /host/total) + 1))
	check_equal "what is lost counts as trimmed" $((added - carried)) \
		"$(snapshot_value trimmed "$last")"
	last=$(sed -n 4p /tmp/payloads)
	check_equal "the next window begins behind the gap" $added \
		$(($(snapshot_value total "$last") - $(snapshot_value hashed "$last")))
	# boot_aggregate, the snapshot at the gap, and the files
	check_equal "and its total counts what is lost" $((added + 7)) \
		"$(snapshot_value total "$last")"
}
