# SPDX-License-Identifier: GPL-2.0
# title: ima-log on a kernel with staging and no trim file
# suite: no
# replay: end
# Needs: --overlay of tools/ima-log/test/make-overlay, a kernel with IMA_STAGING.

stage1()
{
	mkdir -p /var/log/ima-log
	: > /empty.conf
	archive="ima-log archive --config /empty.conf --tcti device:/dev/tpmrm0"
	echo "measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs" | load_policy -
	check "there is no trim file" [ ! -e $ima/trim ]
	for i in 1 2 3 4 5; do
		measure_files 20 "round$i"
		check "archive" $archive
		check "the list was emptied" [ "$(count)" -le 3 ]
	done
	sleep 30 < $ima/binary_runtime_measurements &
	$archive 2> /tmp/busy || check "a reader is in the way" [ $? = 4 ]
	note "$(cat /tmp/busy)"
	check "the process is named" grep "held open by process $! (sleep)" /tmp/busy
	kill $!
	wait $! || :
	check "archive" $archive
	check "archive, list and TPM agree" \
		ima-log verify --archive --tcti device:/dev/tpmrm0
	check "one epoch" [ ! -e /var/log/ima-log/0000000002 ]
	mkdir -p /host/end
	save_pcrs end
	ima-log export > /host/end/binary_runtime_measurements 2> /tmp/header
}
