# SPDX-License-Identifier: GPL-2.0
# title: records dropped before they were hashed are a gap that the counts show
# replay: chunk end
# programs: tail head sha256sum
# variant: 2 ima_policy=critical_data ima_test.covered=1 ima_test.drop=staged
# variant: 2-one-bank ima_test.drop=partial
# variant: none ima_policy=critical_data ima_test.covered=1 ima_test.drop=trim
# variant: none ima_policy=critical_data ima_test.covered=1 ima_test.drop=partial ima_test.fail=1
#
# With the built-in rule, coverage begins at boot and ends with that rule; the
# worker has to close that window first.  With fail, its allocations fail, one
# after the other.

payloads()
{
	cat /tmp/chunk $ima/binary_runtime_measurements > /tmp/whole
	tool offsets < /tmp/whole | sed -n 's/^[0-9]* version/version/p'
}

closed()
{
	payloads > /tmp/payloads
	[ -s /tmp/payloads ]
}

failed_or_closed()
{
	worker_failed || closed
}

# The worker tries anew with each record.
close_without_memory()
{
	local n=1

	wait_until 60 failed_or_closed
	until closed; do
		n=$((n + 1))
		workers_fail $n
		measure_files 1
		wait_until 60 failed_or_closed
	done
	workers_fail 0
	note "the worker closed the window in try $n"
	check "tries before failed" [ $n -ge 5 ]
}

stage1()
{
	local dropped first last

	# the first custom policy takes the built-in rule away
	echo "measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs" | load_policy -
	measure_files 30
	dropped=$(count)
	save_and_drop chunk
	# /host needs workers that have memory
	cp /host/chunk/binary_runtime_measurements /tmp/chunk
	measure_files 5
	[ -z "$(param fail)" ] || workers_fail 1
	snapshot_rules
	[ -z "$(param fail)" ] || close_without_memory
	check "a snapshot" take_snapshot
	payloads > /tmp/payloads
	if [ "$(param covered)" ]; then
		first=$(sed -n 1p /tmp/payloads)
		check_equal "the window from before the gap begins at boot" \
			"$(snapshot_value total "$first")" \
			"$(snapshot_value hashed "$first")"
		check "and ends where coverage ended" \
			[ "$(snapshot_value total "$first")" -lt "$dropped" ]
		check "coreutils agree" verify_snapshot /tmp/whole "$first"
	fi
	last=$(cat $ima/snapshot)
	check_equal "the last snapshot covers from the first record left" \
		"$dropped" $(($(snapshot_value total "$last") -
			      $(snapshot_value hashed "$last")))
	check_equal "and tells what was dropped" "$dropped 1" \
		"$(snapshot_value trimmed) $(snapshot_value trims)"
	check "coreutils agree with it" verify_snapshot /tmp/whole "$last"
	check_equal "there is none between" \
		"$([ "$(param covered)" ] && echo 2 || echo 1)" \
		"$(wc -l < /tmp/payloads)"
	save end
}
