# SPDX-License-Identifier: Apache-2.0
"""What `make install` laid down in /usr/local is all there, and works from there."""

import os
import subprocess

from common import CLI, DAEMON, cli, prepare, run


def start(_context):
    prepare()


def test_script_succeeded(context):
    failed = "/share/install-failed"
    if os.path.exists(failed):
        with open(failed) as file:
            context.expect(False, "scripts/install:", file.read())


def test_files(context):
    for path in (CLI, DAEMON, "/usr/local/libexec/cofferdam/cofferdam-api",
                 "/usr/local/share/cofferdam/profiles/coding-agent.yaml",
                 "/usr/local/share/cofferdam/packs/credentials.yaml"):
        context.expect(os.path.exists(path), f"{path} is missing")


def test_version(context):
    result = cli("version")
    context.same(result.returncode, 0, "status")
    context.has(result.stdout, "0.1.0", "output")
    result = subprocess.run([DAEMON, "--version"], capture_output=True, text=True, check=False)
    context.has(result.stdout, "0.1.0", "the daemon's output")


def test_help(context):
    for arguments in (("help",), ("--help",), ("run", "--help"), ("help", "run")):
        result = cli(*arguments)
        context.same(result.returncode, 0, f"status of {arguments}")
        context.has(result.stdout, "usage", f"output of {arguments}")


def test_policy_check_needs_no_daemon(context):
    for name in ("coding-agent", "review-agent", "offline-build"):
        result = cli("policy", "check", f"/usr/local/share/cofferdam/profiles/{name}.yaml")
        context.same(result.returncode, 0, f"status of {name}: {result.stderr}")
        result = cli("policy", "show", name)
        context.same(result.returncode, 0, f"status of show {name}: {result.stderr}")
        context.has(result.stdout, "cofferdam: 1", "output")


def test_manual(context):
    context.expect(os.path.exists("/usr/local/share/man/man1/cofferdam.1"), "no cofferdam(1)")
    context.expect(os.path.exists("/usr/local/share/man/man8/cofferdamd.8"), "no cofferdamd(8)")


def test_run_is_refused_before_the_daemon_is_up(context):
    result = run("/bin/touch", "/home/agent/work/started")
    context.same(result.returncode, 125, "status")
    context.expect(not os.path.exists("/home/agent/work/started"), "the command was run")


TESTS = [test_script_succeeded, test_files, test_version, test_help, test_policy_check_needs_no_daemon, test_manual,
         test_run_is_refused_before_the_daemon_is_up]
