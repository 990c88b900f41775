# SPDX-License-Identifier: GPL-2.0
# title: fails in the way that ima_test.mode= names, for boot --self-test
# suite: no

stage1()
{
	ok "one check that passes"
	case $(param mode) in
	pass) ;;
	check) check "a check that fails" false ;;
	skip) skip "a check that is left out" "no reason" ;;
	stop) false ;;
	plan) echo 0 > $counter ;;
	stage) stage2() { :; } ;;
	warn) echo WARNING > /sys/kernel/debug/provoke-crash/DIRECT ;;
	report) echo "BUG: KASAN: a report made up" > /dev/kmsg ;;
	oops) echo BUG > /sys/kernel/debug/provoke-crash/DIRECT ;;
	no-end) poweroff -f ;;
	timeout) while :; do usleep 1000000; done ;;
	esac
}
