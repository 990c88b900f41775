#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Make measurement lists, and the PCR values that go with them.

An implementation of its own, on hashlib: what ima-log reads is compared with
what this writes.

    make-log.py [--order ORDER] [--kind KIND] [--records N] [--limit N]
                [--padded BANK] [--hash ALGORITHM] LIST PCRS
    make-log.py --corpus DIRECTORY
"""
import argparse
import hashlib
import os
import struct

BANKS = ("sha1", "sha256", "sha384", "sha512")


class Log:
    def __init__(self, order, limit=None, padded=None, algo="sha256"):
        self.limit = limit
        self.algo = algo        # of buffers
        self.window = self.base = 0
        self.padded = padded
        self.pack = "<I" if order == "little" else ">I"
        self.records = []
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
    """By the kernel's name."""
    return hashlib.new(algo.replace("-", "_"), text).digest()


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


def snapshot(log, trimmed=0, trims=0, lie=None):
    """Of all records since the one before, that one included."""
    number, window = len(log.records), log.window
    values = {"hashed": number - window, "total": number - log.base,
              "trimmed": trimmed, "trims": trims}
    digest = hashlib.sha256(b"".join(log.records[window:]))
    if lie:
        lie(values, digest)
    counts = "".join("%s=%s;" % (key, values[key])
                     for key in ("hashed", "total", "trimmed", "trims"))
    payload = "version=%d;digest=%s:%s;%s" % (
        values.get("version", 1), values.get("algo", "sha256"),
        digest.hexdigest(), counts)
    log.window = number
    add_buf(log, "snapshot_aggregate", payload.encode())


def trim(log, records, removed):
    add_buf(log, "ima_trim", b"records=%d;removed=%d;" % (records, removed))


def add_snapshots(log):
    add_files(log, range(20))
    snapshot(log)
    add_files(log, range(20, 35))
    trim(log, 20, 20)
    add_file(log, 35)
    snapshot(log, 20, 1)
    add_files(log, range(36, 40))
    snapshot(log, 20, 1)


def add_restart(log, template):
    """A kernel that began to count anew."""
    add_snapshots(log)
    log.window = log.base = len(log.records)
    fields = [ng("sha256", b""), name("boot_aggregate")]
    log.add(template, fields + [b""] * (template == "ima-buf"))
    add_files(log, range(40, 44))
    snapshot(log)
    trim(log, 4, 4)
    snapshot(log, 4, 1)


def bad_digest(values, digest):
    digest.update(b"more")


# What the second snapshot says that is not so.
LIES = {
    "none": lambda values, digest: None,
    "gap": lambda values, digest: values.update(total=values["total"] + 1),
    "overlap": lambda values, digest: values.update(hashed=values["hashed"] + 1),
    "fewer": lambda values, digest: values.update(
        hashed=values["hashed"] - 1, total=values["total"] - 1),
    "digest": bad_digest,
    "trims": lambda values, digest: values.update(trims=0),
    "trimmed": lambda values, digest: values.update(trimmed=0),
    "version": lambda values, digest: values.update(version=2),
    "algo": lambda values, digest: values.update(algo="sha3-256"),
    "zeros": lambda values, digest: values.update(
        trims="0%d" % values["trims"]),
    "impossible": lambda values, digest: values.update(
        trimmed=values["total"] + 1),
}

# Trims that were recorded, and in which order.
TRIMS = {
    "all": [(5, 5), (5, 10), (10, 20)],
    "order": [(10, 20), (5, 10), (5, 5)],
    "missing": [(5, 5), (5, 20)],
    "overlap": [(5, 5), (6, 10)],
    "twice": [(5, 5), (5, 5)],
    "many": [(5, 50)],
}


def add_liar(log, lie):
    add_files(log, range(20))
    snapshot(log, 7, 3)
    add_files(log, range(20, 30))
    snapshot(log, 7, 3, LIES[lie])
    add_files(log, range(30, 34))


def add_namesakes(log):
    """Records that are called as a snapshot, and are none."""
    add_buf(log, "snapshot_aggregate", b"\x30\x82 a key")
    log.add("ima-ng", [ng("sha256", b"x"), name("snapshot_aggregate")])
    log.add("ima-buf", [ng("sha256", b"x"), name("snapshot_aggregate"), b""])
    add_buf(log, "ima_trim", b"records=5;total=5;trims=1;")
    add_files(log, range(4))
    snapshot(log)


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


def add_kexec(log, lost):
    """Records of a kernel that takes no snapshots, and of one that does."""
    add_aggregate(log, b"PCRs")
    add_files(log, range(9))
    add_buf(log, "kexec_execute", b"version=1;")
    if lost:                    # the list was not carried
        log.window = log.base = len(log.records)
    add_aggregate(log, b"PCRs")
    add_files(log, range(9, 14))
    snapshot(log)
    add_files(log, range(14, 18))
    snapshot(log)


def add_hidden(log, kind):
    """Templates renamed; their names are in no digest."""
    d, n = ng("sha256", b"x"), name("/bin/x")
    add_file(log, 1)
    if kind == "digest":
        log.add("xattrnames|n-ng", [d, n])
    elif kind == "name":
        log.add("d-ng|xattrnames", [d, n])
    elif kind == "both":
        log.add("modsig|modsig", [d, n])
    elif kind == "d":
        log.add("d|n-ng", [d, n])
    elif kind == "n":
        log.add("n-ng|n-ng", [d, n])
    elif kind == "buf":
        payload = b"version=1;"
        log.add("ima-sig", [ng("sha256", payload), name("kexec_execute"),
                            payload])
    elif kind == "no-digest":
        log.add("n-ng|buf", [n, b"buffer"])
    add_file(log, 2)


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
    elif kind.startswith("kexec-"):
        add_kexec(log, kind == "kexec-lost")
    elif kind.startswith("lie-"):
        add_liar(log, kind[4:])
    elif kind.startswith("trims-"):
        add_files(log, range(20))
        for note in TRIMS[kind[6:]]:
            trim(log, *note)
    elif kind == "namesakes":
        add_namesakes(log)
    elif kind.startswith("hidden-"):
        add_hidden(log, kind[7:])
    elif kind == "names":
        for path in (b"\xe9", "\u00e9".encode(), b"a\\xe9", b"\xc2\x9b31m",
                     "\u202etxt.exe".encode(), b"\x1b[31m"):
            log.add("ima-ng", [ng("sha256", path), path + b"\0"])
    elif kind.startswith("pcr-"):
        for i in range(9):
            log.add("ima-ng", [ng("sha256", b"x"), name("/%d" % i)],
                    pcr=int(kind[4:]) if i % 3 else 10)
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
                if pcr >= 24:   # no TPM has it
                    continue
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


main()
