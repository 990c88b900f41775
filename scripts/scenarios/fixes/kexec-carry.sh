# SPDX-License-Identifier: GPL-2.0
# title: records of every template arrive as they were in the next kernel
# replay: end
# variant: 2 ima_template_fmt=n-ng|d-ng ima_test.files=1000
# more: 2 ima_template_fmt=d-ng|n-ng ima_test.files=5
# more: none ima_template_fmt=d|n ima_hash=sha1 ima_test.files=5
# variant: 1.2 ima_template=ima ima_hash=sha1 ima_test.files=200
# more: 2-one-bank ima_template=ima-sig ima_test.files=5

rule="measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs"

stage1()
{
	local writer before

	echo "$rule" | load_policy -
	measure_files "$(param files)"
	before=$(cat $ima/violations)
	writer=$(tool hold /measured/file.1.0 w)
	check "a file that is open for writing is read" cat /measured/file.1.0
	tool release "$writer"
	check "that is a violation" [ "$(cat $ima/violations)" -gt "$before" ]
	save before
	next_stage
}

stage2()
{
	check_carried
	dmesg > /tmp/dmesg
	check "without an error" sh -c "! grep 'measurement list' /tmp/dmesg"
	echo "$rule" | load_policy -
	measure_files 5
	save end
}
