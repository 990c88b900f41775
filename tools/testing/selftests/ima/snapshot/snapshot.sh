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

field()
{
	tr ';' '\n' < $ima/snapshot | sed -n "s/^$1=//p"
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

if ! take 2> "$tmp/err"; then
	echo "measure func=CRITICAL_DATA label=ima_snapshot" > $ima/policy ||
		skip_all "cannot load a policy"
	take
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
# in the list, after the records that are no longer there
end=$(($(field total) - $(field trimmed)))
first=$((end - $(field hashed)))
from=$(sed -n "$((first + 1))p" "$tmp/offsets")
to=$(sed -n "$((end + 1))p" "$tmp/offsets")
have=$(tail -c +$((from + 1)) "$tmp/list" | head -c $((to - from)) | sha256sum)
check "the digest is that of the bytes" \
	[ "sha256:${have%% *}" = "$(field digest)" ]
check "the snapshot is the record behind them" \
	sh -c "tail -c +$((to + 1)) '$tmp/list' | head -c 4096 | tr '\\0' '\\n' |
		grep -qF '$payload'"

echo "1..$n"
exit $failed
