# SPDX-License-Identifier: Apache-2.0
"""The file hooks beside the plain modes: between places, pins, roads, devices, kernel filesystems."""

import os
import subprocess

from cases import ANY, Case, Group
from daemon import COFFERDAM

POLICY = """\
cofferdam: 1
name: files
files:
  default: ro                                              # default
  rules:
    - {path: "{T}/rw", access: rw}                         # rw
    - {path: "{T}/rw/deep/a/b/secret", access: none}       # deep
    - {path: "{T}/rw/pin/a/b/secret", access: none}        # pin
    - {path: "{T}/rw/late/a/b", access: none}              # late
    - {path: "{T}/rw/one-secret", access: none}            # one
    - {path: "{T}/ro", access: ro}                         # ro
    - {path: "{T}/ro/open", access: rw}                    # ro-open
    - {path: "{T}/none", access: none}                     # none
    - {path: "{T}/none/inside", access: ro}                # none-inside
    - {path: "{T}/keep", access: rw-no-delete}             # keep
    - {path: "{T}/append", access: append}                 # append
    - {path: "{T}/rwx", access: rw-exec}                   # rwx
"""

BETWEEN = [
    # From a place that may be changed to one that may not, and back.
    Case("rename-into-ro", "rename {P}/f {T}/ro/{n}", "rw", allow_probe="rename {P}/f {T}/rw/x{n}",
         allow="rw", setup="file {P}/f", path="{P}/f", target="{T}/ro/{n}", rule="ro"),
    Case("rename-into-none", "rename {P}/f {T}/none/{n}", "rw", allow="rw", allow_probe="rename {P}/f {T}/keep/{n}",
         setup="file {P}/f", target="{T}/none/{n}", rule="none"),
    Case("rename-out-of-none", "rename {P}/f {T}/rw/{n}", "none", allow="rw", allow_probe="rename {P}/f {T}/rw/r{n}",
         setup="file {P}/f", target="{T}/rw/{n}", rule="none"),
    Case("rename-out-of-ro", "rename {P}/f {T}/rw/{n}", "ro", allow="ro/open", allow_probe="rename {P}/f {T}/rw/{n}",
         setup="file {P}/f", rule="ro"),
    Case("rename-out-of-keep", "rename {P}/f {T}/rw/{n}", "keep", allow="rw",
         allow_probe="rename {P}/f {T}/keep/{n}", setup="file {P}/f", rule="keep"),
    Case("rename-over-in-keep", "rename {P}/f {T}/keep/v{n}", "rw", allow="rw", allow_probe="rename {P}/f {T}/keep/w{n}",
         setup="file {P}/f; file {T}/keep/v{n}", target="{T}/keep/v{n}", rule="keep"),
    Case("exchange-with-ro", "renameat2 {P}/f {T}/ro/{n} exchange", "rw", allow="rw",
         allow_probe="renameat2 {P}/f {P}/g exchange", setup="file {P}/f; file {P}/g; file {T}/ro/{n}", path=None,
         rule="ro"),
    Case("exchange-with-none", "renameat2 {P}/f {T}/none/{n} exchange", "rw", allow="rw",
         allow_probe="renameat2 {P}/f {P}/g exchange", setup="file {P}/f; file {P}/g; file {T}/none/{n}", path=None,
         rule="none"),
    Case("link-from-none", "link {P}/f {T}/rw/{n}", "none", allow="rw", allow_probe="link {P}/f {T}/rw/l{n}",
         setup="file {P}/f", target="{T}/rw/{n}", reason="link-widens", rule="none"),
    Case("link-from-ro", "link {P}/f {T}/rw/{n}", "ro", allow="ro/open", allow_probe="link {P}/f {T}/rw/l{n}",
         setup="file {P}/f", target="{T}/rw/{n}", reason="link-widens", rule="ro"),
    Case("link-from-keep-to-rw", "link {P}/f {T}/rw/{n}", "keep", allow="keep", allow_probe="link {P}/f {T}/keep/l{n}",
         setup="file {P}/f", target="{T}/rw/{n}", reason="link-widens", rule="keep"),
    Case("link-by-descriptor-from-ro", "linkfd {P}/f {T}/rw/{n}", "ro", allow="rw",
         allow_probe="linkfd {P}/f {T}/rw/l{n}", setup="file {P}/f", op="link", target="{T}/rw/{n}",
         reason="link-widens", rule="ro"),
    Case("link-into-ro", "link {P}/f {T}/ro/{n}", "rw", allow="rw", allow_probe="link {P}/f {P}/g",
         setup="file {P}/f", target="{T}/ro/{n}", rule="ro"),
    Case("link-nameless-into-ro", "linktmp {P} {T}/ro/{n}", "rw", allow="rw", allow_probe="linktmp {P} {P}/g",
         op="link", path=None, target="{T}/ro/{n}", rule="ro"),
    Case("rename-noreplace-into-ro", "renameat2 {P}/f {T}/ro/{n} noreplace", "rw", allow="rw",
         allow_probe="renameat2 {P}/f {P}/g noreplace", setup="file {P}/f", op="rename", target="{T}/ro/{n}", rule="ro"),
    Case("whiteout-in-ro", "renameat2 {P}/f {P}/g whiteout", "ro", allow=None, setup="file {P}/f", op="rename",
         rule="ro", users=("root",)),
]
for case in BETWEEN:
    case.op = case.op or case.probe.split()[0].replace("at2", "")

PINS = [
    # Directories between a protected object and the top of what may be changed.
    Case("rename-ancestor", "rename {T}/rw/pin/a {T}/rw/pin/x{n}", "rw", allow="rw", allow_probe="rename {P}/d {P}/e",
         allow_setup="dir {P}/d", setup="file {T}/rw/pin/a/b/secret", late="dir {T}/rw/pin/a/b", free_probe="stat {T}/rw/pin/a", op="rename",
         path="{T}/rw/pin/a", reason="pinned", rule="pin"),
    Case("rename-far-ancestor", "rename {T}/rw/pin {T}/rw/x{n}", "rw", allow="rw", allow_probe="rename {P}/d {P}/e",
         allow_setup="dir {P}/d", late="dir {T}/rw/pin/a/b", free_probe="stat {T}/rw/pin/a", op="rename", path="{T}/rw/pin", reason="pinned", rule="pin"),
    Case("rename-parent", "rename {T}/rw/pin/a/b {T}/rw/x{n}", "rw", allow="rw", allow_probe="rename {P}/d {P}/e",
         allow_setup="dir {P}/d", late="dir {T}/rw/pin/a/b", free_probe="stat {T}/rw/pin/a", op="rename", path="{T}/rw/pin/a/b", reason="pinned", rule="pin"),
    Case("exchange-ancestor", "renameat2 {T}/rw/pin/a {P}/d exchange", "rw", setup="dir {P}/d", allow="rw",
         allow_probe="renameat2 {P}/d {P}/e exchange", allow_setup="dir {P}/d; dir {P}/e",
         late="dir {T}/rw/pin/a/b", free_probe="stat {T}/rw/pin/a", op="rename", path=None, reason="pinned", rule="pin"),
    Case("exchange-ancestor-other-side", "renameat2 {P}/d {T}/rw/pin/a exchange", "rw", setup="dir {P}/d", allow="rw",
         allow_probe="renameat2 {P}/d {P}/e exchange", allow_setup="dir {P}/d; dir {P}/e",
         late="dir {T}/rw/pin/a/b", free_probe="stat {T}/rw/pin/a", op="rename", path=None, reason="pinned", rule="pin"),
    Case("rename-directory-over-place", "rename {P}/d {T}/rw/late/a", "rw", setup="dir {P}/d", allow="rw",
         allow_probe="rename {P}/d {P}/e", op="rename", path="{P}/d", target="{T}/rw/late/a", reason="pinned", rule="late",
         late="dir {T}/rw/late; absent {T}/rw/late/a", free_probe="stat {P}/d"),
    Case("symlink-at-place", "symlink elsewhere {T}/rw/late/a", "rw", allow="rw", allow_probe="symlink elsewhere {P}/a",
         late="dir {T}/rw/late; absent {T}/rw/late/a", free_probe="stat {T}/rw/late", path="{T}/rw/late/a", reason="pinned", rule="late"),
    Case("rename-symlink-to-place", "rename {P}/s {T}/rw/late/a", "rw", setup="symlink elsewhere {P}/s", allow="rw",
         allow_probe="rename {P}/s {P}/t", late="dir {T}/rw/late; absent {T}/rw/late/a", free_probe="stat {P}/s", path="{P}/s",
         target="{T}/rw/late/a", reason="pinned", rule="late"),
    Case("rmdir-empty-ancestor", "rmdir {T}/rw/late", "rw", allow="rw", allow_probe="rmdir {P}/d",
         allow_setup="dir {P}/d", late="absent {T}/rw/late; dir {T}/rw/late", free_probe="stat {T}/rw/late", path="{T}/rw/late",
         reason="pinned", rule="late"),
    Case("rename-secret-itself", "rename {T}/rw/one-secret {T}/rw/x{n}", "rw", allow="rw", allow_probe="rename {P}/f {P}/g", allow_setup="file {P}/f", late="file {T}/rw/one-secret", free_probe="stat {T}/rw/one-secret",
         path="{T}/rw/one-secret", rule="one"),
    Case("unlink-secret-itself", "unlink {T}/rw/one-secret", "rw", allow="rw", allow_probe="unlink {P}/f",
         allow_setup="file {P}/f", late="file {T}/rw/one-secret", free_probe="stat {T}/rw/one-secret", path="{T}/rw/one-secret", rule="one"),
    Case("write-over-secret", "rename {P}/f {T}/rw/one-secret", "rw", setup="file {P}/f", allow="rw",
         allow_probe="rename {P}/f {P}/g", late="file {T}/rw/one-secret", free_probe="stat {T}/rw/one-secret", target="{T}/rw/one-secret", rule="one"),
    Case("create-absent-secret", "creat {T}/rw/deep/a/b/secret", "rw", setup="dir {T}/rw/deep/a/b", allow="rw",
         allow_probe="creat {T}/rw/deep/a/b/other", free_probe="stat {T}/rw/deep/a/b", op="create",
         path="{T}/rw/deep/a/b/secret", rule="deep"),
    Case("mkdir-on-the-way", "mkdir {T}/rw/late/a/b", "rw", allow="rw", allow_probe="mkdir {T}/rw/late/a/other",
         late="dir {T}/rw/late/a", free_probe="stat {T}/rw/late/a", path="{T}/rw/late/a/b", rule="late"),
]

ROADS = [
    # The same object by other words.
    Case("by-dots", "open {P}/../../none/{n}x rdonly", "rw", allow="rw", allow_probe="open {P}/../{n}/f rdonly",
         setup="file {P}/f; file {T}/none/{n}x", op="open", path="{T}/none/{n}x", rule="none"),
    Case("by-own-symlink", "open {P}/s rdonly", "rw", allow="rw", setup="file {T}/none/{n}x; symlink {T}/none/{n}x {P}/s",
         allow_setup="file {P}/f; symlink {P}/f {P}/s", op="open", path="{T}/none/{n}x", rule="none"),
    Case("by-directory-symlink", "open {P}/s/{n}x rdonly", "rw", allow="rw",
         setup="file {T}/none/{n}x; symlink {T}/none {P}/s",
         allow_setup="file {P}/d/{n}x; symlink {P}/d {P}/s", op="open", path="{T}/none/{n}x", rule="none"),
    Case("by-relative-symlink", "open {P}/s rdonly", "rw", allow="rw",
         setup="file {T}/none/{n}x; symlink ../../none/{n}x {P}/s", allow_setup="file {P}/f; symlink f {P}/s",
         op="open", path="{T}/none/{n}x", rule="none"),
    Case("by-proc-self-root", "open /proc/self/root{P}/f rdonly", "none", "rw", setup="file {P}/f", op="open", rule="none"),
    Case("by-proc-self-cwd", "chdir {P} , open /proc/self/cwd/f rdonly", "none", "rw", setup="file {P}/f", op="open",
         rule="none"),
    Case("by-path-descriptor", "reopen {P}/f rdonly", "none", "rw", setup="file {P}/f", op="open", rule="none"),
    Case("by-path-descriptor-write", "reopen {P}/f wronly", "ro", "rw", setup="file {P}/f", op="open", rule="ro"),
    Case("removed-file", "reopenremoved {P}/f rdonly", "rw", "rw", setup="file {P}/f", allow_probe="reopen {P}/f rdonly",
         op="open", path=None, reason="disconnected", verdict="unknown", liftable=False),
    Case("nameless-file-of-its-own", "", None, "rw", allow_probe="open {P} rdwr,tmpfile"),
    Case("by-held-directory", "hold {P} path,directory , openheld f rdonly", "none", "rw", setup="file {P}/f", op="open",
         rule="none"),
    Case("by-held-directory-nofollow", "hold {P} path,directory , openheld f rdonly,nofollow", "none", "rw",
         setup="file {P}/f", op="open", rule="none"),
    Case("by-fchdir", "fchdiropen {P} f rdonly", "none", "rw", setup="file {P}/f", op="open", rule="none"),
    Case("by-openat2", "openat2 {P} f rdonly -", "none", "rw", setup="file {P}/f", op="open", rule="none"),
    Case("by-openat2-beneath", "openat2 {P} f rdonly beneath", "none", "rw", setup="file {P}/f", op="open", rule="none"),
    Case("by-openat2-in-root", "openat2 {T} /none/{n}/f rdonly in-root", "none", "rw", setup="file {P}/f", op="open",
         rule="none", allow_probe="openat2 {T} /rw/{n}/f rdonly in-root"),
    Case("by-chroot", "chroot {T} , open /none/{n}/f rdonly", "none", "rw", setup="file {P}/f", op="open", rule="none",
         allow_probe="chroot {T} , open /rw/{n}/f rdonly", users=("root",)),
    Case("by-thread", "thread open {P}/f rdonly", "none", "rw", setup="file {P}/f", op="open", rule="none"),
    Case("by-orphan", "orphan open {P}/f rdonly", "none", "rw", setup="file {P}/f", op="open", rule="none"),
    Case("below-none-is-ro", "open {P}/f wronly", "none/inside", allow=None, setup="file {P}/f", op="open",
         rule="none-inside"),
    Case("below-none-can-be-read", "open {P}/f rdonly", None, "none/inside", setup="file {P}/f"),
    Case("below-ro-can-be-written", "open {P}/f wronly", None, "ro/open", setup="file {P}/f"),
    Case("default-reads", "open {P}/f rdonly", None, "elsewhere", setup="file {P}/f"),
    Case("default-writes", "open {P}/f wronly", "elsewhere", "rw", setup="file {P}/f", rule="default"),
    Case("default-creates", "creat {P}/f", "elsewhere", "rw", op="create", rule="default"),
    Case("nameless-in-ro", "open {P} wronly,tmpfile", "ro", "rw", op="open", path=None, rule="ro"),
    Case("ioctl-mode-open-of-none", "open {P}/f ioctl", "none", "rw", setup="file {P}/f", op="open", rule="none"),
    Case("stat-is-free", "stat {P}/f", None, "none", setup="file {P}/f"),
    Case("path-descriptor-is-free", "open {P}/f path", None, "none", setup="file {P}/f"),
]

DEVICES = [
    Case("mknod-character", "mknod {P}/f chr", "rw", None, op="mknod", reason="device", users=("root",), liftable=False),
    Case("mknod-block", "mknod {P}/f blk", "rw", None, op="mknod", reason="device", users=("root",), liftable=False),
    Case("open-memory", "open {P}/f rdonly", "rw", "rw", setup="node {P}/f c 1 11", allow_setup="node {P}/f c 1 5",
         op="open", reason="device", users=("root",), liftable=False),
    Case("open-disk", "open {P}/f rdonly", "rw", "rw", setup="node {P}/f b 254 0", allow_setup="node {P}/f c 1 9",
         op="open", reason="device", liftable=False),
    Case("null", "open /dev/null rdwr", None, None, allow_probe="open /dev/null rdwr"),
    Case("zero", "open /dev/zero rdonly", None, None, allow_probe="open /dev/zero rdwr"),
    Case("full", "open /dev/full rdwr", None, None, allow_probe="open /dev/full rdwr"),
    Case("random", "open /dev/random rdonly", None, None, allow_probe="open /dev/random rdonly"),
    Case("urandom", "open /dev/urandom rdonly", None, None, allow_probe="open /dev/urandom rdwr"),
    Case("ptmx", "open /dev/ptmx rdwr", None, None, allow_probe="open /dev/ptmx rdwr"),
    Case("kmsg", "open /dev/kmsg rdonly", "", op="open", allow_probe="open /dev/null rdonly", reason="device",
         path="/dev/kmsg", users=("root",), liftable=False),
    Case("chmod-of-null", "chmod /dev/null 0666", "", allow_probe="utimes {P}/f", allow="rw", allow_setup="file {P}/f",
         op="setattr", path="/dev/null", free_probe="stat /dev/null", users=("root",), reason="device", liftable=False),
    Case("unlink-of-null", "unlink /dev/null", "", allow_probe="unlink {P}/f", allow="rw", allow_setup="file {P}/f",
         op="unlink", path="/dev/null", free_probe="stat /dev/null", users=("root",), reason="device", liftable=False),
]

PSEUDO = [
    Case("sysctl-write", "open /proc/sys/kernel/core_pattern wronly", "", None,
         allow_probe="open /proc/sys/kernel/core_pattern rdonly", op="open", path="/proc/sys/kernel/core_pattern",
         reason="pseudo-filesystem", users=("root",), liftable=False),
    Case("sysrq-write", "open /proc/sysrq-trigger wronly", "", None, allow_probe="open /proc/version rdonly", op="open",
         path="/proc/sysrq-trigger", reason="pseudo-filesystem", users=("root",), liftable=False),
    Case("other-process-write", "open /proc/1/oom_score_adj wronly", "", None,
         allow_probe="open /proc/self/oom_score_adj wronly", op="open", path=None, reason="pseudo-filesystem",
         users=("root",), liftable=False),
    Case("other-process-read", "open /proc/1/cmdline rdonly", "", None, allow_probe="open /proc/self/cmdline rdonly",
         op="open", path="/proc/1/cmdline", reason="pseudo-filesystem", liftable=False),
    Case("other-process-list", "list /proc/1", "", None, allow_probe="list /proc/self", op="open", path="/proc/1",
         reason="pseudo-filesystem", liftable=False),
    Case("other-process-link", "readlink /proc/1/exe", "", None, allow_probe="readlink /proc/self/exe", op="readlink",
         path="/proc/1/exe", reason="pseudo-filesystem", users=("root",), liftable=False),
    Case("through-other-process", "open /proc/1/cwd/etc/passwd rdonly", "", None,
         allow_probe="chdir / , open /proc/self/cwd/etc/passwd rdonly", op="readlink", path="/proc/1/cwd",
         reason="pseudo-filesystem", users=("root",), liftable=False),
    Case("open-of-other-process", "open /proc/1/fd/0 rdonly,nonblock", "", None,
         allow_probe="open /proc/self/fd/0 rdonly,nonblock", op="readlink", path="/proc/1/fd/0",
         reason="pseudo-filesystem", users=("root",), free=ANY, liftable=False),
    Case("listed-but-not-for-everybody", "open /proc/sys/net/ipv4/tcp_fastopen_key rdonly", "", None,
         allow_probe="open /proc/sys/net/core/somaxconn rdonly", op="open", path="/proc/sys/net/ipv4/tcp_fastopen_key",
         reason="pseudo-filesystem", users=("root",), liftable=False),
    Case("other-process-network", "open /proc/1/net/tcp rdonly", "", None, allow_probe="open /proc/self/net/tcp rdonly",
         op="open", path="/proc/1/net/tcp", reason="pseudo-filesystem", users=("root",), liftable=False),
    Case("other-process-by-held-directory", "hold /proc/1 path,directory , openheld stat rdonly", "", None,
         allow_probe="hold /proc/self path,directory , openheld stat rdonly", op="open", path="/proc/1/stat",
         reason="pseudo-filesystem", liftable=False),
    Case("processes-can-be-listed", "", None, None, allow_probe="list /proc"),
    Case("process-of-same-agent", "", None, None, allow_probe="openparent stat , openparent comm"),
    Case("thread-of-own", "", None, None, allow_probe="thread open /proc/thread-self/stat rdonly"),
    Case("listed", "", None, None, allow_probe="open /proc/meminfo rdonly , open /proc/sys/kernel/random/uuid rdonly"),
    Case("listed-in-sysfs", "", None, None, allow_probe="open /sys/devices/system/cpu/online rdonly"),
    Case("not-listed", "open /proc/cmdline rdonly", "", None, allow_probe="open /proc/cpuinfo rdonly", op="open",
         path="/proc/cmdline", reason="pseudo-filesystem", liftable=False),
    Case("not-listed-symbols", "open /proc/kallsyms rdonly", "", None, allow_probe="open /proc/version rdonly",
         op="open", path="/proc/kallsyms", reason="pseudo-filesystem", liftable=False),
    Case("not-listed-memory", "open /proc/kcore rdonly", "", None, allow_probe="open /proc/meminfo rdonly", op="open",
         path="/proc/kcore", reason="pseudo-filesystem", users=("root",), liftable=False, free=ANY),
    Case("not-listed-sysctl", "open /proc/sys/kernel/kptr_restrict rdonly", "", None,
         allow_probe="open /proc/sys/kernel/pid_max rdonly", op="open", path="/proc/sys/kernel/kptr_restrict",
         reason="pseudo-filesystem", liftable=False),
    Case("not-listed-in-sysfs", "open /sys/kernel/uevent_seqnum rdonly", "", None, allow_probe="list /sys/kernel",
         op="open", path="/sys/kernel/uevent_seqnum", reason="pseudo-filesystem", liftable=False),
    Case("links-of-sysfs", "", None, None, allow_probe="readlink /sys/class/net/lo"),
    Case("debugfs-list", "list /sys/kernel/debug", "", None, allow_probe="list /sys/kernel", op="open", path=None,
         reason="pseudo-filesystem", users=("root",), free=ANY, liftable=False),
    Case("securityfs-read", "open /sys/kernel/security/lsm rdonly", "", None, allow_probe="list /sys/kernel", op="open",
         path=None, reason="pseudo-filesystem", liftable=False),
    Case("own-process-write", "open /proc/self/oom_score_adj wronly", None, None,
         allow_probe="open /proc/self/comm wronly"),
    Case("own-process-read", "open /proc/self/maps rdonly", None, None, allow_probe="open /proc/self/maps rdonly"),
    Case("sysfs-write", "open /sys/kernel/mm/transparent_hugepage/enabled wronly", "", None,
         allow_probe="open /sys/kernel/mm/transparent_hugepage/enabled rdonly", op="open", path=None,
         reason="pseudo-filesystem", users=("root",), liftable=False),
    Case("cgroup-leave", "open /sys/fs/cgroup/cgroup.procs wronly", "", None,
         allow_probe="open /sys/fs/cgroup/cgroup.procs rdonly", op="open", path=None, reason="pseudo-filesystem",
         users=("root",), liftable=False),
    Case("cgroup-mkdir", "mkdir /sys/fs/cgroup/{n}", "", None, allow_probe="list /sys/fs/cgroup", op="mkdir", path=None,
         reason="pseudo-filesystem", users=("root",), liftable=False),
    Case("tracefs-write", "open /sys/kernel/tracing/trace_marker wronly", "", None, allow_probe="list /sys/kernel",
         op="open", path=None, reason="pseudo-filesystem", users=("root",), liftable=False),
    Case("bpffs-list", "list /sys/fs/bpf", "", None, allow_probe="list /sys/fs", op="open", path=None,
         reason="pseudo-filesystem", users=("root",), liftable=False),
    Case("bpffs-unlink", "unlink /sys/fs/bpf/cofferdam/v1/links/cf_file_open", "", None, allow_probe="list /sys/fs",
         op="unlink", path=None, reason="pseudo-filesystem", users=("root",), liftable=False,
         free_probe="stat /sys/fs/bpf/cofferdam/v1/links/cf_file_open"),
    Case("bpffs-rmdir", "rmdir /sys/fs/bpf/cofferdam", "", None, allow_probe="list /sys/fs", op="rmdir", path=None,
         reason="pseudo-filesystem", users=("root",), free_probe="stat /sys/fs/bpf", liftable=False),
]

# Policies whose rules could not hold where a filesystem is judged by its type, and one whose rule takes nothing away.
TYPED = [
    ("none", "files: {default: ro, rules: [{path: /proc, access: none}]}", 125),
    ("none-by-default", "files: {default: none, rules: [{path: /share, access: ro}, {path: /sys, access: none}]}", 125),
    ("exec-only", "files: {default: ro}\nexec: {only: [/proc]}", 125),
    ("exec-only-beside-another", "files: {default: ro}\nexec: {only: [/share, /sys/kernel]}", 125),
    ("pin", f"exec: {{pins: [{{path: /dev/pts/0, sha256: '{'0' * 64}'}}]}}", 125),
    ("not-made-yet", "files: {default: ro, rules: [{path: /sys/fs/cgroup/none/such, access: none}]}", 125),
    ("as-by-default", "files: {default: ro, rules: [{path: /proc, access: ro}]}", 0),
]


def test_rules_where_types_decide(runner, name):
    """A rule that would be without effect is an error."""
    for label, text, expected in TYPED:
        path = f"/srv/files-typed-{label}.yaml"
        with open(path, "w") as file:
            file.write(f"cofferdam: 1\nname: typed\n{text}\n")
        answer = subprocess.run([COFFERDAM, "run", "-p", path, "--", "/share/build/probe"], capture_output=True, text=True,
                                stdin=subprocess.DEVNULL, check=False)
        problems = []
        if (answer.returncode == 125) != (expected == 125) or (expected and "CF-K043" not in answer.stderr):
            problems.append(f"status {answer.returncode}: {answer.stderr}")
        runner.report.problems(f"{name}/{label}", problems)
        os.unlink(path)


TESTS = [test_rules_where_types_decide]
GROUPS = [
    Group("between", POLICY, BETWEEN, setup="dir {T}/none/inside; dir {T}/keep; dir {T}/ro/open; dir {T}/rw"),
    Group("pins", POLICY, PINS, setup="dir {T}/rw/pin/a/b"),
    Group("roads", POLICY, ROADS, setup="dir {T}/none/inside; dir {T}/ro/open; dir {T}/rw"),
    Group("devices", POLICY, DEVICES),
    Group("kernel-filesystems", POLICY, PSEUDO),
]
