# SPDX-License-Identifier: GPL-2.0
# title: critical data can be cut at, in this boot not by names of files or keys
# append: ima_template=ima-buf
# replay: all chunk2 end

# Records before the last one that is named NAME, as the list shows it.
before()
{
	awk -v name="$1" '$5 == name { n = NR - 1 } END { print n + 0 }' \
		$ima/ascii_runtime_measurements
}

named()
{
	awk -v name="$1" '$5 == name' $ima/ascii_runtime_measurements | wc -l
}

# A file system that is mounted nowhere any more has no path: the record of a
# file there has the bare name.
read_detached()
{
	mkdir /mnt
	mount -t tmpfs other /mnt
	(cd /mnt; umount -l /mnt; echo x > "$1"; cat "$1") > /dev/null
}

stage1()
{
	local t n

	# keys before files: the ring is new, and its name is not taken
	printf '%s\n' "measure func=KEY_CHECK" \
		"measure func=CRITICAL_DATA" \
		"measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs" |
		load_policy -
	measure_files 5
	check "a user's keyring has the name" tool add-key kexec_load /cert.der
	check_equal "its key is in the list under this name" 1 "$(named kexec_load)"
	read_detached kexec_load
	check_equal "so is a file" 2 "$(named kexec_load)"
	check_fails "neither is what is cut at" "No such file" \
		sh -c "echo upto kexec_load first > $ima/trim"
	check_fails "nor the last" "No such file" \
		sh -c "echo upto kexec_load last > $ima/trim"
	check_equal "nothing was dropped" 0 "$(cat $ima/trim)"

	# this makes a real one
	tool kexec-load "$(next_kernel)" /host/initrd "unused"
	measure_files 2
	save all
	n=$(before kexec_load)
	check "all before the real one is dropped" \
		sh -c "echo 0:upto kexec_load first > $ima/trim"
	check_equal "as many as were before it" "$n" "$(cat $ima/trim)"
	check_equal "it is the first now" kexec_load \
		"$(awk 'NR == 1 { print $5 }' $ima/ascii_runtime_measurements)"
	# what "all" has after the cut is dropped without being saved again
	n=$(($(tool records-in < /host/all/binary_runtime_measurements) - n))
	check "up to the end of what was saved" sh -c "echo $n > $ima/trim"
	next_stage
}

stage2()
{
	local n

	n=$(before kexec_execute)
	check_equal "the last kernel's record was restored" 1 "$(named kexec_execute)"
	check "a restored record can be cut at, by its buffer" \
		sh -c "tool records $n < $ima/binary_runtime_measurements > /tmp/chunk &&
		       echo upto kexec_execute last > $ima/trim"
	mkdir -p /host/chunk2
	cp /tmp/chunk /host/chunk2/binary_runtime_measurements
	check_equal "it is the first now" kexec_execute \
		"$(awk 'NR == 1 { print $5 }' $ima/ascii_runtime_measurements)"

	echo "measure func=CRITICAL_DATA label=ima_trim uid=0" | load_policy -
	tool records 1 < $ima/binary_runtime_measurements \
		>> /host/chunk2/binary_runtime_measurements
	check "one more is dropped by who is not root any more" \
		sh -c "exec 3> $ima/trim; tool as 1000 1000 sh -c 'echo 1 >&3'"
	check_equal "it is measured: the rule is matched for the kernel" 1 \
		"$(named ima_trim)"
	save end
}
