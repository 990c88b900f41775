#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Take snapshots of the IMA measurement list, and check with nothing but
# coreutils that each covers the records it says. Leaves the policy with a rule
# for snapshots. Needs root. No record may be staged or removed meanwhile.

ima=/sys/kernel/security/ima
n=0
failed=0

result()
{
	n=$((n + 1))
	[ "$1" = ok ] || failed=1
	echo "$1 $n $2"
}

check()
{
	desc=$1
	shift
	if "$@"; then result ok "$desc"; else result "not ok" "$desc"; fi
}

skip_all()
{
	echo "1..0 # SKIP $1"
	exit 4
}

# field NAME [PAYLOAD], of the last snapshot by default
field()
{
	echo "${2:-$(cat $ima/snapshot)}" | tr ';' '\n' | sed -n "s/^$1=//p"
}

# Is the digest of the snapshot with this payload that of the bytes it covers in
# the list, whose records begin after those that are no longer there? $gone is how
# many that are, and $to is left as the offset of the snapshot itself.
digest_is_exact()
{
	end=$(($(field total "$1") - gone))
	first=$((end - $(field hashed "$1")))
	from=$(sed -n "$((first + 1))p" "$tmp/offsets")
	to=$(sed -n "$((end + 1))p" "$tmp/offsets")
	have=$(tail -c +$((from + 1)) "$tmp/list" | head -c $((to - from)) |
		sha256sum)
	[ "sha256:${have%% *}" = "$(field digest "$1")" ]
}

# Offset of each record, and of the end. PCR and digest are followed by a name
# and by the data, both with their length; in template "ima" the data are a
# digest of 20 bytes and a name with its length. Numbers are of the machine's
# order, or little-endian; the length of a name, less than 256, tells which.
offsets()
{
	od -An -v -tu1 -w1 "$1" | awk '
	function u32(p, i, n) {
		for (i = 0; i < 4; i++)
			n = 256 * n + b[big ? p + i : p + 3 - i]
		return n
	}
	function is_ima(p) {
		return u32(p) == 3 && b[p+4] == 105 && b[p+5] == 109 && b[p+6] == 97
	}
	{ b[NR - 1] = $1 }
	END {
		big = b[24] == 0
		for (p = 0; p < NR; p += 4 + u32(p)) {
			print p
			p += 24
			old = is_ima(p)
			p += 4 + u32(p)
			if (old)
				p += 20
		}
		print p
	}'
}

take()
{
	echo 1 > $ima/snapshot
}

echo "TAP version 13"
[ "$(id -u)" = 0 ] || skip_all "not root"
[ -e $ima/snapshot ] || skip_all "no CONFIG_IMA_SNAPSHOT"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

if cat $ima/policy > "$tmp/rules" && ! grep -q func=CRITICAL_DATA "$tmp/rules"; then
	# the shell's own echo does not tell the error
	/bin/echo 1 2> "$tmp/err" > $ima/snapshot
	check "without a rule there is no snapshot" \
		grep -q "No such file or directory" "$tmp/err"
fi
# Whoever asks for a snapshot, the kernel takes it.
if ! take 2> /dev/null; then
	echo "measure func=CRITICAL_DATA label=ima_snapshot uid=0" > $ima/policy ||
		skip_all "cannot load a policy"
	take
fi

# Without CAP_SYS_ADMIN the file cannot be opened for writing, but a program that
# has opened it can take snapshots. The setpriv of busybox cannot do this.
if setpriv --reuid=0 true 2> /dev/null; then
	check "opening the file for writing needs a capability" \
		sh -c "! setpriv --bounding-set=-sys_admin sh -c \
			'echo 1 > $ima/snapshot' 2> /dev/null"
	check "writing to it does not" \
		setpriv --reuid=1000 --clear-groups sh -c 'echo 1 >&3' \
		3> $ima/snapshot
fi

for request in 0 2 11 +1 "1 " x; do
	check "\"$request\" is refused" \
		sh -c "! echo '$request' > $ima/snapshot 2> /dev/null"
done

check "a snapshot is taken" take
total=$(field total)
check "another one is taken" take
check "it begins where the one before ends" \
	[ $(($(field total) - $(field hashed))) -eq "$total" ]
check "the file ends with a newline" [ "$(wc -l < $ima/snapshot)" -eq 1 ]

cat $ima/binary_runtime_measurements > "$tmp/list"
payload=$(cat $ima/snapshot)
tr '\0' '\n' < "$tmp/list" > "$tmp/text"
check "the payload is in the list" grep -qF "$payload" "$tmp/text"
offsets "$tmp/list" > "$tmp/offsets"
gone=$(field trimmed)
check "the digest is that of the bytes" digest_is_exact "$payload"
check "the snapshot is the record behind them" \
	sh -c "tail -c +$((to + 1)) '$tmp/list' | head -c 4096 | tr '\\0' '\\n' |
		grep -qF '$payload'"

# Each covers what comes before it, whatever is added at the same time. Nothing in
# these loops starts a program.
echo "measure func=FILE_CHECK mask=MAY_READ fowner=48877" > $ima/policy
mkdir "$tmp/files"
i=0
while [ $i -lt 400 ]; do
	i=$((i + 1))
	echo $i > "$tmp/files/$i"
done
chown 48877 "$tmp"/files/*
before=$(field total)
{
	for file in "$tmp"/files/*; do
		read -r _ < "$file"
	done
	: > "$tmp/done"
} &
i=0
until [ -e "$tmp/done" ] || [ $i -ge 50 ]; do
	i=$((i + 1))
	take
	read -r payload < $ima/snapshot
	echo "$payload"
done > "$tmp/taken"
wait
take
check "records were added" [ $(($(field total) - before)) -ge 400 ]
cat $ima/binary_runtime_measurements > "$tmp/list"
offsets "$tmp/list" > "$tmp/offsets"
bad=0
while read -r payload; do
	digest_is_exact "$payload" || bad=$((bad + 1))
done << END
$(tail -n 20 "$tmp/taken")
$(cat $ima/snapshot)
END
check "the digests of snapshots are exact while records are added" \
	[ $bad -eq 0 ]

echo "1..$n"
exit $failed
