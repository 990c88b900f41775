# SPDX-License-Identifier: GPL-2.0
# title: ima-log on a kernel without the series, which has staging
# unpatched: 1
# replay: end
# variant: 2
# variant: 2 ima_flush_htable

. /guest/ima-log.sh

# The kernel refuses N: all is saved, it is said, and a delete by somebody else
# neither loses nor doubles what was saved.
refused()
{
	check_equal "archive" 4 "$(archive 2> /tmp/words; echo $?)"
	note "$(tail -n 1 /tmp/words)"
	check "it says why" grep "ima_flush_htable" /tmp/words
	measure_files 10 more
	check_equal "archive again" 4 "$(archive 2> /dev/null; echo $?)"
	check "nothing was dropped" [ "$(count)" -ge 50 ]
	check "archive, list and TPM agree" agree
	echo A > $ima/binary_runtime_measurements_staged
	echo D > $ima/binary_runtime_measurements_staged
	measure_files 60 after
	archive 2> /dev/null || :
}

dropped()
{
	local i

	for i in 1 2 3; do
		measure_files 20 "round$i"
		check "archive" archive
		check "the list was emptied" [ "$(count)" -le 3 ]
	done
	kill_archive 5
	check "archive after it was killed" archive
}

stage1()
{
	mount_archive
	check "this kernel has no trim file" [ ! -e $ima/trim ]
	measure_tmpfs
	measure_files 40 first
	if grep -qw ima_flush_htable /proc/cmdline; then
		refused
	else
		dropped
	fi
	check "archive, list and TPM agree" agree
	export_end
}
