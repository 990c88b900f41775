# SPDX-License-Identifier: GPL-2.0-or-later
"""What the models of agents share: records of a list, and reading a file."""
import mmap
import os
import struct

U32 = ">I" if os.environ.get("ORDER") == "big" else "<I"


def records(path):
    with open(path, "rb") as f:
        data = f.read()
    found = []
    at = 0
    while at < len(data):
        n = struct.unpack_from(U32, data, at + 24)[0]
        size = 32 + n + struct.unpack_from(U32, data, at + 28 + n)[0]
        found.append(data[at:at + size])
        at += size
    return found


def read_all(fd, size=65536):
    out = b""
    while True:
        piece = os.read(fd, size)
        if not piece:
            return out
        out += piece


def say(line):
    """In one piece, as several processes do."""
    os.write(1, (line + "\n").encode())


class Shared:
    """Number of records; are the agents to end?"""

    COUNT, END = 0, 8

    def __init__(self):
        self.map = mmap.mmap(-1, 16)

    def get(self, at):
        return struct.unpack_from("<Q", self.map, at)[0]

    def put(self, at, value):
        struct.pack_into("<Q", self.map, at, value)
