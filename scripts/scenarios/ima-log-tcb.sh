# SPDX-License-Identifier: GPL-2.0
# title: under ima_policy=tcb the archive does not feed the list it saves
# append: ima_policy=tcb
# timeout: 200
# replay: end
# ima_test.seconds=600 and --timeout 900 make it the long form.

. /guest/ima-log.sh

# Records that a file of the archive caused, of all that were made.
own()
{
	ima-log export --format ascii 2> /dev/null | grep -c " $store/" || :
}

# What a machine does while ima-log runs, and a monitor that asks for status.
work()
{
	local end i=0

	end=$(($(date +%s) + $1))
	while [ "$(date +%s)" -lt $end ]; do
		mkdir -p /work
		echo "$i $2" > /work/$2.$i
		cat /work/$2.$i > /dev/null
		ima-log status > /dev/null || :
		ima-log verify --archive --tcti $tpm > /dev/null || :
		i=$((i + 1))
		usleep 300000
	done
	rm -rf /work
}

stage1()
{
	local seconds before after total

	seconds=$(param seconds)
	seconds=${seconds:-15}
	mount_archive
	archive 2> /dev/null
	total=$(ima-log export 2>&1 > /dev/null | sed 's/.*"total"://; s/}//')
	check "the policy measures" [ "$total" -ge 10 ]

	# with nothing but tcb, what root reads of the archive is measured
	start_daemon --interval 1
	work 6 plain
	stop_daemon
	before=$(own)
	note "without the example's rule: $before records of the archive's files"
	check "without a rule it feeds itself" [ "$before" -ge 5 ]

	# the shipped rule, in front of what tcb has
	{
		sed s/990/990/ /ima-policy
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
	} | grep -v '^#' > /tmp/policy
	load_policy /tmp/policy
	before=$(own)
	start_daemon --interval 1
	work "$seconds" ruled
	stop_daemon
	after=$(own)
	total=$(ima-log export 2>&1 > /dev/null | sed 's/.*"total"://; s/}//')
	note "in $seconds s with it: $((after - before)) of $total records"
	check_equal "not one record of the archive's files" "$before" "$after"
	check "others were measured" [ "$total" -gt $((before + seconds)) ]
	check "archive, list and TPM agree" agree
	export_end
}
