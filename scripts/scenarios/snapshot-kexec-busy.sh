# SPDX-License-Identifier: GPL-2.0
# title: kexec while many measure: nothing comes after the last snapshot
# replay: end
# snapshots: 2
# cpus: 4
#
# A few records a task only: all of them fit into the segment.

stage1()
{
	local i

	snapshot_rules
	measure_files 20
	check "a snapshot" take_snapshot
	for i in 1 2 3 4 5; do
		mkdir /measured/$i
	done
	load_next
	for i in 1 2 3 4 5; do
		tool measure /measured/$i f 0 4 &
	done
	exec tool kexec-exec unsynced
}

stage2()
{
	save carried
	# the very last is the boot_aggregate of this kernel
	tail -n 2 /host/carried/ascii_runtime_measurements > /tmp/last
	check "a snapshot is the last record carried" \
		sh -c "head -n 1 /tmp/last | grep snapshot_aggregate"
	snapshot_rules
	check "another one" take_snapshot
	save end
	note "$(grep -c '/measured/[1-5]/' /host/carried/ascii_runtime_measurements) of 20 were measured before that"
}
