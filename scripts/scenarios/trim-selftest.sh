# SPDX-License-Identifier: GPL-2.0
# title: the selftest of the trim file passes on a kernel with staging and a TPM
# timeout: 240
# append: kmemleak=on slub_debug=FZPU

stage1()
{
	local line

	trim_test > /tmp/selftest 2>&1 || :
	while read -r line; do
		case $line in
		"ok "*"# SKIP has CONFIG_IMA_STAGING") note "$line" ;;
		"ok "*"# SKIP"*) not_ok "${line#ok }" ;;
		"ok "*) ok "selftest ${line#ok * }" ;;
		"not ok "*) not_ok "selftest ${line#not ok * }" ;;
		*) note "$line" ;;
		esac
	done < /tmp/selftest
	check "all was run" grep -q "^# Totals: pass:[1-9][0-9]* fail:0 xfail:0 xpass:0 skip:1 error:0" /tmp/selftest
}
