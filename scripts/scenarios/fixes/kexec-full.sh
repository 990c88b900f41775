# SPDX-License-Identifier: GPL-2.0
# title: a list too long for the kexec segment arrives in complete records
# expect-report: the last [1-9][0-9]* of [0-9]* measurement records are left out|Dump measurements failed

rule="measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs"

stage1()
{
	echo "$rule" | load_policy -
	measure_files 20
	load_next
	measure_files 200
	save before
	exec tool kexec-exec
}

# Whole records, and as many as fit: what is left is shorter than one record.
stage2()
{
	local size

	save carried
	dmesg > /tmp/dmesg
	check "the list is restored without an error" \
		sh -c "! grep 'Failed to restore' /tmp/dmesg"
	tool offsets < /host/before/binary_runtime_measurements > /tmp/offsets
	# one of these records is the boot_aggregate of this kernel
	size=$(sed -n "$(count)p" /tmp/offsets | cut -d' ' -f 1)
	head -c "$size" /host/before/binary_runtime_measurements > /tmp/head
	head -c "$size" /host/carried/binary_runtime_measurements > /tmp/carried
	check "what is restored begins the list of stage 1" \
		cmp /tmp/head /tmp/carried
	check "records are carried that came after the load" [ "$(count)" -gt 25 ]
	check "records are missing" [ "$(count)" -lt 220 ]
}
