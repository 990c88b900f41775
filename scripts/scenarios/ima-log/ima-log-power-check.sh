# SPDX-License-Identifier: GPL-2.0
# title: after a power cut: all that was dropped is there, and matches the TPM's PCR
# suite: no
# tpm: 2-one-bank
# replay: end
# For scripts/power-cut; ima_test.total and ima_test.pcr are what was told last.

. /guest/ima-log.sh

stage1()
{
	local total pcr

	total=$(param total)
	pcr=$(param pcr)
	mount_archive
	note "$(ls $store/0000000001)"
	echo "PCR-10: $pcr" > /tmp/pcrs
	# another TPM: where it stood is given, not read
	check "the archive is of $total records or more, and matches" \
		ima-log verify --no-live --pcrs sha256,/tmp/pcrs
	ima-log verify --no-live --pcrs sha256,/tmp/pcrs --json \
		> /tmp/verdict
	note "$(cat /tmp/verdict)"
	check "up to what was dropped" grep "\"match\":$total," /tmp/verdict
	# for evmctl: the segments, up to the record that the PCR was told of
	mkdir -p /host/end/pcr-sha256
	cat $store/0000000001/*.ima > /host/end/all
	ima-log export --epoch 1 --no-live --count $total \
		> /host/end/binary_runtime_measurements 2> /dev/null
	check "they begin the segments" sh -c "head -c \
		\$(stat -c %s /host/end/binary_runtime_measurements) \
		/host/end/all | cmp - /host/end/binary_runtime_measurements"
	echo "$pcr" > /host/end/pcr-sha256/10
	check "the saver begins an epoch" sh -c "ima-log archive \
		--tcti none 2>&1 | grep 'epoch 2 begins'"
	check "the old one stays as it is" \
		ima-log verify --epoch 1 --no-live \
			--pcrs sha256,/tmp/pcrs
	note "$(ls $store/0000000001)"
}
