#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Against a software TPM: its PCRs, quotes and reset count.

set -e
for tool in swtpm tpm2_pcrextend tpm2_checkquote; do
	command -v $tool > /dev/null || { echo "$tool is missing"; exit 1; }
done
mkdir state archive securityfs
swtpm socket --tpm2 --tpmstate dir=state --flags startup-clear \
	--ctrl type=unixio,path=tpm.ctrl --server type=unixio,path=tpm &
pid=$!
trap 'kill $pid' EXIT
for _ in $(seq 100); do
	[ -S tpm ] && break
	sleep 0.05
done
tcti=swtpm:path=$PWD/tpm
export TPM2TOOLS_TCTI=$tcti IMA_LOG_BOOT_ID=boot-1

"$MAKE_LOG" --records 12 list pcrs
"$MAKE_LOG" --records 20 longer unused
for i in $(seq 0 11); do
	tpm2_pcrextend "10:$(python3 - list "$i" << 'END'
import hashlib, os, struct, sys
u32 = "<I" if os.environ["ORDER"] == "little" else ">I"
b = open(sys.argv[1], "rb").read()
at = 0
for _ in range(int(sys.argv[2]) + 1):
    n = struct.unpack_from(u32, b, at + 24)[0]
    size = struct.unpack_from(u32, b, at + 28 + n)[0]
    data = b[at + 32 + n:at + 32 + n + size]
    at += 32 + n + size
print(",".join("%s=%s" % (h, hashlib.new(h, data).hexdigest())
               for h in ("sha1", "sha256", "sha384", "sha512")))
END
)"
done

cp longer securityfs/binary_runtime_measurements
"$IMA_LOG" archive --archive archive \
	--securityfs securityfs --tcti "$tcti"
grep -q 'reset_count [0-9]' archive/0000000001/epoch
dirs="--archive=archive --securityfs=securityfs"

rc=0
"$IMA_LOG" verify --json --tcti "$tcti" $dirs > out || rc=$?
cat out
# boot_aggregate of the made up list is not this TPM's
[ $rc = 1 ]
grep -q 'boot_aggregate is not' out
grep -q '"match":12,"unquoted":8' out

# somebody else extends a PCR: no matter; who leaves out what extends PCR 10
# is not helped by another PCR whose records are all there
tpm2_pcrextend "14:sha256=$(echo other | sha256sum | cut -d' ' -f 1)"
"$IMA_LOG" verify --json --tcti "$tcti" $dirs > out || true
grep -q '"match":12,"unquoted":8,.*"unexplained_pcrs":\[14\]' out
python3 - > other << 'END'
import hashlib, os, struct, sys
e = "<" if os.environ["ORDER"] == "little" else ">"
name, digest = b"/other\0", b"sha256:\0" + bytes(range(32))
data = b"".join(struct.pack(e + "I", len(f)) + f for f in (digest, name))
sys.stdout.buffer.write(struct.pack(e + "I", 15) +
    hashlib.sha1(data).digest() + struct.pack(e + "I", 6) + b"ima-ng" +
    struct.pack(e + "I", len(data)) + data)
open("digests", "w").write(",".join("%s=%s" % (h, hashlib.new(h, data).hexdigest())
    for h in ("sha1", "sha256", "sha384", "sha512")))
END
tpm2_pcrextend "15:$(cat digests)"
rc=0
"$IMA_LOG" verify --tcti "$tcti" other > out || rc=$?
[ $rc = 1 ]
grep -q "PCR 10 was extended, but by no record" out

"$IMA_LOG" attest --nonce 00112233 --from 5 --output att --tcti "$tcti" $dirs
cat att/header
grep -q '"first":5,"count":7,"match":12' att/header
tail -c +$((1 + $("$IMA_LOG" export --archive archive --no-live --count 5 \
	2> /dev/null | wc -c))) list | cmp - att/records
# from where an earlier one came, from record 0, and from what is no use
mkdir small
"$IMA_LOG" archive --archive small --segment-size 300 \
	--securityfs securityfs --tcti "$tcti"
checkpoint=small/0000000001/checkpoint
for how in first again no damaged; do
	option=
	[ $how != no ] || option=--no-cache
	[ $how != damaged ] || sed -i 's/^next .*/next 1/' $checkpoint
	"$IMA_LOG" attest --nonce 00112233 --from 5 --output att.$how $option \
		--tcti "$tcti" --archive small --securityfs securityfs > said
	cmp att.$how/records att/records
	cmp att.$how/header att/header
	grep -qx 'next [0-9]*' $checkpoint
done
if grep -qx "next 1" $checkpoint; then
	exit 1
fi

quote="--quote att/quote.msg --signature att/quote.sig --key att/quote.pem"
"$IMA_LOG" verify $quote --nonce 00112233 longer
"$IMA_LOG" verify $quote --nonce 00112233 longer --save-state state.5
tpm2_checkquote -u att/quote.pem -m att/quote.msg -s att/quote.sig \
	-q "$(printf 00112233 | xxd -r -p | sha256sum | cut -c 1-64)" \
	> /dev/null

# one that is stored with the records, and goes when they go
"$IMA_LOG" quote --nonce 0077 --tcti "$tcti" $dirs
"$IMA_LOG" quote --nonce 0077 --tcti "$tcti" $dirs --output quote
for q in archive/0000000001/[0-9]*-[0-9]* quote/quote; do
	q=${q%.*}
	"$IMA_LOG" verify --quote "$q.msg" --signature "$q.sig" \
		--key "$q.pem" --nonce 0077 longer > out
	grep -q "^verified: 12 records" out
	tpm2_checkquote -u "$q.pem" -m "$q.msg" -s "$q.sig" \
		-q "$(printf 0077 | xxd -r -p | sha256sum | cut -c 1-64)" \
		> /dev/null
done
cp -r archive kept
mkdir another
# whether the TPM was reset is not known: the list says that it is another
cp "$DATA/templates-$ORDER" another/binary_runtime_measurements
IMA_LOG_BOOT_ID=boot-2 "$IMA_LOG" archive --archive kept \
	--securityfs another --keep-epochs 1
ls -R kept
[ ! -e kept/0000000001 ]
[ -z "$(find kept -name '*.msg')" ]
# what root writes there belongs to whom the directory does
if [ "$(id -u)" = 0 ]; then
	chown -R 65534:65534 kept
	"$IMA_LOG" quote --tcti "$tcti" --archive kept --securityfs another
	[ -z "$(find kept ! -user 65534)" ]
fi

rc=0
"$IMA_LOG" verify $quote --nonce 00112234 longer 2> out || rc=$?
[ $rc = 1 ]
grep -q "does not answer" out
cp att/quote.msg bad.msg
printf '\1' | dd of=bad.msg bs=1 seek=60 conv=notrunc 2> /dev/null
rc=0
"$IMA_LOG" verify --quote bad.msg --signature att/quote.sig \
	--key att/quote.pem longer 2> out || rc=$?
[ $rc = 1 ]
grep -q "not signed" out

# quotes of tpm2-tools, with each scheme
tpm2_createek -c ek.ctx -G rsa > /dev/null
tpm2_flushcontext -t
for scheme in rsa:rsassa rsa:rsapss ecc:ecdsa; do
	tpm2_createak -C ek.ctx -c ak.ctx -G ${scheme%:*} -g sha256 \
		-s ${scheme#*:} -u ak.pem -f pem > /dev/null
	tpm2_flushcontext -t
	tpm2_quote -c ak.ctx -l sha1:10+sha256:10 -q 00ff -m q.msg -s q.sig \
		-g sha256 --scheme "${scheme#*:}" > /dev/null
	"$IMA_LOG" verify --quote q.msg --signature q.sig --key ak.pem \
		--nonce 00ff list
	rc=0
	"$IMA_LOG" verify --quote q.msg --signature q.sig --key att/quote.pem \
		--nonce 00ff list 2> out || rc=$?
	[ $rc = 1 ]
	grep -q "not signed" out
	tpm2_flushcontext -t
done

# what only a TPM makes run; test_valgrind.sh has the rest
for what in "attest --nonce 00 --from 5 --output att.valgrind $dirs" \
	"quote --output quote.valgrind $dirs" "verify $quote list" \
	"verify list"; do
	# shellcheck disable=SC2086
	valgrind -q --error-exitcode=99 --leak-check=full "$PLAIN" $what \
		--tcti "$tcti" > out 2>&1 || { rc=$?; cat out; [ $rc = 1 ]; }
done
