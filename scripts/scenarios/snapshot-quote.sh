# SPDX-License-Identifier: GPL-2.0
# title: a TPM quote signs a snapshot, and the log replays to the quoted PCRs
# replay: end
# snapshots: 2
# programs: tpm2 libtss2-tcti-device.so.0 sha256sum tail head

export TPM2TOOLS_TCTI=device:/dev/tpmrm0
PATH=$PATH:/usr/bin

# SHA-256(nonce || digest of the snapshot)
qualification()
{
	{ cat /tmp/nonce; snapshot_value digest | sed 's/.*://' | xxd -r -p; } |
		/usr/bin/sha256sum | cut -d' ' -f 1
}

verify_quote()
{
	tpm2 checkquote -u /tmp/ak.pub -m /tmp/quote -s /tmp/signature \
		-f /tmp/pcrs -g sha256 -q "$1"
}

stage1()
{
	local q

	snapshot_rules
	measure_files 20
	head -c 20 /dev/urandom > /tmp/nonce
	check "a snapshot" take_snapshot
	check "another one" take_snapshot
	check "an endorsement key" tpm2 createek -c /tmp/ek -G rsa -u /tmp/ek.pub
	check "an attestation key" tpm2 createak -C /tmp/ek -c /tmp/ak \
		-G rsa -g sha256 -s rsassa -u /tmp/ak.pub -n /tmp/ak.name
	q=$(qualification)
	check "a quote" tpm2 quote -c /tmp/ak -l sha1:10+sha256:10 -q "$q" \
		-m /tmp/quote -s /tmp/signature -o /tmp/pcrs -g sha256
	save end
	check "the quote is good" verify_quote "$q"
	check_fails "not for another nonce" "nonce" \
		verify_quote "$(echo other | /usr/bin/sha256sum | cut -d' ' -f 1)"
	check "coreutils agree with the snapshot" verify_snapshot \
		/host/end/binary_runtime_measurements "$(cat $ima/snapshot)"
	# the replay is compared with what sysfs shows: the same as quoted?
	xxd -p /tmp/pcrs | tr -d '\n' | tr a-f A-F > /tmp/quoted
	check "the quoted PCR is the one that is replayed" \
		grep -qF "$(cat /host/end/pcr-sha256/10)" /tmp/quoted
}
