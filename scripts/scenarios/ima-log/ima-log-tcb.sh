# SPDX-License-Identifier: GPL-2.0
# title: under ima_policy=tcb the archive does not feed the list it saves
# append: ima_policy=tcb
# replay: end
# ima_test.seconds=600 and --timeout 900 make it the long form.

. /guest/ima-log.sh

# Records of files below a directory, of all that were made.
records_of()
{
	ima-log export --format ascii 2> /dev/null | grep -c " $1" || :
}

# What a machine does while ima-log runs, and a monitor that asks it.
work()
{
	local end i=0

	end=$(($(date +%s) + $1))
	mkdir -p /host/work
	while [ "$(date +%s)" -lt $end ]; do
		echo "$i $2" > /host/work/$2.$i
		cat /host/work/$2.$i > /dev/null
		ima-log status > /dev/null || :
		ima-log verify --tcti $tpm > /dev/null || :
		i=$((i + 1))
		usleep 200000
	done
	worked=$i
}

stage1()
{
	local seconds plain own before others

	seconds=$(param seconds)
	seconds=${seconds:-15}
	mount_archive
	mkdir $store/plain
	chown ima-log:ima-log $store/plain

	# with nothing but tcb, what root reads of an archive is measured
	export IMA_LOG_ARCHIVE=$store/plain
	start_daemon --interval 1 --archive-only
	work 6 plain
	stop_daemon
	plain=$(records_of $store/plain)
	unset IMA_LOG_ARCHIVE
	note "without the example's rule: $plain records of the archive's files"
	check "without a rule it feeds itself" [ "$plain" -ge 5 ]
	check_equal "what was read is measured" "$worked" \
		"$(grep -c " /host/work/plain" $ima/ascii_runtime_measurements)"

	# the shipped rule, in front of what tcb has
	{
		grep -v '^#' /ima-policy
		echo "dont_measure fsmagic=0x9fa0"
		echo "dont_measure fsmagic=0x62656572"
		echo "dont_measure fsmagic=0x64626720"
		echo "dont_measure fsmagic=0x1021994"
		echo "dont_measure fsmagic=0x1cd1"
		echo "dont_measure fsmagic=0x73636673"
		echo "measure func=MMAP_CHECK mask=MAY_EXEC"
		echo "measure func=BPRM_CHECK mask=MAY_EXEC"
		echo "measure func=FILE_CHECK mask=^MAY_READ euid=0"
		echo "measure func=FILE_CHECK mask=^MAY_READ uid=0"
	} | load_policy -
	before=$(cat $ima/runtime_measurements_count)
	start_daemon --interval 1
	work "$seconds" ruled
	stop_daemon
	own=$(records_of $store/0)
	check_equal "not one record of the archive's files" 0 \
		"$(($(records_of $store/) - $(records_of $store/plain)))"
	check_equal "what was read is measured" "$worked" \
		"$(records_of /host/work/ruled)"
	others=$(ima-log export --format ascii 2> /dev/null | wc -l)
	others=$((others - before - worked))
	check "of all else, $others records, as many in any time" \
		[ "$others" -le 20 ]
	check "archive, list and TPM agree" agree
	export_end
	note "in $seconds s with it: $own of the archive, $worked of others"
}
