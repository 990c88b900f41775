# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# For scenarios about snapshots.  The programs that check them are those of
# coreutils; busybox would use its own without the path.
#
#   snapshot_rules			policy that measures files and snapshots
#   file_rule				policy that measures files
#   take_snapshot			ask for a snapshot
#   snapshot_value NAME [PAYLOAD]	value of NAME, of the last one by default
#   payloads LIST			payloads in a binary list, one a line
#   verify_snapshot LIST PAYLOAD	is the digest that of the records in LIST
#					that it covers?  If the payload is not in
#					LIST, these are the last ones
#   verify_snapshots LIST		is each one good, and does it cover all since
#					the one before?
#   check_trimmed WHAT N TIMES		the last one says that N records have left
#					memory, in so many steps
#   save_and_drop DIR			save the list to a piece of its own, and drop
#					it in the way that ima_test.drop= names
#   save_and_drop_while COMMAND...	do that while COMMAND succeeds, appending to
#					/tmp/chunks, which keep_chunks saves
#   keep_chunks				as /host/chunks
#   measure_for_ever NAME N		fresh files in /measured/NAME, N in each run of
#					the tool, until it is released

snapshot_rules()
{
	load_policy - <<-END
	measure func=CRITICAL_DATA label=ima_snapshot
	measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs
	END
}

file_rule()
{
	echo "measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs" | load_policy -
}

take_snapshot()
{
	echo 1 > $ima/snapshot
}

snapshot_value()
{
	echo "${2:-$(cat $ima/snapshot)}" | tr ';' '\n' | sed -n "s/^$1=//p"
}

payloads()
{
	tool offsets < "$1" | sed -n 's/^[0-9]* version/version/p'
}

# offset N: where record N begins, in /tmp/offsets
offset()
{
	sed -n "$(($1 + 1))p" /tmp/offsets | cut -d' ' -f 1
}

verify_window()
{
	local from to digest

	from=$(offset $(($2 - $(snapshot_value hashed "$3"))))
	to=$(offset "$2")
	digest=$(snapshot_value digest "$3")
	/usr/bin/tail -c +$((from + 1)) "$1" | /usr/bin/head -c $((to - from)) |
		/usr/bin/sha256sum > /tmp/sum
	echo "up to record $2, bytes $from to $to: $digest, $(cat /tmp/sum)"
	[ "$digest" = "sha256:$(cut -d' ' -f 1 /tmp/sum)" ]
}

verify_snapshot()
{
	local line

	tool offsets < "$1" > /tmp/offsets
	line=$(grep -nF "$2" /tmp/offsets | cut -d: -f 1)
	verify_window "$1" $((${line:-$(wc -l < /tmp/offsets)} - 1)) "$2"
}

# A line of /tmp/numbered: number of the record, offset, payload.
verify_snapshots()
{
	local number payload before=0 covered=0 n=0

	tool offsets < "$1" > /tmp/offsets
	awk 'NF == 2 { print NR - 1, $2 }' /tmp/offsets > /tmp/numbered
	while read -r number payload; do
		verify_window "$1" "$number" "$payload" || return 1
		[ $((number - $(snapshot_value hashed "$payload"))) = $before ] ||
			return 1
		[ $(($(snapshot_value total "$payload") - \
		     $(snapshot_value hashed "$payload"))) = "$covered" ] || return 1
		before=$number
		covered=$(snapshot_value total "$payload")
		n=$((n + 1))
	done < /tmp/numbered
	note "$n snapshots are good, the last one covers up to record $before"
	[ $n -gt 0 ]
}

check_trimmed()
{
	check_equal "$1" "$2 $3" \
		"$(snapshot_value trimmed) $(snapshot_value trims)"
}

drop()
{
	case $(param drop) in
	trim) echo "$1" > $ima/trim ;;
	partial) echo "$1" > $ima/binary_runtime_measurements ;;
	staged)
		echo A > $ima/binary_runtime_measurements_staged
		echo D > $ima/binary_runtime_measurements_staged ;;
	esac
}

save_and_drop()
{
	save "$1"
	drop "$(count)"
	check_equal "the list is empty" 0 "$(count)"
}

# Staged records stand still; of a list, only whole records are in the copy.
save_and_drop_while()
{
	local n staged=$ima/binary_runtime_measurements_staged

	: > /tmp/chunks
	pieces=0
	while "$@"; do
		if [ "$(param drop)" = staged ]; then
			# nothing to stage, or what was there is deleted
			echo A > $staged 2> /tmp/stage.err || continue
			cat $staged >> /tmp/chunks
			echo D > $staged
		else
			cat $ima/binary_runtime_measurements > /tmp/copy
			[ -s /tmp/copy ] || continue
			cat /tmp/copy >> /tmp/chunks
			drop "$(tool records-in < /tmp/copy)"
		fi
		pieces=$((pieces + 1))
	done
	note "$pieces pieces"
}

keep_chunks()
{
	mkdir -p /host/chunks
	cp /tmp/chunks /host/chunks/binary_runtime_measurements
}

measure_for_ever()
{
	local n=0

	mkdir "/measured/$1"
	while :; do
		tool measure "/measured/$1" f $n "$2" unlink
		n=$((n + $2))
	done
}
