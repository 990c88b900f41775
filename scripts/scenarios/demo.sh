# SPDX-License-Identifier: GPL-2.0
# title: measure, save, trim under a reader, measure on; all banks still replay
# suite: no
# replay: saved end
# mem: 512

rule="measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs
measure func=BPRM_CHECK mask=MAY_EXEC fsname=tmpfs"

# kB that the kernel could give to somebody else
available()
{
	echo 3 > /proc/sys/vm/drop_caches
	awk '/^MemAvailable/ { print $2 }' /proc/meminfo
}

stage1()
{
	local reader adders before memory t n

	echo "$rule" | load_policy -
	cp /bin/busybox /measured/sh
	/measured/sh -c true
	measure_files 4000 demo
	save saved
	before=$(count)
	memory=$(available)
	note "demo records before: $before"
	note "demo memory before: $memory"

	# one reads while records are dropped, two measure
	reader=$(tool hold $ima/ascii_runtime_measurements)
	mkdir /measured/a /measured/b
	tool measure /measured/a one 0 100 &
	adders=$!
	tool measure /measured/b two 0 100 &
	adders="$adders $!"
	t=$(cat $ima/trim)
	check "the records that were saved are dropped: $t:$before" \
		sh -c "echo $t:$before > $ima/trim"
	n=$(cat $ima/trim)
	check_equal "as many as were saved" "$before" "$n"
	check "a reader had the list open" kill -0 "$reader"
	wait $adders
	tool release "$reader"
	check_fails "the same request a second time" "Operation canceled" \
		sh -c "echo $t:$before > $ima/trim"
	note "demo memory after: $(available)"
	note "demo records dropped: $n"
	note "demo records left: $(count)"
	save end
}
