# SPDX-License-Identifier: GPL-2.0
# title: 200 times "snapshot, upto snapshot_aggregate last" while four measure: no loss
# replay: chunks end
# snapshots: 201
# cpus: 4
# timeout: 900
# variant: 2
# more: none
#
# The saver keeps what the snapshot covers, and nothing else, and then drops up
# to it.  A record that came between the two would be lost.

stage1()
{
	local i n=0 t=0 payload total wrong=0 adders=""

	snapshot_rules
	: > /tmp/chunks
	for i in 1 2 3 4; do
		measure_for_ever $i 50 &
		adders="$adders $!"
	done
	while [ $n -lt 200 ]; do
		n=$((n + 1))
		echo 1 > $ima/snapshot
		read -r payload < $ima/snapshot
		total=${payload#*;total=}
		total=${total%%;*}
		# records that are not in a snapshot yet may follow in this copy
		cat $ima/binary_runtime_measurements > /tmp/copy
		tool records $((total - t)) < /tmp/copy >> /tmp/chunks
		echo upto snapshot_aggregate last > $ima/trim
		read -r t < $ima/trim
		if [ "$t" != "$total" ]; then
			wrong=$((wrong + 1))
			note "round $n: the snapshot covers $total, T is $t"
		fi
	done
	for i in $adders; do
		tool release "$i"
	done
	check_equal "T is what the snapshot covers, each time" 0 $wrong
	check "the last snapshot" take_snapshot
	check "records came between the snapshots" \
		[ "$(snapshot_value total)" -gt 400 ]
	keep_chunks
	save end
	note "$(snapshot_value total) records, $t dropped"
}
