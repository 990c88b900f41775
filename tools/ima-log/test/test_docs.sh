#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Each option is in its man page and in the completion; installing puts every
# file where it belongs.

failed=0
top=$(dirname "$MAKE_LOG")/..
missing()
{
	echo "$*"
	failed=1
}

# file of the options, man page, word of the completion
while read -r file page word; do
	while read -r option; do
		grep -q -e "\\\\-\\\\-${option//-/\\\\-}" "$top/man/$page" ||
			missing "--$option is not in $page"
		COMP_WORDS=(ima-log "$word" "--$option")
		COMP_CWORD=2
		COMPREPLY=()
		# shellcheck disable=SC1091
		. "$top/system/ima-log.bash"
		_ima_log
		printf '%s\n' "${COMPREPLY[@]}" | grep -qx -e "--$option" ||
			missing "--$option of $word is not completed"
	done < <(sed -n 's/^	{ "\([a-z-]*\)", .*_argument.*/\1/p' "$top/programs/$file")
done << 'END'
config.c ima-log-archive.1 archive
cmd_follow.c ima-log-follow.1 follow
cmd_export.c ima-log-export.1 export
cmd_quote.c ima-log-attest.1 attest
cmd_status.c ima-log-status.1 status
cmd_verify.c ima-log-verify.1 verify
END

make -s -C "$top" install DESTDIR="$PWD/root" PREFIX=/usr || missing "install"
(cd root && find . -type f | sort) > have
for f in ./etc/ima-log.conf ./usr/bin/ima-log \
	./usr/lib/systemd/system/ima-log.service \
	./usr/lib/systemd/system/ima-log-follow.service \
	./usr/lib/sysusers.d/ima-log.conf \
	./usr/share/bash-completion/completions/ima-log \
	./usr/share/doc/ima-log/ima-policy \
	./usr/share/man/man1/ima-log.1 ./usr/share/man/man5/ima-log.conf.5; do
	grep -qxF "$f" have || missing "$f is not installed"
done
grep -q 'ExecStart=/usr/bin/ima-log' \
	root/usr/lib/systemd/system/ima-log.service || missing "ExecStart"
for page in "$top"/man/*; do
	if groff -t -man -Tutf8 -ww -z "$page" 2>&1 | grep .; then
		missing "$page"
	fi
done
exit $failed
