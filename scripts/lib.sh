# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Shared by every script of this directory: where things are, how a script
# speaks, and how it shows that a long step is alive.

set -euo pipefail
# Debian's programs first: a version manager's python3 is a script of its own.
PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${BUILD:-$top/build}
# The series that the kernel of the tests has, in the order they are applied in.
series=(fixes trim snapshot)
me=$(basename "$0")

# What a script is doing goes to the standard error, what it found to the
# standard output.
say()
{
	printf '%s\n' "== $*" >&2
}

die()
{
	printf '%s\n' "$me: $*" >&2
	exit 1
}

usage_error()
{
	printf '%s\n' "$me: $*" "Try '$me --help'." >&2
	exit 2
}

# The comment block that heads a script is its --help text.
show_help()
{
	awk 'NR > 3 && !/^#/ { exit } NR > 3 { sub(/^# ?/, ""); print }' "$0"
}

# pause SECONDS: without a process for it, as many of these may run at a time.
# Nobody writes to this pipe.
exec {never}<> <(:)
pause()
{
	read -rt "$1" -u "$never" || :
}

need()
{
	local tool

	for tool; do
		command -v "$tool" > /dev/null ||
			die "$tool is missing: run scripts/packages --install"
	done
}

# step WHAT COMMAND...: run a long command with its output in a log, print a
# line every PROGRESS seconds, and the end of the log if it fails.  The log's
# name is WHAT with everything but letters and digits made a dash.
step()
{
	local what=$1 log start pid last rc=0

	shift
	mkdir -p "$build/logs"
	log=$build/logs/$(printf '%s' "$what" | tr -cs 'A-Za-z0-9' '-').log
	start=$SECONDS
	"$@" > "$log" 2>&1 < /dev/null &
	pid=$!
	last=$SECONDS
	while kill -0 "$pid" 2> /dev/null; do
		pause 0.2
		if ((SECONDS - last >= ${PROGRESS:-15})); then
			last=$SECONDS
			printf '   %s: %d s so far, now: %s\n' "$what" \
				$((SECONDS - start)) \
				"$(tail -n 1 "$log" | tr -d '\r' | cut -c 1-60)" >&2
		fi
	done
	wait "$pid" || rc=$?
	if ((rc)); then
		tail -n 40 "$log" >&2
		die "$what failed (exit status $rc), whole output in $log"
	fi
	say "$what: done in $((SECONDS - start)) s"
}

# boot_um LINUX COMMANDS [WORDS...]: the commands are run there, the words are for
# the kernel.  It takes the host's files for its own; only /tmp is private.
boot_um()
{
	local linux=$1 commands=$2 init=$build/selftest-init

	shift 2
	# no busybox sh: it runs /proc/self/exe, which is the kernel before
	# the guest's own proc is mounted.  The repository may be in /tmp.
	cat > "$init" <<-END
		#!/bin/sh
		PATH=/usr/bin:/bin:/usr/sbin:/sbin
		cd "$build"
		exec > "$build/selftest.out" 2>&1
		mount -t proc proc /proc
		mount -t sysfs sys /sys
		mount -t securityfs sec /sys/kernel/security
		mount -t tmpfs tmp /tmp
		$commands
		exec busybox poweroff -f
	END
	chmod +x "$init"
	rm -f "$build/selftest.out"*
	timeout "${BOOT_TIMEOUT:-300}" "$linux" mem=512M root=none rootfstype=hostfs rw \
		rootflags=/ "init=$init" kunit.enable=0 "$@" < /dev/null
}

# boot_selftests TREE LINUX AFTER [WORDS...]: run the selftests, and the commands AFTER;
# results are in $build/selftest.out, those of snapshots in $build/selftest.out.snapshot.
boot_selftests()
{
	local tree=$1 linux=$2 after=$3 result=$build/selftest.out
	local trim=$tree/tools/testing/selftests/ima/trim/trim_test.c snapshot

	shift 3
	if [ "$trim" -nt "$build/trim_test" ]; then
		gcc -Wall -Werror -O2 -static -pthread -o "$build/trim_test" "$trim"
	fi
	# by relative paths: all of this may be in /tmp, which is another one there
	snapshot=$(realpath -m --relative-to="$build" \
		"$tree/tools/testing/selftests/ima/snapshot/snapshot.sh")
	boot_um "$linux" "
		[ ! -e /sys/kernel/security/ima/trim ] || ./trim_test
		[ ! -e /sys/kernel/security/ima/snapshot ] ||
			$snapshot > ${result##*/}.snapshot
		$after" "$@"
}
