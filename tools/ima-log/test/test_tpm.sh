#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Against a software TPM: its PCRs, quotes and reset count.

set -e
. "$(dirname "$0")/lib.sh"
needs swtpm tpm2_pcrextend tpm2_checkquote valgrind
pids=
trap 'kill $pids' EXIT
export IMA_LOG_BOOT_ID=boot-1

# begin_tpm NAME: it is the one that is talked to from here on
begin_tpm()
{
	start_tpm "$1"
	pids="$pids $tpm"
}

# archive_as NAME LIST: LIST is the kernel's, and saved
archive_as()
{
	mkdir "$1.archive" "$1.fs"
	cp "$2" "$1.fs/binary_runtime_measurements"
	export IMA_LOG_BOOT_ID=boot-$1
	dirs="--archive=$1.archive --securityfs=$1.fs"
	# shellcheck disable=SC2086
	"$IMA_LOG" archive $dirs --tcti "$tcti"
}

# attest OUTPUT [OPTION...]: with the archive of archive_as
attest()
{
	# shellcheck disable=SC2086
	"$IMA_LOG" attest --output "$@" --tcti "$tcti" $dirs
}

# digests FILE FROM TO: PCR and digests of records, as tpm2_pcrextend takes them
digests()
{
	python3 - "$@" << 'END'
import hashlib, os, struct, sys
u32 = "<I" if os.environ["ORDER"] == "little" else ">I"
b = open(sys.argv[1], "rb").read()
at = 0
for i in range(int(sys.argv[3])):
    pcr = struct.unpack_from(u32, b, at)[0]
    n = struct.unpack_from(u32, b, at + 24)[0]
    size = struct.unpack_from(u32, b, at + 28 + n)[0]
    data = b[at + 32 + n:at + 32 + n + size]
    at += 32 + n + size
    if i >= int(sys.argv[2]):
        print("%d:" % pcr + ",".join(
            "%s=%s" % (h, hashlib.new(h, data).hexdigest())
            for h in ("sha1", "sha256", "sha384", "sha512")))
END
}

# extend FILE FROM TO
extend()
{
	digests "$@" | xargs -n 16 tpm2_pcrextend
}

begin_tpm tpm
"$MAKE_LOG" --records 12 list pcrs
"$MAKE_LOG" --records 20 longer unused
extend list 0 12
archive_as first longer
grep -q 'reset_count [0-9]' first.archive/0000000001/epoch

# boot_aggregate of the made up list is not this TPM's
# shellcheck disable=SC2086
expect 1 '"match":12,.*"unquoted":8' verify --json --tcti "$tcti" $dirs
grep -q 'boot_aggregate is not' out

# somebody else extends a PCR: no matter; who leaves out what extends PCR 10
# is not helped by another PCR whose records are all there
tpm2_pcrextend "14:sha256=$(echo other | sha256sum | cut -d' ' -f 1)"
# shellcheck disable=SC2086
expect 1 '"match":12,.*"unquoted":8,.*"unexplained_pcrs":\[14\]' verify --json \
	--tcti "$tcti" $dirs
# the same for the values as tpm2_pcrread prints them
tpm2_pcrread sha1:10,14+sha256:10,14,15 > plain.pcrs
expect 0 "^verified: 12 records" verify --pcrs plain.pcrs list
grep -q "by no record: 14$" out
"$MAKE_LOG" --kind pcr-15 other unused
extend other 1 2
tail -c +$((1 + $(stat -c %s other) / 9)) other |
	head -c $(($(stat -c %s other) / 9)) > one
expect 1 "PCR 10 was extended, but by no record" verify --tcti "$tcti" one

# PCR 10 is extended after each command that the TPM gets: it is read in one
"$MAKE_LOG" --records 300 longest unused
for ((i = 12; i < 300; i++)); do
	echo "$i"
done > numbers
cat > busy << END
#!$(command -v python3)
import os, socket, struct, subprocess, sys
numbers = [line.strip() for line in open("numbers")]
END
cat >> busy << 'END'
def answer(command):
    with socket.socket(socket.AF_UNIX) as s:
        s.connect("tpm")
        s.sendall(command)
        head = s.recv(10, socket.MSG_WAITALL)
        rest = struct.unpack(">I", head[2:6])[0] - 10
        return head + (s.recv(rest, socket.MSG_WAITALL) if rest else b"")

stdin = os.fdopen(0, "rb")
while head := stdin.read(10):
    size = struct.unpack(">I", head[2:6])[0]
    got = answer(head + stdin.read(size - 10))
    if numbers:
        subprocess.check_call(["./extend-one", numbers.pop(0)],
                              stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL)
        open("numbers", "w").write("".join(n + "\n" for n in numbers))
    sys.stdout.buffer.write(got)
    sys.stdout.buffer.flush()
END
{
	echo '#!/bin/bash'
	declare -f digests
	echo 'tpm2_pcrextend "$(digests longest "$1" $(($1 + 1)))"'
} > extend-one
chmod +x busy extend-one
expect 1 '"match":[1-9][0-9]*,"matched":{"sha1":\[10\],"sha256":\[10\],' verify \
	--json --tcti "cmd:exec $PWD/busy" longest
done=$(head -n 1 numbers)
[ "$done" -gt 14 ]
extend longest "$done" 60		# so that both archive and TPM are known
cp longest first.fs/binary_runtime_measurements
"$MAKE_LOG" --records 60 list pcrs

# what attest writes is judged as it is
attest att0 --nonce 00112233
expect 0 "^verified: 60 records from 0 .*PCR 10 (sha1, sha256.*nonce checked" \
	verify --attested att0 --key att0/quote.pem --nonce 00112233 \
	--save-state state.60
expect 0 "^verified.*nonce not checked" verify --attested att0 \
	--key att0/quote.pem
expect 0 '"nonce_checked":true' verify --json --attested att0 \
	--key att0/quote.pem --nonce 00112233
extend longest 60 63
attest att --nonce 4455 --from 60
grep -qx '{"version":1,"epoch":1,"byte_order":"'"$ORDER"'","first":60,"count":3}' \
	att/header
"$MAKE_LOG" --records 63 list pcrs
tail -c "$(stat -c %s att/records)" list | cmp - att/records
expect 0 "^verified: 3 records from 60 .*nonce checked" verify --attested att \
	--key att0/quote.pem --nonce 4455 --resume state.60
expect 4 "begin with 60, but 0 are what was verified" verify --attested att \
	--key att0/quote.pem --nonce 4455
tpm2_checkquote -u att/quote.pem -m att/quote.msg -s att/quote.sig -q 4455 \
	> /dev/null
# with nothing new, and from behind the end
attest none --nonce 4455 --from 63
grep -q '"first":63,"count":0' none/header
expect 4 "there is no record 64 to begin with" attest beyond --nonce 4455 \
	--from 64
[ ! -e beyond ]
# records were changed, left out and added
head -c -1 att0/records > cut
cp -r att0 changed
cp cut changed/records
expect 3 "malformed" verify --attested changed --key att0/quote.pem
sed 's/file-7\b/file-8/' att0/records > changed/records
expect 1 "record 8 .*template digest" verify --attested changed \
	--key att0/quote.pem
rm changed/header
expect 4 "changed/header: No such file" verify --attested changed \
	--key att0/quote.pem
sed 's/"first":0/"first":00/' att0/header > changed/header
expect 3 "changed/header: malformed" verify --attested changed \
	--key att0/quote.pem

# nothing is written through a link that somebody put there
mkdir -p secret elsewhere/secret
echo root > secret/header
ln -s secret link
ln -s ../secret elsewhere/way
for output in link elsewhere/way elsewhere/way/new; do
	expect 4 "$output: Too many levels of symbolic links" \
		attest $output --nonce 4455
done
[ "$(ls secret)" = header ]
mkdir planted
for f in header records quote.msg quote.sig quote.pem header.tmp; do
	ln -s ../secret/header planted/$f
done
attest planted/ --nonce 4455
[ "$(cat secret/header)" = root ]
[ -z "$(find planted -type l)" ]
expect 0 "^verified: 63" verify --attested planted --key att0/quote.pem
if [ "$(id -u)" = 0 ]; then	# it belongs to whom the directory does
	mkdir theirs
	chown 65534:65534 theirs
	attest theirs --nonce 4455
	[ -z "$(find theirs ! -user 65534)" ]
fi

# the nonce, and who signed
quote="--quote att/quote.msg --signature att/quote.sig --key att/quote.pem"
# shellcheck disable=SC2086
expect 0 "^verified: 63 records" verify $quote --nonce 4455 longest
# shellcheck disable=SC2086
expect 1 "does not answer" verify $quote --nonce 4456 longest
# shellcheck disable=SC2086
expect 1 '"verdict":"failed","exit":1,"reason":' verify --json $quote \
	--nonce 4456 longest
cp att/quote.msg bad.msg
printf '\1' | dd of=bad.msg bs=1 seek=60 conv=notrunc 2> /dev/null
expect 1 "^not verified: .*not signed" verify --quote bad.msg \
	--signature att/quote.sig --key att/quote.pem longest
head -c -1 att/quote.msg > bad.msg
expect 3 "not a quote" verify --quote bad.msg --signature att/quote.sig \
	--key att/quote.pem longest
expect 3 "not a public key" verify --quote att/quote.msg \
	--signature att/quote.sig --key pcrs longest

# quotes of tpm2-tools, with each scheme
tpm2_createek -c ek.ctx -G rsa > /dev/null
tpm2_flushcontext -t
for scheme in rsa:rsassa rsa:rsapss ecc:ecdsa; do
	tpm2_createak -C ek.ctx -c ak.ctx -G ${scheme%:*} -g sha256 \
		-s ${scheme#*:} -u ak.pem -f pem > /dev/null
	tpm2_flushcontext -t
	tpm2_quote -c ak.ctx -l sha1:10+sha256:10 -q 00ff -m q.msg -s q.sig \
		-g sha256 --scheme "${scheme#*:}" > /dev/null
	expect 0 "PCR 10 (sha1, sha256);" verify --quote q.msg \
		--signature q.sig --key ak.pem --nonce 00ff list
	expect 1 "not signed" verify --quote q.msg --signature q.sig \
		--key att/quote.pem --nonce 00ff list
	tpm2_flushcontext -t
done

# take PCRS: a quote of these; judged by it are the arguments behind
by_quote()
{
	tpm2_flushcontext -t
	tpm2_quote -c ak.ctx -l "$1" -q 00ff -m q.msg -s q.sig -g sha256 \
		> /dev/null
	shift
	verify --quote q.msg --signature q.sig --key ak.pem --nonce 00ff "$@"
}

# PCRs of the firmware: their values are needed, and of nothing else
expect 4 "PCR 0 is quoted, but there is no value for it in bank sha256" \
	by_quote sha256:0,1,7,10 list
tpm2_pcrread sha256:0,1,7 > some.pcrs
expect 0 "^verified: 63 .*PCR 10 (sha256);" by_quote sha256:0,1,7,10 \
	--pcrs some.pcrs list
# one that nobody extended, and one that somebody else did
expect 0 "^verified: 63" by_quote sha256:10,13 list
expect 4 "PCR 14 is quoted, but" by_quote sha256:10,14 list
tpm2_pcrread sha256:14 > some.pcrs
expect 0 "^verified: 63" by_quote sha256:10,14 --pcrs some.pcrs list
# without PCR 10 a quote is of nothing that the list is about
for n in 0 11 13 23; do
	expect 4 "PCR 10 is not quoted" by_quote sha256:$n list
done

# records in PCRs that can be reset: what is quoted there was put there by who
# makes the list
for n in 16 23; do
	"$MAKE_LOG" --kind pcr-$n mixed unused
	python3 - mixed $n << 'END'
import os, struct, sys
u32 = "<I" if os.environ["ORDER"] == "little" else ">I"
b, at, out = open(sys.argv[1], "rb").read(), 0, b""
while at < len(b):
    n = struct.unpack_from(u32, b, at + 24)[0]
    end = at + 32 + n + struct.unpack_from(u32, b, at + 28 + n)[0]
    if struct.unpack_from(u32, b, at)[0] == int(sys.argv[2]):
        out += b[at:end]
    at = end
open("resettable", "wb").write(out)
END
	extend resettable 0 6
	expect 4 "PCR 10 is not quoted" by_quote sha256:$n resettable
	tpm2_pcrread sha256:$n > some.pcrs
	expect 4 "no value for PCR 10" verify --pcrs some.pcrs resettable
	cat list resettable > mixed
	tpm2_pcrread sha256:10,$n > some.pcrs
	expect 0 "^verified: 63 .*PCR 10 (sha256)$" verify --pcrs some.pcrs mixed
	cat resettable list > mixed
	expect 4 "PCR $n, which can be reset" verify --pcrs some.pcrs mixed
	expect 4 "PCR $n, which can be reset" by_quote sha256:10,$n \
		--pcrs some.pcrs mixed
	expect 4 "extend PCR $n, " by_quote sha256:10 mixed
done

# a value that was given, but that is not quoted, vouches for nothing
"$MAKE_LOG" --kind pcr-11 with-11 with-11.pcrs
begin_tpm second
extend with-11 0 9
tpm2_createek -c ek.ctx -G rsa > /dev/null
tpm2_flushcontext -t
tpm2_createak -C ek.ctx -c ak.ctx -G ecc -g sha256 -s ecdsa -u ak.pem -f pem \
	> /dev/null
expect 4 "extend PCR 11, for which there is no value" by_quote sha256:10 \
	--pcrs with-11.pcrs with-11
expect 0 "PCR 10 (sha256), PCR 11 (sha256)" by_quote sha256:10,11 with-11
archive_as second with-11
attest with --nonce 00 --pcr 11
expect 0 "PCR 10 (.*PCR 11 (" verify --attested with --key with/quote.pem

# a log with snapshots, of which one has an algorithm that is not known
begin_tpm third
"$MAKE_LOG" --kind lie-algo snapshots unused
extend snapshots 0 36
archive_as third snapshots
for n in 0 25; do
	attest third.$n --nonce 00 --from $n
done
expect 4 "record 31: .*algorithm" verify --attested third.0 \
	--key third.0/quote.pem --nonce 00
begin_tpm fourth
"$MAKE_LOG" --kind snapshots snapshots unused
extend snapshots 0 44
archive_as fourth snapshots
attest fourth.0 --nonce 00
expect 0 "^verified: 44 .*nonce checked" verify --attested fourth.0 \
	--key fourth.0/quote.pem --nonce 00
grep -q "snapshots: 3," out

# what only a TPM makes run; test_valgrind.sh has the rest
for what in "attest --nonce 00 --from 5 --output att.valgrind $dirs" \
	"verify --attested fourth.0 --key ak.pem" "verify list" \
	"verify --attested fourth.0 --key fourth.0/quote.pem"; do
	tcti_option="--tcti $tcti"
	[ "${what#*attested}" = "$what" ] || tcti_option=
	# shellcheck disable=SC2086
	valgrind -q --error-exitcode=99 --leak-check=full "$PLAIN" $what \
		$tcti_option > out 2>&1 || { rc=$?; cat out; [ $rc = 1 ]; }
done
exit $failed
