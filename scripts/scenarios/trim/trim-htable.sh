# SPDX-License-Identifier: GPL-2.0
# title: what was dropped is measured again only if the hash table is flushed with it
# replay: trim partial staged end
# variant: none
# variant: 2-one-bank ima_flush_htable

staged=$ima/binary_runtime_measurements_staged

# The same content under the same name, in an inode that was never seen.
read_fresh()
{
	rm -f "/measured/$1"
	echo x > "/measured/$1"
	cat "/measured/$1" > /dev/null
}

# Save all but the last record, and drop them by a write of their number.
drop_number()
{
	local n

	n=$(($(count) - 1))
	mkdir "/host/$1"
	tool records $n < $ima/binary_runtime_measurements \
		> "/host/$1/binary_runtime_measurements"
	echo $n > "$2"
}

# Drop what was measured, and keep a file "left" in the list.
drop_by()
{
	case $1 in
	trim)
		read_fresh trim.left
		drop_number trim $ima/trim ;;
	partial)
		read_fresh partial.left
		drop_number partial $ima/binary_runtime_measurements ;;
	staged)
		save staged
		echo A > $staged
		read_fresh staged.left
		echo D > $staged ;;
	esac
}

stage1()
{
	local way n again=0

	! grep -qw ima_flush_htable /proc/cmdline || again=1
	echo "measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs" | load_policy -
	for way in trim partial staged; do
		read_fresh $way.dropped
		drop_by $way
		n=$(count)
		read_fresh $way.left
		check_equal "$way: no new record of what is left" "$n" "$(count)"
		read_fresh $way.dropped
		check_equal "$way: new records of what was dropped: $again" \
			$((n + again)) "$(count)"
		read_fresh $way.dropped
		check_equal "$way: the next time none" $((n + again)) "$(count)"
	done
	save end
}
