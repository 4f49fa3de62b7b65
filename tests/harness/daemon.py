# SPDX-License-Identifier: Apache-2.0
"""Starts cofferdamd in a guest, and reads what it tells through the command line."""

import collections
import json
import os
import signal
import subprocess
import threading
import time

SHARE = os.environ.get("COFFERDAM_SHARE", "/share")
BUILD = os.path.join(SHARE, "build")
DATA = os.path.join(SHARE, "policy")
PROBE = os.path.join(BUILD, "probe")
COFFERDAM = os.path.join(BUILD, "cofferdam")
LOG = "/out/cofferdamd.log"
START_TIMEOUT_S = 240  # it verifies its programs, emulated, and may share the machine
USERS = {"root": (0, "/root"), "agent": (1000, "/home/agent"), "other": (1001, "/home/other")}


def environment(user="root", **more):
    """What a login of the user has."""
    return {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": USERS[user][1], "USER": user, "LOGNAME": user, "LANG": "C.UTF-8", "TERM": "dumb",
        "COFFERDAM_DATA_DIR": DATA, **more,
    }


def as_user(user):
    """Arguments for subprocess: nothing of root stays."""
    uid = USERS[user][0]
    if uid == 0:
        return {}
    return {"user": uid, "group": uid, "extra_groups": []}


def cofferdam(*arguments, user="root", program=None, timeout=60, **options):
    """Run `cofferdam ARGUMENTS` to its end; output as text."""
    options = {"capture_output": True, "stdin": subprocess.DEVNULL, **options}
    return subprocess.run([program or COFFERDAM, *arguments], text=True, timeout=timeout, check=False,
                          env=environment(user), **as_user(user), **options)


class DaemonError(Exception):
    """cofferdamd did not come up."""


class Daemon:
    """One cofferdamd. `arguments` come after those that name the build's own parts."""

    def __init__(self, *arguments, log=LOG, program=None):
        self.log = log
        self.arguments = [
            program or os.path.join(BUILD, "cofferdamd"),
            "--api", os.path.join(BUILD, "cofferdam-api"), "--data-dir", DATA, *arguments,
        ]
        if program:
            self.arguments = [program, *arguments]
        self.process = None

    def start(self):
        os.makedirs(os.path.dirname(self.log), exist_ok=True)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env=environment())
        deadline = time.monotonic() + START_TIMEOUT_S
        while cofferdam("ps").returncode != 0:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise DaemonError(f"cofferdamd did not come up (status {self.process.poll()}):\n{self.tail()}")
            time.sleep(0.1)
        return self

    def tail(self, n=15):
        try:
            with open(self.log, errors="replace") as log:
                return "".join(log.readlines()[-n:])
        except OSError:
            return "(no log)"

    def kill(self):
        """As an accident would: SIGKILL, no farewell. Its api process goes with it."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.process.returncode if self.process else None


def catch_up():
    """Returns when cofferdamd has dealt with all that had happened before the call: its one loop takes things in turn,
    and what was pending when the first question came is done before the second is answered."""
    for _ in range(2):
        result = cofferdam("ps")
        if result.returncode != 0:
            raise DaemonError(f"cofferdam ps: {result.stderr}")


def agents():
    """The list that `cofferdam ps --json` prints, by agent id."""
    result = cofferdam("ps", "--json")
    if result.returncode != 0:
        raise DaemonError(f"cofferdam ps: {result.stderr}")
    return {agent["id"]: agent for agent in json.loads(result.stdout)["agents"]}


class Events:
    """Follows `cofferdam events -f --json` and keeps verdicts by process."""

    def __init__(self):
        self.by_pid = {}
        self.by_agent = collections.Counter()
        self.odd = []
        self.changed = threading.Condition()
        self.process = subprocess.Popen([COFFERDAM, "events", "-f", "--json"], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, text=True, env=environment())
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            try:
                event = json.loads(line)
            except ValueError:
                self.odd.append(line)
                continue
            with self.changed:
                if event.get("type") == "verdict":
                    self.by_pid.setdefault(event["pid"], []).append(event)
                    self.by_agent[event["agent"]["id"]] += 1
                else:
                    self.odd.append(event)
                self.changed.notify_all()

    def of(self, pid, at_least=1, timeout=5):
        """The denials of a process, waited for until there are as many as that."""
        deadline = time.monotonic() + timeout
        with self.changed:
            while len(self.by_pid.get(pid, ())) < at_least:
                left = deadline - time.monotonic()
                if left <= 0 or not self.changed.wait(left):
                    break
            return list(self.by_pid.get(pid, ()))

    def since(self, agent, pid, timeout=5):
        """An agent's denials by processes that are not older than one, waited for until there is one."""
        deadline = time.monotonic() + timeout
        with self.changed:
            while True:
                found = [event for each, events in self.by_pid.items() if each >= pid
                         for event in events if event["agent"]["id"] == agent]
                left = deadline - time.monotonic()
                if found or left <= 0 or not self.changed.wait(left):
                    return found

    def of_agent(self, agent):
        """An agent's denials by process."""
        with self.changed:
            return {pid: list(events) for pid, events in self.by_pid.items() if events[0]["agent"]["id"] == agent}

    def observed(self, agent, at_least, timeout=5):
        """What was observed of an agent, in order, waited for until there are as many as that."""
        deadline = time.monotonic() + timeout
        with self.changed:
            while True:
                found = [event for event in self.odd if isinstance(event, dict)
                         and event.get("type") == "observed" and event["agent"]["id"] == agent]
                left = deadline - time.monotonic()
                if len(found) >= at_least or left <= 0 or not self.changed.wait(left):
                    return found

    def settle(self, agent, at_least, timeout=10):
        """Wait until that many events of an agent have arrived; returns how many did."""
        deadline = time.monotonic() + timeout
        with self.changed:
            while self.by_agent[agent] < at_least:
                left = deadline - time.monotonic()
                if left <= 0 or not self.changed.wait(left):
                    break
            return self.by_agent[agent]

    def close(self):
        self.process.kill()
        self.process.wait()
