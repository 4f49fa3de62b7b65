# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests share: the installed programs, run as an ordinary user."""

import json
import os
import signal
import subprocess
import time

import daemon
from daemon import as_user, environment

CLI = "/usr/local/bin/cofferdam"
DAEMON = "/usr/local/sbin/cofferdamd"
USER = "agent"
WORK = "/home/agent/work"
OPEN_POLICY = """\
cofferdam: 1
name: e2e
files:
  default: ro
  rules:
    - {path: "${workspace}", access: rw}
    - {path: "${home}/.aws", access: none}
"""


def env(user=USER, **more):
    variables = environment(user, **more)
    del variables["COFFERDAM_DATA_DIR"]
    return variables


def cli(*arguments, user=USER, timeout=60, cwd=WORK, **options):
    """`cofferdam ARGUMENTS` to its end, output as text."""
    options = {"capture_output": True, "stdin": subprocess.DEVNULL, "text": True, **options}
    return subprocess.run([CLI, *arguments], timeout=timeout, check=False, env=env(user), cwd=cwd, **as_user(user),
                          **options)


def run(*command, policy=None, more=(), user=USER, **options):
    """`cofferdam run` of a command in the test workspace."""
    arguments = ["run", *(("-p", policy) if policy else ()), "-w", WORK, *more, "--", *command]
    return cli(*arguments, user=user, **options)


def popen(*command, policy=None, more=(), user=USER, **options):
    arguments = [CLI, "run", *(("-p", policy) if policy else ()), "-w", WORK, *more, "--", *command]
    options = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
    return subprocess.Popen(arguments, env=env(user), cwd=WORK, **as_user(user), **options)


def eventually(look, seconds=15):
    """The first result of `look()` that is something, or its last one: guests are slow, and slower under load."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found or time.monotonic() > deadline:
            return found
        time.sleep(0.1)


def told(is_wanted):
    """The events that are wanted, once there is one."""
    return eventually(lambda: [event for event in map(json.loads, cli("events", "--json").stdout.splitlines())
                               if is_wanted(event)])


def listed(**expected):
    """The agents of `ps` that are as expected, once there is one."""
    return eventually(lambda: [agent for agent in json.loads(cli("ps", "--json").stdout)["agents"]
                               if all(agent[key] == value for key, value in expected.items())])


def write(path, text, user=USER):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)
    os.chown(path, daemon.USERS[user][0], daemon.USERS[user][0])
    return path


def prepare():
    """The user's home, with a workspace, a secret and a policy."""
    for path in (WORK, "/home/agent/.aws"):
        os.makedirs(path, exist_ok=True)
        os.chown(path, 1000, 1000)
    write("/home/agent/.aws/credentials", "secret-of-agent\n")
    write("/home/agent/policy.yaml", OPEN_POLICY)


POLICY = "/home/agent/policy.yaml"


def start_daemon(context, *arguments):
    """The installed daemon, with nothing said."""
    context.daemon = daemon.Daemon(*arguments, program=DAEMON)
    context.daemon.start()


def one_line(context, result, status, *parts):
    """A refusal: this status, one line for a person with these parts in it, and no output."""
    context.same(result.returncode, status, "status")
    context.same(result.stdout, "", "output")
    lines = [line for line in result.stderr.splitlines() if line]
    context.expect(1 <= len(lines) <= 3, f"not one line with at most a source line below it: {result.stderr!r}")
    for part in parts:
        context.has(result.stderr, part, "message")


def ended_by(returncode, number):
    """A process that ended by a signal, as subprocess has it."""
    return returncode == -number


SIGNALS = signal.Signals
