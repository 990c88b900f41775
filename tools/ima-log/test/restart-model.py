#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
A service manager that kills ima-log follow, and agents that read meanwhile.

    restart-model.py LIST NEW ASCII KILLS COMMAND...

COMMAND writes ASCII.  It is ended KILLS times, by SIGKILL and SIGTERM in turn,
at random moments, also before it is ready, and started again with the
descriptors that it stored (sd_notify(3), FDSTORE=1).  Records of NEW are
appended to LIST, about 30 a second.  Agents note how many records there are
("the quote"), and then read: one keeps a descriptor and seeks, one opens the
file each time.  None may be behind its quote, see half a line, be refused, or
hang longer than COMMAND was away.
"""
import array
import os
import random
import signal
import socket
import struct
import sys
import time

from model import Shared, read_all, records, say

LIST, NEW, ASCII, KILLS = *sys.argv[1:4], int(sys.argv[4])
COMMAND = sys.argv[5:]
SLACK = 3.0             # seconds; the machine may be busy


def agent(shared, keeps):
    kept = os.open(ASCII, os.O_RDONLY)
    offset = lines = reads = behind = torn = refused = 0
    longest = 0.0
    while not shared.get(shared.END):
        quoted = shared.get(shared.COUNT)
        begin = time.monotonic()
        try:
            fd = kept if keeps else os.open(ASCII, os.O_RDONLY)
            os.lseek(fd, offset, os.SEEK_SET)
            data = read_all(fd)
        except OSError:
            refused += 1
            continue
        longest = max(longest, time.monotonic() - begin)
        reads += 1
        total = lines + data.count(b"\n")
        behind += total < quoted
        torn += bool(data) and not data.endswith(b"\n")
        if keeps and data.endswith(b"\n"):
            offset += len(data)
            lines = total
        if not keeps:
            os.close(fd)
        time.sleep(0.01)
    say("agent %d: %d reads, %d behind, %d torn, %d refused, longest %.1f s" %
        (keeps, reads, behind, torn, refused, longest))
    os.write(RESULT, struct.pack("<Qd", behind + torn + refused, longest))
    os._exit(0)


def append(shared, count):
    new = records(NEW)[count:]
    out = os.open(LIST, os.O_WRONLY | os.O_APPEND)
    while not shared.get(shared.END) and new:
        time.sleep(random.random() / 5)
        lump = [new.pop(0) for _ in range(random.randrange(1, 6)) if new]
        for one in lump:
            os.write(out, one)
        count += len(lump)
        shared.put(shared.COUNT, count)
    os._exit(0)


class Manager:
    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("manager")
        self.socket.settimeout(0.02)
        self.store = []
        self.pid = self.ready = 0
        self.owner = os.getpid()

    def start(self):
        self.ready = 0
        self.pid = os.fork()
        if self.pid:
            return
        for i, (_, fd) in enumerate(self.store):
            os.dup2(fd, 100 + i)
        for i in range(len(self.store)):
            os.dup2(100 + i, 3 + i)
        os.environ["NOTIFY_SOCKET"] = os.path.abspath("manager")
        if self.store:
            os.environ["LISTEN_PID"] = str(os.getpid())
            os.environ["LISTEN_FDS"] = str(len(self.store))
            os.environ["LISTEN_FDNAMES"] = ":".join(n for n, _ in self.store)
        os.execv(COMMAND[0], COMMAND)

    def take(self):
        """One message; false if there was none."""
        try:
            data, control, _, _ = self.socket.recvmsg(4096, 64)
        except socket.timeout:
            return False
        words = dict(line.split("=", 1) for line in data.decode().split("\n")
                     if "=" in line)
        self.ready |= "READY" in words
        name = words.get("FDNAME")
        if "FDSTORE" in words:
            fds = array.array("i")
            fds.frombytes(control[0][2][:4])
            self.store.append((name, fds[0]))
        if "FDSTOREREMOVE" in words:
            for pair in [p for p in self.store if p[0] == name]:
                os.close(pair[1])
                self.store.remove(pair)
        return True

    def wait_ready(self, limit=60):
        end = time.monotonic() + limit
        while not self.ready and time.monotonic() < end:
            self.take()
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                sys.exit("it ended before it was ready")
        if not self.ready:
            sys.exit("it did not become ready")

    def end(self, how):
        os.kill(self.pid, how)
        os.waitpid(self.pid, 0)
        while self.take():
            pass

    def stop(self):
        """Whatever has happened; agents end, too."""
        if not self.pid or os.getpid() != self.owner:
            return
        try:
            self.end(signal.SIGKILL)
        except (ProcessLookupError, ChildProcessError):
            pass


def main(manager):
    random.seed(int(os.environ.get("SEED", "1")))
    shared = Shared()
    count = len(records(LIST))
    shared.put(shared.COUNT, count)
    manager.start()
    manager.wait_ready()
    pids = []
    for work in (lambda: agent(shared, 0), lambda: agent(shared, 1),
                 lambda: append(shared, count)):
        pids.append(os.fork())
        if not pids[-1]:
            work()
    away = longest = 0.0
    for i in range(KILLS):
        end = time.monotonic() + random.random() / 2
        while time.monotonic() < end:
            manager.take()
        away = away or time.monotonic()
        manager.end(signal.SIGKILL if i % 2 else signal.SIGTERM)
        time.sleep(random.random() / 4)
        manager.start()
        if random.random() < 0.7:
            manager.wait_ready()
            longest = max(longest, time.monotonic() - away)
            away = 0.0
    manager.wait_ready()
    if away:
        longest = max(longest, time.monotonic() - away)
    end = time.monotonic() + 1
    while time.monotonic() < end:
        manager.take()
    shared.put(shared.END, 1)
    for pid in pids:
        os.waitpid(pid, 0)
    print("%d records, ended %d times, away for %.1f s at most" %
          (shared.get(shared.COUNT), KILLS, longest))
    results = os.read(FROM, 4096)
    bad = sum(struct.unpack_from("<Q", results, i)[0] for i in (0, 16))
    hang = max(struct.unpack_from("<d", results, i)[0] for i in (8, 24))
    sys.exit(bad > 0 or hang > longest + SLACK)


FROM, RESULT = os.pipe()
MANAGER = Manager()
try:
    main(MANAGER)
finally:
    MANAGER.stop()
