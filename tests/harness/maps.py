# SPDX-License-Identifier: Apache-2.0
"""How full the pinned maps are, by bpf(2): as root in a guest."""

import contextlib
import ctypes
import os
import struct

PINS = "/sys/fs/bpf/cofferdam/v1/maps"
SYS_BPF = 321  # x86-64
BPF_MAP_GET_NEXT_KEY, BPF_OBJ_GET = 4, 7
KEY_ROOM = 256  # bytes; no key is longer

_libc = ctypes.CDLL(None, use_errno=True)


def _bpf(command, attributes):
    result = _libc.syscall(SYS_BPF, command, attributes, len(attributes))
    if result < 0:
        raise OSError(ctypes.get_errno(), f"bpf({command})")
    return result


def count(name):
    """Entries of a hash."""
    path = ctypes.create_string_buffer(os.path.join(PINS, name).encode())
    fd = _bpf(BPF_OBJ_GET, struct.pack("QII", ctypes.addressof(path), 0, 0))
    key, following = ctypes.create_string_buffer(KEY_ROOM), ctypes.create_string_buffer(KEY_ROOM)
    entries = 0
    here = 0
    try:
        while True:
            _bpf(BPF_MAP_GET_NEXT_KEY, struct.pack("IIQQ", fd, 0, here, ctypes.addressof(following)))
            entries += 1
            ctypes.memmove(key, following, KEY_ROOM)
            here = ctypes.addressof(key)
    except FileNotFoundError:
        return entries
    finally:
        os.close(fd)


BPF_MAP_UPDATE_BATCH, BPF_MAP_DELETE_BATCH, BPF_OBJ_GET_INFO_BY_FD = 26, 27, 15
BATCH = 4096


def _sizes(fd):
    """Key's size, value's size and bound: struct bpf_map_info."""
    info = ctypes.create_string_buffer(80)
    _bpf(BPF_OBJ_GET_INFO_BY_FD, struct.pack("IIQ", fd, len(info), ctypes.addressof(info)))
    _type, _id, key, value, bound = struct.unpack_from("5I", info)
    return key, value, bound


def _batch(command, fd, keys, values, n):
    """struct bpf_attr's part for batches; how many were done."""
    attributes = ctypes.create_string_buffer(struct.pack("QQQQIIQQ", 0, 0, ctypes.addressof(keys), ctypes.addressof(values),
                                                         n, fd, 0, 0), 56)
    try:
        _bpf(command, attributes)
    except OSError:
        pass
    return struct.unpack_from("I", attributes, 32)[0]


@contextlib.contextmanager
def filled(name):
    """A hash that is full for a while: of entries that nothing asks for. Gives how many were put in."""
    path = ctypes.create_string_buffer(os.path.join(PINS, name).encode())
    fd = _bpf(BPF_OBJ_GET, struct.pack("QII", ctypes.addressof(path), 0, 0))
    key_size, value_size, bound = _sizes(fd)
    batches = []
    total = 0
    for start in range(0, bound + BATCH, BATCH):
        raw = b"".join(struct.pack("Q", (1 << 60) + start + i).ljust(key_size, b"\xee") for i in range(BATCH))
        keys = ctypes.create_string_buffer(raw, len(raw))
        values = ctypes.create_string_buffer(value_size * BATCH)
        done = _batch(BPF_MAP_UPDATE_BATCH, fd, keys, values, BATCH)
        batches.append((keys, values, done))
        total += done
        if done < BATCH:
            break
    try:
        yield total
    finally:
        for keys, values, done in batches:
            if done:
                _batch(BPF_MAP_DELETE_BATCH, fd, keys, values, done)
        os.close(fd)
