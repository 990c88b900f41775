# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for ima-log: the program's own help has all there is

_ima_log()
{
	local cur=${COMP_WORDS[COMP_CWORD]} words

	if [ "$COMP_CWORD" = 1 ]; then
		words="help --help --version $("${COMP_WORDS[0]}" --help |
			sed -n 's/^  \([a-z]*\) .*/\1/p')"
	else
		words=$("${COMP_WORDS[0]}" help "${COMP_WORDS[1]}" 2> /dev/null |
			sed -n 's/^  \(--[a-z-]*\).*/\1/p')
	fi
	if [ "$COMP_CWORD" != 1 ] && [ "${cur#-}" = "$cur" ]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	else
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
	fi
}

complete -F _ima_log ima-log
