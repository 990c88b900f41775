#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Agents that quote and then read, while records are added.

    reader-model.py LIST NEW ASCII ROUNDS

Records of NEW are appended to LIST (the emulated kernel's list), in lumps.
"Quote" is how many there were before a reader began to read.  Readers: one
that keeps a descriptor and seeks back to the line it wants, one that opens the
file and reads all of it, with small and large reads.  With 0 rounds: readers
that never rest.
"""
import os
import random
import sys
import time

from model import Shared, read_all, records, say

LIST, NEW, ASCII, ROUNDS = *sys.argv[1:4], int(sys.argv[4])
PACE = float(os.environ.get("PACE", "0.003"))


def reader(shared, seed, rounds):
    rng = random.Random(seed)
    kept = os.open(ASCII, os.O_RDONLY)
    offset = lines = behind = torn = 0
    for _ in range(rounds):
        quoted = shared.get(shared.COUNT)
        if seed % 2:
            os.lseek(kept, offset, os.SEEK_SET)
            data = read_all(kept, rng.choice((4096, 8192, 65536)))
            total = lines + data.count(b"\n")
        else:
            fd = os.open(ASCII, os.O_RDONLY)
            data = read_all(fd, 1 << 20)
            total = data.count(b"\n")
            os.close(fd)
        behind += total < quoted
        torn += bool(data) and not data.endswith(b"\n")
        if seed % 2 and rng.random() < 0.9 and data.endswith(b"\n"):
            offset += len(data)
            lines = total
    say("reader %d: %d rounds, %d behind, %d torn" %
        (seed, rounds, behind, torn))
    os._exit(1 if behind or torn else 0)


def reread(seed, shared):
    """Reads all of it in one long read(), without a pause."""
    fd = os.open(ASCII, os.O_RDONLY)
    reads = torn = 0
    while not shared.get(shared.END):
        data = os.pread(fd, 1 << 25, 0)
        reads += 1
        torn += not data.endswith(b"\n")
    say("reader %d: %d reads, %d torn" % (seed, reads, torn))
    os._exit(1 if torn else 0)


def rereads():
    """Large lumps of records, under readers that never rest."""
    shared = Shared()
    new = records(NEW)[len(records(LIST)):]
    pids = []
    for seed in range(3):
        pids.append(os.fork())
        if not pids[-1]:
            reread(seed, shared)
    out = os.open(LIST, os.O_WRONLY | os.O_APPEND)
    for at in range(0, len(new), 800):
        time.sleep(10 * PACE)
        os.write(out, b"".join(new[at:at + 800]))
    shared.put(shared.END, 1)
    sys.exit(any([os.waitpid(pid, 0)[1] for pid in pids]))


def main():
    if not ROUNDS:
        rereads()
    shared = Shared()
    count = len(records(LIST))
    shared.put(shared.COUNT, count)
    new = records(NEW)[count:]
    pids = []
    for seed in range(4):
        pid = os.fork()
        if not pid:
            reader(shared, seed, ROUNDS // 4)
        pids.append(pid)
    out = os.open(LIST, os.O_WRONLY | os.O_APPEND)
    rng = random.Random(99)
    failed = False
    while pids:
        time.sleep(PACE)
        lump = [new.pop(0) for _ in range(min(rng.randrange(1, 60), len(new)))]
        os.write(out, b"".join(lump))
        count += len(lump)
        shared.put(shared.COUNT, count)
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid:
            pids.remove(pid)
            failed |= status != 0
    print("%d records" % count)
    sys.exit(failed)


main()
