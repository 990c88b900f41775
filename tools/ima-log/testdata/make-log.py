#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Make measurement lists, and the PCR values that go with them.

An implementation of its own, on hashlib: what ima-log reads is compared with
what this writes.

    make-log.py [--order ORDER] [--kind KIND] [--records N] [--limit N]
                [--padded BANK] [--hash ALGORITHM] [--cel FILE] LIST PCRS
    make-log.py --corpus DIRECTORY
"""
import argparse
import hashlib
import json
import os
import struct

BANKS = ("sha1", "sha256", "sha384", "sha512")


class Log:
    def __init__(self, order, limit=None, padded=None, algo="sha256"):
        self.limit = limit
        self.algo = algo        # of buffers and snapshots
        self.padded = padded
        self.pack = "<I" if order == "little" else ">I"
        self.records = []
        self.cel = []
        self.pcrs = {b: {} for b in BANKS}

    def u32(self, value):
        return struct.pack(self.pack, value)

    def extend(self, pcr, digest):
        for bank in BANKS:
            size = hashlib.new(bank).digest_size
            old = self.pcrs[bank].get(pcr, bytes(size))
            self.pcrs[bank][pcr] = hashlib.new(bank, old + digest(bank)).digest()

    def add(self, name, fields, pcr=10, violation=False):
        data = b"".join(self.u32(len(f)) + f for f in fields)
        self.put(name, self.u32(len(data)) + data, data, pcr, violation)

    def put(self, name, shown, hashed, pcr, violation):
        if len(self.records) == self.limit:
            return
        sha1 = bytes(20) if violation else hashlib.sha1(hashed).digest()

        def digest(bank):
            if violation:
                return b"\xff" * hashlib.new(bank).digest_size
            if bank == self.padded:
                return sha1.ljust(hashlib.new(bank).digest_size, b"\0")
            return hashlib.new(bank, hashed).digest()

        self.extend(pcr, digest)
        self.cel.append({
            "recnum": len(self.records), "pcr": pcr,
            "digests": [{"hashAlg": bank, "digest": digest(bank).hex()}
                        for bank in ("sha1", "sha256")],
            "content_type": "ima_template",
            "content": {"template_name": name,
                        "template_data": shown[0 if name == "ima" else 4:].hex()}})
        self.records.append(self.u32(pcr) + sha1 + self.u32(len(name)) +
                            name.encode() + shown)

    def add_old(self, digest, path, pcr=10, violation=False):
        path = path.encode()
        hashed = digest + path + bytes(256 - len(path))
        self.put("ima", digest + self.u32(len(path)) + path, hashed, pcr,
                 violation)

    def data(self):
        return b"".join(self.records)


def digest_of(algo, text):
    """By the kernel's name; of wp512 only the size is right."""
    python = {"wp512": "sha512", "rmd160": "ripemd160"}
    return hashlib.new(python.get(algo, algo.replace("-", "_")), text).digest()


def ng(algo, text):
    return algo.encode() + b":\0" + digest_of(algo, text)


def ngv2(kind, text):
    return kind.encode() + b":sha256:\0" + hashlib.sha256(text).digest()


def name(path):
    return path.encode() + b"\0"


def add_file(log, i):
    path = "/usr/lib/package-%d/file-%d" % (i // 10, i)
    log.add("ima-ng", [ng("sha256", path.encode()), name(path)])


def add_buf(log, event, payload):
    log.add("ima-buf", [ng(log.algo, payload), name(event), payload])


def add_every_template(log):
    d, n = ng("sha256", b"x"), name("/bin/x")
    u32, u16 = log.u32, lambda v: struct.pack(log.pack.replace("I", "H"), v)
    sig = b"\x03\x02\x04" + bytes(range(64))
    log.add_old(hashlib.sha1(b"old").digest(), "/bin/old")
    log.add_old(hashlib.md5(b"old").digest(), "/bin/md5")
    log.add_old(bytes(20), "/bin/violated", violation=True)
    log.add("ima-ng", [d, n])
    log.add("ima-sig", [d, n, sig])
    log.add("ima-sig", [d, n, b""])
    log.add("ima-ngv2", [ngv2("ima", b"x"), n])
    log.add("ima-sigv2", [ngv2("verity", b"x"), n, sig])
    add_buf(log, "kernel_version", b"7.3.4")
    log.add("ima-modsig", [d, n, b"", ng("sha512", b"m"), sig])
    log.add("evm-sig", [d, n, sig, b"security.ima|security.evm\0",
                        u32(21) + u32(70), sig, u32(1000), u32(100),
                        u16(0o100755)])
    log.add("d|n", [hashlib.sha1(b"y").digest(), n])
    log.add("n-ng|d-ng|iuid|imode", [n, d, u32(7), u16(0o100644)])
    log.add("n-ng", [name("/alone")], pcr=11)
    log.add("ima-ng", [b"sha256:\0" + bytes(32), name("/bin/tomtou")],
            violation=True)


def snapshot(log, window, total, trimmed=0, trims=0):
    digest = digest_of(log.algo, b"".join(log.records[window:total])).hex()
    payload = ("version=1;digest=%s:%s;hashed=%d;total=%d;trimmed=%d;trims=%d;"
               % (log.algo, digest, total - window, total, trimmed, trims))
    add_buf(log, "snapshot_aggregate", payload.encode())


def add_snapshots(log):
    for i in range(20):
        add_file(log, i)
    snapshot(log, 0, 20)
    for i in range(20, 35):
        add_file(log, i)
    add_buf(log, "ima_trim", b"records=20;total=20;trims=1;")
    # one record slips in between: it belongs to the next window
    add_file(log, 35)
    snapshot(log, 20, len(log.records) - 1, 20, 1)
    for i in range(36, 40):
        add_file(log, i)
    snapshot(log, 37, len(log.records), 20, 1)


def add_restart(log, template):
    """A kernel that began to count anew."""
    add_snapshots(log)
    fields = [ng("sha256", b""), name("boot_aggregate")]
    log.add(template, fields + [b""] * (template == "ima-buf"))
    for i in range(40, 44):
        add_file(log, i)
    snapshot(log, 0, 4)
    add_buf(log, "ima_trim", b"records=4;total=4;trims=1;")


def add_gap(log, trimmed):
    """Of 20 records, those after the tenth were dropped unhashed."""
    add_files(log, range(20))
    snapshot(log, 0, 10, trimmed, 1)


def add_files(log, numbers):
    for i in numbers:
        add_file(log, i)


def add_aggregate(log, content, template="ima-ng", event="boot_aggregate"):
    log.add(template, [ng("sha256", content), name(event)])


def add_booted(log, events):
    """The kernel's own records of what PCRs 0 to 9 (SHA-1: 7) were."""
    for bank in BANKS:
        for i in range(10):
            log.pcrs[bank][i] = digest_of(bank, b"PCR %d" % i)
    pcrs = range(8 if log.algo == "sha1" else 10)
    content = b"".join(log.pcrs[log.algo][i] for i in pcrs)
    for event in events:
        log.add("ima-ng", [ng(log.algo, content), name(event)])
        add_files(log, range(3))


def add_imposter(log, kind):
    """A record that is or is not what its name says."""
    add_aggregate(log, b"PCRs")
    add_files(log, range(5))
    if kind == "kexec":
        add_buf(log, "kexec_execute", b"version=1;")
        add_aggregate(log, b"other PCRs")
    elif kind == "kexec-snapshot":
        add_buf(log, "kexec_execute", b"version=1;")
        snapshot(log, 0, len(log.records))
        add_aggregate(log, b"other PCRs")
    elif kind == "kexec-file":
        add_buf(log, "kexec_execute", b"version=1;")
        add_file(log, 5)
        add_aggregate(log, b"other PCRs")
    elif kind == "kexec-named":
        # a file of that name, with a signature, and another template's name
        log.add("n|n-ng|buf", [ng("sha256", b"evil"), name("kexec_execute"),
                               b"\x03\x02signature"])
        add_aggregate(log, b"evil")
    elif kind == "same":
        add_aggregate(log, b"PCRs")
    elif kind == "file":
        add_aggregate(log, b"evil")
    elif kind == "late":
        add_aggregate(log, b"evil", event="boot_aggregate_late")
    elif kind == "no-digest":
        log.add("n|n-ng|buf", [ng("sha256", b"evil"), name("/bin/evil"),
                               b"\x03\x02signature"])
    elif kind == "no-tpm":
        log.records, log.pcrs = [], {b: {} for b in BANKS}
        zeros = b"sha256:\0" + bytes(32)
        log.add("ima-ng", [zeros, name("boot_aggregate")])
        log.add("ima-ng", [zeros, name("boot_aggregate")])
    add_files(log, range(5, 9))


def make(kind, order, count, *options):
    log = Log(order, *options)
    if kind == "templates":
        add_every_template(log)
    elif kind == "snapshots":
        add_snapshots(log)
    elif kind.startswith("restart-"):
        add_restart(log, kind[8:])
    elif kind == "large":
        add_buf(log, "policy", os.urandom(0) + b"r" * (3 << 20))
        add_file(log, 1)
    elif kind == "booted":
        add_booted(log, ["boot_aggregate", "boot_aggregate_late"])
    elif kind == "booted-late":
        add_booted(log, ["boot_aggregate_late"])
    elif kind.startswith("gap-"):
        add_gap(log, int(kind[4:]))
    elif kind.startswith("imposter-"):
        add_imposter(log, kind[9:])
    else:
        log.add("ima-ng", [ng("sha256", b""), name("boot_aggregate")])
        for i in range(count - 1):
            add_file(log, i)
    return log


def write_pcrs(log, path):
    with open(path, "w") as out:
        for bank in BANKS:
            print("  %s:" % bank, file=out)
            for pcr, value in sorted(log.pcrs[bank].items()):
                print("    %-2d: 0x%s" % (pcr, value.hex().upper()), file=out)


def write_corpus(directory):
    for order in ("little", "big"):
        for kind in ("templates", "snapshots"):
            log = make(kind, order, 0)
            with open(os.path.join(directory, kind + "-" + order), "wb") as f:
                f.write(log.data()[:4096])
        for i, record in enumerate(make("templates", order, 0).records):
            with open(os.path.join(directory, "%s-%d" % (order, i)), "wb") as f:
                f.write(record)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--order", default=os.environ.get("ORDER", "little"))
    parser.add_argument("--kind", default="files")
    parser.add_argument("--records", type=int, default=100)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--padded")
    parser.add_argument("--hash", default="sha256")
    parser.add_argument("--cel")
    parser.add_argument("--corpus")
    parser.add_argument("list", nargs="?")
    parser.add_argument("pcrs", nargs="?")
    args = parser.parse_args()
    if args.corpus:
        write_corpus(args.corpus)
        return
    log = make(args.kind, args.order, args.records, args.limit, args.padded,
               args.hash)
    with open(args.list, "wb") as out:
        out.write(log.data())
    write_pcrs(log, args.pcrs)
    if args.cel:
        with open(args.cel, "w") as out:
            json.dump(log.cel, out)


main()
