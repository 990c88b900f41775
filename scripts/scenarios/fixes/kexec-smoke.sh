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
	check_carried
	echo "measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs" | load_policy -
	measure_files 20
	check "20 more files are measured" [ "$(count)" -ge 40 ]
	save end
}
