# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# For scenarios, which busybox sh runs inside the guest.  A scenario defines
# stage1, and stage2... if it executes kexec; each is a function.  A command
# that fails outside of a check ends the scenario as failed (set -e).
#
#   ok DESC | not_ok DESC		one result
#   check DESC COMMAND...		ok if COMMAND succeeds
#   check_fails DESC ERRNO COMMAND...	ok if COMMAND fails and says ERRNO's text
#   check_equal DESC WANT HAVE		ok if the two strings are the same
#   skip DESC WHY			a failure, unless the scenario's head says
#					skip-ok: with a pattern DESC matches
#   note TEXT				a comment among the results
#   relay_tap FILE [REGEX]		the results of a selftest as results; a skip
#					is a failure, unless the line matches
#   check_carried			the list of stage 1, saved as before, begins
#					this one, which is saved as carried
#   param NAME				value of ima_test.NAME on the command line
#   wait_until SECONDS COMMAND...	until COMMAND succeeds, or fail
#   next_stage [WORDS]			kexec into the next stage; WORDS are added
#					to the command line.  Never returns.  With
#				kexec=unsynced, what is not on disk is lost
#   load_next [WORDS]			load the next stage only; "tool kexec-exec"
#					goes there.  With kexec_kind=crash, a panic
#   stop_slowly				let a kexec that follows take its time from the
#					suspension of measurement to the stop of the
#					other CPUs
#   next_cmdline [WORDS]		the command line load_next would give it
#   next_kernel				its image
#   load_policy FILE|-			add rules to the policy
#   measure_files N [PREFIX]		N fresh files, each opened once, which a
#					rule with fsname=tmpfs measures
#   free_memory			kB, when it has come to rest without caches
#   count				records in the list, as the kernel counts
#   save_pcrs DIR			PCR 10 of each bank to /host/DIR
#   save_measurements DIR [PATTERN]	the lists to /host/DIR
#   save DIR [PATTERN]			both, of the same moment
#
# Free to use: /measured (tmpfs, files there are measured), /tmp and all of /
# (rootfs, not tmpfs), /host (the host's directory, survives kexec).
# tool is the helper of tool.c.

set -eu

ima=/sys/kernel/security/ima
results=/dev/ttyS1
# the number of results so far lives in a file, for results from subshells
counter=/tmp/results

log()
{
	printf '%s\n' "$*" > $results
}

note()
{
	log "# $*"
}

result()
{
	local n

	n=$(($(cat $counter) + 1))
	echo $n > $counter
	log "$1 $n - $2"
	# in the console too, next to the kernel's messages
	echo "$1 $n - $2"
}

ok()
{
	result ok "$*"
}

not_ok()
{
	result "not ok" "$*"
}

skip()
{
	result ok "$1 # SKIP $2"
}

# What a command said goes with a failure, not with a success.
check()
{
	local desc=$1

	shift
	if "$@" > /tmp/check.out 2>&1; then
		ok "$desc"
	else
		not_ok "$desc"
		note "failed: $*"
		sed 's/^/# /' /tmp/check.out > $results
	fi
}

check_fails()
{
	local desc=$1 text=$2

	shift 2
	if "$@" > /tmp/check.out 2>&1; then
		not_ok "$desc"
		note "succeeded: $*"
	elif grep -qF -e "$text" /tmp/check.out; then
		ok "$desc"
	else
		not_ok "$desc"
		note "failed without \"$text\": $*"
		sed 's/^/# /' /tmp/check.out > $results
	fi
}

check_equal()
{
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1"
		note "wanted \"$2\", have \"$3\""
	fi
}

relay_tap()
{
	local line

	while read -r line; do
		case $line in
		"ok "*"# SKIP"*)
			if [ "${2-}" ] && echo "$line" | grep -qE "$2"; then
				note "$line"
			else
				not_ok "${line#ok }"
			fi ;;
		"ok "*) ok "selftest ${line#ok * }" ;;
		"not ok "*) not_ok "selftest ${line#not ok * }" ;;
		*) note "$line" ;;
		esac
	done < "$1"
}

check_carried()
{
	local size

	save carried
	size=$(stat -c %s /host/before/binary_runtime_measurements)
	head -c "$size" /host/carried/binary_runtime_measurements > /tmp/head
	check "the list of stage 1 begins the list of stage 2" \
		cmp /host/before/binary_runtime_measurements /tmp/head
}

param()
{
	local word

	for word in $(cat /proc/cmdline); do
		case $word in
		"ima_test.$1="*) echo "${word#*=}" ;;
		esac
	done
}

wait_until()
{
	local end

	end=$(($(date +%s) + $1))
	shift
	until "$@"; do
		if [ "$(date +%s)" -ge $end ]; then
			note "never came true: $*"
			return 1
		fi
		usleep 50000
	done
}

# An object must be 5 seconds old before kmemleak believes that it is lost,
# and a pointer on its way through a register hides it from no second scan.
leaks()
{
	local file=/sys/kernel/debug/kmemleak

	grep -qw kmemleak=on /proc/cmdline || return 0
	usleep 5100000
	echo scan > $file
	echo scan > $file
	cat $file > /tmp/leaks
	if [ -s /tmp/leaks ]; then
		not_ok "kmemleak finds nothing in stage $stage"
		sed 's/^/# /' /tmp/leaks > $results
	else
		ok "kmemleak finds nothing in stage $stage"
	fi
}

begin()
{
	stage=$1
	mkdir -p /tmp
	echo "$(param results)" > $counter
	[ -s $counter ] && [ "$(cat $counter)" ] || echo 0 > $counter
	if [ "$stage" = 1 ]; then
		log "KTAP version 1"
	fi
	note "stage $stage: $(uname -r)"
}

finish()
{
	if type "stage$((stage + 1))" > /dev/null 2>&1; then
		not_ok "stage $stage goes on to the next stage"
	fi
	leaks
	log "1..$(cat $counter)"
}

next_kernel()
{
	case ,$(param unpatched), in
	*",$((stage + 1)),"*) echo /host/unpatched ;;
	*) echo /host/kernel2 ;;
	esac
}

next_cmdline()
{
	local word line=

	for word in $(cat /proc/cmdline); do
		case $word in
		ima_test.stage=*|ima_test.results=*) ;;
		*) line="$line$word " ;;
		esac
	done
	echo "$line$* ima_test.stage=$((stage + 1)) ima_test.results=$(cat $counter)"
}

load_next()
{
	local initrd=/host/initrd

	[ -e $initrd ] || initrd=-
	tool kexec-load "$(next_kernel)" $initrd "$(next_cmdline "$@")" ${kexec_kind-}
}

# The kernel waits before each message, and has one for each device.
stop_slowly()
{
	echo Y > /sys/module/kernel/parameters/initcall_debug
	echo 20 > /proc/sys/kernel/printk_delay
}

# Results come before load_next: the next stage goes on counting from there.
next_stage()
{
	leaks
	load_next "$@"
	exec tool kexec-exec "${kexec:-synced}"
}

load_policy()
{
	if [ "$1" = - ]; then
		cat > $ima/policy
	else
		cat "$1" > $ima/policy
	fi
}

# measured_so_far keeps the names fresh within a stage
measured_so_far=0

measure_files()
{
	tool measure /measured "${2:-file}.$stage" $measured_so_far "$1"
	measured_so_far=$((measured_so_far + $1))
}

free_memory()
{
	local now=0 last=-1000

	until [ $((now - last)) -lt 64 ] && [ $((last - now)) -lt 64 ]; do
		last=$now
		echo 3 > /proc/sys/vm/drop_caches
		usleep 200000
		# each CPU keeps free pages, too
		now=$(awk '/^MemFree/ { n += $2 } $1 == "count:" { n += 4 * $2 }
			END { print n }' /proc/meminfo /proc/zoneinfo)
	done
	echo "$now"
}

count()
{
	cat $ima/runtime_measurements_count
}

# As sysfs has them for TPM 2: pcr-BANK/10, one line of hexadecimal digits.
save_pcrs()
{
	local tpm=/sys/class/tpm/tpm0 bank dir=/host/$1

	mkdir -p "$dir"
	for bank in $tpm/pcr-*; do
		[ -e "$bank/10" ] || continue
		mkdir -p "$dir/${bank##*/}"
		cat "$bank/10" > "$dir/${bank##*/}/10"
	done
	if [ -e $tpm/pcrs ]; then
		mkdir -p "$dir/pcr-sha1"
		sed -n 's/^PCR-10: //p' $tpm/pcrs | tr -d ' ' > "$dir/pcr-sha1/10"
	fi
}

save_measurements()
{
	local file name dir=/host/$1

	mkdir -p "$dir"
	for file in $ima/${2:-*_runtime_measurements*}; do
		name=${file##*/}
		case $name in
		*_staged) ;;
		*) cat "$file" > "$dir/$name" ;;
		esac
	done
}

pcrs_now()
{
	cat /sys/class/tpm/tpm0/pcr-*/10 /sys/class/tpm/tpm0/pcrs 2> /dev/null || :
	count
}

# The list and the PCRs cannot be read at once: read the PCRs before and after,
# until nothing was measured in between.
save()
{
	local before after tries

	for tries in 1 2 3 4 5 6 7 8 9 10; do
		before=$(pcrs_now)
		save_measurements "$@"
		save_pcrs "$1"
		after=$(pcrs_now)
		if [ "$before" = "$after" ]; then
			return
		fi
	done
	note "the list did not stand still in $tries tries"
	return 1
}
