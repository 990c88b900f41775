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
	tool offsets < /host/end/binary_runtime_measurements |
		sed -n 's/^[0-9]* version=.*;hashed=\([0-9]*\);.*/\1/p' > /tmp/hashed
	# from the second on, the snapshot before is one of them
	check_equal "none comes after fewer than 20 others" "" \
		"$(awk '$1 < (NR == 1 ? 20 : 21)
			END { if (NR < 10) print NR, "snapshots" }' /tmp/hashed | tr '\n' ' ')"
}

newer()
{
	local now

	now=$(snapshot_value total)
	[ "${now:-0}" -gt "$1" ]
}
