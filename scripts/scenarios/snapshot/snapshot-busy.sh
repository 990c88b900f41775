# SPDX-License-Identifier: GPL-2.0
# title: six measure, two take snapshots as fast as they can, and records leave: exact
# replay: chunks end
# snapshots: 50
# cpus: 4
# timeout: 600
# more: none ima_test.files=1500 ima_test.drop=no
# variant: 2 ima_test.files=60 ima_test.drop=no
# more: none ima_test.files=1000 ima_test.drop=trim
# variant: 2 ima_test.files=60 ima_test.drop=trim
# more: none ima_test.files=1000 ima_test.drop=staged
# more: 2 ima_test.files=60 ima_test.drop=staged
# variant: none ima_test.files=1000 ima_test.drop=partial

snapshots_for_ever()
{
	while :; do
		echo 1 > $ima/snapshot
	done
}

measuring()
{
	local pid

	for pid in $pids; do
		! kill -0 "$pid" 2> /tmp/kill || return 0
	done
	return 1
}

stage1()
{
	local i takers=""

	: > /tmp/chunks
	measure_files 100 before
	snapshot_rules
	for i in 1 2; do
		snapshots_for_ever &
		takers="$takers $!"
	done
	pids=
	for i in 1 2 3 4 5 6; do
		mkdir /measured/$i
		tool measure /measured/$i f 0 "$(param files)" &
		pids="$pids $!"
	done
	if [ "$(param drop)" != no ]; then
		save_and_drop_while measuring
		check "records left meanwhile, several times" [ "$pieces" -ge 3 ]
	fi
	wait $pids
	for i in $takers; do
		tool release "$i"
	done
	check "the last snapshot" take_snapshot
	keep_chunks
	save end
	if [ "$(param drop)" = no ]; then
		check_equal "nothing left memory" 0 "$(snapshot_value trimmed)"
	else
		check_equal "it says how many left memory" \
			"$(tool records-in < /tmp/chunks)" "$(snapshot_value trimmed)"
	fi
}
