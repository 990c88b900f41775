# SPDX-License-Identifier: GPL-2.0
# title: a snapshot that fails for want of memory, wherever, loses nothing
# replay: end
# No TPM: its driver allocates, too, and a record that was not extended for want
# of memory is in the list all the same, with or without snapshots.
# snapshots: 4
# variant: none ima_test.by=request
# variant: none ima_test.by=worker ima_snapshot_records=1

fail=/sys/kernel/debug/failslab

by_request()
{
	tool write-failing $ima/snapshot 1 > /tmp/tries 2> /tmp/errors
	note "allocations that failed, snapshots that did: $(cat /tmp/tries)"
	check "allocations failed" [ "$(cut -d' ' -f 1 /tmp/tries)" -ge 5 ]
	check "snapshots failed" [ "$(cut -d' ' -f 2 /tmp/tries)" -ge 5 ]
	check "with the errno of memory" \
		sh -c "! grep -v 'Cannot allocate memory' /tmp/errors"
}

newer()
{
	[ "$(snapshot_value total)" -gt "$1" ]
}

failed_or_newer()
{
	worker_failed || newer "$1"
}

# Each file is worth a snapshot. If the worker failed to take it, the next one,
# on request, covers the file, too; if not, no more than the worker's snapshot.
by_worker()
{
	local n=0 total failed=0

	while [ $n -lt 16 ]; do
		n=$((n + 1))
		total=$(snapshot_value total)
		workers_fail $n
		measure_files 1
		wait_until 60 failed_or_newer "$total"
		workers_fail 0
		check "a snapshot after try $n" take_snapshot
		[ "$(snapshot_value hashed)" = 1 ] || failed=$((failed + 1))
	done
	note "snapshots of the worker that failed: $failed of $n"
	check "snapshots failed" [ $failed -ge 5 ]
	check "and not all of them" [ $failed -lt $n ]
}

stage1()
{
	echo N > $fail/ignore-gfp-wait
	echo 0 > $fail/verbose
	snapshot_rules
	measure_files 20
	check "a snapshot" take_snapshot
	measure_files 5
	"by_$(param by)"
	measure_files 3
	check "a snapshot" take_snapshot
	save end
}
