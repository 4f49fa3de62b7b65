# SPDX-License-Identifier: Apache-2.0
"""What an outsider does to the file tree before or during a test, in a few words a step:

    dir {P}/a; file {P}/a/f; bind {P}/a {P}/b

Steps are separated by ';' or by lines. What they make belongs to the user under test. Paths have no
blanks in them; bytes that a line of text cannot have are written \\xHH, here and in the probe's rows.
"""

import ctypes
import fcntl
import os
import re
import shutil
import signal
import socket
import stat
import struct
import subprocess
import threading
import time
import tty

from daemon import PROBE, as_user, catch_up, environment

SPAWN_TIMEOUT_S = 20
SYS_PAUSE = 34  # x86-64
AT_FDCWD, RENAME_EXCHANGE = -100, 2


def _make_dir(world, path):
    missing = []
    while not os.path.isdir(path):
        missing.append(path)
        path = os.path.dirname(path)
    for part in reversed(missing):
        os.mkdir(part)
        os.chmod(part, 0o755)
        world.own(part)


def _make_file(world, path, text="content"):
    _make_dir(world, os.path.dirname(path))
    with open(path, "w") as file:
        file.write(text + "\n")
    os.chmod(path, 0o644)
    world.own(path)


def _copy(world, source, path):
    _make_dir(world, os.path.dirname(path))
    shutil.copy(source, path)
    os.chmod(path, 0o755)
    world.own(path)


def _script(world, path, interpreter):
    _make_file(world, path, "#!" + interpreter)
    os.chmod(path, 0o755)


def _symlink(world, target, path):
    _make_dir(world, os.path.dirname(path))
    os.symlink(target, path)
    world.own(path)


def _link(world, old, new):
    _make_dir(world, os.path.dirname(new))
    os.link(old, new)


def _rename(world, old, new):
    _make_dir(world, os.path.dirname(new))
    os.rename(old, new)


def _exchange(_world, one, other):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.renameat2(AT_FDCWD, one.encode(), AT_FDCWD, other.encode(), RENAME_EXCHANGE):
        raise OSError(ctypes.get_errno(), f"exchange {one} {other}")


def _remove(_world, path):
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        os.unlink(path)


def _absent(world, path):
    if os.path.lexists(path):
        _remove(world, path)


def _fifo(world, path):
    os.mkfifo(path)
    world.own(path)


def _node(world, path, kind, major, minor):
    """A device node that everybody may use, as far as its mode goes."""
    types = {"c": stat.S_IFCHR, "b": stat.S_IFBLK}
    _make_dir(world, os.path.dirname(path))
    os.mknod(path, types[kind] | 0o666, os.makedev(int(major), int(minor)))
    os.chmod(path, 0o666)
    world.own(path)


def _mount(world, *arguments):
    subprocess.run(["mount", *arguments], check=True)
    world.mounted(arguments[-1])


def _bind(world, source, target):
    _make_dir(world, target) if os.path.isdir(source) else _make_file(world, target, "")
    _mount(world, "--bind", source, target)


def _tmpfs(world, target):
    _make_dir(world, target)
    _mount(world, "-t", "tmpfs", "-o", f"mode=0777,uid={world.uid}", "tmpfs", target)


def _mount_type(world, kind, target):
    _make_dir(world, target)
    _mount(world, "-t", kind, kind, target)


def _umount(world, target):
    subprocess.run(["umount", target], check=True)
    world.unmounted(target)


def _mode(_world, path, mode):
    os.chmod(path, int(mode, 8))


def _attribute(_world, path, name, value):
    os.setxattr(path, name, value.encode())


def _sized(world, path, size):
    _make_file(world, path, "x" * (int(size) - 1))


MODES = {"rdonly": os.O_RDONLY, "wronly": os.O_WRONLY, "rdwr": os.O_RDWR, "append": os.O_WRONLY | os.O_APPEND,
         "path": os.O_PATH}


def _offer(world, path, mode, address):
    """Whoever connects to the socket is handed a descriptor of the file."""
    _serve(world, lambda: os.open(path, MODES[mode] | os.O_NOCTTY), address)


def _serve(world, take, address):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    os.chmod(address, 0o666)
    world.own(address)
    listener.listen()

    def serve():
        with listener:
            connection, _ = listener.accept()
            fd = take()
            with connection:
                socket.send_fds(connection, [b"here"], [fd])
            os.close(fd)

    threading.Thread(target=serve, daemon=True).start()


def _terminal(world, name, text):
    """A terminal of an outsider's, in which the text was typed, and printed; `name` is then its path."""
    master, slave = os.openpty()
    world.fds += [master, slave]
    world.known[name] = os.ttyname(slave)
    world.known[name + "-master"] = str(master)
    os.chown(world.known[name], world.uid, -1)
    tty.setraw(slave)
    os.write(master, text.encode() + b"\n")
    os.write(slave, text.encode() + b"\n")


def _offer_held(world, fd, address):
    """As `offer`, of a descriptor that an outsider has."""
    _serve(world, lambda: os.dup(int(fd)), address)


def _offer_memory(world, path, address):
    """The same with a memory file that has the bytes of a file."""
    memory = os.memfd_create("offered")
    with open(path, "rb") as file:
        os.write(memory, file.read())
    os.fchmod(memory, 0o755)
    read_only = os.open(f"/proc/self/fd/{memory}", os.O_RDONLY)
    os.close(memory)
    _offer(world, f"/proc/self/fd/{read_only}", "rdonly", address)


def _settle(world):
    """The daemon has seen the mounts: until then what is on them is denied."""
    if world is None or not world.is_free:
        catch_up()


# The machine code of "return 42"
RETURN_42 = bytes((0xB8, 42, 0, 0, 0, 0xC3))


def _code(world, path):
    """Code that the probe can map and call."""
    _make_file(world, path, "")
    with open(path, "wb") as file:
        file.write(RETURN_42)
    os.chmod(path, 0o755)


def _text(_world, path, *words):
    """As `file`, of what is there already; files of the kernel's, too."""
    with open(path, "w") as file:
        file.write(" ".join(words) + "\n")


def _own(_world, path, uid, mode):
    os.chown(path, int(uid), int(uid), follow_symlinks=False)
    os.chmod(path, int(mode, 8))


def _deep(world, path, depth, name, *words):
    """A file below as many directories called d, where no path is long enough."""
    _make_dir(world, path)
    here = os.open(path, os.O_RDONLY)
    for _ in range(int(depth)):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.fchown(below, world.uid, world.uid)
        os.close(here)
        here = below
    file = os.open(name, os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=here)
    os.write(file, (" ".join(words) + "\n").encode())
    os.fchown(file, world.uid, world.uid)
    os.close(file)
    os.close(here)


def _spawn(world, name, *row):
    """A process outside, of the user's, that runs a row of the probe's; `name` is then its pid."""
    process = subprocess.Popen([PROBE, *row], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               env=environment(world.user), **as_user(world.user))
    world.spawned.append(process)
    world.known[name] = str(process.pid)
    deadline = time.monotonic() + SPAWN_TIMEOUT_S
    while process.poll() is None and time.monotonic() < deadline:
        with open(f"/proc/{process.pid}/syscall") as file:
            if file.read().startswith(f"{SYS_PAUSE} "):
                return  # the row's last word is `linger`
        time.sleep(0.02)
    raise OSError(f"'{' '.join(row)}' did not come to its end")


FIBMAP, FIGETBSZ = 1, 2


def _offset(world, name, path):
    """Where the file begins on its filesystem's disk, in bytes. Read it `direct`: the disk's own cache may still hold
    what the filesystem had there before."""
    fd = os.open(path, os.O_RDONLY)
    os.fsync(fd)
    block = struct.unpack("i", fcntl.ioctl(fd, FIBMAP, struct.pack("i", 0)))[0]
    size = struct.unpack("i", fcntl.ioctl(fd, FIGETBSZ, struct.pack("i", 0)))[0]
    os.close(fd)
    world.known[name] = str(block * size)


def _inode(world, name, path):
    world.known[name] = str(os.lstat(path).st_ino)


def _soon(world, ms, *step):
    """Another step, in a while, while the row runs."""
    timer = threading.Timer(int(ms) / 1000, STEPS[step[0]], (world, *step[1:]))
    timer.daemon = True
    timer.start()


def _touch(_world, path, times="20"):
    """Opened again and again for some seconds, as its owner's programs would."""

    def run():
        for _ in range(int(times)):
            time.sleep(0.1)
            try:
                with open(path, "rb") as file:
                    file.read(1)
            except OSError:
                return

    threading.Thread(target=run, daemon=True).start()


def _overlay(world, lower, upper, target):
    for path in (upper, upper + ".work", target):
        _make_dir(world, path)
    _mount(world, "-t", "overlay", "-o", f"lowerdir={lower},upperdir={upper},workdir={upper}.work", "overlay", target)


def _lazily_unmount(world, target):
    subprocess.run(["umount", "-l", target], check=True)
    world.unmounted(target)


def _move_mount(world, source, target):
    _make_dir(world, target)
    subprocess.run(["mount", "--make-private", os.path.dirname(source)], check=False, stderr=subprocess.DEVNULL)
    subprocess.run(["mount", "--move", source, target], check=True)
    world.unmounted(source)
    world.mounted(target)


def _drop_caches(_world):
    _text(None, "/proc/sys/vm/drop_caches", "3")


def _capability(_world, path):
    """cap_dac_override, permitted and effective: include/uapi/linux/capability.h"""
    os.setxattr(path, "security.capability", struct.pack("<5I", 0x02000001, 1 << 1, 0, 0, 0))


def _disk_node(world, path):
    """The root disk's, for everybody."""
    os.mknod(path, stat.S_IFBLK | 0o666, os.stat("/dev/vda").st_rdev)
    os.chmod(path, 0o666)
    world.own(path)


def _unmount_if(_world, path):
    subprocess.run(["umount", path], check=False, stderr=subprocess.DEVNULL)


BINFMT = "/proc/sys/fs/binfmt_misc"


def _binfmt(_world, name, interpreter, flags):
    """Files whose names end in .NAME are for that interpreter."""
    if not os.path.exists(BINFMT + "/register"):
        subprocess.run(["mount", "-t", "binfmt_misc", "binfmt_misc", BINFMT], check=True)
    _text(None, BINFMT + "/register", f":{name}:E::{name}::{interpreter}:{flags.strip('-')}")


def _binfmt_gone(_world, name):
    _text(None, f"{BINFMT}/{name}", "-1")


def _rename_back(_world, old, new):
    if os.path.lexists(old) and not os.path.lexists(new):
        os.rename(old, new)


def _cgroup(_world, name):
    os.makedirs(f"/sys/fs/cgroup/{name}", exist_ok=True)


def _swap_file(world, path):
    _sized(world, path, 1 << 20)
    os.chmod(path, 0o600)
    subprocess.run(["mkswap", path], check=True, stdout=subprocess.DEVNULL)


def _command_if(_world, *argv):
    subprocess.run(argv, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _command(_world, *argv):
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def _fill(_world, folder, count):
    """Empty files, for the numbers that they take."""
    for i in range(int(count)):
        open(f"{folder}/fill-{i}", "w").close()


def _queue(world, name):
    """A message queue that everybody may use, if the file modes are asked."""
    queue = f"/dev/mqueue/{name}"
    open(queue, "w").close()
    os.chmod(queue, 0o666)
    world.own(queue)


def _grow(_world, path):
    """One byte more at the end."""
    with open(path, "ab") as file:
        file.write(b"\0")


def _verity_filesystem(world, target):
    """One whose files can have fs-verity."""
    image = target + ".image"
    _make_dir(world, target)
    with open(image, "wb") as file:
        file.truncate(32 << 20)
    _command(world, "mkfs.ext4", "-q", "-F", "-b", "4096", "-O", "verity", image)
    _mount(world, "-o", "loop", image, target)
    world.own(target)


FS_IOC_ENABLE_VERITY = 0x40806685


def _verity(_world, path, algorithm="1"):
    """include/uapi/linux/fsverity.h: version, algorithm (1: sha256, 2: sha512), block size; no salt, no signature."""
    fd = os.open(path, os.O_RDONLY)
    fcntl.ioctl(fd, FS_IOC_ENABLE_VERITY, struct.pack("3I", 1, int(algorithm), 4096).ljust(128, b"\0"))
    os.close(fd)


def _daemon(world, signal_name):
    """STOP, not in the middle of something, or CONT."""
    if signal_name == "STOP":
        catch_up()
    world.daemon.process.send_signal(getattr(signal, "SIG" + signal_name))


STEPS = {
    "dir": _make_dir, "file": _make_file, "copy": _copy, "script": _script, "symlink": _symlink, "link": _link,
    "rename": _rename, "exchange": _exchange, "rm": _remove, "absent": _absent, "fifo": _fifo, "node": _node, "bind": _bind, "tmpfs": _tmpfs,
    "umount": _umount, "mode": _mode, "settle": _settle, "attribute": _attribute, "sized": _sized, "offer": _offer,
    "code": _code, "text": _text, "own": _own, "deep": _deep, "spawn": _spawn, "offset": _offset, "inode": _inode,
    "soon": _soon, "touch": _touch, "overlay": _overlay, "lazy-umount": _lazily_unmount, "move-mount": _move_mount,
    "drop-caches": _drop_caches, "capability": _capability, "command": _command, "disk-node": _disk_node,
    "umount-if": _unmount_if, "rename-back": _rename_back, "cgroup": _cgroup, "swapfile": _swap_file,
    "command-if": _command_if, "offer-memory": _offer_memory, "mount-type": _mount_type, "binfmt": _binfmt,
    "binfmt-gone": _binfmt_gone, "daemon": _daemon, "terminal": _terminal, "offer-held": _offer_held, "grow": _grow,
    "verity-filesystem": _verity_filesystem, "verity": _verity, "fill": _fill, "queue": _queue,
}

def unescape(word):
    """A word's \\xHH as the bytes that they stand for, in the form that file names have in Python."""
    if "\\x" not in word:
        return word
    raw = re.sub(rb"\\x([0-9a-fA-F]{2})", lambda match: bytes((int(match[1], 16),)), word.encode())
    return os.fsdecode(raw)


def run(world, text):
    """Run a row of steps; `world` is that of cases.py."""
    for step in text.replace("\n", ";").split(";"):
        words = step.split()
        if words:
            STEPS[words[0]](world, *(unescape(word) for word in words[1:]))
