# SPDX-License-Identifier: GPL-2.0
# title: what ima-log saves on a machine without a TPM, in its byte order
# suite: no
# replay: end
# snapshots: 1
# variant: none
# variant: none ima_canonical_fmt

# Who gives --keep judges the archive in host/archive.
stage1()
{
	local archive="ima-log archive --config /dev/null --archive /tmp/archive --tcti none"

	snapshot_rules
	measure_files 20
	check "a snapshot" take_snapshot
	check "the list is saved" $archive --once
	measure_files 5
	check "what came since, too" $archive --once
	note "$(cat /tmp/archive/0000000001/epoch)"
	check_fails "in one epoch" "No such file" ls /tmp/archive/0000000002
	mkdir /host/end
	ima-log export --archive /tmp/archive --no-live \
		> /host/end/binary_runtime_measurements
	check "the archive has what the list has" cmp \
		/host/end/binary_runtime_measurements $ima/binary_runtime_measurements
	cp -r /tmp/archive /host/archive
}
