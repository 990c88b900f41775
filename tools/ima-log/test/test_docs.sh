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
# file of the options, man page, word of the completion
while read -r file page word; do
	have=$(sed -n 's/^	{ "\([a-z-]*\)", .*_argument.*/--\1/p' "$top/programs/$file")
	COMP_WORDS=(ima-log "$word" --)
	COMP_CWORD=2
	_ima_log
	for option in "${COMPREPLY[@]}" $(sed -n '/^.SH OPTIONS/,/^.SH EXIT/p' \
		"$top/man/$page" | grep -A 1 '^.TP' | sed 's/\\-/-/g' |
		grep -o -e '--[a-z][a-z-]*'); do
		grep -qx -e "$option" <<< "$have" ||
			missing "$word has no $option"
	done
	while read -r option; do
		grep -q -e "\\\\-\\\\-${option//-/\\\\-}" "$top/man/$page" ||
			missing "--$option is not in $page"
		COMP_WORDS=(ima-log "$word" "--$option")
		COMPREPLY=()
		_ima_log
		printf '%s\n' "${COMPREPLY[@]}" | grep -qx -e "--$option" ||
			missing "--$option of $word is not completed"
	done < <(sed 's/^--//' <<< "$have")
done << 'END'
archive_options.c ima-log-archive.1 archive
cmd_follow.c ima-log-follow.1 follow
cmd_export.c ima-log-export.1 export
cmd_attest.c ima-log-attest.1 attest
cmd_prune.c ima-log-prune.1 prune
cmd_status.c ima-log-status.1 status
cmd_verify.c ima-log-verify.1 verify
END

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
# every name that status prints is explained, and every option in its help
for name in $(sed -n 's/.*\(GAUGE\|TOTAL\)("\([a-z_]*\)".*/\2/p' \
	"$top/programs/cmd_status.c"); do
	grep -qw "$name" "$top/man/ima-log-status.1" || missing "$name of status"
done
while read -r file word; do
	"$PLAIN" $word --help > help
	for option in $(sed -n 's/^	{ "\([a-z-]*\)", .*_argument.*/--\1/p' \
		"$top/programs/$file"); do
		grep -qw -e "$option" help || missing "$option in $word --help"
	done
done << 'END'
archive_options.c archive
cmd_attest.c attest
cmd_export.c export
cmd_follow.c follow
cmd_prune.c prune
cmd_status.c status
cmd_verify.c verify
END
for page in archive follow prune status; do
	grep -q "^.SH EXAMPLES" "$top/man/ima-log-$page.1" ||
		missing "examples in ima-log-$page.1"
done
for page in "$top"/man/*; do
	! grep -q '^\.so' "$page" || continue
	if groff -t -man -Tutf8 -ww -z "$page" 2>&1 | grep .; then
		missing "$page"
	fi
done
exit $failed
