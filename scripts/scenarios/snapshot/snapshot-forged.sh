# SPDX-License-Identifier: GPL-2.0
# title: records of that name that are no snapshots do not disturb the chain over kexec
# replay: end
# snapshots: 3
# programs: tail head sha256sum
# variant: 2 ima_policy=critical_data ima_template=ima-buf
# variant: none ima_policy=critical_data ima_template_fmt=buf|n-ng|d-ng
#
# A key in a keyring of that name, and a file of that name, twice and as a
# violation.  The custom policy has no rule for snapshots, so the last record that kexec
# carries is none.  A user cannot make a record with a payload of a snapshot's
# grammar: keys are DER, and the payload of a file is empty.  A violation with
# such a payload, and numbers that do not fit, are left to KUnit.

# A file system that is mounted nowhere any more has no path: the record of a
# file there has the bare name.
read_detached()
{
	local writer

	mkdir /mnt
	mount -t tmpfs other /mnt
	(
		cd /mnt || exit
		umount -l /mnt
		cat /cert.der > snapshot_aggregate
		cat snapshot_aggregate > /tmp/read
		echo more > snapshot_aggregate
		writer=$(tool hold snapshot_aggregate w)
		cat snapshot_aggregate > /tmp/read
		tool release "$writer"
	)
}

stage1()
{
	local before

	check "a snapshot, by the built-in rule" take_snapshot
	printf '%s\n' "measure func=KEY_CHECK" \
		"measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs" |
		load_policy -
	check_fails "there is no rule now" "No such file" take_snapshot
	measure_files 5
	check "a key in a keyring of that name" \
		tool add-key snapshot_aggregate /cert.der
	before=$(cat $ima/violations)
	read_detached
	check "a file of that name is a violation" \
		[ "$(cat $ima/violations)" -gt "$before" ]
	save before
	check_equal "five records have that name" 5 \
		"$(tr '\0' '\n' < /host/before/binary_runtime_measurements |
			grep -a -c 'snapshot_aggregate$')"
	check_equal "one of them is a snapshot" 1 \
		"$(payloads /host/before/binary_runtime_measurements | wc -l)"
	payloads /host/before/binary_runtime_measurements > /host/last
	next_stage
}

stage2()
{
	local last

	check_carried
	snapshot_rules
	measure_files 2
	check "a snapshot in the next kernel" take_snapshot
	last=$(cat /host/last)
	check_equal "its window begins with the only real one" \
		"$(snapshot_value total "$last")" \
		$(($(snapshot_value total) - $(snapshot_value hashed)))
	check_equal "it counts all since boot" $(($(count) - 1)) \
		"$(snapshot_value total)"
	check "another one" take_snapshot
	save end
	check "coreutils agree" \
		verify_snapshots /host/end/binary_runtime_measurements
}
