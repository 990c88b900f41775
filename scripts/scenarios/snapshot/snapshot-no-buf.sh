# SPDX-License-Identifier: GPL-2.0
# title: a rule whose template cannot tell the payload is no rule; what is no request
# variant: none ima_template_fmt=d-ng|buf ima_test.good=
# more: none ima_template_fmt=d-ng|n-ng ima_test.good=
# more: none ima_template_fmt=buf|n ima_test.good=yes
# variant: none ima_template_fmt=d-ng|n-ng|sig|buf ima_test.good=yes

stage1()
{
	local format text before

	format=$(param_format)
	check_fails "without a rule" "No such file" take_snapshot
	printf '%s\n' "measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs" \
		"measure func=CRITICAL_DATA label=ima_snapshot template=$format" |
		load_policy -
	measure_files 5
	before=$(count)
	if [ "$(param good)" ]; then
		check "a snapshot with template $format" take_snapshot
		before=$((before + 1))
		check_equal "covers all" "6 6" \
			"$(snapshot_value hashed) $(snapshot_value total)"
	else
		check_fails "no snapshot with template $format" "No such file" \
			take_snapshot
		check_equal "nor a payload" "" "$(cat $ima/snapshot)"
	fi
	for text in 0 2 11 "1 " " 1" +1 1x one; do
		check_fails "\"$text\" is no request" "Invalid argument" \
			sh -c "echo -n '$text' > $ima/snapshot"
	done
	check_fails "nor are two lines" "Invalid argument" \
		sh -c "echo -e '1\n' > $ima/snapshot"
	check_fails "nor is a NUL" "Invalid argument" \
		sh -c "echo -ne '1\0' > $ima/snapshot"
	check_fails "nor is memory that cannot be read" "Bad address" \
		tool write-bad $ima/snapshot
	check_equal "nothing was added" "$before" "$(count)"
}

param_format()
{
	sed 's/.*ima_template_fmt=\([^ ]*\).*/\1/' /proc/cmdline
}
