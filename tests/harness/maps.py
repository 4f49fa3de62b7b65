# SPDX-License-Identifier: Apache-2.0
"""How full the pinned maps are, by bpf(2): as root in a guest."""

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
