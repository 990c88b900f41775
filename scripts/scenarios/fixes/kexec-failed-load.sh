# SPDX-License-Identifier: GPL-2.0
# title: a load that fails does not change what the loaded image carries
# variant: 2 ima_test.list=longer
# variant: 2 ima_test.list=shorter

rule="measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs"

# The command line is read before IMA adds its segment, and found too long by
# the loader of the kernel, which comes after.
load_failing()
{
	local line

	line=$(head -c 3000 /dev/zero | tr '\0' x)
	if tool kexec-load "$(next_kernel)" /host/initrd "$line" 2> /host/failed; then
		note "the load did not fail"
		return 1
	fi
}

# Results after load_next would not be counted: they are of stage 2.
stage1()
{
	echo "$rule" | load_policy -
	case $(param list) in
	longer)
		measure_files 20
		load_next
		measure_files 200
		load_failing ;;
	shorter)
		measure_files 300
		load_next
		echo 250 > $ima/binary_runtime_measurements
		load_failing
		measure_files 200 ;;
	esac
	save before
	exec tool kexec-exec
}

stage2()
{
	local list=binary_runtime_measurements records

	save carried
	check "the second load failed" grep 'Invalid argument' /host/failed
	dmesg > /tmp/dmesg
	check "the list is restored without an error" \
		sh -c "! grep 'Failed to restore' /tmp/dmesg"
	records=$(tool records-in < /host/before/$list)
	case $(param list) in
	longer)
		check "what did not fit was left out" [ "$(count)" -lt 200 ]
		check "the segment is full" [ "$(count)" -gt 25 ]
		# the last one is the boot_aggregate of this kernel
		records=$(($(count) - 1)) ;;
	esac
	tool records "$records" < /host/before/$list > /tmp/before
	tool records "$records" < /host/carried/$list > /tmp/carried
	check "the list of stage 1 begins the list of stage 2" \
		cmp /tmp/before /tmp/carried
}
