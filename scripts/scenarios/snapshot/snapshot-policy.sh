# SPDX-License-Identifier: GPL-2.0
# title: a rule for snapshots comes, goes and does not fit
# replay: end
# snapshots: 5
# append: ima_policy=critical_data

stage1()
{
	check "a rule without a label will do" take_snapshot
	# the first custom policy replaces the built-in one
	file_rule
	measure_files 10
	check_fails "the rule is gone" "No such file" take_snapshot
	echo "measure func=CRITICAL_DATA label=selinux" | load_policy -
	check_fails "another label" "No such file" take_snapshot
	echo "measure func=CRITICAL_DATA label=ima_snapshot uid=2000" |
		load_policy -
	check_fails "a rule for somebody else" "No such file" take_snapshot
	echo "measure func=CRITICAL_DATA label=ima_snapshot uid=0" | load_policy -
	check "a rule again" take_snapshot
	check "covers what came in between" [ "$(snapshot_value hashed)" -ge 11 ]
	check_fails "an unprivileged task" "Permission denied" \
		tool as 1000 1000 sh -c "echo 1 > $ima/snapshot"
	check_fails "root without CAP_SYS_ADMIN" "Operation not permitted" \
		tool as 0 0 sh -c "echo 1 > $ima/snapshot"
	check "who opened the file needs it no more" \
		sh -c "exec 3> $ima/snapshot; tool as 0 0 sh -c 'echo 1 >&3'"
	check "nor has it to be root: the rule is matched for the kernel" \
		sh -c "exec 3> $ima/snapshot; tool as 1000 1000 sh -c 'echo 1 >&3'"
	check_equal "the file reads the same byte by byte" "$(cat $ima/snapshot)" \
		"$(dd if=$ima/snapshot bs=1 2> /tmp/dd)"
	measure_files 5
	check "a third one" take_snapshot
	check "a fourth one" take_snapshot
	save end
}
