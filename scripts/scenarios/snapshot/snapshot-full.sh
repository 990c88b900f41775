# SPDX-License-Identifier: GPL-2.0
# title: the last snapshot is not in the segment: the chain goes on from the last that is
# programs: tail head sha256sum
# replay: carried
# snapshots: 4
# pcr: differs
# expect-report: kexec segment is full, the last [1-9][0-9]* of [0-9]* measurement records are left out

stage1()
{
	snapshot_rules
	measure_files 10
	check "a snapshot that is carried" take_snapshot
	load_next
	measure_files 8
	check "another one that is carried" take_snapshot
	measure_files 200
	check "a snapshot that is left behind" take_snapshot
	snapshot_value total > /host/lost
	measure_files 50
	save before
	# what of the results so far a stage does not know that was loaded before
	cp $counter /host/counted
	exec tool kexec-exec
}

stage2()
{
	local carried covered last n

	cat /host/counted > $counter
	# less the boot_aggregate of this kernel
	carried=$(($(count) - 1))
	check "records are missing" [ "$carried" -lt 230 ]
	payloads $ima/binary_runtime_measurements > /tmp/carried
	check_equal "two snapshots were carried" 2 "$(wc -l < /tmp/carried)"
	last=$(tail -n 1 /tmp/carried)
	covered=$(snapshot_value total "$last")
	snapshot_rules
	measure_files 5
	check "a snapshot" take_snapshot
	check_equal "its window begins with the last snapshot that was carried" \
		"$covered" \
		$(($(snapshot_value total) - $(snapshot_value hashed)))
	n=$(snapshot_value total)
	check "its total is below that of a snapshot that was lost" \
		[ "$n" -lt "$(cat /host/lost)" ]
	check_equal "it counts what was carried, boot_aggregate and the files" \
		$((carried + 6)) "$n"
	check_trimmed "nothing has left memory that it knows of" 0 0
	measure_files 2
	check "another snapshot" take_snapshot
	save carried
	check "coreutils agree with all in the list" \
		verify_snapshots /host/carried/binary_runtime_measurements
	n=$(($(tool records-in < /host/before/binary_runtime_measurements) + 2))
	echo "$n" > /host/measured
	note "carried $carried of $n, the last one carried covers up to $covered"
}
