# SPDX-License-Identifier: Apache-2.0
"""The same on other filesystems, and what only they have: subvolumes, snapshots, handles, folded case, layers, mounts."""

import dataclasses
import os
import struct
import subprocess

import roads_change
import roads_exec
import roads_read
from policies import PROFILE
from road import ANY, Road, Section

ROOT = ("root",)
IMAGES = "/var/tmp"


class Missing(LookupError):
    """The filesystem cannot be had here."""


def _image(kind, size, *mkfs):
    path = f"{IMAGES}/bypass-{kind}.img"
    top = f"/mnt/bypass-{kind}"
    os.makedirs(top, exist_ok=True)
    if os.path.ismount(top):
        return top
    with open(path, "wb") as file:
        file.truncate(size)
    try:
        subprocess.run([*mkfs, path], check=True, capture_output=True)
        subprocess.run(["mount", "-o", "loop", path, top], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Missing(f"{kind}: {getattr(error, 'stderr', error)!r}") from error
    return top


def _write_fat(path):
    """FAT16, as mkfs.vfat would: 32 MiB less a sector, four sectors a cluster, two tables of 64 sectors."""
    boot = b"\xeb\x3c\x90COFFERDM" + struct.pack("<HBHBHHBHHHIIBBBI", 512, 4, 1, 2, 512, 65535, 0xF8, 64, 32, 2, 0, 0, 0x80,
                                                 0,
                                                  0x29, 1) + b"BYPASS     FAT16   "
    with open(path, "r+b") as file:
        file.write(boot.ljust(510, b"\0") + b"\x55\xaa")
        for table in (1, 65):
            file.seek(table * 512)
            file.write(b"\xf8\xff\xff\xff")


def _vfat():
    path, top = f"{IMAGES}/bypass-vfat.img", "/mnt/bypass-vfat"
    os.makedirs(top, exist_ok=True)
    if not os.path.ismount(top):
        with open(path, "wb") as file:
            file.truncate(65535 * 512)
        _write_fat(path)
        # Everybody's: there are no owners on it, and none can be set.
        subprocess.run(["mount", "-t", "vfat", "-o", "loop,umask=0,quiet", path, top], check=True)
    return top


def prepare(kind):
    """The folder of that filesystem, mounted."""
    if kind == "btrfs":
        return _image(kind, 256 << 20, "mkfs.btrfs", "-q", "-f")
    if kind == "xfs":
        return _image(kind, 320 << 20, "mkfs.xfs", "-q", "-f")
    if kind == "vfat":
        return _vfat()
    if kind == "casefold":
        return _image(kind, 32 << 20, "mkfs.ext4", "-q", "-F", "-O", "casefold")
    top = f"/mnt/bypass-{kind}"
    os.makedirs(top, exist_ok=True)
    if os.path.ismount(top):
        return top
    if kind == "tmpfs":
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", top], check=True)
    if kind == "overlay":
        for part in ("lower", "upper", "work"):
            os.makedirs(f"/srv/bypass-layers/{part}", exist_ok=True)
        subprocess.run(["mount", "-t", "overlay", "-o",
                        "lowerdir=/srv/bypass-layers/lower,upperdir=/srv/bypass-layers/upper,"
                        "workdir=/srv/bypass-layers/work", "overlay", top], check=True)
    return top


def pick(kind, roads, *names):
    """Rows of other files, for one user only: what differs here is the filesystem."""
    found = [dataclasses.replace(road, name=f"{kind}-{road.name}", users=road.users[-1:])
             for road in roads if road.name in names]
    if len(found) != len(names):
        raise LookupError(f"not all of {names} are there")
    return found


def read(name, steps, **more):
    return Road(name, steps, **{"rule": "credentials", **more})


# What depends on inodes, links, handles and renames, and so on the filesystem.
LINKS = [
    *pick("read", roads_read.STRINGS, "plain", "late-file", "folder-rotated", "forbidden-name"),
    *pick("read", roads_read.DESCRIPTORS, "folder-then-below", "handle", "handle-of-folder", "handle-after-eviction"),
    *pick("read", roads_read.LINKS, "link", "link-before", "link-late", "link-late-other-gone", "link-of-late-file",
          "link-while-daemon-stands", "link-caches-dropped"),
    *pick("read", roads_read.MOVES, "rename-out", "rename-parent-away", "moved-by-outsider-cold", "made-again-by-outsider",
          "inode-comes-back"),
    *pick("change", roads_change.CONTENTS, "write", "outsider's-link"),
    *pick("change", roads_change.NAMES, "exchange", "link-nameless-in"),
    *pick("change", roads_change.MODES, "kept-punch", "kept-collapse"),
    *pick("run", roads_exec.DENIED, "outsider's-link"),
]
COMMON = [
    *LINKS,
    *pick("read", roads_read.STRINGS, "list", "rotated", "old-abi"),
    *pick("read", roads_read.DESCRIPTORS, "path-then-procfs", "received", "attribute", "watch", "fanotify"),
    *pick("read", roads_read.LINKS, "symlink"),
    *pick("read", roads_read.MOVES, "rename-folder-out", "exchange-out", "rename-grandparent-away", "moved-by-outsider",
          "caches-dropped"),
    *pick("change", roads_change.CONTENTS, "truncate", "open-truncating", "mapped-shared", "path-then-chmod"),
    *pick("change", roads_change.NAMES, "create", "rename-over", "unlink", "place-rebuilt"),
    *pick("change", roads_change.FORBIDDEN, "hook", "hooks-folder-built-elsewhere", "forbidden-name-by-rename"),
    *pick("change", roads_change.MODES, "kept-truncate", "kept-linked-and-cut", "append-overwrite-mapped-then-writable",
          "append-lifted", "append-held-and-renamed-in"),
    *pick("run", roads_exec.DENIED, "path", "by-procfs"),
    *pick("run", roads_exec.ZONE, "program", "code-mapped", "code-made-executable", "program-linked-out-by-outsider"),
]

# Subvolumes' inodes have the same numbers: which of the rules of colliding places decides is not told apart.
VOLUME = {"rules": ("{path: \"{W}/vol/private\", access: none}   # private-{n}",), "rule": ANY, "reason": ANY,
          "setup": "command btrfs -q subvolume create {W}/vol; own {W}/vol 1000 777; file {W}/vol/private/key {token}"}
BTRFS = [
    read("subvolume", "read {W}/vol/private/key", **VOLUME),
    read("snapshot-by-agent", "snapshot {W}/vol {W} snap , read {W}/snap/private/key", **{**VOLUME, "rule": None,
    "reason": "request", "liftable": False}),
    read("rename-in-subvolume", "rename {W}/vol/private {W}/vol/x , read {W}/vol/x/key", **VOLUME),
    read("subvolume-away", "rename {W}/vol {W}/x , read {W}/x/private/key", **VOLUME),
    read("handle-in-subvolume", "holdhandle {W}/vol/private/key {W}/own rdonly , take", users=ROOT, **VOLUME),
    read("tree-search", "treesearch {W} {token}", setup="dir {N}", late="command sync", users=ROOT, reason="request",
         rule=None,
         liftable=False),
    # Two subvolumes have inodes of the same number; snapshots also of the same generation.
    read("closed-snapshot-of-open-volume", "read {W}/snap/key", rule=ANY, reason=ANY,
         rules=("{path: \"{W}/snap\", access: none}   # snap-{n}", "{path: \"{W}/vol\", access: rw}   # vol-{n}"),
         setup="command btrfs -q subvolume create {W}/vol; own {W}/vol 1000 777; file {W}/vol/key {token}; "
               "command btrfs -q subvolume snapshot {W}/vol {W}/snap"),
    read("closed-volume-with-open-snapshot", "read {W}/vol/key", rule=ANY, reason=ANY,
         rules=("{path: \"{W}/snap\", access: rw}   # snap-{n}", "{path: \"{W}/vol\", access: none}   # vol-{n}"),
         setup="command btrfs -q subvolume create {W}/vol; own {W}/vol 1000 777; file {W}/vol/key {token}; "
               "command btrfs -q subvolume snapshot {W}/vol {W}/snap"),
    # Looked into first is the one that is open; what lies deep inside bears no number that a rule's object has, too.
    read("closed-snapshot-after-its-open-volume", "read {W}/vol/d/own , read {W}/snap/d/key", rule=ANY, reason=ANY,
         rules=("{path: \"{W}/snap\", access: none}   # snap-{n}", "{path: \"{W}/vol\", access: rw}   # vol-{n}"),
         setup="command btrfs -q subvolume create {W}/vol; own {W}/vol 1000 777; fill {W}/vol 3000; dir {W}/vol/d; "
               "file {W}/vol/d/own x; file {W}/vol/d/key {token}; command btrfs -q subvolume snapshot {W}/vol {W}/snap"),
    read("folders-of-same-number", "read {W}/va/dir/key", rule=ANY, reason=ANY,
         rules=("{path: \"{W}/va/dir\", access: none}   # va-{n}", "{path: \"{W}/vb/dir\", access: rw}   # vb-{n}"),
         setup="command btrfs -q subvolume create {W}/va; command btrfs -q subvolume create {W}/vb; own {W}/va 1000 777; "
               "own {W}/vb 1000 777; dir {W}/va/dir; dir {W}/vb/dir; file {W}/va/dir/key {token}"),
    read("folders-of-same-number-the-other-way", "read {W}/vb/dir/key", rule=ANY, reason=ANY,
         rules=("{path: \"{W}/vb/dir\", access: none}   # vb-{n}", "{path: \"{W}/va/dir\", access: rw}   # va-{n}"),
         setup="command btrfs -q subvolume create {W}/va; command btrfs -q subvolume create {W}/vb; own {W}/va 1000 777; "
               "own {W}/vb 1000 777; dir {W}/va/dir; dir {W}/vb/dir; file {W}/vb/dir/key {token}"),
    Road("reflink-over-kept", "hold {W}/src rdonly , cloneover {R}/f", setup="sized {W}/src 4096", goal="change",
         watch="{R}", rule="reference"),
]
XFS = [
    read("handle-by-request", "xfshandle {S} {W} , take", users=ROOT, reason="request", rule=None, liftable=False),
    Road("reflink-over-kept", "hold {W}/src rdonly , cloneover {R}/f", setup="sized {W}/src 4096", goal="change",
         watch="{R}", rule="reference"),
]

FOLDED = "command chattr +F {W}/cf; "
CASEFOLD = [
    read("forbidden-name", "read {W}/cf/.ENV", rule=ANY, reason=ANY,
         setup="dir {W}/cf; " + FOLDED + "file {W}/cf/.env {token}"),
    read("forbidden-name-cold", "read {W}/cf/.ENV", rule=ANY, reason=ANY, late="drop-caches",
         setup="dir {W}/cf; " + FOLDED + "file {W}/cf/.env {token}"),
    read("place", "read {W}/cf/SECRET", rule=ANY, reason=ANY, rules=("{path: \"{W}/cf/secret\", access: none}   # cf-{n}",),
         setup="dir {W}/cf; " + FOLDED + "file {W}/cf/secret {token}"),
    read("place-made-late", "read {W}/cf/SECRET", rule=ANY, reason=ANY,
         rules=("{path: \"{W}/cf/secret\", access: none}   # cf-{n}",), setup="dir {W}/cf; " + FOLDED,
         late="file {W}/cf/secret {token}; drop-caches"),
    Road("forbidden-name-made", "creat {W}/cf/.ENV", goal="change", watch="{W}/cf/.env", rule=ANY, reason=ANY,
         setup="dir {W}/cf; " + FOLDED),
    Road("hook-made", "creat {W}/cf/.GIT/HOOKS/h", goal="change", watch="{W}/cf/.git/hooks/h", rule=ANY, reason=ANY,
         setup="dir {W}/cf; " + FOLDED + "dir {W}/cf/.git/hooks"),
]

SHORT = {"rules": ("{path: \"{W}/verylongsecret\", access: none}   # short-{n}",), "rule": ANY, "reason": ANY}
VFAT = [
    # Names fold, long ones have short twins, and inode numbers last as long as the inode is in memory.
    read("forbidden-name", "read {W}/.ENV", rule=ANY, reason=ANY, setup="file {W}/.env {token}", late="drop-caches"),
    read("forbidden-name-itself", "read {W}/.env", rule=None, reason="folded-case", setup="file {W}/.env {token}",
         late="drop-caches"),
    read("place", "read {W}/VERYLONGSECRET", setup="file {W}/verylongsecret {token}", late="drop-caches", **SHORT),
    read("place-by-short-name", "read {W}/VERYLO~1", setup="file {W}/verylongsecret {token}", late="drop-caches", **SHORT),
    read("place-itself", "read {W}/verylongsecret", setup="file {W}/verylongsecret {token}", late="drop-caches", **SHORT),
    read("closed-folder-by-other-case", "read {T}/HOME/.AWS/{n}/KEY", setup="dir {N}", late="drop-caches", rule=ANY,
         reason=ANY),
    Road("forbidden-name-made", "creat {W}/.ENV", goal="change", watch="{W}/.env", rule=ANY, reason=ANY),
    Road("hook-made", "creat {W}/.GIT/HOOKS/h", goal="change", watch="{W}/.git/hooks/h", rule=ANY, reason=ANY,
         setup="dir {W}/.git/hooks", late="drop-caches"),
]

LAYERS = [
    # An outsider lays an overlay over what is closed: the layers' files are the same files.
    read("closed-below", "read {W}/m/key", late="overlay {N} {W}/u {W}/m; settle", reason=ANY, rule=ANY),
    read("closed-below-at-once", "read {W}/m/key", late="overlay {N} {W}/u {W}/m", reason=ANY, rule=ANY),
    # What somebody else has looked up needs no look at the layers' attributes any more.
    read("closed-below-looked-up", "read {W}/m/key", late="overlay {N} {W}/u {W}/m; command cat {W}/m/key; settle",
         reason=ANY, rule=ANY),
    read("closed-below-listed", "hold {W}/m rdonly,directory , names",
         late="overlay {N} {W}/u {W}/m; command ls -l {W}/m; settle",
         reason=ANY, rule=ANY),
    read("closed-below-mapped", "hold {W}/m/key rdonly , takemapped", reason=ANY, rule=ANY,
         late="overlay {N} {W}/u {W}/m; command cat {W}/m/key; settle"),
    read("closed-attribute-below", "getxattr {W}/m/key user.note", setup="attribute {S} user.note {token}", reason=ANY,
         rule=ANY,
         late="overlay {N} {W}/u {W}/m; command cat {W}/m/key; settle"),
    read("closed-target-below", "readlink {W}/m/l", setup="symlink {token} {N}/l", reason=ANY, rule=ANY,
         late="overlay {N} {W}/u {W}/m; command readlink {W}/m/l; settle"),
    read("closed-below-given-away", "rename {W}/m/key {W}/m/l , read {W}/m/l", reason=ANY, rule=ANY,
         late="overlay {N} {W}/u {W}/m; command cat {W}/m/key; settle"),
    read("closed-below-copied-up-by-write", "append {W}/m/key , read {W}/m/key", reason=ANY, rule=ANY,
         late="overlay {N} {W}/u {W}/m; command cat {W}/m/key; settle"),
    read("above-closed-below", "read {W}/m/.aws/{n}/key", late="overlay {T}/home {W}/u {W}/m; settle", reason=ANY, rule=ANY),
    read("closed-below-copied-up", "chmod {W}/m/key 0644 , read {W}/m/key", late="overlay {N} {W}/u {W}/m; settle",
         reason=ANY,
         rule=ANY),
    read("closed-below-linked", "link {W}/m/key {W}/m/l , read {W}/m/l", late="overlay {N} {W}/u {W}/m; settle", reason=ANY,
         rule=ANY),
    read("closed-below-renamed", "rename {W}/m/key {W}/m/l , read {W}/m/l", late="overlay {N} {W}/u {W}/m; settle",
         reason=ANY,
         rule=ANY),
    read("closed-below-mounted-before", "read {W}/m/key", setup="overlay {N} {W}/u {W}/m", reason=ANY, rule=ANY),
    read("closed-is-the-upper", "read {W}/m/key", setup="dir {W}/l", late="overlay {W}/l {N} {W}/m; settle", reason=ANY,
         rule=ANY),
    Road("closed-is-the-upper-changed", "append {W}/m/f", goal="change", watch="{R}/f", setup="dir {W}/l",
         late="overlay {W}/l {R} {W}/m; settle", rule=ANY, reason=ANY),
    # What has a hook of its own below is judged there; these have none.
    Road("logged-is-the-upper-lifted", "hold {W}/m/f wronly,append , liftappend , put", goal="change", watch="{L}/f",
         setup="dir {W}/l", late="overlay {W}/l {L} {W}/m; settle", rule="log"),
    Road("logged-is-the-upper-made-writable", "mprotect {W}/m/f rdwr,append r shared r,w", goal="change", watch="{L}/f",
         setup="dir {W}/l", late="overlay {W}/l {L} {W}/m; settle", rule="log", free_steps="hold {W}/m/f rdwr , putmapped"),
    Road("kept-is-the-upper-unreserved", "ioctlrange {W}/m/f unresvsp", goal="change", watch="{A}/f",
         setup="dir {W}/l", late="overlay {W}/l {A} {W}/m; settle", rule="archive", lacks=("EOPNOTSUPP", "ENOTTY")),
    Road("kept-is-the-upper-zeroed", "ioctlrange {W}/m/f zero-range", goal="change", watch="{A}/f",
         setup="dir {W}/l", late="overlay {W}/l {A} {W}/m; settle", rule="archive", lacks=("EOPNOTSUPP", "ENOTTY")),
    read("closed-below-received", "holdreceived {W}/s , take", setup="dir {W}/l",
         late="overlay {N} {W}/u {W}/m; settle; offer {W}/m/key rdonly {W}/s"),
    read("closed-is-the-upper-received", "holdreceived {W}/s , take", setup="dir {W}/l",
         late="overlay {W}/l {N} {W}/m; settle; offer {W}/m/key rdwr {W}/s"),
    read("closed-below-folder-received", "holdreceived {W}/s , names", setup="dir {W}/l; file {N}/{token}",
         late="overlay {N} {W}/u {W}/m; settle; offer {W}/m rdonly {W}/s"),
    read("closed-is-the-upper-folder-received", "holdreceived {W}/s , names", setup="dir {W}/l; file {N}/{token}",
         late="overlay {W}/l {N} {W}/m; settle; offer {W}/m rdonly {W}/s"),
    Road("zone-below-made-executable", "callchanged {W}/m/code", goal="run", setup="code {X}/code",
         late="overlay {X} {W}/u {W}/m; command cat {W}/m/code; settle", rule=ANY, reason=ANY),
    Road("denied-program-below", "exec {W}/m/denied creat {mark}", goal="run", late="overlay {T}/tools {W}/u {W}/m; settle",
         rule=ANY, reason=ANY),
    Road("zone-below", "exec {W}/m/p creat {mark}", goal="run", setup="copy {probe} {X}/p",
         late="overlay {X} {W}/u {W}/m; settle", rule=ANY, reason=ANY),
    Road("zone-below-mapped", "callmapped {W}/m/code rdonly private", goal="run", setup="code {X}/code",
         late="overlay {X} {W}/u {W}/m; command cat {W}/m/code; settle", rule=ANY, reason=ANY),
    Road("denied-program-below-looked-up", "exec {W}/m/denied creat {mark}", goal="run",
         late="overlay {T}/tools {W}/u {W}/m; command cat {W}/m/denied; settle", rule=ANY, reason=ANY),
    read("over-closed", "read {N}/key", setup="file {W}/l/key {token}", late="overlay {W}/l {W}/u {N}; settle", reason=ANY,
         rule=ANY),
]

LINKED_IN_NEW = "tmpfs {W}/t; file {W}/t/private/key {token}; dir {W}/t/open; link {W}/t/private/key {W}/t/open/l"
NEW_FILE = {"rules": ("{path: \"{W}/t/key\", access: none}   # t-{n}",), "rule": "t-{n}"}
NEW = {"rules": ("{path: \"{W}/t/private\", access: none}   # t-{n}",), "rule": "t-{n}"}
OPEN_MOUNT = "tmpfs {W}/t; file {W}/t/f {token}; settle"
INTO = {"rule": ANY, "reason": ANY, "setup": "dir {N}/t"}
UNKNOWN = {**INTO, "rule": None, "reason": "unclassified"}
# Roads that are open today, and why.
BIND_GIVES_NO_NAME = "a bind mount gives what it shows no other name: that which it has decides"

MOUNTS = [
    # An outsider mounts, while the daemon looks and while it stands.
    read("new-below-closed", "read {N}/m/f", late="tmpfs {N}/m; file {N}/m/f {token}", reason=ANY, rule=ANY),
    read("new-below-closed-seen", "read {N}/m/f", late="tmpfs {N}/m; file {N}/m/f {token}; settle"),
    read("new-while-daemon-stands", "read {N}/m/f", late="daemon STOP; tmpfs {N}/m; file {N}/m/f {token}",
         after="daemon CONT",
         reason="unclassified", rule=None),
    read("new-listed-while-daemon-stands", "hold {N}/m rdonly,directory , names",
         late="daemon STOP; tmpfs {N}/m; file {N}/m/{token}", after="daemon CONT", reason="unclassified", rule=None),
    read("new-over-closed-while-daemon-stands", "read {N}/key", late="daemon STOP; tmpfs {N}; file {N}/key {token}",
         after="daemon CONT", reason="unclassified", rule=None),
    read("link-in-new-while-daemon-stands", "symlink {N}/m/f {W}/l , read {W}/l",
         late="daemon STOP; tmpfs {N}/m; file {N}/m/f {token}", after="daemon CONT", reason="unclassified", rule=None),
    read("handle-in-new-while-daemon-stands", "holdhandle {N}/m/f {N}/m rdonly , take", users=ROOT,
         late="daemon STOP; tmpfs {N}/m; file {N}/m/f {token}", after="daemon CONT", reason="unclassified", rule=None),
    read("device-number-comes-back", "read {N}/m/f", setup="dir {W}/t; dir {N}/m",
         late="tmpfs {W}/t; settle; settle; settle; daemon STOP; umount {W}/t; tmpfs {N}/m; file {N}/m/f {token}", after="daemon CONT",
         reason="unclassified", rule=None),
    read("new-below-closed-bound-out", "read {W}/m/f",
         late="tmpfs {N}/m; file {N}/m/f {token}; settle; bind {N}/m {W}/m; settle"),
    read("new-below-closed-bound-out-while-daemon-stands", "read {W}/m/f",
         late="tmpfs {N}/m; file {N}/m/f {token}; settle; daemon STOP; bind {N}/m {W}/m", after="daemon CONT"),
    read("bound-out-at-once", "read {W}/m/f", late="daemon STOP; tmpfs {N}/m; file {N}/m/f {token}; bind {N}/m {W}/m",
         after="daemon CONT", reason="unclassified", rule=None),
    read("bound-out-before-it-is-seen", "read {W}/m/f",
         late="daemon STOP; tmpfs {N}/m; file {N}/m/f {token}; bind {N}/m {W}/m; daemon CONT; settle"),
    read("lazily-unmounted-while-held", "hold {N}/m path,directory , sleep 900 , holdbelow f rdonly , take",
         late="tmpfs {N}/m; file {N}/m/f {token}; settle; soon 300 lazy-umount {N}/m", reason=ANY, rule=ANY),
    read("below-own-tmpfs-of-outsider", "read {W}/t/private/key",
         rules=("{path: \"{W}/t/private\", access: none}   # t-{n}",),
         late="tmpfs {W}/t; file {W}/t/private/key {token}; settle", rule="t-{n}"),
    read("below-own-tmpfs-while-daemon-stands", "read {W}/t/private/key", reason="unclassified", rule=None,
         rules=("{path: \"{W}/t/private\", access: none}   # t-{n}",), after="daemon CONT",
         late="daemon STOP; tmpfs {W}/t; file {W}/t/private/key {token}"),
    read("forbidden-name-on-new-mount", "read {W}/t/.env", late="tmpfs {W}/t; file {W}/t/.env {token}; settle", rule="env",
         reason="name-rule"),
    read("forbidden-name-is-a-mount", "read {W}/.env/key", setup="dir {W}/.env", rule=ANY, reason=ANY,
         late="tmpfs {W}/.env; file {W}/.env/key {token}; settle"),
    read("forbidden-name-above-a-mount", "read {W}/.env/a/m/key", setup="dir {W}/.env/a/m", rule="env", reason="name-rule",
         late="tmpfs {W}/.env/a/m; file {W}/.env/a/m/key {token}; settle"),
    read("forbidden-name-is-a-bind-mount", "read {W}/.env", setup="file {W}/plain {token}; file {W}/.env x", rule=ANY,
         reason=ANY,
         late="bind {W}/plain {W}/.env",
         open=BIND_GIVES_NO_NAME),
    Road("hooks-below-a-mount", "creat {W}/.git/hooks/h", goal="change", watch="{W}/.git/hooks/h", setup="dir {W}/.git",
         late="tmpfs {W}/.git; dir {W}/.git/hooks; settle", rule=ANY, reason="name-rule"),
    # Links inside a filesystem that comes late: made before anybody has told what it is.
    read("link-in-new-mount", "read {W}/t/open/l", late=LINKED_IN_NEW + "; settle", **NEW),
    read("link-in-new-mount-while-daemon-stands", "read {W}/t/open/l", **NEW,
         late="daemon STOP; " + LINKED_IN_NEW + "; daemon CONT; settle"),
    read("link-of-file-in-new-mount", "read {W}/t/l", **NEW_FILE,
         late="tmpfs {W}/t; file {W}/t/key {token}; link {W}/t/key {W}/t/l; settle"),
    read("link-out-of-new-mount-below-closed", "read {W}/m/l", setup="dir {N}/t; dir {W}/m",
         late="tmpfs {N}/t; file {N}/t/key {token}; link {N}/t/key {N}/t/l; settle; bind {N}/t {W}/m"),
    read("link-below-a-mount-in-new-mount", "read {W}/t/open/l", **NEW,
         late=LINKED_IN_NEW + "; tmpfs {W}/t/private; settle"),
    read("link-in-mount-that-is-known", "read {W}/t/open/l", **NEW,
         late="tmpfs {W}/t; settle; file {W}/t/private/key {token}; dir {W}/t/open; link {W}/t/private/key {W}/t/open/l"),
    # A mounted filesystem that goes into a closed place is closed, as a folder that is moved there.
    read("mount-moved-into-closed", "read {N}/t/f", **INTO, late=OPEN_MOUNT + "; move-mount {W}/t {N}/t; settle; settle"),
    read("mount-bound-into-closed-alone", "read {N}/t/f", **INTO,
         late=OPEN_MOUNT + "; bind {W}/t {N}/t; umount {W}/t; settle; settle"),
    read("mount-moved-into-closed-while-daemon-stands", "read {N}/t/f", **UNKNOWN, after="daemon CONT",
         late=OPEN_MOUNT + "; daemon STOP; move-mount {W}/t {N}/t"),
    read("mount-below-one-that-moved-into-closed-while-daemon-stands", "read {N}/t/m/f", **UNKNOWN, after="daemon CONT",
         late="tmpfs {W}/t; dir {W}/t/m; tmpfs {W}/t/m; file {W}/t/m/f {token}; settle; daemon STOP; "
              "move-mount {W}/t {N}/t"),
    read("ramfs", "read {N}/m/f", setup="dir {N}/m", late="mount-type ramfs {N}/m; file {N}/m/f {token}; settle",
         reason=ANY, rule=ANY),
    read("closed-over-open", "read {W}/m/key", setup="dir {W}/m", late="bind {N} {W}/m; bind {W}/m {W}/m"),
]

# An overlay's files are judged twice: by the overlay's own rules, and as what they are in the upper layer.
LAYERED = PROFILE.replace("    {rules}", "    - {path: /srv/bypass-layers, access: rw}\n    {rules}")
SECTIONS = [
    Section("3", "outsider's mounts", PROFILE, MOUNTS),
    Section("3-5", "outsider's layers", PROFILE, LAYERS),
    Section("3-5", "on btrfs", PROFILE, [*COMMON, *BTRFS], filesystem="btrfs"),
    Section("3-5", "on xfs", PROFILE, [*LINKS, *XFS], filesystem="xfs"),
    Section("3-5", "on tmpfs", PROFILE, LINKS, filesystem="tmpfs"),
    Section("3-5", "on overlayfs", LAYERED, COMMON, filesystem="overlay"),
    Section("4", "folded case", PROFILE, CASEFOLD, filesystem="casefold"),
    Section("4", "folded case on vfat", PROFILE, VFAT, filesystem="vfat"),
]
