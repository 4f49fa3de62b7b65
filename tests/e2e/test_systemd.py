# SPDX-License-Identifier: Apache-2.0
"""Under systemd: each agent is a delegated transient scope, which outlives the daemon's unit."""

import glob
import json
import os
import subprocess
import time

from common import CLI, POLICY, cli, popen, prepare, run, told, write

SECRET = "/home/agent/.aws/credentials"


def _systemctl(*arguments, check=True):
    return subprocess.run(["systemctl", *arguments], capture_output=True, text=True, check=check, timeout=90)


def _property(unit, name):
    return _systemctl("show", "--property", name, "--value", unit).stdout.strip()


def start(_context):
    prepare()
    _systemctl("daemon-reload")


def test_unit_starts(context):
    result = _systemctl("start", "cofferdamd.service", check=False)
    log = subprocess.run(["journalctl", "-u", "cofferdamd", "--no-pager"], capture_output=True, text=True, check=False)
    context.same(result.returncode, 0, f"systemctl start: {result.stderr} {log.stdout[-1500:]}")
    context.same(_systemctl("is-active", "cofferdamd", check=False).stdout.strip(), "active", "state")
    context.same(cli("doctor").returncode, 0, f"doctor: {cli('doctor').stdout[-800:]}")


def test_agent_is_a_scope(context):
    write("/home/agent/limits.yaml", "cofferdam: 1\nname: limits\nlimits: {memory: 64M, pids: 20, cpu: 50%}\n")
    with popen("/bin/sh", "-c", "cat /proc/self/cgroup; read x", policy="/home/agent/limits.yaml") as process:
        line = process.stdout.readline().strip()
        context.expect(line.startswith("0::/cofferdam.slice/cofferdam-") and line.endswith(".scope"), f"cgroup: {line!r}")
        scope = os.path.basename(line)
        for name, expected in (("MemoryMax", "67108864"), ("TasksMax", "20"), ("CPUQuotaPerSecUSec", "500ms"),
                               ("Delegate", "yes"), ("Slice", "cofferdam.slice"), ("ActiveState", "active")):
            context.same(_property(scope, name), expected, name)
        with open(f"/sys/fs/cgroup/cofferdam.slice/{scope}/memory.max") as file:
            context.same(file.read().strip(), "67108864", "memory.max")
        listed = json.loads(cli("ps", "--json").stdout)["agents"]
        context.same([agent["cgroup"] for agent in listed if agent["policy"] == "limits"], [line[3:]], "cgroup in ps")
        process.communicate("\n")
    deadline = time.monotonic() + 15
    while glob.glob("/sys/fs/cgroup/cofferdam.slice/cofferdam-*.scope") and time.monotonic() < deadline:
        time.sleep(0.2)
    context.same(glob.glob("/sys/fs/cgroup/cofferdam.slice/cofferdam-*.scope"), [], "scopes that stay")
    context.expect("limits" not in cli("ps").stdout, "the agent stays in the list")


def test_denied(context):
    result = run("/bin/cat", SECRET, policy=POLICY)
    context.same(result.returncode, 1, "status")
    context.same(run("/bin/sh", "-c", "exit 3", policy=POLICY).returncode, 3, "status of a plain command")
    context.expect(told(lambda event: event.get("object", {}).get("path") == SECRET), "no event")


def test_default_policy(context):
    context.same(run("/bin/cat", SECRET).returncode, 1, "status")
    context.same(run("/bin/sh", "-c", "echo x > y && gcc --version > z").returncode, 0, "honest work")


def test_stop_leaves_agents_alive_and_confined(context):
    script = f"echo ready; while read x; do cat {SECRET} 2>&1; echo end; done"
    with popen("/bin/bash", "-c", script, policy=POLICY) as process:
        context.same(process.stdout.readline(), "ready\n", "first line")

        def ask(when):
            process.stdin.write("\n")
            process.stdin.flush()
            answer = process.stdout.readline()
            if answer != "end\n":
                process.stdout.readline()
            context.has(answer, "Permission denied", when)

        ask("before")
        _systemctl("stop", "cofferdamd")
        ask("after 'systemctl stop'")
        one = cli("run", "-p", POLICY, "--", "/bin/true")
        context.same(one.returncode, 125, "status of run without a daemon")
        process.stdin.close()
        process.wait(10)
    time.sleep(1)
    _systemctl("start", "cofferdamd")
    context.same(run("/bin/cat", SECRET, policy=POLICY).returncode, 1, "after a new start")


def test_kill_9_of_the_unit(context):
    script = f"echo ready; while read x; do cat {SECRET} 2>&1; echo end; done"
    with popen("/bin/bash", "-c", script, policy=POLICY) as process:
        process.stdout.readline()
        _systemctl("kill", "-s", "KILL", "cofferdamd")
        time.sleep(1)
        process.stdin.write("\n")
        process.stdin.flush()
        context.has(process.stdout.readline(), "Permission denied", "after kill -9 of the whole unit")
        process.stdout.readline()
        process.stdin.close()
        process.wait(10)


def test_user_bus_is_not_needed(context):
    """A user without a session of systemd's: no XDG_RUNTIME_DIR, no bus of its own."""
    _systemctl("reset-failed", "cofferdamd", check=False)
    _systemctl("restart", "cofferdamd", check=False)
    result = subprocess.run([CLI, "run", "-p", POLICY, "--", "/bin/true"], capture_output=True, text=True, check=False,
                            env={"PATH": "/usr/bin:/bin", "HOME": "/home/agent"}, user=1000, group=1000, extra_groups=[],
                            cwd="/home/agent/work")
    context.same(result.returncode, 0, f"status: {result.stderr}")


TESTS = [
    test_unit_starts, test_agent_is_a_scope, test_denied, test_default_policy, test_stop_leaves_agents_alive_and_confined,
    test_kill_9_of_the_unit, test_user_bus_is_not_needed,
]
