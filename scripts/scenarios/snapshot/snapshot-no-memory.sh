# SPDX-License-Identifier: GPL-2.0
# title: a snapshot that fails for want of memory, wherever, loses nothing
# replay: end
# No TPM: its driver allocates, too, and a record that was not extended for want
# of memory is in the list all the same, with or without snapshots.
# snapshots: 4
# variant: none ima_test.by=request
# variant: none ima_test.by=measurement ima_snapshot_records=1

fail=/sys/kernel/debug/failslab

by_request()
{
	local total

	total=$(count)
	tool write-failing $ima/snapshot 1 > /tmp/tries 2> /tmp/errors
	note "allocations that failed, snapshots that did: $(cat /tmp/tries)"
	check "allocations failed" [ "$(cut -d' ' -f 1 /tmp/tries)" -ge 5 ]
	check "snapshots failed" [ "$(cut -d' ' -f 2 /tmp/tries)" -ge 5 ]
	check "with the errno of memory" \
		sh -c "! grep -v 'Cannot allocate memory' /tmp/errors"
	# the tries that failed have not changed what the next one covers
	check_equal "records were added by those that did not fail" \
		$((total + 1 + $(cut -d' ' -f 1 /tmp/tries) -
		   $(cut -d' ' -f 2 /tmp/tries))) "$(count)"
}

# Each record is worth a snapshot.  Once the file is measured, and its snapshot
# fails, the next snapshot covers one file more.
by_measurement()
{
	tool measure-failing /measured failing > /tmp/tries
	note "allocations that failed: $(cat /tmp/tries)"
	cat $ima/binary_runtime_measurements > /tmp/list
	payloads /tmp/list | sed 's/.*hashed=//; s/;.*//' > /tmp/hashed
	note "covered: $(tr '\n' ' ' < /tmp/hashed)"
	check "snapshots failed" \
		[ "$(awk '$1 > 2 { n += $1 - 2 } END { print n + 0 }' /tmp/hashed)" -ge 4 ]
	check_equal "and then one came again" 2 "$(tail -n 1 /tmp/hashed)"
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
