# SPDX-License-Identifier: GPL-2.0
# title: ima-log where there is staging and no trim file, in canonical format
# append: ima_canonical_fmt
# replay: end
# ima_test.kills=200 makes it the long form.

. /guest/ima-log.sh

stage1()
{
	local i reader kills

	kills=$(param kills)
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
	kill_archive "${kills:-10}"
	check "archive after it was killed" archive
	reader=$(tool hold $ima/binary_runtime_measurements)
	measure_files 3 busy
	check_equal "a reader is in the way" 4 \
		"$(archive 2> /tmp/busy; echo $?)"
	note "$(cat /tmp/busy)"
	check "the process is named" \
		grep "held open by process $reader (tool)" /tmp/busy
	check_equal "status is critical" 6 "$(ima-log status > /tmp/status; echo $?)"
	tool release "$reader"
	check "archive" archive
	check "archive, list and TPM agree" agree
	export_end
}
