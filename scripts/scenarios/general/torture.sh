# SPDX-License-Identifier: GPL-2.0
# title: all that can be done with the list at the same time
# replay: log
# snapshots: 50
# cpus: 4
# mem: 1536
# timeout: 3600
# variant: 2
# variant: none

stage1()
{
	local seconds

	seconds=$(param seconds)
	snapshot_rules
	mkdir -p /host/log
	check "every byte that was read, and every record, is in the log" \
		torture /measured /host/log/binary_runtime_measurements \
			"${seconds:-20}"
	note "$(tail -n 1 /tmp/check.out)"
	save_pcrs log
}
