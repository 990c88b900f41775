#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Each option is in its man page and in the completion, and they have no other;
# each key of the JSON is explained; installing puts every file where it
# belongs.

failed=0
top=$(dirname "$MAKE_LOG")/..
missing()
{
	echo "$*"
	failed=1
}

# shellcheck disable=SC1091
. "$top/system/ima-log.bash"
# complete WORD...: what the last one can become
complete_words()
{
	COMP_WORDS=("$PLAIN" "$@")
	COMP_CWORD=$#
	COMPREPLY=()
	_ima_log
	printf '%s\n' "${COMPREPLY[@]}"
}

commands="archive attest export follow prune status verify"
[ "$(complete_words "" | grep -v -e help -e version | sort | xargs)" = \
	"$commands" ] || missing "commands are not completed"
for command in $commands; do
	page=$top/man/ima-log-$command.1
	have=$("$PLAIN" "$command" --help | sed -n 's/^  \(--[a-z-]*\).*/\1/p')
	[ "$(wc -l <<< "$have")" -ge 3 ] || missing "help of $command"
	[ "$(complete_words "$command" --)" = "$have" ] ||
		missing "options of $command are not completed"
	for option in $(sed -n '/^.SH OPTIONS/,/^.SH EXIT/p' "$page" |
		grep -A 1 '^.TP' | sed 's/\\-/-/g' | grep -o -e '--[a-z][a-z-]*'); do
		grep -qx -e "$option" <<< "$have" ||
			missing "$command has no $option"
	done
	for option in $have; do
		option=${option#--}
		grep -q -e "\\\\-\\\\-${option//-/\\\\-}" "$page" ||
			missing "--$option is not in the page of $command"
	done
	grep -q "^.SH EXAMPLES" "$page" || missing "examples of $command"
done

# keys of what verify says, of each record, and of attest's header
while read -r file page; do
	for key in $(grep -oe '\\"[a-z_]*\\":' -e '^		{ "[a-z_]*", ' \
		"$top/$file" | tr -cd 'a-z_\n'); do
		grep -qw -e "$key" "$top/man/$page" ||
			missing "$key of $file is not in $page"
	done
done << 'END'
lib/verify_print.c ima-log-verify.1
lib/json.c ima-log-verify.1
lib/attestation.c ima-log-attest.1
programs/cmd_export.c ima-log-export.1
END
for option in help version; do
	grep -q -e "\\\\-\\\\-$option" "$top/man/ima-log.1" ||
		missing "--$option is not in ima-log.1"
done

make -s -C "$top" install DESTDIR="$PWD/root" PREFIX=/usr || missing "install"
(cd root && find . -type f | sort) > have
for f in ./etc/default/ima-log ./usr/bin/ima-log \
	./usr/lib/systemd/system/ima-log.service \
	./usr/lib/systemd/system/ima-log-follow.service \
	./usr/lib/sysusers.d/ima-log.conf \
	./usr/share/bash-completion/completions/ima-log \
	./usr/share/doc/ima-log/ima-policy \
	./usr/share/man/man1/ima-log.1 ./usr/share/man/man1/ima-log-prune.1; do
	grep -qxF "$f" have || missing "$f is not installed"
done
grep -q 'ExecStart=/usr/bin/ima-log' \
	root/usr/lib/systemd/system/ima-log.service || missing "ExecStart"
! grep -r "@[A-Z]*@" root/usr/lib/systemd || missing "a value"
# what keeps an agent from being left behind, or started without the file
unit=root/usr/lib/systemd/system/ima-log-follow.service
for line in ^FileDescriptorStoreMax=2 ^FileDescriptorStorePreserve=yes \
	"^Before=.*keylime_agent.service" \
	"^Before=.*keylime_push_model_agent.service" \
	"^WantedBy=.*keylime_agent.service" \
	"^WantedBy=.*keylime_push_model_agent.service"; do
	grep -q "$line" $unit || missing "$line"
done
# every name that status prints is explained
for name in $(sed -n 's/.*\(GAUGE\|TOTAL\)("\([a-z_]*\)".*/\2/p' \
	"$top/programs/cmd_status.c"); do
	grep -qw "$name" "$top/man/ima-log-status.1" || missing "$name of status"
done
# what an operator of Keylime has to know
while read -r words; do
	grep -q "$words" "$top/man/ima-log-follow.1" ||
		missing "\"$words\" in ima-log-follow.1"
done << 'END'
tries 5 times, then answers 500
not_reachable
gets ESTALE after a trim
at most 100 MiB
is not UTF-8
dont_measure fowner=
meta.generator
snapshot_aggregate|ima_trim
END
# the archive is not where others clean up
grep -qx "#IMA_LOG_ARCHIVE=/var/lib/ima-log" root/etc/default/ima-log ||
	missing "/var/lib/ima-log"
! grep -r "/var/log" root/etc root/usr/lib || missing "a place that is not"
grep -q "hibernation" "$top/man/ima-log-archive.5" || missing "hibernation"
for page in "$top"/man/*; do
	! grep -q '^\.so' "$page" || continue
	if groff -t -man -Tutf8 -ww -z "$page" 2>&1 | grep .; then
		missing "$page"
	fi
done
exit $failed
