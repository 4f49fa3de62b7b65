# SPDX-License-Identifier: Apache-2.0
"""A host whose kernel has the BPF LSM but was not booted with it."""

import os
import subprocess

from common import DAEMON, WORK, cli, env, one_line, prepare, run


def start(_context):
    prepare()


def test_guest_is_as_meant(context):
    with open("/sys/kernel/security/lsm") as file:
        context.expect("bpf" not in file.read().split(","), "the guest has the BPF LSM")


def test_doctor_says_the_boot_line(context):
    with open("/sys/kernel/security/lsm") as file:
        expected = f"lsm={file.read().strip()},bpf".replace("capability,", "")
    result = cli("doctor", user="root", cwd="/")
    context.same(result.returncode, 1, "status")
    context.has(result.stdout, "lsm=", "output")
    context.expect(expected in result.stdout or expected.replace("lsm=", "lsm=capability,") in result.stdout,
                   f"no boot line '{expected}' in:\n{result.stdout}")


def test_daemon_refuses(context):
    result = subprocess.run([DAEMON], capture_output=True, text=True, check=False, env=env("root"), timeout=60)
    one_line(context, result, 1, "lsm=", "bpf")
    context.expect(not os.path.exists("/sys/fs/bpf/cofferdam"), "something stays pinned")


def test_run_refuses(context):
    one_line(context, run("/bin/touch", f"{WORK}/started"), 125, "cofferdam: ")
    context.expect(not os.path.exists(f"{WORK}/started"), "the command was run")


def test_probe_fails(context):
    result = subprocess.run([DAEMON, "--probe"], capture_output=True, text=True, check=False, env=env("root"))
    context.same(result.returncode, 1, "status")


TESTS = [test_guest_is_as_meant, test_doctor_says_the_boot_line, test_daemon_refuses, test_run_refuses, test_probe_fails]
