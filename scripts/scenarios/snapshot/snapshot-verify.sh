# SPDX-License-Identifier: GPL-2.0
# title: coreutils verify every snapshot, for each template, ima_hash= and TPM
# replay: end
# snapshots: 4
# programs: tail head sha256sum
# append: ima_policy=tcb
# variant: none ima_template=ima ima_hash=sha1
# variant: 1.2 ima_template=ima-ng ima_hash=sha256
# variant: 2 ima_template=ima-ngv2 ima_hash=sha384
# more: 2-one-bank ima_template=ima-sig ima_hash=sha512
# more: 2 ima_template=ima-buf ima_hash=sha256
# more: none ima_template_fmt=d-ng|n-ng ima_hash=sha512
# more: 2-one-bank ima_template_fmt=n-ng|d-ng|sig|buf ima_hash=sha1
# variant: none ima_template_fmt=d|n ima_hash=sha1 ima_canonical_fmt
# more: 1.2 ima_template=ima-modsig ima_hash=sha1

stage1()
{
	local writer before

	# records from before the rule are there, and are covered too
	check "there are records without a rule" [ "$(count)" -gt 1 ]
	check_fails "no rule, no snapshot" "No such file" take_snapshot
	check_equal "nor a payload" "" "$(cat $ima/snapshot)"
	snapshot_rules
	check "the first snapshot" take_snapshot
	check_equal "covers the list from the first record" \
		"$(snapshot_value total)" "$(snapshot_value hashed)"
	measure_files 20
	before=$(cat $ima/violations)
	writer=$(tool hold /measured/file.1.0 w)
	check "a file that is open for writing is read" cat /measured/file.1.0
	tool release "$writer"
	check "that is a violation" [ "$(cat $ima/violations)" -gt "$before" ]
	check "the second snapshot" take_snapshot
	check "the third snapshot" take_snapshot
	check_equal "covers the second and nothing else" 1 "$(snapshot_value hashed)"
	check_trimmed "nothing was trimmed" 0 0
	measure_files 3
	check "the fourth snapshot" take_snapshot
	measure_files 1
	save end
	check "coreutils agree with every snapshot" \
		verify_snapshots /host/end/binary_runtime_measurements
	cp /host/end/binary_runtime_measurements /tmp/changed
	printf x | dd of=/tmp/changed bs=1 seek=10 conv=notrunc 2> /tmp/dd
	check_fails "and disagree once a byte is changed" "bytes" \
		verify_snapshots /tmp/changed
}
