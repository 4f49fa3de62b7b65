# SPDX-License-Identifier: Apache-2.0
"""User namespaces and mounts, by the policy's `namespaces` word; and kernel interfaces that no agent may use."""

from cases import ANY, Case, Group

DENY = """\
cofferdam: 1
name: process-deny
files:
  default: ro                                              # default
  rules:
    - {path: "{T}/rw", access: rw}                         # rw
process: {namespaces: deny}
"""
ALLOW = DENY.replace("namespaces: deny", "namespaces: allow").replace("process-deny", "process-allow")


def namespaces(name, probe, op, **more):
    more.setdefault("allow_probe", "stat {T}")
    return Case(name, probe, "rw", op=op, path=None, errno="EPERM", reason="namespaces", **more)


PIVOT = "namespaces , mount tmpfs {P} , mkdir {P}/old , pivotroot {P} {P}/old"

DENIED = [
    namespaces("unshare", "userns", "user-namespace"),
    namespaces("clone", "cloneuserns", "user-namespace"),
    namespaces("unshare-with-mounts", "namespaces", "user-namespace"),
    namespaces("in-thread", "orphan userns", "user-namespace"),
    namespaces("mount-tmpfs", "mount tmpfs {P}", "mount", users=("root",), liftable=False),
    namespaces("mount-proc", "mount proc {P}", "mount", users=("root",), liftable=False),
    namespaces("bind-mount", "bindmount {T}/rw {P}", "mount", users=("root",), liftable=False),
    namespaces("remount", "bindmount {P} {P} , remount {P}", "mount", users=("root",), liftable=False),
    namespaces("umount", "umount {P}", "mount", users=("root",), setup="tmpfs {P}", free_probe="umount {P}",
               liftable=False),
    namespaces("pivot-root", "pivotroot {P} {P}/old", "mount", users=("root",), setup="tmpfs {P}; dir {P}/old",
               free_probe=PIVOT, liftable=False),
    namespaces("mount-by-newer-calls", "fsmount tmpfs {P}", "mount", users=("root",), liftable=False),
]
SURFACE = [
    Case("bpf", "bpf", "rw", op="bpf", path=None, errno="EPERM", reason="kernel-surface", users=("root",),
         allow_probe="stat {T}", liftable=False),
]
ALLOWED = [
    Case("unshare", "", None, "rw", allow_probe="userns"),
    Case("unshare-with-mounts", "", None, "rw", allow_probe="namespaces"),
    Case("clone", "", None, "rw", allow_probe="cloneuserns"),
    Case("mount-tmpfs-inside", "", None, "rw", allow_probe="namespaces , mount tmpfs {P} , write {P}/../{n}/x",
         users=()),
    Case("tmpfs-inside", "", None, "rw", allow_probe="namespaces , mount tmpfs {P} , creat {P}/f"),
    Case("bind-inside", "", None, "rw", setup="dir {P}/a; file {P}/b/f",
         allow_probe="namespaces , bindmount {P}/b {P}/a , open {P}/a/f rdwr"),
    Case("umount-inside", "", None, "rw", allow_probe="namespaces , mount tmpfs {P} , umount {P}"),
    Case("pivot-root-inside", "", None, "rw", allow_probe=PIVOT),
    namespaces("umount-in-host-namespace", "umount {P}", "mount", users=("root",), setup="tmpfs {P}",
               free_probe="umount {P}", liftable=False),
    namespaces("pivot-root-in-host-namespace", "pivotroot {P} {P}/old", "mount", users=("root",),
               setup="tmpfs {P}; dir {P}/old", free_probe=PIVOT, liftable=False),
    namespaces("mount-by-newer-calls-in-host-namespace", "fsmount tmpfs {P}", "mount", users=("root",), liftable=False),
    # In the host's own mount namespace, root's mounts stay refused.
    namespaces("mount-in-host-namespace", "mount tmpfs {P}", "mount", users=("root",), liftable=False),
    namespaces("bind-in-host-namespace", "bindmount {T}/rw {P}", "mount", users=("root",), liftable=False),
]

# An unconfined mount would stay for the tests that follow.
for case in DENIED + ALLOWED:
    if case.op == "mount" and not case.free_probe:
        case.free_probe = "namespaces , mount tmpfs {P}" if "remount" not in case.name else "stat {P}"

GROUPS = [
    Group("kernel-surface", ALLOW, SURFACE, setup="dir {T}/rw"),
    Group("denied", DENY, DENIED, setup="dir {T}/rw"),
    Group("allowed", ALLOW, [case for case in ALLOWED if case.users], setup="dir {T}/rw"),
]
