# SPDX-License-Identifier: GPL-2.0
# title: the selftest of snapshots passes on a kernel with a TPM
# variant: 2
# variant: none ima_template=ima ima_hash=sha1

stage1()
{
	local line

	snapshot.sh > /tmp/selftest 2>&1 || :
	while read -r line; do
		case $line in
		"ok "*"# SKIP"*) not_ok "${line#ok }" ;;
		"ok "*) ok "selftest ${line#ok * }" ;;
		"not ok "*) not_ok "selftest ${line#not ok * }" ;;
		*) note "$line" ;;
		esac
	done < /tmp/selftest
	check "all was run" grep -q "^1\.\.[1-9]" /tmp/selftest
}
