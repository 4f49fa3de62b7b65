# SPDX-License-Identifier: Apache-2.0
"""What an outsider does to the file tree before or during a test, in a few words a step:

    dir {P}/a; file {P}/a/f; bind {P}/a {P}/b

Steps are separated by ';' or by lines. What they make belongs to the user under test. Paths have no
blanks in them.
"""

import os
import shutil
import socket
import stat
import subprocess
import threading
import time

# For the daemon to have seen a mount: until then what is on it is denied.
SETTLE_S = 0.4


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
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    os.chmod(address, 0o666)
    world.own(address)
    listener.listen()

    def serve():
        with listener:
            connection, _ = listener.accept()
            fd = os.open(path, MODES[mode])
            with connection:
                socket.send_fds(connection, [b"here"], [fd])
            os.close(fd)

    threading.Thread(target=serve, daemon=True).start()


def _settle(_world):
    time.sleep(SETTLE_S)


STEPS = {
    "dir": _make_dir, "file": _make_file, "copy": _copy, "script": _script, "symlink": _symlink, "link": _link,
    "rename": _rename, "rm": _remove, "absent": _absent, "fifo": _fifo, "node": _node, "bind": _bind, "tmpfs": _tmpfs,
    "umount": _umount, "mode": _mode, "settle": _settle, "attribute": _attribute, "sized": _sized, "offer": _offer,
}


def run(world, text):
    """Run a row of steps; `world` gives uid, own(), mounted() and unmounted()."""
    for step in text.replace("\n", ";").split(";"):
        words = step.split()
        if words:
            STEPS[words[0]](world, *words[1:])
