# SPDX-License-Identifier: GPL-2.0
# title: a snapshot after every so many records, without being asked
# replay: end
# snapshots: 10
# append: ima_snapshot_records=20

stage1()
{
	local total=0 n=0

	snapshot_rules
	while [ $n -lt 10 ]; do
		n=$((n + 1))
		measure_files 20
		check "snapshot $n comes" wait_until 60 newer $total
		total=$(snapshot_value total)
	done
	save end
}

newer()
{
	local now

	now=$(snapshot_value total)
	[ "${now:-0}" -gt "$1" ]
}
