# SPDX-License-Identifier: GPL-2.0
# title: agents quote and then read the file of ima-log follow, under adds and trims
# timeout: 400
# replay: end
# programs: setpriv
# ima_test.rounds=10000 makes it the long form.

. /guest/ima-log.sh

ascii=/run/ima-log/ascii_runtime_measurements
value=/sys/class/tpm/tpm0/pcr-sha1/10

start_follow()
{
	rm -f /tmp/follow
	/usr/bin/setpriv --no-new-privs \
		"--bounding-set=-all,$(unit_capabilities ima-log-follow)" \
		ima-log follow --user ima-log $ascii 2> /tmp/follow &
	follow=$!
	ready /tmp/follow records
}

# In lumps, as long as there are agents.
add()
{
	local i=0

	while kill -0 "$1" 2> /dev/null; do
		measure_files $((1 + RANDOM % 8)) "add$i"
		rm -f /measured/*
		i=$((i + 1))
		usleep $((RANDOM % 200000))
	done
}

stage1()
{
	local rounds kinds agents pid adder tries

	rounds=$(param rounds)
	rounds=$((${rounds:-400} / 4))
	mkdir -p /run/ima-log
	# follow removes the file when it ends, as the user it runs as
	chown 990:990 /run/ima-log
	mount_archive
	measure_tmpfs
	measure_files 30 first
	check "archive" archive --archive-only
	start_follow
	cat $ascii > /tmp/followed
	check "it is what the kernel shows" \
		cmp /tmp/followed $ima/ascii_runtime_measurements

	# it opens the list when that is empty, as it was overtaken, and does not
	# see what then comes and goes
	measure_files 5 overtaken
	check "archive and drop" archive
	check_equal "the list is empty" 0 "$(count)"
	cat $ascii > /dev/null
	measure_files 5 unseen
	check "archive and drop" archive
	measure_files 2 seen
	cat $ascii > /tmp/followed
	ima-log export --format ascii > /tmp/exported 2> /dev/null
	check "none is missing" cmp /tmp/followed /tmp/exported
	start_daemon --interval 1 --records 20
	check "follow is ima-log's" \
		grep -q "^Uid:.990.990.990.990" /proc/$follow/status
	check "it has no capability" grep -q "^CapEff:.0*$" /proc/$follow/status

	for kind in pull push pull push; do
		agent-model $kind $ascii $value $rounds > /tmp/agent.${pid-} 2>&1 &
		pid=$!
		agents="${agents-} $pid"
	done
	add $$ &
	adder=$!
	for pid in $agents; do
		if wait "$pid"; then
			ok "an agent found its quote in each of $rounds rounds"
		else
			not_ok "an agent found its quote in each of $rounds rounds"
		fi
	done
	kill $adder
	wait $adder 2> /dev/null || :
	cat /tmp/agent.* | while read -r line; do note "$line"; done
	note "T is $(cat $ima/trim), $(wc -l < $ascii) lines"
	check "records were dropped meanwhile" [ "$(cat $ima/trim)" -ge 50 ]

	# killed where no service manager keeps its descriptors (in
	# ima-log-systemd one does): the next one begins a file of its own, and
	# an agent with the old one is refused, not left behind
	exec 3< $ascii
	kill -9 $follow
	wait $follow 2> /dev/null || :
	measure_files 5 meanwhile
	start_follow
	check_fails "an old descriptor is refused" "not permitted" cat <&3
	exec 3<&-
	cat $ascii > /tmp/through
	check "a new one sees what came meanwhile" \
		grep -q meanwhile /tmp/through
	ima-log export --format ascii > /tmp/exported 2> /dev/null
	check "it is the list, from record 0 on" cmp /tmp/through /tmp/exported
	check "an agent goes on" agent-model pull $ascii $value 10
	check_equal "all could be held" 0 "$(grep -c "opened an older" /tmp/follow)"

	# ended in order, the file is gone: nobody opens it unheld
	kill $follow
	wait $follow || :
	check "the file is gone" [ ! -e $ascii ]
	stop_daemon
	check "archive, list and TPM agree" agree
	export_end
}
