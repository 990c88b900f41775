# SPDX-License-Identifier: GPL-2.0
# title: the audit message of critical data has its name, not its contents
# replay: end
# append: integrity_audit=1 ima_policy=critical_data

all_audited()
{
	[ "$(dmesg | grep -c ' op=add_template_measure ')" -ge "$(count)" ]
}

# The records of critical data since boot, and the same number of messages: a
# name for each, as the list has it.
stage1()
{
	# all messages, however many there are
	echo 0 > /proc/sys/kernel/printk_ratelimit
	# a policy is critical data, too; the first one replaces that of the boot
	echo "measure func=CRITICAL_DATA" | load_policy -
	echo "measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs" | load_policy -
	wait_until 20 all_audited
	dmesg | grep 'type=1804' > /tmp/audit || :
	note "$(wc -l < /tmp/audit) messages"
	awk '$3 == "ima-buf" { print $5 }' $ima/ascii_runtime_measurements |
		sort > /tmp/names
	note "critical data: $(tr '\n' ' ' < /tmp/names)"
	check "the version of the kernel was measured" \
		grep -qx kernel_version /tmp/names
	check "and a policy" grep -q '^ima_policy' /tmp/names
	# file names begin with a slash, and boot_aggregate is no critical data
	sed -n 's/.* op=add_template_measure .* name=\([^ ]*\) .*/\1/p' \
		/tmp/audit | tr -d '"' | grep -v -e ^/ -e ^boot_aggregate |
		sort > /tmp/audited
	check "messages name all critical data, and nothing else" \
		diff /tmp/names /tmp/audited
	check "the contents are in no message" \
		sh -c "! grep -F -e \"\$(uname -r)\" /tmp/audit"
	save end
}
