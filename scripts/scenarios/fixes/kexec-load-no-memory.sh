# SPDX-License-Identifier: GPL-2.0
# title: a load without memory to carry the list fails, and the one before stays
# append: slab_nomerge
# timeout: 600
# variant: 2 ima_test.fail=map
# variant: 2 ima_test.fail=buffer

rule="measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs"
failslab=/sys/kernel/debug/failslab

# Only the allocations that each new mapping in the kernel's memory needs.
only_mappings()
{
	echo 1 > /sys/kernel/slab/kmalloc-96/failslab
	echo Y > $failslab/cache-filter
	echo N > $failslab/ignore-gfp-wait
	echo 0 > $failslab/verbose
}

# Let one allocation after the other fail, until it is that of IMA.
load_failing()
{
	local n=1 rc message

	case $(param fail) in
	map) message='Could not map measurements buffer' ;;
	buffer) message='Not enough memory for the kexec measurement buffer' ;;
	esac
	while [ $n -lt 100 ]; do
		rc=0
		tool failing $n kexec-load /kernel2 /host/initrd \
			"$(next_cmdline)" 2> /host/failed || rc=$?
		echo "try $n: exit status $rc, $(cat /host/failed)"
		if dmesg | grep -q "$message"; then
			echo $rc > /host/status
			return
		fi
		if [ $rc = 3 ]; then
			break
		fi
		n=$((n + 1))
	done
	note "IMA's allocation never failed"
	return 1
}

# The buffer is allocated only if the segment has another size than the one
# before.
stage1()
{
	echo "$rule" | load_policy -
	cp "$(next_kernel)" /kernel2
	measure_files 150
	load_next
	echo 140 > $ima/binary_runtime_measurements
	measure_files 10
	only_mappings
	# a trace of each vmalloc() that fails is no failure here
	dmesg -n 4
	load_failing
	dmesg -n 7
	if dmesg | grep 'WARNING:'; then
		return 1
	fi
	save before
	exec tool kexec-exec
}

stage2()
{
	check "the load failed" grep 'Cannot allocate memory' /host/failed
	check_equal "with that status" 1 "$(cat /host/status)"
	check_carried
	dmesg > /tmp/dmesg
	check "the list is restored without an error" \
		sh -c "! grep 'Failed to restore' /tmp/dmesg"
}
