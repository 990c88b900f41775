# SPDX-License-Identifier: GPL-2.0
# title: measure, save, trim under a reader, snapshot, cut there; all banks replay
# suite: no
# replay: end
# mem: 512
# snapshots: 1
# programs: tail head sha256sum

. /guest/ima-log.sh

rule="measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs
measure func=BPRM_CHECK mask=MAY_EXEC fsname=tmpfs
measure func=CRITICAL_DATA label=ima_snapshot"

# What ima-log saved, it drops by writing a count, as one would by hand:
# echo T:N > trim.
drop_what_is_saved()
{
	local reader adders before

	before=$(count)
	note "demo records before: $before"
	note "demo memory before: $(free_memory)"

	# one reads while records are dropped, two measure
	reader=$(tool hold $ima/ascii_runtime_measurements)
	mkdir /measured/a /measured/b
	tool measure /measured/a one 0 100 unlink &
	adders=$!
	tool measure /measured/b two 0 100 unlink &
	adders="$adders $!"
	check "ima-log saves the list and drops it" archive
	check "at least what was there is dropped" [ "$(cat $ima/trim)" -ge "$before" ]
	check "a reader had the list open" kill -0 "$reader"
	wait $adders
	tool release "$reader"
	note "demo memory after: $(free_memory)"
	note "demo records dropped: $(cat $ima/trim)"
	note "demo records left: $(count)"
	check_fails "a request that was true before" "Operation canceled" \
		sh -c "echo 0:1 > $ima/trim"
}

# The list is to begin with the snapshot that vouches for what left it.
cut_at_snapshot()
{
	measure_files 300 more
	check "take a snapshot" sh -c "echo 1 > $ima/snapshot"
	measure_files 50 after
	check "ima-log saves, and drops nothing" archive --archive-only
	check "drop what is before the snapshot" \
		sh -c "echo $(cat $ima/trim):upto snapshot_aggregate last > $ima/trim"
	check_equal "it is the first record now" snapshot_aggregate \
		"$(awk 'NR == 1 { print $5 }' $ima/ascii_runtime_measurements)"
	note "demo snapshot: $(cat $ima/snapshot)"
	check_equal "it covers all that was dropped, and no more" \
		"$(snapshot_value total)" "$(cat $ima/trim)"
	note "demo records dropped up to it: $(cat $ima/trim)"
	note "demo records after it: $(count)"
	ima-log export --count "$(cat $ima/trim)" > /tmp/dropped 2> /dev/null
	check "sha256sum of what was saved of them is its digest" \
		verify_snapshot /tmp/dropped "$(cat $ima/snapshot)"
}

stage1()
{
	mount_archive
	echo "$rule" | load_policy -
	cp /bin/busybox /measured/sh
	/measured/sh -c true
	measure_files 4000 demo
	drop_what_is_saved
	cut_at_snapshot
	check "ima-log verifies archive and list against the TPM" agree
	note "demo verdict: $(head -n 1 /tmp/verdict)"
	export_end
}
