# SPDX-License-Identifier: GPL-2.0
# title: one epoch across kexec, with records archived on both sides
# suite: no
# replay: end
# Needs: --overlay of tools/ima-log/test/make-overlay.

archive="ima-log archive --config /empty.conf --archive /host/archive --tcti device:/dev/tpmrm0"

stage1()
{
	mkdir -p /host/archive
	: > /empty.conf
	echo "measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs" | load_policy -
	measure_files 40 first
	check "archive" $archive
	measure_files 7 unsaved
	next_stage
}

stage2()
{
	: > /empty.conf
	echo "measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs" | load_policy -
	measure_files 20 second
	check "archive" sh -c "$archive 2> /tmp/words"
	note "$(cat /tmp/words) $(cat /host/archive/0000000001/epoch)"
	check "the epoch goes on" [ ! -e /host/archive/0000000002 ]
	ima-log verify --archive=/host/archive --tcti device:/dev/tpmrm0 \
		> /tmp/verdict || :
	note "$(cat /tmp/verdict)"
	check "archive, list and TPM agree" grep ^verified /tmp/verdict
	mkdir -p /host/end
	save_pcrs end
	ima-log export --archive /host/archive \
		> /host/end/binary_runtime_measurements 2> /tmp/header
}
