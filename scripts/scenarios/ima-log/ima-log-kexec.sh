# SPDX-License-Identifier: GPL-2.0
# title: one epoch across kexec without a sync, T carried, records on both sides
# replay: end

. /guest/ima-log.sh

stage1()
{
	archive_some
	note "T is $(cat $ima/trim)"
	cat $ima/trim > /host/t
	kexec=unsynced
	next_stage
}

stage2()
{
	mount_archive
	check_equal "T was carried" "$(cat /host/t)" "$(cat $ima/trim)"
	measure_tmpfs
	measure_files 20 second
	check "archive" archive
	note "$(cat $store/0000000001/epoch)"
	check "both kernels are known" \
		[ "$(grep -c ^boot $store/0000000001/epoch)" = 2 ]
	check "archive, list and TPM agree" agree
	export_end
}
