# SPDX-License-Identifier: GPL-2.0
# title: the selftest of snapshots passes on a kernel with a TPM
# variant: 2
# variant: none ima_template=ima ima_hash=sha1

stage1()
{
	snapshot.sh > /tmp/selftest 2>&1 || :
	relay_tap /tmp/selftest
	check "all was run" grep -q "^1\.\.[1-9]" /tmp/selftest
}
