# SPDX-License-Identifier: GPL-2.0
# title: numbers go on over several kexecs, with records staged, or being dropped
# replay: chunk1 chunk2 chunk3 chunk4 end
# expect-report: write error: Stale file handle
#
# The last kexec comes while records are dropped.  Once measurement is suspended,
# a request gets ESTALE; the shell says so on the console, as no file can be
# relied on any more.

rule="measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs"

# Save the first N records and drop them.
save_and_trim()
{
	mkdir -p "/host/$1"
	tool records "$2" < $ima/binary_runtime_measurements \
		> "/host/$1/binary_runtime_measurements"
	echo "$(cat $ima/trim):$2" > $ima/trim
}

drop_until_suspended()
{
	while echo 1 > $ima/trim; do
		:
	done
}

dropped_more_than()
{
	[ "$(cat $ima/trim)" -gt "$1" ]
}

stage1()
{
	echo "$rule" | load_policy -
	measure_files 30
	save_and_trim chunk1 20
	check_equal "T before kexec" 20 "$(cat $ima/trim)"
	next_stage
}

stage2()
{
	check_equal "T after one kexec" 20 "$(cat $ima/trim)"
	echo "$rule" | load_policy -
	measure_files 10
	check_fails "T was carried, not another number" "Operation canceled" \
		sh -c "echo 0:1 > $ima/trim"
	save_and_trim chunk2 5
	echo A > $ima/binary_runtime_measurements_staged
	measure_files 4
	next_stage
}

stage3()
{
	check_equal "T after a kexec with staged records" 25 "$(cat $ima/trim)"
	check "staged and current records were carried" [ "$(count)" -ge 19 ]
	echo "$rule" | load_policy -
	measure_files 3
	save_and_trim chunk3 17
	measure_files 200
	save last
	load_next
	stop_slowly
	drop_until_suspended &
	drop_until_suspended &
	drop_until_suspended &
	wait_until 60 dropped_more_than 42
	exec tool kexec-exec unsynced
}

stage4()
{
	local t

	t=$(cat $ima/trim)
	check "T after three kexecs: $t" dropped_more_than 42
	# of what was saved before, those that were dropped are not here
	mkdir /host/chunk4
	tool records $((t - 42)) < /host/last/binary_runtime_measurements \
		> /host/chunk4/binary_runtime_measurements
	# a reader that begins now gets all that is left, and no gap
	save end
}
