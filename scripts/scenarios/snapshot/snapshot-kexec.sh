# SPDX-License-Identifier: GPL-2.0
# title: the chain of snapshots goes on over kexec after kexec
# replay: end
# snapshots: 6
# programs: tail head sha256sum
# variant: 2 ima_hash=sha256
# variant: 2-one-bank ima_template=ima-sig ima_hash=sha384

one_kernel()
{
	snapshot_rules
	measure_files 7
	check "a snapshot in stage $stage" take_snapshot
	measure_files 5
}

carried()
{
	save carried
	check "coreutils agree with what was carried" \
		verify_snapshots /host/carried/binary_runtime_measurements
	# the very last is the boot_aggregate of this kernel
	tail -n 2 /host/carried/ascii_runtime_measurements > /tmp/last
	check "a snapshot is the last record carried" \
		sh -c "head -n 1 /tmp/last | grep snapshot_aggregate"
}

stage1()
{
	one_kernel
	next_stage
}

stage2()
{
	carried
	one_kernel
	next_stage
}

# No snapshot is asked for here: kexec takes it.
stage3()
{
	carried
	snapshot_rules
	measure_files 3
	next_stage
}

stage4()
{
	carried
	one_kernel
	save end
	check "coreutils agree with every snapshot" \
		verify_snapshots /host/end/binary_runtime_measurements
}
