# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# For scenarios about snapshots.  The programs that check them are those of
# coreutils; busybox would use its own without the path.
#
#   snapshot_rules			policy that measures files and snapshots
#   take_snapshot			ask for one
#   snapshot_value NAME [PAYLOAD]	value of NAME, of the last one by default
#   verify_snapshot LIST PAYLOAD	is the digest that of the bytes in LIST,
#					a binary list since boot?
#   verify_snapshots LIST		are all, and do they tile LIST?
#   save_and_drop DIR			save the list to a piece of its own, and drop
#					it in the way that ima_test.drop= names
#   workers_fail N			let the Nth allocation fail in each worker
#					of the kernel that may run the one of IMA
#   worker_failed			has one?

snapshot_rules()
{
	load_policy - <<-END
	measure func=CRITICAL_DATA label=ima_snapshot
	measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs
	END
}

take_snapshot()
{
	echo 1 > $ima/snapshot
}

snapshot_value()
{
	echo "${2:-$(cat $ima/snapshot)}" | tr ';' '\n' | sed -n "s/^$1=//p"
}

verify_snapshot()
{
	local total first from to digest

	total=$(snapshot_value total "$2")
	first=$((total - $(snapshot_value hashed "$2")))
	tool offsets < "$1" > /tmp/offsets
	from=$(sed -n "$((first + 1))p" /tmp/offsets | cut -d' ' -f 1)
	to=$(sed -n "$((total + 1))p" /tmp/offsets | cut -d' ' -f 1)
	digest=$(snapshot_value digest "$2")
	/usr/bin/tail -c +$((from + 1)) "$1" | /usr/bin/head -c $((to - from)) |
		"/usr/bin/${digest%:*}sum" > /tmp/sum
	echo "records $first to $total, bytes $from to $to: $digest, $(cat /tmp/sum)"
	[ "${digest#*:}" = "$(cut -d' ' -f 1 /tmp/sum)" ]
}

verify_snapshots()
{
	local payload covered=0 n=0

	tool offsets < "$1" | sed -n 's/^[0-9]* //p' > /tmp/payloads
	while read -r payload; do
		verify_snapshot "$1" "$payload" || return 1
		[ $(($(snapshot_value total "$payload") - \
		     $(snapshot_value hashed "$payload"))) = $covered ] || return 1
		covered=$(snapshot_value total "$payload")
		n=$((n + 1))
	done < /tmp/payloads
	note "$n snapshots cover $covered of $(count) records"
	[ $n -gt 0 ]
}

save_and_drop()
{
	save "$1"
	case $(param drop) in
	trim) count > $ima/trim ;;
	partial) count > $ima/binary_runtime_measurements ;;
	staged)
		echo A > $ima/binary_runtime_measurements_staged
		echo D > $ima/binary_runtime_measurements_staged ;;
	esac
	check_equal "the list is empty" 0 "$(count)"
}

# A worker may end at any time.
workers_fail()
{
	local dir name

	echo N > /sys/kernel/debug/failslab/ignore-gfp-wait
	echo 0 > /sys/kernel/debug/failslab/verbose
	: > /tmp/workers
	for dir in /proc/[0-9]*; do
		read -r name < "$dir/comm" || continue
		case $name in
		kworker/u*) ;;
		*) continue ;;
		esac
		if echo "$1" > "$dir/fail-nth"; then
			echo "$dir" >> /tmp/workers
		fi
	done 2> /dev/null
}

worker_failed()
{
	local dir left

	while read -r dir; do
		if read -r left < "$dir/fail-nth" && [ "$left" = 0 ]; then
			return
		fi
	done < /tmp/workers 2> /dev/null
	return 1
}
