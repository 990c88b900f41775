# SPDX-License-Identifier: GPL-2.0
# title: the writer of the list files is a process, until its last file is closed

list=$ima/binary_runtime_measurements

# Every line, in this order.
says()
{
	check_equal "$1" "$2" "$(sed -n "s/^$1: //p" /tmp/writer)"
}

stage1()
{
	local busy="Device or resource busy"

	tool writer $list > /tmp/writer
	says "reader beside the writer" "$busy"
	says "writer beside the writer" "$busy"
	says "another thread" opened
	says "reader after it" opened
	says "writer after it" opened
	says "reader beside an inherited file" "$busy"
	says "reader after that" opened
	check "the list can be read in the end" cat $list
	check_fails "and written to" "Invalid argument" sh -c "echo x > $list"
}
