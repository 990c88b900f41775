# SPDX-License-Identifier: GPL-2.0
# title: ima-log archives and trims, killed 200 times: no record lost, none doubled
# suite: no
# timeout: 400
# replay: end
# Needs: --overlay of tools/ima-log/test/make-overlay, a kernel with IMA_TRIM.

stage1()
{
	local i n=0

	mkdir -p /var/log/ima-log
	: > /empty.conf
	archive="ima-log archive --config /empty.conf --tcti device:/dev/tpmrm0"
	echo "measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs" | load_policy -
	measure_files 50 first
	note "dry run: $(ima-log archive --config /empty.conf --dry-run)"
	check "archive once" $archive
	check "everything was dropped" [ "$(cat $ima/trim)" -ge 50 ]
	check "nothing is left in the kernel" [ "$(count)" -le 2 ]
	check "archive, list and TPM agree" ima-log verify --archive --tcti device:/dev/tpmrm0

	for i in $(seq 200); do
		measure_files 5 "kill$i"
		$archive > /tmp/out 2>&1 &
		usleep $((RANDOM % 300000))
		if kill -9 $! 2> /dev/null; then
			n=$((n + 1))
		fi
		wait $! 2> /dev/null || :
	done
	note "killed $n times, T is $(cat $ima/trim)"
	check "most were killed in mid work" [ $n -ge 50 ]
	check "archive after the kills" $archive
	check "one epoch" [ ! -e /var/log/ima-log/0000000002 ]
	check "no gap" sh -c '! ls /var/log/ima-log/*/*.gap'
	ima-log verify --archive --tcti device:/dev/tpmrm0 --json > /tmp/verdict || :
	note "$(cat /tmp/verdict)"
	check "archive, list and TPM agree" grep '"verdict":"verified"' /tmp/verdict
	check "with the values in sysfs, too" \
		ima-log verify --archive --sysfs-pcrs /sys/class/tpm/tpm0
	check "attest" ima-log attest --nonce 0011 --from 900 --output /tmp/att \
		--tcti device:/dev/tpmrm0
	note "$(cat /tmp/att/header)"

	mkdir -p /host/end
	save_pcrs end
	ima-log export > /host/end/binary_runtime_measurements 2> /tmp/header
	note "$(cat /tmp/header)"

	echo 1 > $ima/trim || :
	measure_files 3 foreign
	echo 2 > $ima/trim
	check "archive after a foreign trim" $archive
	ima-log status > /tmp/status || check "status is critical" [ $? = 2 ]
	note "$(tr '\n' ' ' < /tmp/status)"
	ima-log verify --archive --tcti device:/dev/tpmrm0 > /tmp/verdict ||
		check "verify cannot judge" [ $? = 4 ]
	check "it names the range" grep 'are missing' /tmp/verdict
	note "$(cat /tmp/verdict)"
}
