# SPDX-License-Identifier: GPL-2.0
# title: what each count says after a trim, with staged records and after kexec
# replay: chunk1 end

list=$ima/binary_runtime_measurements
staged=${list}_staged
trace=/sys/kernel/tracing
rule="measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs
measure func=CRITICAL_DATA label=ima_kexec"

# The number that the last record kexec_load has under this name.
kexec_number()
{
	local ascii=$ima/ascii_runtime_measurements

	[ "$(count)" != 0 ] || ascii=${ascii}_staged
	grep " kexec_load " $ascii | tail -n 1 | cut -d' ' -f 6 | xxd -r -p |
		tr ';' '\n' | sed -n "s/^$1=//p"
}

violation()
{
	echo "$1" > "/measured/violation.$1"
	# opened for reading while it is open for writing
	sh -c "exec 3>> '/measured/violation.$1'; cat '/measured/violation.$1'" > /dev/null
}

load()
{
	tool kexec-load "$(next_kernel)" /host/initrd "unused$1"
}

stage1()
{
	local n size

	echo "$rule" | load_policy -
	measure_files 10
	violation one
	violation two
	check_equal "violations" 2 "$(cat $ima/violations)"
	save chunk1
	n=$(count)
	size=$(wc -c < /host/chunk1/binary_runtime_measurements)

	echo 1 > $trace/events/ima/ima_remove_records/enable
	echo 1 > $list
	echo $((n - 1)) > $ima/trim
	check_fails "no more can be dropped" "No such file" \
		sh -c "echo 1 > $ima/trim"
	check_equal "trace events: of each request that removed records" \
		"records=1 removed=1 records=$((n - 1)) removed=$n " \
		"$(sed -n 's/.* ima_remove_records: //p' $trace/trace | tr '\n' ' ')"
	check_equal "after a trim: the list is empty" 0 "$(count)"
	check_equal "T" "$n" "$(cat $ima/trim)"
	check_equal "violations are all since boot" 2 "$(cat $ima/violations)"
	load 1
	check_equal "kexec data counts what was measured, dropped or not" \
		"$n" "$(kexec_number ima_runtime_measurements_count)"
	check_equal "its size is that of all these, and a header" \
		$((size + 24)) "$(kexec_number ima_binary_runtime_size)"

	measure_files 3
	check_equal "the list has what came since" 4 "$(count)"
	echo A > $staged
	measure_files 2
	check_equal "with staged records: only those that are not" 2 "$(count)"
	check_equal "T counts staged ones only when they are deleted" \
		"$n" "$(cat $ima/trim)"
	check_equal "violations" 2 "$(cat $ima/violations)"
	size=$((size + $(cat $staged $list | wc -c)))
	load 2
	check_equal "kexec data counts staged ones" $((n + 6)) \
		"$(kexec_number ima_runtime_measurements_count)"
	check_equal "and their size" $((size + 24)) \
		"$(kexec_number ima_binary_runtime_size)"
	echo "$n" > /host/n
	next_stage
}

stage2()
{
	local n size

	n=$(cat /host/n)
	# 4 staged and 3 current ones, two of the kexec, and boot_aggregate
	check_equal "after kexec: what was staged, what was not, and what is new" \
		10 "$(count)"
	check_equal "T goes on" "$n" "$(cat $ima/trim)"
	echo "$rule" | load_policy -
	size=$(wc -c < $list)
	load 3
	check_equal "kexec data counts what was restored, and what is new" 10 \
		"$(kexec_number ima_runtime_measurements_count)"
	check_equal "and the size of these" $((size + 24)) \
		"$(kexec_number ima_binary_runtime_size)"
	save end
}
