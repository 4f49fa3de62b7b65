# SPDX-License-Identifier: Apache-2.0
"""Execution: by path, descriptor, script and interpreter, memory file, dynamic linker, mapping."""

import os
import shutil

from cases import ANY, Case, Group
from daemon import PROBE
from setting import Setting

POLICY = """\
cofferdam: 1
name: exec
files:
  default: ro                                              # default
  rules:
    - {path: "{T}/rw", access: rw}                         # rw
    - {path: "{T}/rw-exec", access: rw-exec}               # rw-exec
    - {path: "{T}/ro-exec", access: ro-exec}               # ro-exec
    - {path: "{T}/none", access: none}                     # none
    - {path: "{T}/append-x", access: append+exec}          # append-x
    - {name: "*.noexec", access: ro-exec}                  # name
exec: {memfd: deny}
process: {namespaces: allow}
"""
PROGRAM = "copy {probe} {P}/f"
DYNAMIC = "copy /bin/true {P}/f"

CASES = [
    Case("path", "exec {P}/f self", "rw-exec", "rw", setup=PROGRAM, op=ANY, rule="rw-exec"),
    Case("path-read-only", "exec {P}/f self", "ro-exec", "append-x", setup=PROGRAM, op=ANY, rule="ro-exec"),
    Case("path-none", "exec {P}/f self", "none", "rw", setup=PROGRAM, op=ANY, rule="none"),
    Case("path-descriptor", "execveat {P}/f self", "rw-exec", "rw", setup=PROGRAM, op=ANY, rule="rw-exec"),
    Case("proc-self-root", "exec /proc/self/root{P}/f self", "rw-exec", "rw", setup=PROGRAM, op=ANY, rule="rw-exec"),
    Case("symlink", "exec {P}/s self", "rw-exec", "rw", setup=PROGRAM + "; symlink f {P}/s", op=ANY, rule="rw-exec"),
    Case("symlink-from-where-it-may", "exec {T}/rw/s{n} self", "rw-exec", "rw",
         setup=PROGRAM + "; symlink {P}/f {T}/rw/s{n}", op=ANY, rule="rw-exec"),
    Case("hard-link-by-outsider", "exec {T}/rw/h{n} self", "none", "rw", setup=PROGRAM, late="link {P}/f {T}/rw/h{n}",
         op=ANY, path=None, rule="none"),
    Case("script-itself", "exec {P}/f", "rw-exec", "rw", setup="copy {T}/script {P}/f", op=ANY, rule="rw-exec"),
    Case("interpreter-of-script", "exec {T}/rw/script-denied", "rw", "rw", allow_probe="exec {T}/rw/script-allowed",
         op=ANY, path="{T}/rw-exec/inherited", rule="rw-exec"),
    Case("dynamic-linker", "ldso {P}/f", "rw-exec", "rw", setup=DYNAMIC, op="mmap", rule="rw-exec", result="EXIT127"),
    Case("dynamic-linker-of-none", "ldso {P}/f", "none", "rw", setup=DYNAMIC, op="open", rule="none"),
    Case("dynamic-program", "exec {P}/f", "rw-exec", "rw", setup=DYNAMIC, op=ANY, rule="rw-exec"),
    Case("map-executable", "mmap {P}/f rdonly r,x private", "rw-exec", "rw", setup=PROGRAM, op="mmap", rule="rw-exec"),
    Case("map-executable-shared", "mmap {P}/f rdonly r,x shared", "rw-exec", "rw", setup=PROGRAM, op="mmap",
         rule="rw-exec"),
    Case("mprotect-executable", "mprotect {P}/f rdonly r private r,x", "rw-exec", "rw", setup=PROGRAM, op="mmap",
         rule="rw-exec"),
    Case("mprotect-readable", "mprotect {P}/f rdonly - private r", None, "rw-exec", setup=PROGRAM),
    Case("map-read-only", "mmap {P}/f rdonly r private", None, "rw-exec", setup=PROGRAM),
    Case("map-inherited", "mmapfd 2 r,x private", "", None, op="mmap", path="{T}/rw-exec/inherited", rule="rw-exec"),
    Case("map-inherited-to-read", "mmapfd 2 r private", None, None, allow_probe="mmapfd 2 r private"),
    Case("map-anonymous", "mmapanonymous", None, None, allow_probe="mmapanonymous"),
    Case("name-rule", "exec {P}/f.noexec self", "rw", "rw", allow_probe="exec {P}/f self",
         setup="copy {probe} {P}/f.noexec", allow_setup=PROGRAM, op=ANY, path="{P}/f.noexec", reason="name-rule",
         rule="name"),
    Case("memory-file", "memfd {probe} self", "", None, op=ANY, path=None, reason="memfd"),
    Case("removed-program", "execremoved {P}/f self", "rw", "rw", setup=PROGRAM, allow_probe="exec {P}/f self",
         op="exec", path=None, reason="memfd"),
    Case("removed-file-mapping", "", None, "rw", setup=PROGRAM, allow_probe="mmapremoved {P}/f"),
    Case("own-tmpfs", "namespaces , mount tmpfs {P} , copy {probe} {P}/x , exec {P}/x self", "rw", None,
         allow_probe="copy {probe} {T}/rw/x{n} , exec {T}/rw/x{n} self", op=ANY, path=None, reason="memfd"),
    Case("memory-file-mapping", "mmapmemfd r,x private", "", None, allow_probe="mmapmemfd r,w shared", op="mmap",
         path=None, reason="memfd"),
]

MEMFD_POLICY = """\
cofferdam: 1
name: exec-memfd
files: {default: ro, rules: [{path: "{T}/rw", access: rw}]}
exec: {memfd: allow}
process: {namespaces: allow}
"""
MEMFD = [
    Case("removed-program", "", None, "rw", setup=PROGRAM, allow_probe="execremoved {P}/f self"),
    Case("own-tmpfs", "", None, "", allow_probe="namespaces , mount tmpfs {P} , copy {probe} {P}/x , exec {P}/x self"),
    Case("memory-file", "memfd {probe} self", None, None, allow_probe="memfd {probe} self"),
    Case("memory-file-mapping", "mmapmemfd r,x private", None, None, allow_probe="mmapmemfd r,x private"),
]

ONLY_POLICY = """\
cofferdam: 1
name: exec-only
files:
  default: ro
  rules:
    - {path: "{T}/rw", access: rw}                         # rw
    - {path: "{T}/tools/scratch", access: rw}
    - {path: "{T}/tools/closed", access: ro-exec}          # closed
exec:
  only: [system, "{B}", "{T}/tools", "{T}/late"]  # only
process: {namespaces: allow}
"""
ONLY = [
    Case("not-listed", "exec {P}/f self", "other", "tools", setup=PROGRAM, op=ANY, rule="only"),
    Case("written", "exec {P}/f self", "rw", "tools", setup=PROGRAM, op=ANY, rule="only"),
    Case("written-by-itself", "copy {probe} {P}/x , exec {P}/x self", "rw", None, op=ANY, path="{P}/x", rule="only",
         allow_probe="exec {probe} self"),
    Case("written-in-listed", "exec {P}/f self", "tools/scratch", "tools", setup=PROGRAM, op=ANY, rule="only"),
    Case("own-rule-in-listed", "exec {P}/f self", "tools/closed", "tools", setup=PROGRAM, op=ANY, rule="closed"),
    Case("descriptor", "execveat {P}/f self", "rw", "tools", setup=PROGRAM, op=ANY, rule="only"),
    Case("symlink-from-listed", "exec {P}/s self", "tools", "rw", setup="copy {probe} {T}/rw/t{n}; symlink {T}/rw/t{n} {P}/s",
         allow_setup="copy {probe} {T}/tools/t{n}; symlink {T}/tools/t{n} {P}/s", op=ANY, path="{T}/rw/t{n}", rule="only"),
    Case("second-name-before", "exec {P}/f self", "tools", "tools", setup=PROGRAM + "; link {P}/f {T}/rw/l{n}",
         allow_setup=PROGRAM + "; link {P}/f {T}/tools/l{n}", op=ANY, rule="only"),
    Case("second-name-late", "exec {P}/f self", "tools", "tools", setup=PROGRAM, late="link {P}/f {T}/rw/m{n}",
         allow_probe="exec {probe} self", op=ANY, rule="only"),
    Case("second-name-late-of-written", "exec {T}/tools/k{n} self", "rw", None, setup=PROGRAM,
         late="link {P}/f {T}/tools/k{n}", op=ANY, path=ANY, rule="only"),
    Case("script", "exec {P}/f", "rw", "tools", setup="copy {T}/script {P}/f", op=ANY, rule="only"),
    Case("dynamic-linker", "ldso {P}/f", "rw", "tools", setup=DYNAMIC, op="mmap", rule="only", result="EXIT127"),
    Case("map-executable", "mmap {P}/f rdonly r,x private", "rw", "tools", setup=PROGRAM, op="mmap", rule="only"),
    Case("mprotect-executable", "mprotect {P}/f rdonly r private r,x", "other", "tools", setup=PROGRAM, op="mmap",
         rule="only"),
    Case("made-after-the-start", "", None, None, late="dir {T}/late; copy {probe} {T}/late/{n}",
         allow_probe="exec {T}/late/{n} self"),
    Case("own-tmpfs", "namespaces , mount tmpfs {P} , copy {probe} {P}/x , exec {P}/x self", "rw", None,
         allow_probe="exec {probe} self", op=ANY, path=None, reason="memfd"),
    Case("memory-file", "memfd {probe} self", "", None, op=ANY, path=None, reason="memfd"),
]

# A script's interpreter is a path in it: `self` of the probe, or a shell that does nothing.
SETUP = """\
script {T}/script /bin/true; copy /bin/true {T}/rw-exec/inherited; dir {T}/rw
script {T}/rw/script-denied {T}/rw-exec/inherited; script {T}/rw/script-allowed /bin/true
"""
GROUPS = [
    Group("exec", POLICY, CASES, fd2="{T}/rw-exec/inherited", setup=SETUP),
    Group("memfd-allowed", MEMFD_POLICY, MEMFD),
    Group("only", ONLY_POLICY, ONLY, setup="script {T}/script /bin/true; dir {T}/tools; dir {T}/other"),
]


OBSERVED_PATHS = {"short": "f", "long name": "n" * 255, "forty folders": "x/" * 40 + "f",
                  "seventy folders": "x/" * 70 + "f", "long names": ("n" * 200 + "/") * 3 + "f"}
OBSERVED_POLICY = """\
cofferdam: 1
name: exec-observed
files:
  default: rw
  rules:
    - {path: "{T}/ruled", access: ro}
observe: [exec]
"""


def test_observed_execution_is_told_alike_by_both_roads(runner, name):
    """A link to what a rule names never goes the fast road: it must be told as what does."""
    with Setting(OBSERVED_POLICY, runner.users[-1], "exec-observed") as setting:
        ruled = f"{setting.folder}/ruled"
        shutil.copy(PROBE, ruled)
        os.chmod(ruled, 0o777)
        n = len(runner.events.observed(setting.agent.id, 1))  # what starts it
        for label, end in OBSERVED_PATHS.items():
            told = {}
            for road in "slow", "fast":
                path = f"{setting.folder}/{road}/{end}"
                os.makedirs(os.path.dirname(path), exist_ok=True)
                if road == "slow":
                    os.link(ruled, path)
                else:
                    shutil.copy(PROBE, path)
                    os.chmod(path, 0o777)
                setting.expect(f"exec {path} self", "ok")
                setting.expect(f"open {path} wronly", "EACCES" if road == "slow" else "ok")  # it is what it should be
                n += 1
                event = runner.events.observed(setting.agent.id, n)[:n][-1]
                shown, inode = event["object"].pop("path"), event["object"].pop("ino")
                is_shown = path.endswith(shown[3:]) if event["object"].get("truncated") else path == shown
                if event["sequence"] != n or not is_shown or inode != os.stat(path).st_ino:
                    setting.problems.append(f"{label}, {road}: {path}: told as {shown}, inode {inode}: {event}")
                told[road] = (len(shown), {key: value for key, value in event.items()
                                           if key not in ("id", "time", "sequence", "pid", "tid", "ppid")})
            if told["slow"] != told["fast"]:
                setting.problems.append(f"{label}: {told}")
        runner.report.problems(name, setting.problems)


TESTS = [test_observed_execution_is_told_alike_by_both_roads]
