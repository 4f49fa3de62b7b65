# SPDX-License-Identifier: Apache-2.0
"""A host whose kernel has the BPF LSM but was not booted with it."""

import os
import re
import subprocess

from common import DAEMON, WORK, cli, env, one_line, prepare, run


def start(_context):
    prepare()


def test_guest_is_as_meant(context):
    with open("/sys/kernel/security/lsm") as file:
        context.expect("bpf" not in file.read().split(","), "the guest has the BPF LSM")


def test_doctor_says_the_boot_line(context):
    result = cli("doctor", user="root", cwd="/")
    context.same(result.returncode, 1, "status")
    line = re.search(r"lsm=([a-z,]+)", result.stdout)
    if not context.expect(line, f"no boot line in:\n{result.stdout}"):
        return
    with open("/sys/kernel/security/lsm") as file:
        # These four are there whatever the boot line says, and may not be named in it.
        needed = [name for name in file.read().strip().split(",") if name not in ("capability", "integrity", "ima", "evm")]
    context.same(line[1].split(","), [*needed, "bpf"], "the list of the boot line")


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
