# SPDX-License-Identifier: GPL-2.0
# title: measure, save, trim under a reader, measure on; all banks still replay
# suite: no
# replay: saved end
# mem: 512

rule="measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs
measure func=BPRM_CHECK mask=MAY_EXEC fsname=tmpfs"

# kB of free memory, when it has come to rest without caches
available()
{
	local now=0 last=-1000

	until [ $((now - last)) -lt 64 ] && [ $((last - now)) -lt 64 ]; do
		last=$now
		echo 3 > /proc/sys/vm/drop_caches
		usleep 200000
		now=$(awk '/^MemFree/ { print $2 }' /proc/meminfo)
	done
	echo "$now"
}

stage1()
{
	local reader adders before memory t n

	echo "$rule" | load_policy -
	cp /bin/busybox /measured/sh
	/measured/sh -c true
	measure_files 4000 demo
	available > /dev/null
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
