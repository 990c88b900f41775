# SPDX-License-Identifier: GPL-2.0
# title: snapshots as fast as possible while many measure; every record once
# replay: end
# snapshots: 50
# cpus: 4
# variant: none ima_test.files=1500
# variant: 2 ima_test.files=60

snapshots_for_ever()
{
	while :; do
		echo 1 > $ima/snapshot
	done
}

stage1()
{
	local i pids= takers=

	measure_files 100 before
	snapshot_rules
	for i in 1 2; do
		snapshots_for_ever &
		takers="$takers $!"
	done
	for i in 1 2 3 4 5 6; do
		mkdir /measured/$i
		tool measure /measured/$i f 0 "$(param files)" &
		pids="$pids $!"
	done
	wait $pids
	for i in $takers; do
		tool release "$i"
	done
	check "the last snapshot" take_snapshot
	save end
	note "$(tr -d '\0' < /host/end/binary_runtime_measurements |
		grep -a -o snapshot_aggregate | wc -l) snapshots"
}
