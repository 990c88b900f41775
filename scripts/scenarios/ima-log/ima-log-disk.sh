# SPDX-License-Identifier: GPL-2.0
# title: ima-log on a full disk: nothing is dropped, it is said, and it goes on
# replay: end

. /guest/ima-log.sh

fill()
{
	dd if=/dev/zero of=$store/filler bs=4k 2> /dev/null || :
	dd if=/dev/zero of=$store/filler2 bs=512 2> /dev/null || :
}

stage1()
{
	local t i

	mount_archive
	measure_tmpfs
	measure_files 40 first
	check "archive" archive
	t=$(cat $ima/trim)
	fill
	check_equal "nothing is free" 0 \
		"$(df -k $store | awk 'END { print $4 }')"
	# the last block of the segment has room for some records
	measure_files 200 full
	for i in 1 2 3; do
		check_equal "archive fails" 4 "$(archive 2> /tmp/words; echo $?)"
		measure_files 5 more
	done
	note "$(tail -n 1 /tmp/words)"
	check "it says why" grep "disk full" /tmp/words
	check_equal "nothing was dropped" "$t" "$(cat $ima/trim)"
	check_equal "status is critical" 6 \
		"$(ima-log status > /tmp/status; echo $?)"
	check "it says why" grep "disk full" /tmp/status
	start_daemon --interval 1
	wait_until 60 grep -q "disk full" /tmp/daemon
	rm $store/filler $store/filler2
	wait_until 60 sh -c "[ \$(cat $ima/runtime_measurements_count) -le 2 ]"
	ok "the daemon goes on when there is room"
	stop_daemon
	check "archive, list and TPM agree" agree
	check_equal "status is well again" 0 \
		"$(ima-log status > /tmp/status; echo $?)"
	export_end
}
