# SPDX-License-Identifier: Apache-2.0
"""What is done with descriptors: requests, status flags, watches, handing over; io_uring; what no hook sees."""

from cases import ANY, Case, Group

POLICY = """\
cofferdam: 1
name: descriptors
files:
  default: ro                                              # default
  rules:
    - {path: "{T}/rw", access: rw}                         # rw
    - {path: "{T}/ro", access: ro}                         # ro
    - {path: "{T}/none", access: none}                     # none
    - {name: ".env", access: none}                         # env
"""
KEEPING = POLICY.replace("descriptors", "keeping").replace("    - {name", """\
    - {path: "{T}/keep", access: rw-no-delete}             # keep
    - {path: "{T}/append", access: append}                 # append
    - {name""")
RINGS = POLICY.replace("descriptors", "rings") + "process: {io_uring: allow}\n"
KEEPING_RINGS = KEEPING.replace("keeping", "keeping-rings") + "process: {io_uring: allow}\n"
FILE = "file {P}/f"

REQUESTS = [
    Case("unknown", "ioctl {P}/f rdonly unknown", "rw", "rw", setup=FILE, allow_probe="ioctl {P}/f rdonly fionread",
         op="ioctl", reason="request", free="ENOTTY", liftable=False),
    Case("unknown-on-directory", "ioctl {P} rdonly unknown", "rw", "rw", allow_probe="ioctl {P} rdonly getflags",
         op="ioctl", reason="request", path="{P}", free="ENOTTY", liftable=False),
    Case("swap-boot", "ioctl {P}/f rdwr swap-boot", "rw", "rw", setup=FILE, allow_probe="ioctl {P}/f rdwr fionread",
         op="ioctl", reason="request", free=ANY, users=("root",), liftable=False),
    Case("move-extents", "ioctl {P}/f rdwr move-extents", "rw", "rw", setup=FILE, allow_probe="ioctl {P}/f rdwr fionread",
         op="ioctl", reason="request", free=ANY, liftable=False),
    Case("flags", "", None, "ro", setup=FILE, allow_probe="ioctl {P}/f rdonly getflags"),
    Case("type-into-terminal", "ioctl /dev/ptmx rdwr tiocsti", "", None, allow_probe="ioctl /dev/ptmx rdwr tiocgwinsz",
         op="ioctl", path=ANY, reason="kernel-surface", free=ANY, liftable=False),
    Case("console-output", "ioctl /dev/ptmx rdwr tioccons", "", None, allow_probe="ioctl /dev/ptmx rdwr tiocgwinsz",
         op="ioctl", path=ANY, reason="kernel-surface", free=ANY, liftable=False),
    Case("line-discipline", "ioctl /dev/ptmx rdwr tiocsetd", "", None, allow_probe="ioctl /dev/ptmx rdwr tiocgwinsz",
         op="ioctl", path=ANY, reason="kernel-surface", free=ANY, liftable=False),
    Case("console-request", "ioctl /dev/ptmx rdwr tioclinux", "", None, allow_probe="ioctl /dev/ptmx rdwr tiocgwinsz",
         op="ioctl", path=ANY, reason="kernel-surface", free=ANY, liftable=False),
]

WATCHES = [
    Case("directory", "inotify {P}", "none", "ro", op="watch", path="{P}", rule="none"),
    Case("file", "inotify {P}/f", "none", "ro", setup=FILE, op="watch", rule="none"),
    Case("file-by-name-rule", "inotify {P}/.env", "rw", "rw", setup="file {P}/.env; file {P}/f", op="watch",
         path="{P}/.env", reason="name-rule", rule="env", allow_probe="inotify {P}/f"),
    Case("by-directory-descriptor", "dnotify {P}", "none", "ro", op="open", path="{P}", rule="none"),
    Case("fanotify", "fanotify {P}/f inode", "none", "ro", setup=FILE, op="watch", rule="none", users=("root",)),
    Case("fanotify-of-mount", "fanotify {P} mount", "rw", "rw", allow_probe="fanotify {P} inode", op="watch", path="{P}",
         reason="kernel-surface", users=("root",), liftable=False),
    Case("fanotify-of-filesystem", "fanotify {P} filesystem", "rw", "rw", allow_probe="fanotify {P} inode", op="watch",
         path="{P}", reason="kernel-surface", users=("root",), liftable=False),
]


def received(name, mode, deny, allow, what="{P}/f", **more):
    return Case(name, "receive {T}/rw/s{n}", deny, allow, setup=FILE, late="offer " + what + " " + mode + " {T}/rw/s{n}",
                op="receive", path=what, rule=deny, **more)


RECEIVED = [
    received("to-read", "rdonly", "none", "ro"),
    received("to-write", "wronly", "ro", "rw"),
    received("to-read-and-write", "rdwr", "ro", "rw"),
    received("directory", "rdonly", "none", "ro", what="{P}"),
    Case("path-only", "", None, "none", setup=FILE, late="offer {P}/f path {T}/rw/s{n}",
         allow_probe="receive {T}/rw/s{n}"),
]

HANDLES = [
    Case("handle", "handle {P}/f", "none", "ro", setup=FILE, op="open", rule="none", users=("root",)),
]

SURFACE = [
    Case("io-uring", "uring", "rw", None, op="io-uring", path=None, errno="EPERM", reason="io-uring"),
    Case("userfaultfd", "userfaultfd", "rw", None, op="userfaultfd", path=None, errno="EPERM", reason="kernel-surface",
         liftable=False),
    Case("old-asynchronous-io", "", None, "rw", allow_probe="iosetup"),
    Case("punch", "", None, "rw", setup="sized {P}/f 16384", allow_probe="fallocate {P}/f rdwr keep-size,punch"),
    Case("hole-through-mapping", "", None, "rw", setup="sized {P}/f 16384", allow_probe="madviseremove {P}/f"),
    Case("append-only-can-be-lifted", "", None, "rw", setup=FILE, allow_probe="setfl {P}/f wronly,append -"),
]

URING = [
    Case("ring", "", None, "rw", allow_probe="uring"),
    Case("open", "uringopen {P}/f rdonly", "none", "ro", setup=FILE, op="open", rule="none"),
    Case("open-in-worker", "uringopenworker {P}/f rdonly", "none", "ro", setup=FILE, op="open", rule="none"),
    Case("open-to-write", "uringopen {P}/f wronly", "ro", "rw", setup=FILE, op="open", rule="ro"),
    Case("create", "uringopen {P}/f wronly,creat", "ro", "rw", op="create", rule="ro"),
    Case("truncate", "uringopen {P}/f rdonly,trunc", "ro", "rw", setup=FILE, op=ANY, rule="ro"),
    Case("rename", "uringrename {P}/f {P}/g", "ro", "rw", setup=FILE, op="rename", rule="ro"),
    Case("link", "uringlink {P}/f {T}/rw/l{n}", "ro", "rw", setup=FILE, op="link", reason="link-widens", rule="ro"),
    Case("symlink", "uringsymlink x {P}/f", "ro", "rw", op="symlink", rule="ro"),
    Case("unlink", "uringunlink {P}/f", "ro", "rw", setup=FILE, op="unlink", rule="ro"),
    Case("mkdir", "uringmkdir {P}/f", "ro", "rw", op="mkdir", rule="ro"),
    Case("set-attribute", "uringsetxattr {P}/f user.new yes", "ro", "rw", setup=FILE, op="set-attribute", rule="ro"),
]


def filtered(name, probe, twin, setup="sized {P}/f 16384", result="EPERM", free="ok", deny="keep"):
    """Refused by the filter; the twin is what it lets through."""
    return Case(name, probe, deny, deny, setup=setup, allow_probe=twin, result=result, free=free, is_silent=True,
                liftable=False)


PLAIN_ALLOCATION = "fallocate {P}/f rdwr keep-size"
KEPT = [
    filtered("punch", "fallocate {P}/f rdwr keep-size,punch", PLAIN_ALLOCATION),
    filtered("collapse", "fallocate {P}/f rdwr collapse", "fallocate {P}/f rdwr -"),
    filtered("zero", "fallocate {P}/f rdwr zero", PLAIN_ALLOCATION),
    filtered("insert", "fallocate {P}/f rdwr insert", PLAIN_ALLOCATION),
    filtered("hole-through-mapping", "madviseremove {P}/f", PLAIN_ALLOCATION),
    filtered("hole-through-mapping-with-more-bits", "madviseremovehigh {P}/f", PLAIN_ALLOCATION),
    filtered("old-asynchronous-io", "iosetup", PLAIN_ALLOCATION, result="ENOSYS"),
    filtered("write-at-the-beginning", "pwritev2 {P}/f wronly,append noappend", "pwritev2 {P}/f wronly,append -",
             free=ANY, deny="append"),
    Case("unreserve", "ioctl {P}/f rdwr unresvsp", "keep", "rw", setup=FILE, allow_probe="ioctl {P}/f rdwr fionread",
         op="ioctl", rule="keep", free=ANY, liftable=False),
    Case("zero-range", "ioctl {P}/f rdwr zero-range", "keep", "rw", setup=FILE, allow_probe="ioctl {P}/f rdwr fionread",
         op="ioctl", rule="keep", free=ANY, liftable=False),
    Case("append-only-cannot-be-lifted", "setfl {P}/f wronly,append -", "append", "rw", setup=FILE, op="fcntl",
         rule="append"),
    Case("other-status-flags", "", None, "append", setup=FILE, allow_probe="setfl {P}/f wronly,append append,nonblock"),
    Case("received-to-write", "receive {T}/rw/s{n}", "append", "append", setup=FILE,
         late="offer {P}/f wronly {T}/rw/s{n}; offer {P}/f append {T}/rw/a{n}", op="receive", rule="append",
         allow_probe="receive {T}/rw/a{n}"),
]
RINGS_WITH_KEPT = [
    Case("ring", "uring", "rw", None, op="io-uring", path=None, errno="EPERM", reason="io-uring", liftable=True),
]

SETUP = "dir {T}/rw; dir {T}/ro; dir {T}/none; dir {T}/keep; dir {T}/append"
GROUPS = [
    Group("requests", POLICY, REQUESTS, setup=SETUP),
    Group("watches", POLICY, WATCHES, setup=SETUP),
    Group("received", POLICY, RECEIVED, setup=SETUP),
    Group("handles", POLICY, HANDLES, setup=SETUP),
    Group("surface", POLICY, SURFACE, setup=SETUP),
    Group("io-uring", RINGS, URING, setup=SETUP),
    Group("kept", KEEPING, KEPT, setup=SETUP),
    Group("kept-with-rings", KEEPING_RINGS, RINGS_WITH_KEPT, setup=SETUP),
]
