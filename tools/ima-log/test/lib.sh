# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What several tests do; to be sourced.  A test whose expectations go on after
# the first failure ends with "exit $failed".

# shellcheck disable=SC2034
failed=0

# expect CODE PATTERN COMMAND...: what it says is in the file out
expect()
{
	local code=$1 pattern=$2 rc=0

	shift 2
	"$@" > out 2>&1 || rc=$?
	if [ $rc != "$code" ] ||
		{ [ -n "$pattern" ] && ! grep -qe "$pattern" out; }; then
		echo "exit $rc, not $code, or no '$pattern': $*"
		cat out
		failed=1
	fi
}

verify()
{
	"$IMA_LOG" verify "$@"
}

# wait_for COMMAND...: until it succeeds
wait_for()
{
	for _ in $(seq 600); do
		if "$@"; then
			return
		fi
		sleep 0.05
	done
	echo "never came true: $*"
	exit 1
}

# needs TOOL...: a test that cannot be run has failed
needs()
{
	local tool

	for tool; do
		command -v "$tool" > /dev/null ||
			{ echo "$tool is missing"; exit 1; }
	done
}

# start_tpm NAME: a TPM without a past, at tcti; its process is $tpm
start_tpm()
{
	mkdir "state.$1"
	swtpm socket --tpm2 --tpmstate "dir=state.$1" --flags startup-clear \
		--ctrl "type=unixio,path=$1.ctrl" \
		--server "type=unixio,path=$1" &
	tpm=$!
	tcti=swtpm:path=$PWD/$1
	export TPM2TOOLS_TCTI=$tcti
	wait_for test -S "$1"
}

# flip FILE BYTE: one bit of it
flip()
{
	python3 - "$1" "$2" << 'END'
import sys
with open(sys.argv[1], "r+b") as f:
    f.seek(int(sys.argv[2]))
    byte = f.read(1)[0]
    f.seek(int(sys.argv[2]))
    f.write(bytes([byte ^ 1]))
END
}
