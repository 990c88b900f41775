# SPDX-License-Identifier: GPL-2.0
# title: ima-log archives and trims, killed at random: no record lost, none doubled
# replay: end
# programs: setpriv
# ima_test.kills=200 makes it the long form.

. /guest/ima-log.sh

stage1()
{
	local kills t

	kills=$(param kills)
	mount_archive
	measure_tmpfs
	measure_files 50 first
	t=$(ima-log archive --dry-run)
	note "dry run: $t"
	check "the request is T:N" expr "$t" : '0:[0-9]*$'
	check "archive once" archive
	check "everything was dropped" [ "$(cat $ima/trim)" -ge 50 ]
	check "nothing is left in the kernel" [ "$(count)" -le 2 ]
	check "archive, list and TPM agree" agree
	check "files belong to ima-log" \
		[ "$(stat -c %U:%a $store/0000000001/*.ima)" = ima-log:640 ]

	t=$(cat $ima/trim)
	kill_archive "${kills:-15}"
	note "T went from $t to $(cat $ima/trim)"
	check "archive after the kills" archive
	check "archive, list and TPM agree" agree
	check "with the values in sysfs, too" ima-log verify \
		--sysfs-pcrs /sys/class/tpm/tpm0
	check "attest" ima-log attest --nonce 0011 --from 60 --output /tmp/att \
		--tcti $tpm
	note "$(cat /tmp/att/header)"
	check "the quote, and the records up to it, verify" sh -c '
		ima-log export --count 60 > /tmp/before 2> /dev/null
		cat /tmp/before /tmp/att/records > /tmp/all
		ima-log verify --nonce 0011 --quote /tmp/att/quote.msg \
			--signature /tmp/att/quote.sig --key /tmp/att/quote.pem \
			/tmp/all'

	check "attest from the start" ima-log attest --nonce 0022 \
		--output /tmp/att.0 --tcti $tpm
	check "it verifies as it is" ima-log verify --nonce 0022 \
		--attested /tmp/att.0 --key /tmp/att.0/quote.pem
	check_equal "all that is in the archive is ima-log's" "" \
		"$(find $store/0000000001 ! -user ima-log)"

	# a daemon that has given up what it does not need
	start_unit --interval 1 --segment-size 4k
	check "the daemon is ima-log's" \
		grep -q "^Uid:.990.990.990.990" /proc/$daemon/status
	check "it has no capability" \
		grep -q "^CapEff:.0*$" /proc/$daemon/status
	measure_files 30 daemon
	wait_until 60 sh -c "[ \$(cat $ima/runtime_measurements_count) -le 2 ]"
	stop_daemon
	check "archive, list and TPM agree" agree
	export_end

	echo 1 > $ima/trim || :
	measure_files 3 foreign
	echo 2 > $ima/trim
	check "archive after a foreign trim" archive
	check_equal "status is critical" 6 \
		"$(ima-log status > /tmp/status; echo $?)"
	check "it tells of the trim" grep "^foreign_records *2$" /tmp/status
	note "$(tr '\n' ' ' < /tmp/status)"
	check_equal "verify cannot judge" 4 \
		"$(ima-log verify --tcti $tpm > /tmp/verdict; echo $?)"
	check "it names the range" grep 'are missing' /tmp/verdict
	note "$(cat /tmp/verdict)"
}
