# SPDX-License-Identifier: GPL-2.0
# title: ten kexecs in a row, with a snapshot in each kernel and one before each kexec
# replay: end
# snapshots: 21
# timeout: 900

one_kernel()
{
	snapshot_rules
	measure_files 3
	check "a snapshot in stage $stage" take_snapshot
	check_equal "counts all since the first boot" $(($(count) - 1)) \
		"$(snapshot_value total)"
	check_trimmed "nothing has left memory" 0 0
	measure_files 2
	[ "$stage" = 11 ] || next_stage
	save end
}

for i in 1 2 3 4 5 6 7 8 9 10 11; do
	eval "stage$i() { one_kernel; }"
done
