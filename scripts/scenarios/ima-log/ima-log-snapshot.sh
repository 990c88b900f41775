# SPDX-License-Identifier: GPL-2.0
# title: ima-log judges snapshots, measured trims and a kexec, and attests them
# replay: end

. /guest/ima-log.sh

rules()
{
	printf '%s\n' "measure func=CRITICAL_DATA label=ima_snapshot" \
		"measure func=CRITICAL_DATA label=ima_trim" \
		"measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs" |
		load_policy -
}

count_of()
{
	sed "s/.*\"$1\":\([0-9]*\).*/\1/" /tmp/verdict
}

stage1()
{
	local i t digest

	mount_archive
	rules
	for i in 1 2 3; do
		measure_files 10 "round$i"
		echo 1 > $ima/snapshot
		measure_files 3 "late$i"
		check "archive" archive
	done
	check "the record of the trim is saved" archive
	t=$(cat $ima/trim)
	check "and nothing else is to be saved" archive
	check_equal "a trim is not dropped to be trimmed again" "$t" \
		"$(cat $ima/trim)"
	ima-log status > /tmp/status
	note "$(tr '\n' ' ' < /tmp/status)"
	digest=$(sed 's/.*digest=//; s/;.*//' $ima/snapshot)
	check "status knows the last snapshot" \
		grep "snapshot_digest *$digest" /tmp/status
	check "attest" ima-log attest --nonce 00ff --from 0 --output /tmp/att \
		--tcti $tpm
	check "it verifies as it is" ima-log verify --nonce 00ff \
		--attested /tmp/att --key /tmp/att/quote.pem
	measure_files 4 unsaved
	next_stage
}

stage2()
{
	mount_archive
	rules
	measure_files 5 second
	echo 1 > $ima/snapshot
	check "archive" archive
	check "archive, list and TPM agree" agree
	ima-log verify --tcti $tpm --json > /tmp/verdict || :
	note "$(cat /tmp/verdict)"
	check "it is verified" grep '"verdict":"verified"' /tmp/verdict
	check "snapshots are judged" [ "$(count_of snapshots)" -ge 4 ]
	check_equal "all their records were there" 0 \
		"$(count_of snapshot_windows_not_seen)"
	check "trims are judged" [ "$(count_of trims)" -ge 3 ]
	export_end
}
