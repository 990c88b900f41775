# SPDX-License-Identifier: GPL-2.0
# title: the list is carried over an executed kexec and replays against PCR 10
# replay: end

stage1()
{
	echo "measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs" | load_policy -
	measure_files 20
	save before
	next_stage
}

stage2()
{
	local size

	save carried
	size=$(stat -c %s /host/before/binary_runtime_measurements)
	head -c "$size" /host/carried/binary_runtime_measurements > /tmp/head
	check "the list of stage 1 begins the list of stage 2" \
		cmp /host/before/binary_runtime_measurements /tmp/head
	echo "measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs" | load_policy -
	measure_files 20
	check "20 more files are measured" [ "$(count)" -ge 40 ]
	save end
}
