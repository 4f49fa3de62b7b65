# SPDX-License-Identifier: Apache-2.0
"""Pinned executables: by what IMA says that they hold, and by fs-verity's digest."""

import errno
import hashlib
import os
import struct
import subprocess
import sys

from agent import Agent
from cases import Case, Group, kernel_is_at_least
from daemon import COFFERDAM, PROBE, catch_up

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bypass"))
import fuse  # noqa: E402

HAS_VERITY = kernel_is_at_least(6, 8)


def contents(path):
    with open(path, "rb") as file:
        return file.read()


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def verity_digest(data, name):
    """fs-verity's file digest: Documentation/filesystems/fsverity.rst, "Merkle tree", "fsverity_descriptor"."""
    size = len(data)
    while True:
        blocks = [data[at:at + 4096].ljust(4096, b"\0") for at in range(0, len(data), 4096)]
        data = b"".join(hashlib.new(name, block).digest() for block in blocks)
        if len(blocks) == 1:
            break
    number = {"sha256": 1, "sha512": 2}[name]
    descriptor = struct.pack("<BBBBIQ64s32s144s", 1, number, 12, 0, 0, size, data, b"", b"")
    return f"{name}:{hashlib.new(name, descriptor).hexdigest()}"


RIGHT_PROGRAM = sha256(contents(PROBE))
RIGHT_DYNAMIC = sha256(contents("/bin/true"))
SCRIPT = b"#!/bin/true\n"

POLICY = f"""\
cofferdam: 1
name: pins
files:
  default: ro
  rules:
    - {{path: "{{T}}/rw", access: rw}}
    - {{path: "{{T}}/alias", access: rw}}                      # alias
exec:
  pins:
    - {{path: "{{T}}/pinned", sha256: "{RIGHT_PROGRAM}"}}      # pin
    - {{path: "{{T}}/pinned", sha256: "{RIGHT_DYNAMIC}"}}
    - {{path: "{{T}}/pinned", sha256: "{sha256(SCRIPT)}"}}
    - {{path: "{{T}}/tool", sha256: "{RIGHT_DYNAMIC}"}}        # tool
    - {{path: "{{T}}/later", sha256: "{RIGHT_PROGRAM}"}}       # later
    - {{path: "{{T}}/later-good", sha256: "{RIGHT_PROGRAM}"}}
    - {{path: "{{T}}/aliased", sha256: "{RIGHT_PROGRAM}"}}
    - {{path: "{{T}}/twice", sha256: "{RIGHT_PROGRAM}"}}       # outer
    - {{path: "{{T}}/twice/inner", sha256: "{RIGHT_DYNAMIC}"}}  # inner
"""
GOOD = "copy {probe} {P}/f"
DYNAMIC = "copy /bin/true {P}/f"
BAD = "copy {probe} {P}/f; grow {P}/f"

CASES = [
    Case("contents", "exec {P}/f self", "pinned", "pinned", setup=BAD, allow_setup=GOOD, op="exec", reason="digest",
         rule="pin"),
    Case("any-of-several", "exec {P}/f", "pinned", "pinned", setup="copy /bin/echo {P}/f", allow_setup=DYNAMIC,
         op="exec", reason="digest", rule="pin"),
    Case("not-pinned", "", None, "other", setup=BAD, allow_probe="exec {P}/f self"),
    Case("changed-by-outsider", "exec {P}/f self", "pinned", None, setup=GOOD, late="grow {P}/f", op="exec",
         reason="digest", rule="pin"),
    Case("replaced-by-rename", "exec {P}/f self", "pinned", "pinned", setup=GOOD + "; copy {probe} {T}/other/r{n}",
         late="grow {T}/other/r{n}; rename {T}/other/r{n} {P}/f",
         allow_setup=BAD + "; copy {probe} {T}/other/r{n}; copy {probe} {T}/other/g{n}",
         allow_probe="exec {T}/pinned/good/f self", op="exec", reason="digest", rule="pin"),
    Case("made-later", "exec {T}/later self", "other", "other", late="copy {probe} {T}/later; grow {T}/later",
         allow_probe="exec {T}/later-good self", op="exec", path="{T}/later", reason="digest", rule="later"),
    Case("moved-there-later", "exec {T}/later self", "other", None, setup=BAD, late="rename {P}/f {T}/later",
         op="exec", path="{T}/later", reason="digest", rule="later"),
    Case("hard-link-by-outsider", "exec {T}/rw/h{n} self", "pinned", "pinned", setup=BAD, allow_setup=GOOD,
         late="link {P}/f {T}/rw/h{n}", op="exec", path=None, reason="digest", rule="pin"),
    Case("symlink", "exec {P}/s self", "pinned", "pinned", setup=BAD + "; symlink f {P}/s",
         allow_setup=GOOD + "; symlink f {P}/s", op="exec", reason="digest", rule="pin"),
    Case("descriptor", "execveat {P}/f self", "pinned", "pinned", setup=BAD, allow_setup=GOOD, op="exec",
         reason="digest", rule="pin"),
    Case("proc-self-root", "exec /proc/self/root{P}/f self", "pinned", "pinned", setup=BAD, allow_setup=GOOD,
         op="exec", reason="digest", rule="pin"),
    Case("script", "exec {P}/f", "pinned", "pinned", setup="script {P}/f /bin/echo", allow_setup="script {P}/f /bin/true",
         op="exec", reason="digest", rule="pin"),
    Case("interpreter-of-script", "exec {P}/f", "other", "other", setup="script {P}/f {T}/tool",
         allow_setup="script {P}/f {T}/pinned/good/true", op="exec", path="{T}/tool", reason="digest", rule="tool"),
    Case("inside-another-pin", "exec {T}/twice/inner", "other", "other", op="exec", path="{T}/twice/inner",
         allow_probe="exec {T}/twice/f self", reason="digest", rule="inner"),
    Case("dynamic-linker", "ldso {P}/f", "pinned", "other", setup=DYNAMIC, op="mmap", reason="digest-mapped", rule="pin",
         result="EXIT127"),
    Case("map-executable", "mmap {P}/f rdonly r,x private", "pinned", "other", setup=GOOD, op="mmap",
         reason="digest-mapped", rule="pin"),
    Case("mprotect-executable", "mprotect {P}/f rdonly r private r,x", "pinned", "other", setup=GOOD, op="mmap",
         reason="digest-mapped", rule="pin"),
    Case("map-read-only", "mmap {P}/f rdonly r private", None, "pinned", setup=BAD),
    Case("write-by-another-rule", "open {T}/alias wronly", "other", "rw", op="open", path="{T}/aliased", rule="alias",
         allow_probe="open {P}/f wronly", setup="file {P}/f"),
    Case("read", "", None, "pinned", setup=BAD, allow_probe="open {P}/f rdonly"),
]

AUDIT_POLICY = f"""\
cofferdam: 1
name: pins-audit
mode: audit
files: {{default: ro}}
exec:
  pins:
    - {{path: "{{T}}/pinned", sha256: "{RIGHT_PROGRAM}"}}  # pin
"""
AUDIT = [
    Case("contents", "exec {P}/f self", "pinned", "pinned", setup=BAD, allow_setup=GOOD, op="exec", reason="digest",
         rule="pin", errno=None, verdict="would-deny"),
]

VERITY_POLICY = f"""\
cofferdam: 1
name: pins-verity
files: {{default: ro}}
exec:
  pins:
    - {{path: "{{T}}/fs/pinned", verity: "{verity_digest(contents(PROBE), 'sha256')}"}}  # pin
    - {{path: "{{T}}/fs/long", verity: "{verity_digest(contents(PROBE), 'sha512')}"}}    # long
    - {{path: "{{T}}/fs/either", sha256: "{RIGHT_DYNAMIC}"}}  # either
    - {{path: "{{T}}/fs/either", verity: "{verity_digest(contents(PROBE), 'sha256')}"}}
"""
VERITY = [
    Case("digest", "exec {P}/f self", "fs/pinned", "fs/pinned", setup=BAD + "; verity {P}/f",
         allow_setup=GOOD + "; verity {P}/f", op="exec", reason="digest", rule="pin"),
    Case("without-verity", "exec {P}/f self", "fs/pinned", "fs/other", setup=GOOD, op="exec", reason="digest", rule="pin"),
    Case("another-algorithm", "exec {P}/f self", "fs/pinned", "fs/long", setup=GOOD + "; verity {P}/f 2", op="exec",
         reason="digest", rule="pin"),
    Case("replaced-by-rename", "exec {P}/f self", "fs/pinned", None,
         setup=GOOD + "; verity {P}/f; copy {probe} {T}/fs/r{n}", late="rename {T}/fs/r{n} {P}/f", op="exec",
         reason="digest", rule="pin"),
    Case("either-kind", "exec {P}/f self", "fs/either", "fs/either", setup=GOOD, allow_setup=GOOD + "; verity {P}/f",
         op="exec", reason="digest", rule="either"),
    Case("either-kind-by-contents", "", None, "fs/either", setup=DYNAMIC, allow_probe="exec {P}/f"),
    Case("map-executable", "mmap {P}/f rdonly r,x private", "fs/pinned", "fs/other", setup=GOOD + "; verity {P}/f",
         op="mmap", reason="digest-mapped", rule="pin"),
]


def test_refused_where_the_kernel_lacks_it(runner, name):
    """Without the means to keep a pin the agent does not start, and is told why, and where the pin is."""
    path = "/srv/pins-lacking.yaml"
    with open(path, "w") as file:
        file.write(VERITY_POLICY.replace("{T}", "/srv"))
    answer = subprocess.run([COFFERDAM, "run", "-p", path, "--", "/bin/true"], capture_output=True, text=True,
                            check=False)
    problems = []
    if HAS_VERITY:
        if answer.returncode != 0:
            problems.append(f"status {answer.returncode}: {answer.stderr}")
    else:
        for part in ("CF-K048", "pinned by fs-verity", "Linux 6.8"):
            if answer.returncode != 125 or part not in answer.stderr:
                problems.append(f"status {answer.returncode}, '{part}' expected: {answer.stderr}")
    runner.report.problems(name, problems)
    os.unlink(path)


class Unreadable(fuse.Filesystem):
    """`bad` can be opened and executed, but behind its beginning it cannot be read."""

    def attributes(self, number):
        plain = super().attributes(number)
        return plain[:60] + struct.pack("<I", struct.unpack_from("<I", plain, 60)[0] | 0o111) + plain[64:]

    def answer(self, opcode, number, body):
        if opcode == fuse.READ and number == self.names[1]["bad"]:
            _, offset, size = struct.unpack_from("<QQI", body)
            if offset + size > 1 << 17:
                raise OSError(errno.EIO, "read")
        return super().answer(opcode, number, body)


def test_unreadable_is_not_known(runner, name):
    """A digest that the kernel does not give: denied, told as not known, and counted so."""
    top, path = "/srv/pins-fuse", "/srv/pins-fuse.yaml"
    policy = f"""cofferdam: 1
name: pins-fuse
exec:
  pins:
    - {{path: {top}, sha256: "{RIGHT_PROGRAM}"}}
"""
    os.makedirs(top, exist_ok=True)
    with open(path, "w") as file:
        file.write(policy)
    problems = []
    filesystem = Unreadable(top, {"good": contents(PROBE), "bad": contents(PROBE)})
    try:
        catch_up()
        for user in runner.users:
            agent = Agent(path, user, "/srv")
            try:
                answer = agent.run(f"exec {top}/good self")
                if answer["result"] != "ok":
                    problems.append(f"{user}: allowed twin: {answer}")
                answer = agent.run(f"exec {top}/bad self")
                events = runner.events.of(answer["pid"])
                told = [(event["op"], event["reason"], event["verdict"], event["errno"], event["rule"]["line"])
                        for event in events]
                if answer["result"] != "EACCES" or told != [("exec", "no-digest", "unknown", "EACCES", 5)]:
                    problems.append(f"{user}: {answer}, told {told}")
                if agent.status()["unknown"] != 1:
                    problems.append(f"{user}: counted {agent.status()}")
            finally:
                agent.close()
    finally:
        filesystem.close()
        os.unlink(path)
    runner.report.problems(name, problems)


TESTS = [test_refused_where_the_kernel_lacks_it, test_unreadable_is_not_known]
GROUPS = [
    Group("sha256", POLICY, CASES, setup="""\
        dir {T}/other; dir {T}/rw; copy {probe} {T}/pinned/good/f; copy /bin/true {T}/pinned/good/true
        copy /bin/echo {T}/tool; copy {probe} {T}/aliased; symlink aliased {T}/alias; copy {probe} {T}/later-good
        copy /bin/true {T}/twice/inner; copy {probe} {T}/twice/f
    """),
    Group("audit", AUDIT_POLICY, AUDIT),
]
if HAS_VERITY:
    GROUPS.append(Group("verity", VERITY_POLICY, VERITY, setup="verity-filesystem {T}/fs; settle"))
