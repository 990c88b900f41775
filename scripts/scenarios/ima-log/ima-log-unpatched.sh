# SPDX-License-Identifier: GPL-2.0
# title: a kernel that does not know T in between: the place is found by content
# unpatched: 2
# replay: end

. /guest/ima-log.sh

stage1()
{
	archive_some
	check "something was dropped" [ "$(cat $ima/trim)" -ge 40 ]
	next_stage
}

# archives only, as there is no trim file
stage2()
{
	mount_archive
	check "this kernel has no trim file" [ ! -e $ima/trim ]
	measure_tmpfs
	measure_files 20 second
	check "archive" archive --archive-only
	measure_files 5 unsaved
	next_stage
}

stage3()
{
	mount_archive
	check_equal "counting began again" 0 "$(cat $ima/trim)"
	measure_tmpfs
	measure_files 20 third
	check "archive" archive
	note "$(cat $store/0000000001/epoch)"
	check "everything was dropped" [ "$(count)" -le 2 ]
	measure_files 5 after
	check "archive" archive
	check "archive, list and TPM agree" agree
	export_end
}
