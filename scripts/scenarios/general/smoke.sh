# SPDX-License-Identifier: GPL-2.0
# title: boot, load a policy, measure files; the list replays against PCR 10
# replay: end

stage1()
{
	local before writer

	check "the list begins with boot_aggregate" \
		sh -c "head -n 1 $ima/ascii_runtime_measurements | grep boot_aggregate"
	echo "measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs" | load_policy -
	before=$(count)
	measure_files 20
	check "20 files are measured" [ "$(count)" -ge $((before + 20)) ]
	check_fails "an unprivileged process cannot read the list" "Permission denied" \
		tool as 1000 1000 cat $ima/ascii_runtime_measurements
	writer=$(tool hold /measured/file.1.0 w)
	before=$(cat $ima/violations)
	check "a file open for writing is read" cat /measured/file.1.0
	check "that is a violation" [ "$(cat $ima/violations)" -gt "$before" ]
	tool release "$writer"
	save end
}
