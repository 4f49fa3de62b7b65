# SPDX-License-Identifier: Apache-2.0
"""No daemon: every command says so, and what to do; nothing is run unconfined. Then: ways not to start one."""

import os
import subprocess

from common import DAEMON, WORK, cli, env, one_line, prepare, run
from daemon import as_user

HINT = "start it with"


def start(_context):
    prepare()


def test_run_refuses(context):
    one_line(context, run("/bin/touch", f"{WORK}/started"), 125, "cofferdam: ", "cofferdamd", HINT)
    context.expect(not os.path.exists(f"{WORK}/started"), "the command was run")


def test_ps_and_events_say_so(context):
    for command in ("ps", "events"):
        one_line(context, cli(command), 1, "cofferdamd", HINT)


def test_doctor_probes_by_itself(context):
    result = cli("doctor", user="root")
    # The host could enforce, which is what the status says; that nobody does so yet, the text.
    context.same(result.returncode, 0, f"status: {result.stdout}")
    context.has(result.stdout, "cannot reach cofferdamd", "output")
    result = cli("doctor")
    context.same(result.returncode, 1, "status for a user")


def test_daemon_not_root(context):
    result = subprocess.run([DAEMON], capture_output=True, text=True, check=False, env=env(), **as_user("agent"))
    one_line(context, result, 1, "needs root")


def test_daemon_unknown_option(context):
    result = subprocess.run([DAEMON, "--nonsense"], capture_output=True, text=True, check=False, env=env("root"))
    one_line(context, result, 2, "--nonsense", "--help")


def test_daemon_api_is_missing(context):
    result = subprocess.run([DAEMON, "--api", "/nowhere"], capture_output=True, text=True, check=False, env=env("root"),
                            timeout=60)
    context.expect(result.returncode != 0, "it came up without its api program")
    context.has(result.stderr, "/nowhere", "message")
    context.expect(not os.path.exists("/sys/fs/bpf/cofferdam"), "something stays pinned")


def test_bpffs_not_mounted(context):
    subprocess.run(["umount", "/sys/fs/bpf"], check=True)
    try:
        result = subprocess.run([DAEMON], capture_output=True, text=True, check=False, env=env("root"), timeout=60)
        one_line(context, result, 1, "/sys/fs/bpf", "mount")
        result = cli("doctor", user="root")
        context.same(result.returncode, 1, "doctor's status")
        context.has(result.stdout, "bpffs", "doctor's output")
    finally:
        subprocess.run(["mount", "-t", "bpf", "bpf", "/sys/fs/bpf"], check=True)


def test_cgroup2_not_mounted(context):
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/sys/fs/cgroup"], check=True)
    try:
        result = subprocess.run([DAEMON], capture_output=True, text=True, check=False, env=env("root"), timeout=60)
        one_line(context, result, 1, "cgroup")
        context.expect(not os.path.exists("/sys/fs/bpf/cofferdam"), "something stays pinned")
        result = cli("doctor", user="root")
        context.same(result.returncode, 1, "doctor's status")
        context.has(result.stdout, "cgroup", "doctor's output")
    finally:
        subprocess.run(["umount", "/sys/fs/cgroup"], check=True)


TESTS = [
    test_run_refuses, test_ps_and_events_say_so, test_doctor_probes_by_itself, test_daemon_not_root,
    test_daemon_unknown_option, test_daemon_api_is_missing, test_bpffs_not_mounted, test_cgroup2_not_mounted,
]
