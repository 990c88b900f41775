# SPDX-License-Identifier: GPL-2.0
# title: after a power cut: all that was dropped is there, and matches the TPM's PCR
# suite: no
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
		ima-log verify --archive --no-live --pcrs sha256,/tmp/pcrs
	ima-log verify --archive --no-live --pcrs sha256,/tmp/pcrs --json \
		> /tmp/verdict
	note "$(cat /tmp/verdict)"
	check "up to what was dropped" grep "\"match\":$total," /tmp/verdict
	check "the saver begins an epoch" sh -c "ima-log archive \
		--config /dev/null --tcti none 2>&1 | grep 'epoch 2 begins'"
	check "the old one stays as it is" \
		ima-log verify --archive --epoch 1 --no-live \
			--pcrs sha256,/tmp/pcrs
	note "$(ls $store/0000000001)"
}
