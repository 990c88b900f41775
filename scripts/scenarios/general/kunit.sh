# SPDX-License-Identifier: GPL-2.0
# title: the KUnit suites pass, each in a kernel of its own
# suite: no
# timeout: 600
# append: kunit.enable=1 kunit.autorun=1 kunit.filter=speed>slow
# variant: none kunit.filter_glob=ima_trim
# variant: none kunit.filter_glob=ima_snapshot

stage1()
{
	local suites line

	suites=$(ls /sys/kernel/debug/kunit)
	check_equal "one suite was run" 1 "$(echo "$suites" | wc -l)"
	while read -r line; do
		case $line in
		"ok "*"# SKIP"*) not_ok "${line#ok * }" ;;
		"ok "*) ok "KUnit ${line#ok * }" ;;
		"not ok "*) not_ok "KUnit ${line#not ok * }" ;;
		*) note "$line" ;;
		esac
	done < "/sys/kernel/debug/kunit/$suites/results"
}
