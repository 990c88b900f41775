# SPDX-License-Identifier: GPL-2.0
# title: ima-log's units in Debian's systemd: start, order, limits, watchdog, kexec, crash
# suite: no
# append: ima_policy=tcb crashkernel=256M systemd.getty_auto=0 systemd.show_status=1
# mem: 1024
# timeout: 1800
# replay: end
# expect-report: Kernel panic - not syncing: sysrq triggered crash|Call Trace:
# For scripts/systemd-boot.  The first stage is a machine on which the units
# were just installed, the second one on which they are in use, the third a
# crash kernel.

. /guest/ima-log.sh

unit=ima-log.service
follow=ima-log-follow.service
ascii=/run/ima-log/ascii_runtime_measurements

property()
{
	systemctl show -P "$2" "$1"
}

main_pid()
{
	property "${1:-$unit}" MainPID
}

# For whoever looks at a failure: it is among the files that are kept.
journal()
{
	journalctl -b --no-pager -q -o short-monotonic > "/host/journal.$stage"
}

active_as_another()
{
	[ "$(property "$1" ActiveState)" = active ] &&
		[ "$(main_pid "$1")" != "$2" ] && [ "$(main_pid "$1")" != 0 ]
}

status_is()
{
	grep -q "^$2:[[:space:]]*$3\$" "/proc/$1/status" || {
		cat "/proc/$1/status"
		return 1
	}
}

# Descriptors that can be written to, but those of the archive, one a line.
writable()
{
	local fd

	for fd in /proc/"$1"/fd/*; do
		if grep -q '^flags:.*[12]$' "/proc/$1/fdinfo/${fd##*/}"; then
			readlink "$fd"
		fi
	done | grep -v -e "^$store/" -e '^socket:' -e '^/dev/null$' | sort
}

# Where a process could write, were it root, of these places.
writable_places()
{
	local dir

	for dir in / /etc /usr /boot /home /root /run /var /var/lib /host \
		/measured /sys/kernel/debug /proc/sys/kernel; do
		if nsenter -t "$1" -m /usr/bin/test -w $dir; then
			echo $dir
		fi
	done
}

limits()
{
	local uid gid set pid=$2

	uid=$(id -u ima-log)
	gid=$(id -g ima-log)
	check "$1 runs as ima-log" status_is "$pid" Uid "$uid	$uid	$uid	$uid"
	check "$1's group is ima-log" status_is "$pid" Gid "$gid	$gid	$gid	$gid"
	check "$1 has no other group" status_is "$pid" Groups " *"
	for set in CapInh CapPrm CapEff CapBnd CapAmb; do
		check "$1 has no capability in $set" \
			status_is "$pid" $set "0*"
	done
	check "$1 cannot gain privileges" status_is "$pid" NoNewPrivs 1
	check "$1 has a filter of system calls" status_is "$pid" Seccomp 2
	check "$1 has no network" sh -c "[ \$(readlink /proc/$pid/ns/net) != \
		\$(readlink /proc/1/ns/net) ]"
}

lines_are_all()
{
	local have=$(($(cat $ima/trim) + $(count)))

	lines=$(wc -l < $ascii)
	echo "$lines lines, $have records"
	[ "$lines" -ge "$have" ]
}

measure_on()
{
	local i=0

	while [ -e /tmp/measuring ]; do
		measure_files 5 "$1.$i"
		i=$((i + 1))
		usleep 100000
	done
}

# Files that root reads, some a second, until it is stopped.
start_measuring()
{
	: > /tmp/measuring
	measure_on "$1" &
	measuring=$!
}

stop_measuring()
{
	rm /tmp/measuring
	wait $measuring
}

check_all()
{
	check "the agents' file has all records" lines_are_all
	check "archive, list and TPM agree" agree
	ima-log status > /tmp/status || :
	check "nobody else dropped any" grep -q "^foreign_trims *0$" /tmp/status
}

installed()
{
	local u

	check "sysusers made the user" grep "^ima-log:" /etc/passwd
	check "and the group" grep "^ima-log:" /etc/group
	note "$(id ima-log)"
	check "the completion loads" bash -c \
		'. /usr/share/bash-completion/completions/ima-log &&
		 complete -p ima-log'
	check "man pages are there" test -s /usr/share/man/man1/ima-log-archive.1
	systemd-analyze verify --man=no $unit $follow > /tmp/words 2>&1 || :
	# which only systemd 254 and newer know
	check_equal "systemd understands the units" "" \
		"$(grep -v FileDescriptorStorePreserve /tmp/words || :)"
	for u in $unit $follow; do
		note "$u: $(systemd-analyze security --no-pager $u |
			grep Overall | tr -cd ' -~')"
		check "$u is exposed little" systemd-analyze security \
			--no-pager --threshold=30 $u
	done
}

# An archive in another place takes a drop-in.
elsewhere()
{
	local at=/srv/ima-log

	cp /etc/default/ima-log /tmp/conf
	mkdir $at
	chown ima-log:ima-log $at
	printf '%s\n' IMA_LOG_ARCHIVE=$at ARCHIVE_OPTIONS=--archive-only \
		>> /etc/default/ima-log
	check_fails "archive cannot be in another place" "failed" \
		systemctl start $unit
	systemctl stop $unit
	check "it said why" sh -c "journalctl -b -q -u $unit |
		grep -q '$at: Read-only file system'"
	mkdir -p /run/systemd/system/$unit.d
	printf '[Service]\nReadWritePaths=%s\n' $at \
		> /run/systemd/system/$unit.d/test.conf
	systemctl daemon-reload
	check "with a drop-in it can" systemctl start $unit
	check "it is there" ls $at/0000000001
	systemctl stop $unit
	rm -r /run/systemd/system/$unit.d
	systemctl daemon-reload
	cp /tmp/conf /etc/default/ima-log
}

first_start()
{
	local before

	echo 'ARCHIVE_OPTIONS=--interval=1 --segment-size=32k' \
		>> /etc/default/ima-log
	check_equal "nothing was dropped yet" 0 "$(cat $ima/trim)"
	measure_files 200 first
	before=$(count)
	check "archive starts" systemctl start $unit
	check "when it is ready, all $before records were saved and dropped" \
		[ "$(cat $ima/trim)" -ge "$before" ]
	note "T is $(cat $ima/trim), the list had $before"
	check "its directory belongs to it" \
		[ "$(stat -c %U:%G:%a $store)" = ima-log:ima-log:750 ]
	check_equal "its files, too" ima-log:ima-log:640 \
		"$(stat -c %U:%G:%a $store/*/*.ima | sort -u)"
	check "archive, list and TPM agree" agree
	systemctl stop $unit
	check "all are enabled" systemctl enable $unit $follow keylime_agent
	check "the agent asks for follow" sh -c \
		"systemctl show -P Wants keylime_agent.service | grep -qw $follow"
	check "so would the push model's agent" sh -c \
		"systemctl show -P WantedBy $follow |
		 grep -qw keylime_push_model_agent.service"
	# one transaction, in which the order is the units' own
	check "all start" systemctl start multi-user.target
}

agent_found()
{
	note "the agent: $(tr '\n' ' ' < /run/agent)"
	check "the archive was ready before the agent" \
		grep -q "^archive active" /run/agent
	check "follow, too" grep -q "^follow active" /run/agent
	check "the agent found all records" sh -c \
		'[ $(sed -n "s/^lines //p" /run/agent) -ge \
		   $(sed -n "s/^records //p" /run/agent) ]'
}

limits_of_all()
{
	local pid

	pid=$(main_pid)
	limits archive "$pid"
	check_equal "all that archive can write to: trim, and the TPM" \
		"/dev/tpmrm0 $(realpath $ima)/trim" "$(writable "$pid" | tr '\n' ' ' |
			sed 's/ $//')"
	check_equal "the rest of the system cannot be written to" "" \
		"$(writable_places "$pid")"
	limits follow "$(main_pid $follow)"
	check_equal "all that follow can write to: its file, and what holds reads" \
		"$ascii anon_inode:[fanotify]" \
		"$(writable "$(main_pid $follow)" | tr '\n' ' ' | sed 's/ $//')"
	check_equal "follow cannot write elsewhere" "" \
		"$(writable_places "$(main_pid $follow)")"
}

killed()
{
	local pid following

	pid=$(main_pid)
	following=$(main_pid $follow)
	start_measuring kill
	kill -9 "$pid"
	check "killed, archive is started again" wait_until 300 \
		active_as_another $unit "$pid"
	check_equal "follow went on all the time" "$following" \
		"$(main_pid $follow)"
	kill -9 "$following"
	check "killed, follow is started again" wait_until 300 \
		active_as_another $follow "$following"
	stop_measuring
	check_all
}

# away HOW: follow is ended, and how long it took until it was there again
away()
{
	local before start took

	before=$(main_pid $follow)
	start=$(now)
	case $1 in
	kill) kill -9 "$before" 2> /dev/null || : ;;
	restart) systemctl restart $follow ;;
	esac
	# at times the next one is ended while it starts, too
	[ $((RANDOM % 4)) = 0 ] && return
	wait_until 300 active_as_another $follow "$before"
	took=$(($(now) - ${away_since:-$start}))
	away_since=
	[ $took -le "$longest" ] || longest=$took
}

# At random moments, under 30 records a second: no agent reads a list that is
# behind its quote, none sees half a line, none waits longer than follow is
# away, and all go on with the descriptors that they have.
killed_at_random()
{
	local i=0 kind agents= pid value=/sys/class/tpm/tpm0/pcr-sha1/10
	local read_ms

	longest=0
	away_since=
	systemctl reset-failed $follow
	for kind in pull push; do
		/guest/agent-model $kind $ascii $value 0 > /tmp/agent.$kind 2>&1 &
		agents="$agents $!"
	done
	start_measuring random
	while [ $i -lt 60 ]; do
		usleep $((RANDOM * 40))
		away_since=${away_since:-$(now)}
		if [ $((i % 2)) = 0 ]; then away kill; else away restart; fi
		i=$((i + 1))
	done
	wait_until 300 systemctl -q is-active $follow
	stop_measuring
	for pid in $agents; do
		kill "$pid"
		check "agent $pid: no mismatch and no torn line" wait "$pid"
	done
	for kind in pull push; do
		note "$(cat /tmp/agent.$kind)"
		check "$kind: it has attested" \
			grep -q "[1-9][0-9]* rounds" /tmp/agent.$kind
		read_ms=$(sed -n 's/.* longest \([0-9]*\) ms.*/\1/p' /tmp/agent.$kind)
		check "$kind: its longest read, $read_ms ms, is no longer than the \
longest absence, ${longest}0 ms, and 5 s" \
			[ "$read_ms" -le $((longest * 10 + 5000)) ]
	done
	check_all
}

restarted()
{
	local i pid

	# the limit of starts is not what is tried here
	systemctl reset-failed $unit
	start_measuring restart
	for i in 1 2 3; do
		pid=$(main_pid)
		check "restart $i" systemctl restart $unit
		check "it is another process" active_as_another $unit "$pid"
	done
	stop_measuring
	systemctl reset-failed $unit
	check_all
}

watched()
{
	local u pid following reader

	for u in $unit $follow; do
		note "$u: watchdog $(property $u WatchdogUSec)"
		mkdir -p /run/systemd/system/$u.d
		printf '[Service]\nWatchdogSec=20\n' \
			> /run/systemd/system/$u.d/test.conf
	done
	systemctl daemon-reload
	systemctl restart $unit $follow
	pid=$(main_pid)
	following=$(main_pid $follow)
	start_measuring watch
	kill -STOP "$pid" "$following"
	wc -l < $ascii > /tmp/lines &
	reader=$!
	check "stopped, archive is started again by the watchdog" \
		wait_until 300 active_as_another $unit "$pid"
	check "so is follow" wait_until 300 active_as_another $follow "$following"
	check "a read that was held comes to its end" wait $reader
	stop_measuring
	for u in $unit $follow; do
		check "the journal tells of $u's watchdog" sh -c \
			"journalctl -b -q -u $u | grep -q 'Watchdog timeout'"
	done
	check_all
	rm -r /run/systemd/system/ima-log*.d
	systemctl daemon-reload
	systemctl restart $unit $follow
}

stopped()
{
	local following

	following=$(main_pid $follow)
	measure_files 5 last
	check "stop" systemctl stop $unit
	check_equal "it ended well" "inactive success 0" \
		"$(property $unit ActiveState) $(property $unit Result) \
$(property $unit ExecMainStatus)"
	check_equal "follow goes on" "$following" "$(main_pid $follow)"
	measure_files 5 without
	check_all
}

# PID 1 finds out where it runs when it is executed.
contained()
{
	mkdir -p /run/host
	echo lxc > /run/host/container-manager
	systemctl daemon-reexec
	check "systemd takes this for a container" systemd-detect-virt -q -c
	check "start is left out" systemctl start $unit
	check_equal "in a container it does not run" "inactive no" \
		"$(property $unit ActiveState) $(property $unit ConditionResult)"
	rm /run/host/container-manager
	systemctl daemon-reexec
	check "start" systemctl start $unit
	check_equal "elsewhere it does" "active yes" \
		"$(property $unit ActiveState) $(property $unit ConditionResult)"
}

# The policy that systemd loads: the shipped rule, in front of what tcb has.
write_policy()
{
	mkdir -p /etc/ima
	{
		sed "s/=990/=$(id -u ima-log)/; /^#/d" \
			/usr/share/doc/ima-log/ima-policy
		for magic in 0x9fa0 0x62656572 0x64626720 0x1021994 0x1cd1 \
			0x73636673 0x27e0eb 0x63677270 0xde5e81e4; do
			echo "dont_measure fsmagic=$magic"
		done
		echo "measure func=MMAP_CHECK mask=MAY_EXEC"
		echo "measure func=BPRM_CHECK mask=MAY_EXEC"
		echo "measure func=FILE_CHECK mask=^MAY_READ euid=0"
		echo "measure func=FILE_CHECK mask=^MAY_READ uid=0"
	} > /etc/ima/ima-policy
}

stage1()
{
	trap journal EXIT
	installed
	elsewhere
	first_start
	agent_found
	limits_of_all
	killed
	killed_at_random
	restarted
	watched
	stopped
	contained
	write_policy
	measure_files 7 unsaved
	cat $ima/trim > /host/t
	load_next
	journal
	# which ends this service, too
	systemctl kexec
	exec sleep 1000
}

started_before()
{
	local a b

	a=$(property "$1" ActiveEnterTimestampMonotonic)
	b=$(property "$2" ExecMainStartTimestampMonotonic)
	echo "$1 was ready at $a us, $2 was started at $b us"
	[ "$a" -gt 0 ] && [ "$a" -le "$b" ]
}

records_of()
{
	ima-log export --format ascii 2> /dev/null | grep -c " $1" || :
}

stage2()
{
	local own

	trap journal EXIT
	wait_until 300 systemctl -q is-active keylime_agent.service
	check "T was carried, and went on" [ "$(cat $ima/trim)" -ge "$(cat /host/t)" ]
	check "the service started by itself" systemctl -q is-active $unit
	check "archive was ready before the agent started" \
		started_before $unit keylime_agent.service
	check "and before follow" started_before $unit $follow
	check "follow was ready before the agent started" \
		started_before $follow keylime_agent.service
	agent_found
	check_equal "both kernels are in one epoch" 2 \
		"$(grep -c ^boot $store/0000000001/epoch)"
	check_all
	check "systemd loaded the policy" grep -q \
		"^dont_measure fowner=$(id -u ima-log)" $ima/policy
	own=$(records_of $store/)
	measure_files 50 second
	cat $store/*/* > /dev/null
	check "archive, list and TPM agree" agree
	check_equal "files of the archive are not measured" "$own" \
		"$(records_of $store/)"
	check "stop" systemctl stop $unit
	check "archive, list and TPM agree" agree
	export_end

	# a crash: the archive is left alone by the kernel that comes then
	sum_archive > /host/sums
	kexec_kind=crash
	load_next nr_cpus=1 reset_devices
	journal
	sync
	echo c > /proc/sysrq-trigger
}

sum_archive()
{
	sha256sum $store/*/*.ima $store/*/epoch
}

stage3()
{
	local u condition

	trap journal EXIT
	check "this is a crash kernel" test -e /proc/vmcore
	wait_until 300 systemctl -q is-active keylime_agent.service
	for u in $unit $follow; do
		check_equal "in a crash kernel $u does not run" "inactive no" \
			"$(property $u ActiveState) $(property $u ConditionResult)"
		for condition in \
			"ConditionPathExists=$ima/binary_runtime_measurements" \
			'ConditionVirtualization=!container'; do
			check "$u: not because of $condition" sh -c \
				"grep -qF '$condition' /usr/lib/systemd/system/$u &&
				 systemd-analyze condition '$condition'"
		done
		for condition in 'ConditionKernelCommandLine=!elfcorehdr' \
			'ConditionPathExists=!/proc/vmcore'; do
			check "$u: because of $condition" sh -c \
				"grep -qF '$condition' /usr/lib/systemd/system/$u &&
				 ! systemd-analyze condition '$condition'"
		done
	done
	sum_archive > /tmp/sums
	check "the archive is as it was" cmp /host/sums /tmp/sums
}
