# SPDX-License-Identifier: Apache-2.0
"""A filesystem in user space, as small as it can be: include/uapi/linux/fuse.h, protocol 7.31, read only."""

import ctypes
import errno
import os
import stat
import struct
import threading

LOOKUP, FORGET, GETATTR, OPEN, READ, STATFS, RELEASE, FLUSH, INIT, OPENDIR, READDIR, RELEASEDIR, ACCESS, BATCH_FORGET = (
    1, 2, 3, 14, 15, 17, 18, 25, 26, 27, 28, 29, 34, 42)
HEADER = struct.Struct("<IIQQIIII")
CACHED_S = 1  # how long the kernel believes what it was told

_libc = ctypes.CDLL(None, use_errno=True)


class Filesystem:
    """`tree` is {name: {...} or bytes}. Mounted for everybody at `top` until closed."""

    def __init__(self, top, tree):
        self.nodes = [None, tree]  # by number; 1 is the root
        self.names = [None, {}]
        self.number(tree, 1)
        self.top = top
        self.fd = os.open("/dev/fuse", os.O_RDWR)
        options = f"fd={self.fd},rootmode=40000,user_id=0,group_id=0,allow_other".encode()
        if _libc.mount(b"fuse", top.encode(), b"fuse", 0, options) < 0:
            raise OSError(ctypes.get_errno(), "mount of fuse")
        threading.Thread(target=self.serve, daemon=True).start()

    def number(self, tree, parent):
        for name, node in tree.items():
            self.nodes.append(node)
            self.names.append({})
            self.names[parent][name] = len(self.nodes) - 1
            if isinstance(node, dict):
                self.number(node, len(self.nodes) - 1)

    def close(self):
        _libc.umount2(self.top.encode(), 2)
        os.close(self.fd)

    def serve(self):
        while True:
            try:
                request = os.read(self.fd, 1 << 20)
            except OSError:
                return
            _, opcode, unique, node, *_ = HEADER.unpack_from(request)
            if opcode in (FORGET, BATCH_FORGET):
                continue
            try:
                body, error = self.answer(opcode, node, request[HEADER.size:]), 0
            except OSError as failure:
                body, error = b"", -failure.errno
            try:
                os.write(self.fd, struct.pack("<IiQ", 16 + len(body), error, unique) + body)
            except OSError:
                pass  # whoever asked is gone

    def attributes(self, number):
        node = self.nodes[number]
        is_folder = isinstance(node, dict)
        mode = stat.S_IFDIR | 0o777 if is_folder else stat.S_IFREG | 0o666
        size = 0 if is_folder else len(node)
        return struct.pack("<6Q10I", number, size, 1, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)

    def answer(self, opcode, number, body):
        if opcode == INIT:
            return struct.pack("<4I2H2I2HI7I", 7, 31, 65536, 0, 1, 1, 65536, 1, 0, 0, 0, *[0] * 7)
        if opcode == LOOKUP:
            child = self.names[number].get(body.rstrip(b"\0").decode())
            if child is None:
                raise OSError(errno.ENOENT, "lookup")
            return struct.pack("<4Q2I", child, 0, CACHED_S, CACHED_S, 0, 0) + self.attributes(child)
        if opcode == GETATTR:
            return struct.pack("<Q2I", CACHED_S, 0, 0) + self.attributes(number)
        if opcode in (OPEN, OPENDIR):
            return struct.pack("<Q2I", 0, 0, 0)
        if opcode == READ:
            _, offset, size = struct.unpack_from("<QQI", body)
            return self.nodes[number][offset:offset + size]
        if opcode == READDIR:
            _, offset, _ = struct.unpack_from("<QQI", body)
            return self.names_from(number, offset)
        if opcode == STATFS:
            return bytes(80)
        if opcode in (RELEASE, RELEASEDIR, FLUSH, ACCESS):
            return b""
        raise OSError(errno.ENOSYS, "request")

    def names_from(self, number, offset):
        found = b""
        for place, (name, child) in enumerate(self.names[number].items(), 1):
            if place > offset:
                raw = name.encode()
                kind = 4 if isinstance(self.nodes[child], dict) else 8
                entry = struct.pack("<QQII", child, place, len(raw), kind) + raw
                found += entry.ljust((len(entry) + 7) // 8 * 8, b"\0")
        return found
