# SPDX-License-Identifier: GPL-2.0
# title: a kernel that knows nothing of snapshots in between: counting starts again
# unpatched: 2
# replay: end
# programs: tail head sha256sum

stage1()
{
	snapshot_rules
	measure_files 10
	check "a snapshot" take_snapshot
	count > /host/first
	next_stage
}

stage2()
{
	check "this kernel knows nothing of snapshots" [ ! -e $ima/snapshot ]
	check "the list is carried" [ "$(count)" -gt "$(cat /host/first)" ]
	echo "measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs" | load_policy -
	measure_files 5
	count > /host/second
	next_stage
}

stage3()
{
	check "the list is carried" [ "$(count)" -ge "$(cat /host/second)" ]
	check_equal "nothing is known of earlier snapshots" "" \
		"$(cat $ima/snapshot)"
	snapshot_rules
	measure_files 5
	check "a snapshot" take_snapshot
	check_equal "covers all that was passed on" "$(snapshot_value total)" \
		"$(snapshot_value hashed)"
	save end
	check "coreutils agree" verify_snapshot \
		/host/end/binary_runtime_measurements "$(cat $ima/snapshot)"
}
