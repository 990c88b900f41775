# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# For scenarios of ima-log, beside lib.sh.
#
#   mount_archive		/var/lib/ima-log on a disk of 8 MiB, which survives
#				kexec and belongs to the user ima-log
#   measure_tmpfs		load the rule that measure_files needs
#   archive_some			40 records archived, 7 more that are not
#   archive [OPTION...]		ima-log archive, with this machine's TPM
#   be_archive [OPTION...] &	the same, to be killed as $!
#   kill_archive N		measure and archive until it was killed N times
#   start_daemon [OPTION...]	the same as a daemon; returns when it is ready
#   start_unit [OPTION...]	the same with the unit's limits
#   ready FILE TEXT		wait until a daemon has written TEXT to FILE
#   stop_daemon
#   agree			archive, list and TPM agree, in one epoch, no gap
#   export_end			records and PCRs for "replay: end"

tpm=device:/dev/tpmrm0
store=/var/lib/ima-log

mount_archive()
{
	[ -e /host/disk.img ] || cp /disk.img /host/disk.img
	mkdir -p $store
	losetup /dev/loop0 /host/disk.img
	mount -t ext4 /dev/loop0 $store
	chown ima-log:ima-log $store
	chmod 750 $store
}

# hundredths of a second since the boot
now()
{
	awk '{ printf "%.0f", $1 * 100 }' /proc/uptime
}

# Each moment of a run is to be hit: the time it takes, and some more.
kill_archive()
{
	local i=0 n=0 start took

	measure_files 5 time
	start=$(now)
	archive 2> /dev/null
	took=$(($(now) - start))
	until { [ $n -ge "$1" ] && [ $n -lt $i ]; } || [ $i -ge $((10 * $1)) ]; do
		i=$((i + 1))
		measure_files 5 "kill$i"
		be_archive > /tmp/out 2>&1 &
		usleep $((RANDOM * took * 14000 / 32768))
		if kill -9 $! 2> /dev/null; then
			n=$((n + 1))
		fi
		wait $! 2> /dev/null || :
	done
	note "a run takes ${took}0 ms; killed $n times in $i runs"
	check "so many were killed" [ $n -ge "$1" ]
	check "some came to their end" [ $n -lt $i ]
}

measure_tmpfs()
{
	echo "measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs" | load_policy -
}

# The shell becomes ima-log: behind it, $! is what to kill.
be_archive()
{
	exec ima-log archive --tcti $tpm "$@"
}

archive()
{
	(be_archive "$@")
}

ready()
{
	wait_until 60 grep -qs "$2" "$1" || {
		note "$(cat "$1")"
		return 1
	}
}

archive_some()
{
	mount_archive
	measure_tmpfs
	measure_files 40 first
	check "archive" archive
	measure_files 7 unsaved
}

start_daemon()
{
	rm -f /tmp/daemon
	be_archive --daemon "$@" 2> /tmp/daemon &
	daemon=$!
	ready /tmp/daemon "is next"
}

# Those of a unit, in setpriv's words.
unit_capabilities()
{
	sed -n 's/^CapabilityBoundingSet=//p' "/$1.service" |
		tr 'A-Z\n' 'a-z ' | sed 's/ *$//; s/cap_/+/g; s/ /,/g'
}

# As the service manager would: with the unit's capabilities, and nothing to
# write to but its paths.
start_unit()
{
	local caps writable

	caps=$(unit_capabilities ima-log)
	writable=$(sed -n 's/^ReadWritePaths=//p' /ima-log.service)
	note "capabilities $caps, writable $writable"
	rm -f /tmp/daemon
	unshare -m sh -c "
		cut -d' ' -f 2 /proc/mounts | while read -r at; do
			case \$at in /dev*|/proc|/tmp) continue ;; esac
			for path in $writable; do
				case \$at/ in \$path/*) continue 2 ;; esac
			done
			mount -o remount,bind,ro \$at
		done
		! touch /measured/x 2> /dev/null || exit
		exec /usr/bin/setpriv --no-new-privs \
			--bounding-set=-all,$caps ima-log archive --daemon \
			--user ima-log --tcti $tpm $*
	" 2> /tmp/daemon &
	daemon=$!
	ready /tmp/daemon "is next"
}

stop_daemon()
{
	kill "$daemon"
	wait "$daemon" || :
}

agree()
{
	[ ! -e $store/0000000002 ] || return
	! ls $store/*/*.gap 2> /dev/null || return
	ima-log verify --tcti $tpm > /tmp/verdict || :
	cat /tmp/verdict
	grep -q ^verified /tmp/verdict
}

export_end()
{
	local before after

	mkdir -p /host/end
	# nothing may be measured in between
	until [ "${before-}" ] && [ "$before" = "${after-}" ]; do
		before=$(pcrs_now)
		save_pcrs end
		ima-log export > /host/end/binary_runtime_measurements \
			2> /tmp/header
		after=$(pcrs_now)
	done
	note "$(cat /tmp/header)"
}
