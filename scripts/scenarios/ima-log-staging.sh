# SPDX-License-Identifier: GPL-2.0
# title: ima-log where there is staging and no trim file, in canonical format
# append: ima_canonical_fmt
# replay: end

. /guest/ima-log.sh

stage1()
{
	local i reader

	mount_archive
	measure_tmpfs
	# this kernel's files, all but one
	mkdir /tmp/ima
	for i in $ima/*; do
		ln -s $i /tmp/ima/
	done
	rm -f /tmp/ima/trim
	export IMA_LOG_SECURITYFS=/tmp/ima
	for i in 1 2 3 4 5; do
		measure_files 20 "round$i"
		check "archive" archive
		check "the list was emptied" [ "$(count)" -le 3 ]
	done
	check "in the canonical format" grep "canonical 1" $store/*/epoch
	for i in 1 2 3 4 5 6 7 8 9 10; do
		measure_files 3 "kill$i"
		archive > /tmp/out 2>&1 &
		usleep $((RANDOM % 150000))
		kill -9 $! 2> /dev/null || :
		wait $! 2> /dev/null || :
	done
	check "archive after it was killed" archive
	reader=$(tool hold $ima/binary_runtime_measurements)
	measure_files 3 busy
	check_equal "a reader is in the way" 4 \
		"$(archive 2> /tmp/busy; echo $?)"
	note "$(cat /tmp/busy)"
	check "the process is named" \
		grep "held open by process $reader (tool)" /tmp/busy
	check_equal "status is critical" 2 "$(ima-log status > /tmp/status; echo $?)"
	tool release "$reader"
	check "archive" archive
	check "archive, list and TPM agree" agree
	export_end
}
