# SPDX-License-Identifier: GPL-2.0
# title: kexec while many measure and take snapshots: nothing comes after the last
# replay: chunk end
# snapshots: 2
# cpus: 4
# expect-report: write error: No such device
#
# What is dropped after the load leaves room in the segment for all that comes
# until measurement is suspended.  Then a request gets ENODEV; the shell says so
# on the console, as no file can be relied on any more.

snapshots_until_suspended()
{
	while take_snapshot; do
		:
	done
}

stage1()
{
	local i

	snapshot_rules
	measure_files 150
	check "a snapshot" take_snapshot
	for i in 1 2 3 4 5; do
		mkdir /measured/$i
	done
	save chunk
	load_next
	count > $ima/trim
	stop_slowly
	for i in 1 2 3 4 5; do
		tool measure /measured/$i f 0 4 &
	done
	snapshots_until_suspended &
	snapshots_until_suspended &
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
