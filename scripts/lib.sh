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
