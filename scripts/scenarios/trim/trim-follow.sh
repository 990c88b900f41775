# SPDX-License-Identifier: GPL-2.0
# title: an agent keeps one descriptor for life, and what it has read is dropped
# replay: agent end

# Records that the agent has and the kernel still has too.
to_drop()
{
	echo $(($(tool records-in < /host/agent/binary_runtime_measurements) -
		$(cat $ima/trim)))
}

stage1()
{
	local agent adder n rounds=0

	echo "measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs" | load_policy -
	mkdir -p /host/agent
	: > /host/agent/binary_runtime_measurements
	tool follow $ima/binary_runtime_measurements \
		/host/agent/binary_runtime_measurements /tmp/stop &
	agent=$!
	tool measure /measured one 0 500 &
	adder=$!
	while kill -0 $adder 2> /dev/null || [ "$(to_drop)" -gt 0 ]; do
		n=$(to_drop)
		[ "$n" -gt 0 ] || continue
		echo "$n" > $ima/trim
		rounds=$((rounds + 1))
	done
	wait $adder
	check "records were dropped in several rounds: $rounds" [ $rounds -gt 3 ]
	echo > /tmp/stop
	check "the agent read on to the end" wait $agent
	check_equal "it read all that was dropped and all that is left" \
		$(($(cat $ima/trim) + $(count))) \
		"$(tool records-in < /host/agent/binary_runtime_measurements)"
	# the agent's copy has all: what is left is not to be replayed twice
	n=$(count)
	[ "$n" = 0 ] || echo "$n" > $ima/trim
	save end
}
