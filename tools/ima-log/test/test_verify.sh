#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ima-log verify, export and archive as programs: exit codes and words.

. "$(dirname "$0")/lib.sh"

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
for help in "--help" "-h" "verify --help" "verify -h" "help verify" \
	"verify --pcrs missing --help" "export --help" "attest -h"; do
	# shellcheck disable=SC2086
	expect 0 "^Usage" "$IMA_LOG" $help
done
# nothing is done before all of the command line is understood
expect 2 unrecognized verify --pcrs missing --save-state state --nonsense
expect 2 "attest takes no" "$IMA_LOG" attest --nonce 00 --output made word
expect 1 "" test -e made
expect 2 "unrecognized" verify --nonsense "$list"
expect 0 "Usage" "$IMA_LOG" --help
# an option that would do nothing
expect 2 "goes with a quote" verify --pcrs "$pcrs" --nonce 00 "$list"
for option in "--key $list" "--signature $list" "--quote $list" \
	"--attested ." "--quote q --signature s" "--quote q --key k"; do
	# shellcheck disable=SC2086
	expect 2 "a quote needs" verify --pcrs "$pcrs" $option
done
expect 2 "exclude each other" verify --attested . --key k --quote q \
	--signature s
expect 2 "names the files" verify --attested . --key k "$list"
for option in "--epoch 7" --no-live "--securityfs ." "--archive ." \
	"--archive=."; do
	# shellcheck disable=SC2086
	expect 2 "goes with the archive" verify --pcrs "$pcrs" $option "$list"
done
expect 2 "goes with files" verify --pcrs "$pcrs" --byte-order little
expect 2 "the state tells" verify --pcrs "$pcrs" --byte-order big \
	--resume state "$list"
expect 2 "exclude each other" verify --tpm --pcrs "$pcrs" "$list"
for nonce in 0x 001 ""; do
	expect 2 "hexadecimal" verify --nonce "$nonce" --quote q "$list"
done
for n in 0 4294967297 -1; do
	expect 2 "epoch cannot be \"$n\"" verify --archive=. --epoch $n \
		--pcrs "$pcrs"
	expect 2 "epoch cannot be \"$n\"" "$IMA_LOG" export --archive . \
		--epoch $n
done
expect 2 "no such command" "$IMA_LOG" quote

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
expect 4 "extend PCR 11, for which there is no value" verify --pcrs <(grep -v "11: " \
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
# who extended another PCR is no concern of the list, wherever its value is from
expect 0 "by no record: 11$" verify --pcrs "$both" only-10
expect 0 '"unexplained_pcrs":\[11\]' verify --json --pcrs "$both" only-10
# but of a rule with pcr=, says the user
expect 1 "PCR 11 was" verify --pcrs "$both" --pcr 11 only-10
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
for n in 16 23; do
	expect 2 "can be reset" verify --pcr $n --pcrs "$pcrs" "$list"
done
# PCR 10 is what most records extend: without its value nothing is verified
grep -v "10: " "$both" > without-10.pcrs
for l in only-11 "$DATA/templates-$ORDER" "$list"; do
	expect 4 "there is no value for PCR 10" verify --pcrs without-10.pcrs \
		"$l"
done
# a PCR that can be reset, and those that no TPM has, vouch for nothing
for n in 16 23 32 63; do
	"$MAKE_LOG" --kind pcr-$n elsewhere elsewhere.pcrs
	expect 4 "extend PCR $n, " verify --pcrs elsewhere.pcrs elsewhere
	expect 4 '"record":1,"pcr":'$n',.*"matched":false' verify --json \
		--records --pcrs elsewhere.pcrs elsewhere
done
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
expect 1 "PCR 11 was" verify --sysfs-pcrs sysfs --pcr 11 only-10

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

# snapshots: what one says that is not so, though the PCR has it
# lie CODE PATTERN KIND
lie()
{
	"$MAKE_LOG" --kind "$3" liar liar.pcrs
	expect "$1" "$2" verify --pcrs liar.pcrs liar
}

lie 0 "snapshots: 2," lie-none
lie 1 "record 31 .*gap: snapshot begins at 21, .* ended at 20" lie-gap
lie 1 "record 31 .*overlap: .* at 19, .* ended at 20" lie-overlap
lie 1 "record 31 .*covers 10 records, but 11" lie-fewer
lie 1 "record 31 .*digest is not that of the 11 records" lie-digest
lie 1 "record 31 .*fewer trims" lie-trims
lie 1 "record 31 .*fewer trims" lie-trimmed
for kind in version zeros impossible; do
	lie 4 "record 31: snapshot of a form" lie-$kind
done
lie 4 "record 31: .*algorithm that is not known" lie-algo
lie 0 "trims: 3," trims-all
lie 0 "trims: 3," trims-order
lie 0 "by no ima_trim record: 10$" trims-missing
lie 1 "record 21 .*another one counted" trims-overlap
lie 1 "record 21 .*another one counted" trims-twice
lie 1 "record 20 .*only 20 precede" trims-many
# the same, when the first records were judged before
for kind in gap overlap trims trimmed; do
	"$MAKE_LOG" --kind lie-$kind liar liar.pcrs
	"$MAKE_LOG" --kind lie-$kind --limit 25 before before.pcrs
	expect 0 verified verify --pcrs before.pcrs --save-state state before
	tail -c +$(($(stat -c %s before) + 1)) liar > behind
	case $kind in
	gap | overlap)
		expect 1 "record 31 .*$kind" verify --pcrs liar.pcrs \
			--resume state behind ;;
	*)	expect 0 "not judged.*: 1$" verify --pcrs liar.pcrs \
			--resume state behind ;;
	esac
done
# records of other people that have such a name
"$MAKE_LOG" --kind namesakes other other.pcrs
expect 0 "snapshots: 1, trims: 0," verify --pcrs other.pcrs other
# what they cover is not read again: here, from a pipe
expect 0 '"snapshots":3,"snapshot_windows_not_seen":0' verify --json \
	--pcrs "$DATA/snapshots-$ORDER.pcrs" - < "$DATA/snapshots-$ORDER"
# a kernel without snapshots before, and one that passed no list on
"$MAKE_LOG" --kind kexec-carried other other.pcrs
expect 0 '"snapshots":2,.*not_seen":0,"snapshot_restarts":0' verify --json \
	--pcrs other.pcrs other
"$MAKE_LOG" --kind kexec-lost other other.pcrs
expect 0 '"snapshots":2,.*not_seen":0,"snapshot_restarts":1' verify --json \
	--pcrs other.pcrs other
expect 0 '"kexecs":1,' verify --json --pcrs other.pcrs other

# templates renamed: what hides a digest, a name or a buffer is found out, or
# said
for kind in d n buf; do
	"$MAKE_LOG" --kind hidden-$kind hidden hidden.pcrs
	expect 1 "record 1 .*not what its template holds" verify \
		--pcrs hidden.pcrs hidden
done
"$MAKE_LOG" --kind hidden-no-digest hidden hidden.pcrs
expect 4 "record 1: a buffer whose digest is not known" verify \
	--pcrs hidden.pcrs hidden
for kind in digest name both; do
	"$MAKE_LOG" --kind hidden-$kind hidden hidden.pcrs
	expect 0 "not built in.*: 1$" verify --pcrs hidden.pcrs hidden
	[ $kind = name ] || grep -q "show no digest: 1$" out ||
		{ echo "$kind is not said"; failed=1; }
	[ $kind = digest ] || grep -q "show no name: 1$" out ||
		{ echo "$kind is not said"; failed=1; }
done

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

# what PCRs 0 to 9 were is recomputed
for kind in booted booted-late; do
	for algo in sha1 sha256 sha384 sha512; do
		"$MAKE_LOG" --kind $kind --hash $algo booted booted.pcrs
		expect 0 verified verify --pcrs booted.pcrs booted
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
# records that the PCRs do not vouch for are not like the others
cat part wrong > behind
expect 0 "" verify --json --records --pcrs part.pcrs behind
cp out lines
expect 0 "^120 True \[10\]" python3 -c '
import json
*records, verdict = [json.loads(l) for l in open("lines")]
matched = [r["matched"] for r in records]
print(matched.count(True), all(matched[:120]), verdict["matched"]["sha256"])'
# no two names are alike, and no control character gets to a terminal
"$MAKE_LOG" --kind names names names.pcrs
expect 0 "" verify --json --records --pcrs names.pcrs names
cp out lines
control='[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]'
expect 0 "^6 different" python3 -c '
import json
names = [json.loads(l).get("name") for l in open("lines", encoding="utf-8")]
print(len(set(names) - {None}), "different")
assert names[1] == "\u00e9", names'
expect 1 "" env LC_ALL=C grep -aP "$control" lines

# archive from a list that cannot be trimmed, export it again, resume
mkdir securityfs archive
cp part securityfs/binary_runtime_measurements
run="--archive archive --securityfs=securityfs"
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
expect 0 '"first":200,"count":0,"total":200' "$IMA_LOG" export \
	--archive archive --securityfs securityfs --from 200
expect 4 "there is no record 201 to begin with: there are 200" "$IMA_LOG" \
	export --archive archive --securityfs securityfs --from 201
expect 0 "^10 .* ima-ng sha256:.* /usr/lib/package-0/file-0$" \
	"$IMA_LOG" export --archive archive --from 1 --count 1 --format ascii
expect 0 ok "$IMA_LOG" status --archive archive --securityfs securityfs
expect 0 '"durable":200' "$IMA_LOG" status --json --archive archive \
	--securityfs securityfs
expect 0 '"kernel_bytes":[12][0-9]*,' "$IMA_LOG" status --json \
	--archive archive --securityfs securityfs
expect 0 'ima_log_durable 200' "$IMA_LOG" status --prometheus \
	--archive archive --securityfs securityfs

mkdir small
expect 0 "epoch 1 begins" "$IMA_LOG" archive --archive=small \
	--securityfs=securityfs --segment-size 2k
expect 2 "archive: see" "$IMA_LOG" archive --nonsense \
	--archive=small --securityfs=securityfs

# what somebody put beside it is not written to, and what is no file not read
echo mine > victim
rm -f state
ln -s victim state.tmp
expect 0 verified verify --pcrs "$pcrs" --save-state state "$list"
expect 0 "^mine$" cat victim
expect 0 "" test ! -L state
expect 0 "" test -s state
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
rm planted/0000000001/epoch
mkfifo planted/0000000001/epoch
planted

# resumed before a snapshot: what it covers is read again, if it is there
mkdir snap snap.fs
"$MAKE_LOG" --kind snapshots --limit 30 before before.pcrs
cp "$DATA/snapshots-$ORDER" snap.fs/binary_runtime_measurements
expect 0 "epoch 1 begins" "$IMA_LOG" archive \
	--archive=snap --securityfs=snap.fs --segment-size 1k
snap="verify --archive snap --no-live --json"
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
expect 1 "snapshot's digest is not that of the 18 records before it" \
	"$IMA_LOG" $snap --pcrs "$spcrs" --resume state
tail -c +$(($(stat -c %s before) + 1)) "$DATA/snapshots-$ORDER" > behind
expect 0 verified verify --pcrs before.pcrs --save-state state before
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

# other forms of the list are named as what they are
"$IMA_LOG" export --archive small --no-live --count 5 \
	--format ascii > ascii 2> /dev/null
expect 3 "an ascii list" verify --pcrs "$pcrs" ascii
python3 - "$list" sha256 << 'END'
import hashlib, os, struct, sys
u32 = "<I" if os.environ["ORDER"] == "little" else ">I"
b, at, out = open(sys.argv[1], "rb").read(), 0, b""
while at < len(b):
    n = struct.unpack_from(u32, b, at + 24)[0]
    size = struct.unpack_from(u32, b, at + 28 + n)[0]
    end = at + 32 + n + size
    out += b[at:at + 4] + hashlib.sha256(b[end - size:end]).digest()
    out += b[at + 24:end]
    at = end
open(sys.argv[2], "wb").write(out)
END
expect 3 "a list with SHA-256 digests" verify --pcrs "$pcrs" sha256

# a name with control characters, on a terminal and in a pipe
mkdir names.archive names.fs
cp names names.fs/binary_runtime_measurements
expect 0 "epoch" "$IMA_LOG" archive \
	--archive=names.archive --securityfs=names.fs
ascii="export --archive names.archive --no-live --format ascii"
# shellcheck disable=SC2086
expect 0 "x1b.31m" python3 -c '
import os, pty, sys
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))' \
	"$PLAIN" $ascii
tr -d '\r' < out > said
expect 1 "" env LC_ALL=C grep -aP "$control" said
# shellcheck disable=SC2086
"$PLAIN" $ascii > said 2> /dev/null
expect 0 "" env LC_ALL=C grep -qaP "$control" said
expect 4 'x1b.31m: No such file' verify --pcrs "$pcrs" $'\e[31m'

# nobody else is asked for a TPM's values: not who listens where a simulator
# would
python3 - > asked << 'END' &
import socket
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
try:
    s.bind(("127.0.0.1", 2321))
    s.listen()
    print("listening", flush=True)
    s.accept()
    print("asked", flush=True)
except OSError:
    print("in use", flush=True)
END
listener=$!
until [ -s asked ]; do
	kill -0 $listener || break
	sleep 0.05
done
expect 0 "^listening" cat asked
if [ -e /dev/tpm0 ]; then
	verify --tpm "$list" > out 2>&1
else
	expect 4 "TPM: there is no device" timeout 20 "$IMA_LOG" verify --tpm \
		"$list"
fi
for tcti in "" ":" ":host=localhost"; do
	expect 4 "has to name one" timeout 20 "$IMA_LOG" verify --tcti "$tcti" \
		"$list"
done
expect 1 "" grep "^asked" asked
kill $listener
wait $listener 2> /dev/null
expect 4 "TPM swtpm:path=/none: it cannot be opened" verify \
	--tcti swtpm:path=/none "$list"

# memory does not grow with the list
yes "$list" | head -n 330 | xargs cat > long
cat long long long long long long > longest
expect 0 "records: 396000" sh -c "ulimit -v 40000
	exec $PLAIN verify --pcrs sha256,evm.pcrs longest"

exit $failed
