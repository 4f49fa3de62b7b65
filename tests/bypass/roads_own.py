# SPDX-License-Identifier: Apache-2.0
"""Roads that a policy opens a little: user namespaces with mounts of their own, io_uring (sections 3, 4)."""

from policies import NAMESPACES, RINGS
from road import ANY, Road, Section

ROOT = ("root",)
USER = ("agent",)
IN = "namespaces , "


def read(name, steps, **more):
    return Road(name, IN + steps, **{"rule": "credentials", **more})


def change(name, steps, watch="{R}", **more):
    return Road(name, IN + steps, goal="change", watch=watch, **{"rule": "reference", **more})


def run(name, steps, **more):
    return Road(name, IN + steps, goal="run", **{"rule": "denied", **more})


REFUSED = {"rule": None, "names_object": False, "errno": "EPERM", "liftable": False}
OWN_MOUNTS = [
    read("plain", "read {S}"),
    read("bind", "bindmount {N} {W} , read {W}/key"),
    read("bind-of-file", "bindmount {S} {W}/own , read {W}/own"),
    read("bind-of-root", "bindmount / {W} , read {W}{S}"),
    read("bind-over-parent-and-back", "hold {N} path,directory , mount tmpfs {T} , holdbelow key rdonly , take"),
    read("bind-names", "bindmount {N} {W} , hold {W} rdonly,directory , names"),
    read("detached-copy", "holdtree {N} , holdbelow key rdonly , take"),
    read("detached-copy-chdir", "holdtree {T} , chdirheld , read home/.aws/{n}/key"),
    read("chroot", "chroot {N} , read /key"),
    read("pivot", "bindmount {T} {T} , chdir {T} , mkdir {W}/old , pivotroot . {W}/old , read /home/.aws/{n}/key",
         lacks=("EINVAL",)),
    read("own-procfs-root", "mount proc {W} , read {W}/self/root{S}", lacks=("EPERM",), errno=ANY, reason=ANY, rule=ANY),
    read("symlink-in-own-tmpfs", "mount tmpfs {W} , symlink {S} {W}/l , read {W}/l"),
    read("link-into-own-tmpfs", "mount tmpfs {W} , link {S} {W}/l , read {W}/l", lacks=("EXDEV",), outcome="other"),
    read("bind-into-own-tmpfs", "mount tmpfs {W} , mkdir {W}/m , bindmount {N} {W}/m , read {W}/m/key"),
    read("overlay", "overlaymount {T}/home/.aws/{n} {W}/u {W}/w {W}/m , read {W}/m/key",
         setup="dir {W}/u; dir {W}/w; dir {W}/m",
         reason="mount-type", **REFUSED),
    read("overlay-by-newer-calls", "fsoverlay {T}/home/.aws/{n} {W}/m , read {W}/m/key", setup="dir {W}/m",
         reason="mount-type",
         **REFUSED),
    read("setns-to-outsider", "setns /proc/{outsider}/ns/mnt , read {S}", late="spawn outsider namespaces , linger",
         errno="EACCES",
         reason="pseudo-filesystem", rule=None, lacks=("EINVAL", "EPERM", "EACCES")),
    read("unmount-cover", "umount {W}/m , read {W}/m/key", setup="dir {W}/m", late="bind {N} {W}/m; tmpfs {W}/m; settle",
         lacks=("EINVAL", "EPERM")),
    read("forbidden-name-bound", "bindmount {W}/.env {W}/own , read {W}/own", setup="file {W}/.env {token}", rule="env",
         reason="name-rule"),
    read("forbidden-parent-bound", "mkdir {W}/m , bindmount {W}/a1/b1/c1 {W}/m , read {W}/m/d1",
         setup="file {W}/a1/b1/c1/d1 {token}", rule="four", reason="name-rule"),
    read("rename-out", "rename {S} {W}/l , read {W}/l"),
    read("link-out", "link {S} {W}/l , read {W}/l", reason="link-widens"),
    read("handle", "holdhandle {S} {W}/own rdonly , take", lacks=("EPERM",)),
    read("disk", "hold /dev/vda rdonly,direct , takeat {offset}", late="offset offset {S}", users=ROOT, reason="device",
         rule=None, lacks=("EACCES", "EPERM")),
    read("idmapped", "holdtree {N} , idmapheld , holdbelow key rdonly , take", lacks=("EPERM", "EINVAL")),
    change("write-by-bind", "bindmount {R} {W} , write {W}/f"),
    change("create-by-bind", "bindmount {R} {W} , creat {W}/new"),
    change("chmod-by-bind", "bindmount {R} {W} , chmod {W}/f 0600"),
    change("rename-by-bind", "bindmount {R} {W} , rename {W}/f {W}/g"),
    change("write-by-detached-copy", "holdtree {R} , holdbelow f rdwr , put"),
    change("write-by-chroot", "chroot {R} , write /f"),
    change("unlink-under-cover", "hold {R} path,directory , mount tmpfs {R} , chdirheld , unlink f"),
    change("hook-by-bind", "mkdir {W}/x , bindmount {W}/.git {W}/x , creat {W}/x/hooks/h", "{W}/.git/hooks/h",
           setup="dir {W}/.git/hooks", rule="hooks", reason="name-rule"),
    change("hook-by-bind-of-hooks", "mkdir {W}/x , bindmount {W}/.git/hooks {W}/x , creat {W}/x/h", "{W}/.git/hooks/h",
           setup="dir {W}/.git/hooks", rule="hooks", reason="name-rule"),
    change("capability-of-own-namespace", "setcapability {W}/own", "{W}/own", rule=None, reason="security-attribute",
           liftable=False),
    change("set-user-id-in-own-namespace", "chmod {W}/own 04755", "{W}/own", rule=None, reason="set-id", liftable=False),
    change("node-in-own-tmpfs", "mount tmpfs {W} , mkdisk {W}/d , hold {W}/d rdwr", "{W}/own", outcome="other",
           errno="EPERM",
           free_steps="write {W}/own", liftable=False),
    change("whiteout-in-own-namespace", "renameat2 {R}/f {W}/g whiteout", lacks=("EPERM",)),
    run("bind-of-program", "bindmount {D} {W}/own , exec {W}/own creat {mark}"),
    run("chroot-to-program", "chroot {T}/tools , exec /denied creat {mark}", free_steps="exec {D} creat {mark}",
        liftable=False),  # the mark cannot be made from in there
    run("own-tmpfs-program", "mount tmpfs {X} , copy {probe} {X}/p , exec {X}/p creat {mark}", rule=None, reason="memfd",
        liftable=True),
    run("own-tmpfs-code", "mount tmpfs {X} , copy {W}/code {X}/c , callmapped {X}/c rdonly private", setup="code {W}/code",
        rule=None,
        reason="memfd"),
    run("zone-by-bind", "copy {probe} {X}/p , bindmount {X} {W}/m , exec {W}/m/p creat {mark}", setup="dir {W}/m",
        rule="data"),
]


def ring(name, steps, **more):
    return Road(name, steps, **{"rule": "credentials", "lacks": ("EPERM", "ENOSYS"), **more})


def ring_change(name, steps, watch="{R}", **more):
    return ring("change-" + name, steps, goal="change", watch=watch, **{"rule": "reference", **more})


RING = [
    ring("open", "uringhold {S} plain , take"),
    ring("open-by-worker", "uringhold {S} worker , take"),
    ring("open-by-polling-thread", "uringhold {S} poll , take"),
    ring("openat2", "uringhold2 {S} , take"),
    ring("direct-descriptor", "uringdirect {S}"),
    ring("attribute", "uringgetxattr {S} user.note", setup="attribute {S} user.note {token}"),
    ring("stolen", "uringstolen {W}/notes", late="spawn outsider uringkeep {S} {W}/notes , linger", reason=ANY, rule=ANY,
         names_object=False),
    ring("link-out", "uringlink {S} {W}/l , read {W}/l", reason="link-widens"),
    ring("rename-out", "uringrename {S} {W}/l , read {W}/l"),
    ring("symlink", "uringsymlink {S} {W}/l , uringhold {W}/l plain , take"),
    ring("forbidden-name", "uringhold {W}/.env plain , take", setup="file {W}/.env {token}", rule="env", reason="name-rule"),
    ring("outsider's-link", "uringhold {W}/l plain , take", late="link {S} {W}/l"),
    ring("warm-then-closed", "uringopen {W}/own rdonly , uringhold {S} plain , take"),
    ring_change("truncating-open", "uringopen {R}/f rdonly,trunc"),
    ring_change("create", "uringopen {R}/new wronly,creat"),
    ring_change("rename", "uringrename {R}/f {W}/g"),
    ring_change("link", "uringlink {W}/own {R}/new"),
    ring_change("symlink", "uringsymlink x {R}/new"),
    ring_change("unlink", "uringunlink {R}/f"),
    ring_change("mkdir", "uringmkdir {R}/new"),
    ring_change("attribute", "uringsetxattr {R}/f user.new yes"),
    ring_change("hook", "uringopen {W}/.git/hooks/h wronly,creat", "{W}/.git/hooks/h", setup="dir {W}/.git/hooks",
                rule="hooks",
                reason="name-rule"),
    ring_change("ring-truncate", "uringftruncate {R}/f", since=(6, 9)),
]

SECTIONS = [
    Section("3-5", "own namespaces", NAMESPACES, OWN_MOUNTS),
    Section("3-4", "own rings", RINGS, RING),
]
