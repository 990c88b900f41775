#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ima-log verify, export and archive as programs: exit codes and words.

failed=0

# expect CODE PATTERN COMMAND...
expect()
{
	local code=$1 pattern=$2 rc=0

	shift 2
	"$@" > out 2>&1 || rc=$?
	if [ $rc != "$code" ] ||
		{ [ -n "$pattern" ] && ! grep -qe "$pattern" out; }; then
		echo "exit $rc, not $code, or no '$pattern': $*"
		cat out
		failed=1
	fi
}

verify()
{
	"$IMA_LOG" verify "$@"
}

for order in little big; do
	for kind in templates snapshots files large; do
		expect 0 "^verified" verify --pcrs "$DATA/$kind-$order.pcrs" \
			"$DATA/$kind-$order"
	done
done
list=$DATA/files-$ORDER
pcrs=$DATA/files-$ORDER.pcrs

# usage
expect 2 "a command is missing" "$IMA_LOG"
expect 2 "no such command" "$IMA_LOG" nonsense
expect 2 "takes files" verify --pcrs "$pcrs"
expect 2 "unrecognized" verify --nonsense "$list"
expect 0 "Usage" "$IMA_LOG" --help
# an option that would do nothing
for option in "--nonce 00" "--snapshot-digest 00" "--key $list" \
	"--signature $list"; do
	expect 2 "goes with a quote" verify --pcrs "$pcrs" $option "$list"
done
for option in "--epoch 7" --no-live "--securityfs ."; do
	expect 2 "goes with --archive" verify --pcrs "$pcrs" $option "$list"
done
for option in "--first 1" "--byte-order little"; do
	expect 2 "goes with files" verify --pcrs "$pcrs" $option --archive=.
	expect 2 "the state tells" verify --pcrs "$pcrs" $option \
		--resume state "$list"
done
expect 2 "exclude each other" verify --tpm --pcrs "$pcrs" "$list"
expect 2 "hexadecimal" verify --nonce 0x --quote q "$list"
expect 2 "hexadecimal" verify --snapshot-digest 001 --quote q "$list"
for n in 0 4294967297 -1; do
	expect 2 "takes a number" verify --archive=. --epoch $n --pcrs "$pcrs"
	expect 2 "export: see" "$IMA_LOG" export --archive . --epoch $n
done
expect 2 "attest" "$IMA_LOG" quote --from 1

# without PCR values nothing is verified
expect 4 "no PCR values" verify "$list"
expect 4 "No such file" verify --pcrs "$pcrs" missing
expect 3 "no PCR value" verify --pcrs "$list" "$list"

# in parts, from a pipe, and as evmctl takes the values
head -c 10000 "$list" > cut-off
expect 3 "end before the record does" verify --pcrs "$pcrs" cut-off
expect 0 "200 records" verify --pcrs "$pcrs" - < "$list"
awk '/sha256:/ { on = 1; next } on && /10/ { sub("0x", "", $NF)
	print "PCR-10: " $NF; exit }' "$pcrs" > evm.pcrs
expect 0 "200 records" verify --pcrs sha256,evm.pcrs "$list"
expect 4 "PCR 11" verify --pcrs <(grep -v "11: " \
	"$DATA/templates-$ORDER.pcrs") "$DATA/templates-$ORDER"

# all records of a PCR left out, though the others are as they should be
python3 - "$DATA/templates-$ORDER" << 'END'
import sys
b = open(sys.argv[1], "rb").read()
start, end = b.index(b"/alone\0") - 40, b.index(b"/alone\0") + 7
open("only-11", "wb").write(b[start:end])
open("only-10", "wb").write(b[:start] + b[end:])
END
both=$DATA/templates-$ORDER.pcrs
expect 1 "PCR 10 was extended, but by no record" verify --pcrs "$both" only-11
expect 1 "PCR 11 was extended, but by no record" verify --pcrs "$both" only-10
expect 1 "PCR 11 was" verify --pcrs "$both" --pcr 11 --pcr 10 only-10
# it was somebody else, says the user; PCRs below 10 always are
expect 0 "by no record: 11$" verify --pcrs "$both" --pcr 10 only-10
expect 0 '"unexplained_pcrs":\[11\]' verify --json --pcrs "$both" --pcr 10 \
	only-10
expect 4 "account for PCR 12" verify --pcrs "$both" --pcr 12 \
	"$DATA/templates-$ORDER"
sed 's/^ *10:.*/&\n    0 : 0x'"$(printf %040d 1)"'/; /sha256:/,$d' "$pcrs" \
	> below.pcrs
expect 0 verified verify --pcrs below.pcrs "$list"
# 12 is as after a reset
sed 's/^ *10:.*/&\n    12: 0x'"$(printf %040d 0)"'/; /sha256:/,$d' "$pcrs" \
	> reset.pcrs
expect 0 '"unexplained_pcrs":\[\]' verify --json --pcrs reset.pcrs "$list"
expect 2 "no such PCR" verify --pcr 24 --pcrs "$pcrs" "$list"
# as sysfs shows all there are: who extended 11 is not known
mkdir -p sysfs/pcr-sha256
awk '/sha256:/ { on = 1; next } /sha384:/ { exit } on {
	sub("0x", "", $NF); print $1, $NF }' "$both" | while read -r n value; do
		echo "$value" > "sysfs/pcr-sha256/${n%:}"
	done
for i in $(seq 0 9); do
	printf '%064d\n' 0 > sysfs/pcr-sha256/$i
done
expect 1 "PCR 10 was" verify --sysfs-pcrs sysfs only-11
expect 0 "by no record: 11$" verify --sysfs-pcrs sysfs only-10
expect 1 "PCR 11 was" verify --sysfs-pcrs sysfs --pcr 10 --pcr 11 only-10

# behind the match: trailing bytes are malformed, records are not judged
cat "$list" "$DATA/large-$ORDER" > longer
expect 0 "unquoted: 2" verify --pcrs "$pcrs" longer
(cat "$list"; echo trailing) > trailing
expect 3 "offset $(stat -c %s "$list") of trailing" \
	verify --pcrs "$pcrs" trailing

# one bank right and one wrong
sed '/sha512:/,$s/\(10: 0x\).\{4\}/\1ABCD/' "$pcrs" > half.pcrs
expect 1 "match after none" verify --pcrs half.pcrs "$list"

# all banks, but at different records
"$MAKE_LOG" --records 120 part part.pcrs
sed -n '1,/sha256:/p' part.pcrs | sed '$d' > mixed.pcrs
sed -n '/sha256:/,$p' "$pcrs" >> mixed.pcrs
expect 1 "match after none" verify --pcrs mixed.pcrs "$list"

# a bank that the kernel cannot compute
"$MAKE_LOG" --records 9 --padded sha384 padded padded.pcrs
expect 0 verified verify --padded sha384 --pcrs padded.pcrs padded
expect 1 "match after none" verify --pcrs padded.pcrs padded
expect 2 "no such bank" verify --padded sha385 --pcrs padded.pcrs padded

# the first wrong record is named
python3 - "$list" wrong << 'END'
import sys
b = bytearray(open(sys.argv[1], "rb").read())
at = b.index(b"/file-77\0")
b[at + 1] ^= 1
open(sys.argv[2], "wb").write(b)
END
expect 1 "record 78 .*template digest" verify --pcrs "$pcrs" wrong
expect 1 '"wrong_record":78' verify --json --pcrs "$pcrs" wrong

# snapshots: a payload that lies
sed 's/hashed=20;total=20/hashed=19;total=20/' "$DATA/snapshots-$ORDER" > lie
expect 1 "record 20 " verify --pcrs "$DATA/snapshots-$ORDER.pcrs" lie

# more may be gone than it covers, but not more than there were
"$MAKE_LOG" --kind gap-20 other other.pcrs
expect 0 '"snapshots":1' verify --json --pcrs other.pcrs other
"$MAKE_LOG" --kind gap-21 other other.pcrs
expect 1 "record 20 .*more records trimmed" verify --pcrs other.pcrs other

# whatever the kernel's algorithm is called; one that nobody here knows is no lie
for algo in md5 sha1 sha224 sha384 sha512 rmd160 sm3 sha3-256 sha3-512; do
	"$MAKE_LOG" --kind snapshots --hash $algo other other.pcrs
	expect 0 '"snapshots":3,"snapshot_windows_not_seen":0' \
		verify --json --pcrs other.pcrs other
	"$MAKE_LOG" --kind snapshots --hash $algo --limit 30 before before.pcrs
	expect 0 verified verify --pcrs before.pcrs --save-state state before
	tail -c +$(($(stat -c %s before) + 1)) other > behind
	expect 0 "^verified" verify --resume state --pcrs other.pcrs behind
	sed 's/hashed=20;total=20/hashed=19;total=20/' other > lie
	expect 1 "record 20 " verify --pcrs other.pcrs lie
done
"$MAKE_LOG" --kind snapshots --hash wp512 other other.pcrs
expect 4 "record 20: .*digest.* not known" verify --pcrs other.pcrs other
sed 's/hashed=20;total=20/hashed=21;total=20/' other > lie
expect 1 "record 20 " verify --pcrs other.pcrs lie

# violations
expect 1 violation verify --fail-on-violation \
	--pcrs "$DATA/templates-$ORDER.pcrs" "$DATA/templates-$ORDER"

python3 - "$DATA/templates-$ORDER" forged << 'END'
import sys
b = bytearray(open(sys.argv[1], "rb").read())
b[b.index(b"/bin/tomtou") - 5] ^= 1
open(sys.argv[2], "wb").write(b)
END
expect 1 "violation with a digest" verify \
	--pcrs "$DATA/templates-$ORDER.pcrs" forged
expect 0 '"file_violations":2,"odd_violations":0' verify --json \
	--pcrs "$DATA/templates-$ORDER.pcrs" "$DATA/templates-$ORDER"

# wrong behind the match is not quoted; wrong before it is, whatever follows
cat "$DATA/files-$ORDER" wrong > behind
expect 0 "^verified" verify --pcrs "$pcrs" behind

# state: a part, then the rest
expect 0 verified verify --pcrs part.pcrs --save-state state part
tail -c +$(($(stat -c %s part) + 1)) "$list" > rest
expect 0 "80 records from 120" verify --resume state --pcrs "$pcrs" rest
expect 1 "none" verify --pcrs "$pcrs" rest
sed -i '$d' state
expect 3 "malformed" verify --resume state --pcrs "$pcrs" rest

# before and behind the first record of a kernel that counts anew
for template in ima-buf ima-ng; do
	"$MAKE_LOG" --kind restart-$template restart restart.pcrs
	expect 0 verified verify --pcrs restart.pcrs restart
done
for n in 44 46; do
	"$MAKE_LOG" --kind restart-ima-ng --limit $n before before.pcrs
	expect 0 verified verify --pcrs before.pcrs --save-state state before
	tail -c +$(($(stat -c %s before) + 1)) restart > behind
	expect 0 verified verify --resume state --pcrs restart.pcrs behind
done

# allowed digests
for i in $(seq 0 198); do
	p=/usr/lib/package-$((i / 10))/file-$i
	echo "$(printf %s $p | sha256sum | cut -d' ' -f1)  $p"
done > allow
expect 0 verified verify --allow allow --pcrs "$pcrs" "$list"
sed -i 5d allow
expect 1 "record 5 .*allowed" verify --allow allow --pcrs "$pcrs" "$list"

# what has the name of a record of the kernel's is one only at its place, with
# its digest; what has the name of a template with a buffer has to be one, too
# imposter CODE PATTERN KIND
imposter()
{
	"$MAKE_LOG" --kind "imposter-$3" hostile hostile.pcrs
	expect "$1" "$2" verify --allow allow.all --pcrs hostile.pcrs hostile
	# the same, when the first records were judged before
	"$MAKE_LOG" --kind "imposter-$3" --limit 6 before before.pcrs
	expect 0 verified verify --allow allow.all --pcrs before.pcrs \
		--save-state state before
	tail -c +$(($(stat -c %s before) + 1)) hostile > behind
	expect "$1" "$2" verify --allow allow.all --pcrs hostile.pcrs \
		--resume state behind
}

cp allow allow.all
p=/usr/lib/package-0/file-4
echo "$(printf %s $p | sha256sum | cut -d' ' -f1)  $p" >> allow.all
imposter 0 verified kexec
expect 0 '"kexecs":1,.*"kexec_records":\[6\]' verify --json \
	--pcrs hostile.pcrs hostile
imposter 0 verified kexec-snapshot
imposter 0 verified same
imposter 1 "record 8 .*allowed" kexec-file
imposter 1 "record 6 .*allowed" kexec-named
imposter 1 "record 6 .*allowed" file
imposter 1 "record 6 .*allowed" late
imposter 1 "record 6 .*allowed" no-digest
"$MAKE_LOG" --kind imposter-no-tpm hostile hostile.pcrs
expect 1 "record 1 .*allowed" verify --allow allow.all --pcrs hostile.pcrs \
	hostile
"$MAKE_LOG" --kind imposter-no-digest hostile hostile.pcrs
expect 4 "record 6: a buffer whose digest is not known" verify \
	--pcrs hostile.pcrs hostile
# the state between a kexec and the new kernel's first record
"$MAKE_LOG" --kind imposter-kexec hostile hostile.pcrs
"$MAKE_LOG" --kind imposter-kexec --limit 7 before before.pcrs
expect 0 verified verify --allow allow.all --pcrs before.pcrs \
	--save-state state before
tail -c +$(($(stat -c %s before) + 1)) hostile > behind
expect 0 verified verify --allow allow.all --pcrs hostile.pcrs --resume state \
	behind
sed -i "/^kexec/d" state
expect 1 "record 7 .*allowed" verify --allow allow.all --pcrs hostile.pcrs \
	--resume state behind

# what PCRs 0 to 9 were is recomputed; those files are allowed, the others not
for kind in booted booted-late; do
	for algo in sha1 sha256 sha384 sha512; do
		"$MAKE_LOG" --kind $kind --hash $algo booted booted.pcrs
		expect 0 verified verify --allow allow.all --pcrs booted.pcrs \
			booted
		sed '/0 : 0x/s/0x../0xEE/' booted.pcrs > other.pcrs
		expect 1 "record 0 .*boot_aggregate is not" verify \
			--pcrs other.pcrs booted
		# those that are not hashed do not matter
		sed "/$algo:/,/10: /!{/^ *9 : /s/0x../0xEE/}" booted.pcrs \
			> other.pcrs
		expect 0 verified verify --pcrs other.pcrs booted
	done
done
"$MAKE_LOG" --kind booted --hash sha1 booted booted.pcrs
sed '/sha1:/,/10: /{/^ *[89] : /s/0x../0xEE/}' booted.pcrs > other.pcrs
expect 0 verified verify --pcrs other.pcrs booted

# one JSON object a record, and the verdict last
expect 0 "" verify --json --records --pcrs "$pcrs" "$list"
cp out lines
expect 0 "^201 verified" python3 -c '
import json, sys
lines = [json.loads(l) for l in open("lines")]
print(len(lines), lines[-1]["verdict"])'

# archive from a list that cannot be trimmed, export it again, resume
mkdir securityfs archive
cp part securityfs/binary_runtime_measurements
run="--archive=archive --securityfs=securityfs"
export IMA_LOG_BOOT_ID=boot-1
expect 0 "120 records" "$IMA_LOG" archive $run --dry-run
expect 0 "epoch 1 begins" "$IMA_LOG" archive $run
cp "$list" securityfs/binary_runtime_measurements
echo 200 > securityfs/runtime_measurements_count
expect 0 "epoch 1 goes on, record 120" "$IMA_LOG" archive $run
expect 0 "" cmp archive/0000000001/00000000000000000000.ima "$list"
expect 0 verified verify --archive=archive --securityfs=securityfs \
	--pcrs "$pcrs"
"$IMA_LOG" export --archive archive --securityfs securityfs --from 120 \
	--header header > out.bin
expect 0 "" cmp out.bin rest
expect 0 '"first":120,"count":80,"total":200' cat header
"$IMA_LOG" export --archive archive --from 7 --count 2 \
	--header header > out.bin
expect 0 '"first":7,"count":2,"total":200' cat header
"$IMA_LOG" export --archive archive --from 7 --count 0 \
	--header header > out.bin
expect 0 '"first":7,"count":0,"total":200' cat header
expect 0 "" cmp out.bin /dev/null
expect 0 "^10 .* ima-ng sha256:.* /usr/lib/package-0/file-0$" \
	"$IMA_LOG" export --archive archive --from 1 --count 1 --format ascii
# the event log of each template, as another program computed it
mkdir cel.archive cel.fs
"$MAKE_LOG" --kind templates --cel want cel.fs/binary_runtime_measurements \
	unused
expect 0 "epoch 1 begins" "$IMA_LOG" archive \
	--archive=cel.archive --securityfs=cel.fs
"$IMA_LOG" export --archive cel.archive --no-live --format cel-json \
	2> /dev/null > have
expect 0 "^15 records" python3 -c 'if True:
	import json
	want, have = json.load(open("want")), json.load(open("have"))
	for w, h in zip(want, have):
		if w != h:
			print(w, h)
	print(len(have) if want == have else "other", "records")'
expect 0 ok "$IMA_LOG" status --archive archive --securityfs securityfs
expect 0 '"durable":200' "$IMA_LOG" status --json --archive archive \
	--securityfs securityfs
expect 0 '"kernel_bytes":[12][0-9]*,' "$IMA_LOG" status --json \
	--archive archive --securityfs securityfs
expect 0 'ima_log_durable 200' "$IMA_LOG" status --prometheus \
	--archive archive --securityfs securityfs

# what was verified before need not be again; the same is said
small="--archive=small --securityfs=securityfs"
mkdir small
expect 0 "epoch 1 begins" "$IMA_LOG" archive $small --segment-size 2k
for n in 1 2; do
	expect 0 verified verify --archive=small --pcrs "$pcrs" --cache cache \
		--securityfs securityfs --json
	cp out with
	expect 0 "" test -s cache
	expect 0 verified verify --archive=small --pcrs "$pcrs" \
		--securityfs securityfs --json
	cp out without
	expect 0 "" cmp with without
done
# a long name, whose beginning is that of another file
other=$(printf 'c%.0s' $(seq 63))
echo other > "$other"
expect 0 verified verify --archive=small --pcrs "$pcrs" \
	--cache "${other}2" --securityfs securityfs
expect 0 "^other$" cat "$other"
expect 1 "match after none" verify --archive=small --pcrs half.pcrs \
	--cache cache --securityfs securityfs
expect 2 "goes with --archive" verify --pcrs "$pcrs" --cache cache "$list"
expect 2 "archive: see" "$IMA_LOG" archive --conf=/dev/null \
	--archive=small --securityfs=securityfs

# what somebody put beside it is not written to, and what is no file not read
echo mine > victim
for f in cache state; do
	rm -f $f
	ln -s victim $f.tmp
	expect 0 verified verify --archive=small --pcrs "$pcrs" --cache cache \
		--securityfs securityfs
	expect 0 verified verify --pcrs "$pcrs" --save-state state "$list"
	expect 0 "^mine$" cat victim
	expect 0 "" test ! -L $f
	expect 0 "" test -s $f
done
cp -r small planted
mv planted/0000000001/00000000000000000000.ima first
segment=planted/0000000001/00000000000000000000.ima
planted()
{
	expect 3 "malformed" timeout 20 "$IMA_LOG" verify --archive=planted \
		--no-live --pcrs "$pcrs"
}
mkfifo $segment
planted
rm $segment
ln -s ../../first $segment
planted
rm $segment
cp small/0000000001/00000000000000000000.ima $segment
expect 0 verified verify --archive=planted --no-live --pcrs "$pcrs"
rm -f cache
mkfifo cache
expect 0 verified timeout 20 "$IMA_LOG" verify --archive=planted --no-live \
	--pcrs "$pcrs" --cache cache
rm planted/0000000001/epoch
mkfifo planted/0000000001/epoch
planted

# resumed before a snapshot: what it covers is read again, if it is there
mkdir snap snap.fs
"$MAKE_LOG" --kind snapshots --limit 30 before before.pcrs
cp "$DATA/snapshots-$ORDER" snap.fs/binary_runtime_measurements
expect 0 "epoch 1 begins" "$IMA_LOG" archive \
	--archive=snap --securityfs=snap.fs --segment-size 1k
snap="verify --archive=snap --no-live --json"
spcrs=$DATA/snapshots-$ORDER.pcrs
expect 0 '"match":30' "$IMA_LOG" $snap --pcrs before.pcrs --save-state state
expect 0 "^window 20$" cat state
expect 0 '"first":30,.*"snapshots":2,"snapshot_windows_not_seen":0' \
	"$IMA_LOG" $snap --pcrs "$spcrs" --resume state --save-state state.2
expect 0 '"verified"' "$IMA_LOG" $snap --pcrs "$spcrs" --resume state.2
python3 - snap/0000000001 << 'END'
import glob, sys
for path in glob.glob(sys.argv[1] + "/*.ima"):
    b = bytearray(open(path, "rb").read())
    at = b.find(b"/file-25\0")
    if at >= 0:
        b[at + 1] ^= 1
        open(path, "wb").write(b)
END
expect 1 "snapshot's digest is not that of records 20 to 36" \
	"$IMA_LOG" $snap --pcrs "$spcrs" --resume state
tail -c +$(($(stat -c %s before) + 1)) "$DATA/snapshots-$ORDER" > behind
expect 0 "digest was not judged.*: 1$" verify --resume state --pcrs "$spcrs" \
	behind

# the request is exactly T:N
mkdir request request.fs
cp "$list" request.fs/binary_runtime_measurements
echo 0 > request.fs/trim
expect 0 "mode trim" "$IMA_LOG" archive \
	--archive=request --securityfs=request.fs
expect 0 "^0:200$" cat request.fs/trim

# another list: another epoch; a gap: exit 4 and its range
cp "$DATA/templates-$ORDER" securityfs/binary_runtime_measurements
IMA_LOG_BOOT_ID=boot-2 expect 0 "epoch 2 begins" "$IMA_LOG" archive $run
expect 0 verified verify --archive=archive --epoch 1 --no-live --pcrs "$pcrs"
# what one epoch was found to be is no beginning of another
expect 0 verified verify --archive=archive --epoch 1 --no-live \
	--pcrs "$pcrs" --save-state state.1
expect 4 "the state is of epoch 0000000001" verify --archive=archive \
	--epoch 2 --no-live --pcrs "$DATA/templates-$ORDER.pcrs" \
	--resume state.1
# the order changes with ima_canonical_fmt, which is another list, too
other=$([ "$ORDER" = big ] && echo little || echo big)
sed -i "/^sum/d; s/^order .*/order $other/; s/^canonical 1/canonical 0/" \
	archive/0000000002/epoch
sum=$(sha256sum < archive/0000000002/epoch)
echo "sum ${sum%% *}" >> archive/0000000002/epoch
cp "$DATA/templates-$other" archive/0000000002/00000000000000000000.ima
IMA_LOG_BOOT_ID=boot-3 expect 0 "epoch 3 begins" "$IMA_LOG" archive $run
printf 'first=200;count=7;cause=foreign-trim;\n' \
	> archive/0000000001/00000000000000000200.gap
expect 4 "records 200 to 206 are missing" verify --archive=archive \
	--epoch 1 --no-live --pcrs "$pcrs"

printf 'first=200;count=18446744073709551615;cause=none;\n' \
	> archive/0000000001/00000000000000000200.gap
expect 3 malformed verify --archive=archive --epoch 1 --no-live \
	--pcrs "$pcrs"

# a long list on a terminal: how far it came; in a pipe no word of it
yes "$list" | head -n 330 | xargs cat > long
expect 0 "\\[#* *\\] *[0-9]* %, 65536 records" python3 -c '
import os, pty, sys
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))' \
	"$PLAIN" verify --pcrs sha256,evm.pcrs long
expect 0 "" "$PLAIN" verify --pcrs sha256,evm.pcrs long
cp out said
expect 1 "" grep "65536 records" said

# memory does not grow with the list
cat long long long long long long > longest
expect 0 "records: 396000" sh -c "ulimit -v 40000
	exec $PLAIN verify --pcrs sha256,evm.pcrs longest"

exit $failed
