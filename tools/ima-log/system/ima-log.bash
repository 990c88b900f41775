# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for ima-log

_ima_log()
{
	local cur=${COMP_WORDS[COMP_CWORD]} options
	local dirs="--archive --securityfs"

	if [ "$COMP_CWORD" = 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "archive attest export
			follow prune status verify help --help --version" -- "$cur")
		return
	fi
	case ${COMP_WORDS[1]} in
	archive) options="$dirs --daemon --dry-run --interval --records --bytes
		--user --tcti --archive-only --segment-size --keep-epochs
		--max-bytes --keep-free" ;;
	attest) options="$dirs --nonce --from --output --key --pcr --tcti" ;;
	export) options="$dirs --from --count --format --header --epoch
		--no-live" ;;
	follow) options="$dirs --agent-limit --user" ;;
	prune) options="--archive --state --dry-run" ;;
	status) options="$dirs --json --prometheus --follow --agent-limit" ;;
	verify) options="$dirs --pcrs --sysfs-pcrs --tpm --tcti --attested
		--quote --signature --key --nonce --padded --pcr
		--fail-on-violation --save-state --resume --byte-order
		--epoch --no-live --json --records --quiet" ;;
	esac
	case $cur in
	-*) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur") ;;
	*) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
	esac
}

complete -F _ima_log ima-log
