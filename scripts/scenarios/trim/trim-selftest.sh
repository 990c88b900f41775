# SPDX-License-Identifier: GPL-2.0
# title: the selftest of the trim file passes on a kernel with staging and a TPM
# append: kmemleak=on slub_debug=FZPU

stage1()
{
	trim_test > /tmp/selftest 2>&1 || :
	relay_tap /tmp/selftest "# SKIP has CONFIG_IMA_STAGING\$"
	check "all was run" grep -q "^# Totals: pass:[1-9][0-9]* fail:0 xfail:0 xpass:0 skip:1 error:0" /tmp/selftest
}
