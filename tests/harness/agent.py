# SPDX-License-Identifier: Apache-2.0
"""A process that runs probes on demand: confined (through `cofferdam run`), or not."""

import json
import os
import subprocess
import tempfile

from daemon import COFFERDAM, PROBE, agents, as_user, environment


class ProbeError(Exception):
    """The probe's process is gone or was used wrongly."""


class Prober:
    """`probe serve` with pipes. `fd2` is given to it as descriptor 2; `here`: rows have no child of their own."""

    def __init__(self, arguments, user, fd2=None, cwd="/", env=None, here=False):
        self.user = user
        self.errors = None
        if fd2 is None:
            self.errors = fd2 = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [*arguments, PROBE, "serve", *(["here"] if here else [])], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=fd2, text=True,
            cwd=cwd, env=env or environment(user), **as_user(user))
        hello = self._read()
        self.pid = hello["pid"]

    def _read(self):
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            said = ""
            if self.errors:
                self.errors.seek(0)
                said = self.errors.read().decode(errors="replace")
            raise ProbeError(f"status {self.process.returncode}: {said.strip()}")
        try:
            return json.loads(line)
        except ValueError as error:
            raise ProbeError(f"no answer of a probe: {line!r}") from error

    def run(self, row):
        """One row of operations, as text with blanks or as a list of words; its answer."""
        self.ask(row)
        return self.answer(row)

    def ask(self, row):
        """The first half of run()."""
        words = row.split() if isinstance(row, str) else row
        try:
            self.process.stdin.write("\x1f".join(words) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass

    def answer(self, row):
        """The second half."""
        answer = self._read()
        if answer["result"] == "MISUSE":
            raise ProbeError(f"the probe does not understand: {row}")
        return answer

    def close(self):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


class Free(Prober):
    """Not confined."""

    def __init__(self, user, **options):
        super().__init__([], user, **options)


class Agent(Prober):
    """Confined by a policy file, with `workspace` as its own folder. `before`: what executes `cofferdam run`."""

    def __init__(self, policy, user, workspace, name=None, more=(), before=(), **options):
        arguments = [*before, COFFERDAM, "run", "-p", policy, "-w", workspace, *more]
        if name:
            arguments += ["--name", name]
        super().__init__([*arguments, "--"], user, **options)
        self.cgroup = self.read_cgroup()
        self.id = next((entry["id"] for entry in agents().values() if entry["cgroup"] == self.cgroup), None)
        if self.id is None:
            raise ProbeError(f"no agent has the cgroup '{self.cgroup}'")

    def read_cgroup(self):
        with open(f"/proc/{self.pid}/cgroup") as file:
            return next(line.strip()[3:] for line in file if line.startswith("0::"))

    def status(self):
        """The agent's entry of `cofferdam ps`; None: it has ended."""
        return agents().get(self.id)

    def move(self, cgroup):
        """As an outsider: into another cgroup (below /sys/fs/cgroup)."""
        with open(os.path.join("/sys/fs/cgroup", cgroup.lstrip("/"), "cgroup.procs"), "w") as file:
            file.write(str(self.pid))
