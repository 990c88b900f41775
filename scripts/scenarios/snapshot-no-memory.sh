# SPDX-License-Identifier: GPL-2.0
# title: a snapshot that fails for want of memory, wherever, loses nothing
# replay: end
# tpm: none
# No TPM: its driver allocates, too, and a record that was not extended for want
# of memory is in the list all the same, with or without snapshots.
# snapshots: 4

stage1()
{
	local fail=/sys/kernel/debug/failslab

	echo N > $fail/ignore-gfp-wait
	echo 0 > $fail/verbose
	snapshot_rules
	measure_files 20
	check "a snapshot" take_snapshot
	measure_files 5
	tool write-failing $ima/snapshot 1 > /tmp/tries 2> /tmp/errors
	note "allocations that failed, snapshots that did: $(cat /tmp/tries)"
	check "allocations failed" [ "$(cut -d' ' -f 1 /tmp/tries)" -ge 5 ]
	check "snapshots failed" [ "$(cut -d' ' -f 2 /tmp/tries)" -ge 5 ]
	check "with the errno of memory" \
		sh -c "! grep -v 'Cannot allocate memory' /tmp/errors"
	measure_files 3
	check "a snapshot" take_snapshot
	save end
}
