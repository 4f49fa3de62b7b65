# SPDX-License-Identifier: Apache-2.0
"""Bad input to the command line: one line with the reason and the next step, and nothing is run."""

import os

from common import POLICY, WORK, cli, one_line, prepare, run, start_daemon, write

STARTED = f"{WORK}/started"
TOUCH = ("/bin/touch", STARTED)


def start(context):
    prepare()
    if context.daemon is None:
        start_daemon(context)


def _refused(context, result, status, *parts):
    one_line(context, result, status, "cofferdam: ", *parts)
    context.expect(not os.path.exists(STARTED), "the command was run")


def test_unknown_option(context):
    _refused(context, cli("run", "--nonsense", "--", *TOUCH), 2, "--nonsense", "--help")
    _refused(context, cli("ps", "--nonsense"), 2, "--nonsense")
    _refused(context, cli("--nonsense"), 2, "--nonsense")


def test_unknown_command(context):
    _refused(context, cli("frobnicate"), 2, "frobnicate", "cofferdam help")
    _refused(context, cli(), 2, "cofferdam help")


def test_option_without_value(context):
    _refused(context, cli("run", "-p"), 2, "-p")


def test_no_command(context):
    _refused(context, cli("run"), 2, "no command")
    _refused(context, cli("run", "-p", POLICY, "--"), 2, "no command")


def test_bad_name(context):
    _refused(context, cli("run", "--name", "a/b", "--", *TOUCH), 2, "a/b")


def test_workspace_missing(context):
    _refused(context, cli("run", "-p", POLICY, "-w", "/home/agent/nowhere", "--", *TOUCH), 125, "/home/agent/nowhere", "-w")


def test_workspace_is_a_file(context):
    _refused(context, cli("run", "-p", POLICY, "-w", POLICY, "--", *TOUCH), 125, POLICY, "folder")


def test_workspace_is_root(context):
    _refused(context, cli("run", "-p", POLICY, "-w", "/", "--", *TOUCH), 125, "'/'", "-w")
    _refused(context, cli("run", "-p", POLICY, "-w", "/home/..", "--", *TOUCH), 125, "'/'")
    _refused(context, cli("run", "-p", POLICY, "--", *TOUCH, cwd="/"), 125, "'/'")


def test_unknown_policy(context):
    _refused(context, run(*TOUCH, policy="no-such-policy"), 125, "no-such-policy")
    _refused(context, run(*TOUCH, policy="./no-such-policy.yaml"), 125, "no-such-policy.yaml")


def test_policy_is_a_device_or_a_folder(context):
    _refused(context, run(*TOUCH, policy="/home/agent/"), 125, "/home/agent")
    _refused(context, run(*TOUCH, policy="/dev/null/x"), 125, "/dev/null/x")


def test_policy_error_has_its_place(context):
    path = write("/home/agent/bad.yaml", "cofferdam: 1\nname: bad\nfiles:\n  defualt: ro\n")
    for result in (run(*TOUCH, policy=path), cli("policy", "check", path)):
        context.has(result.stderr, f"{path}:4:3:", "message")
        context.has(result.stderr, "defualt", "message")
        context.has(result.stderr, "CF-P011", "message")
        context.has(result.stderr, "^", "message")
    _refused(context, run(*TOUCH, policy=path), 125, f"{path}:4:3:")
    context.same(cli("policy", "check", path).returncode, 1, "status of policy check")


def test_policy_with_paths_that_are_not_there(context):
    path = write("/home/agent/absent.yaml", "cofferdam: 1\nname: absent\nfiles:\n  rules:\n"
                 "    - {path: /nowhere/at/all, access: none}\n")
    context.same(run("/bin/true", policy=path).returncode, 0, "status")


def test_policy_of_a_kernel_filesystem(context):
    """A rule for a place that is judged by its filesystem's type could not hold: refused."""
    path = write("/home/agent/pseudo.yaml", "cofferdam: 1\nname: pseudo\nfiles:\n  rules:\n"
                 "    - {path: /proc/sys, access: none}\n")
    _refused(context, run(*TOUCH, policy=path), 125, "/proc/sys")


def test_nothing_from_the_workspace(context):
    """A policy is what a person names: a file of that name in the workspace is not looked at."""
    write(f"{WORK}/coding-agent", "cofferdam: 1\nname: trap\nfiles: {default: rw}\n")
    write(f"{WORK}/coding-agent.yaml", "cofferdam: 1\nname: trap\nfiles: {default: rw}\n")
    result = run("/bin/cat", "/home/agent/.aws/credentials", policy="coding-agent")
    context.same(result.returncode, 1, "status")


def test_large_policy(context):
    path = write("/home/agent/large.yaml", "#" * (3 << 20))
    _refused(context, run(*TOUCH, policy=path), 125, "large.yaml")


TESTS = [
    test_unknown_option, test_unknown_command, test_option_without_value, test_no_command, test_bad_name,
    test_workspace_missing, test_workspace_is_a_file, test_workspace_is_root, test_unknown_policy,
    test_policy_is_a_device_or_a_folder, test_policy_error_has_its_place, test_policy_with_paths_that_are_not_there,
    test_policy_of_a_kernel_filesystem, test_nothing_from_the_workspace, test_large_policy,
]
