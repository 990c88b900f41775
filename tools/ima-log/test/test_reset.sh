#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The TPM is reset under a running kernel, as by hibernation: the daemon says
# so, status is critical, and no record is said to be lost, after a kexec
# neither.

set -e
. "$(dirname "$0")/lib.sh"
needs swtpm tpm2_startup
mkdir archive securityfs
export IMA_LOG_ARCHIVE=archive IMA_LOG_SECURITYFS=securityfs
"$MAKE_LOG" --records 20 securityfs/binary_runtime_measurements pcrs
daemon=
trap 'kill $tpm $daemon' EXIT
start_tpm tpm

count()
{
	sed -n 's/^reset_count //p' archive/0000000001/epoch
}

# the first command that reaches it shows that it is there
export IMA_LOG_BOOT_ID=boot-1
"$IMA_LOG" archive --tcti "$tcti"
before=$(count)
rc=0
"$IMA_LOG" archive --tcti swtpm:path=/nonexistent 2> err || rc=$?
[ $rc = 4 ]
grep -q "TPM" err
"$IMA_LOG" archive --tcti none

# shutdown and startup, as the firmware would
reset_tpm()
{
	tpm2_shutdown -c
	swtpm_ioctl --unix tpm.ctrl -i
	tpm2_startup -c
}

# while it does not run
reset_tpm
"$IMA_LOG" archive --tcti "$tcti" 2> err
grep -q "the TPM was reset while this kernel runs" err
[ "$(count)" = $((before + 1)) ]
rc=0
"$IMA_LOG" status > said || rc=$?
[ $rc = 6 ]
grep -q "^critical: the TPM was reset under the running kernel" said
# it is said once
"$IMA_LOG" archive --tcti "$tcti" 2> err
! grep "TPM was reset" err || exit 1
# after a kexec the list goes on
export IMA_LOG_BOOT_ID=boot-2
"$IMA_LOG" archive --tcti "$tcti" 2> err
grep -q "epoch 1 goes on, record 20 is next" err
"$IMA_LOG" status > said || :
grep -qx "foreign_trims  *0" said
grep -qx "gaps  *0" said

# while it runs
"$IMA_LOG" archive --daemon --interval=1 --tcti "$tcti" 2> err &
daemon=$!
wait_for grep -q "is next" err
reset_tpm
wait_for grep -q "the TPM was reset while this kernel runs" err
kill $daemon
wait $daemon
daemon=
[ "$(count)" = $((before + 2)) ]
[ "$(grep -c "TPM was reset" err)" = 1 ]
