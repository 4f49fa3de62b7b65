# SPDX-License-Identifier: Apache-2.0
"""The daemon's life: doctor, a second one, its api process, its death and its successor."""

import json
import os
import shutil
import signal
import subprocess
import time

from agent import Agent
from common import DAEMON, POLICY, WORK, cli, env, one_line, prepare, run, start_daemon

SECRET = "open /home/agent/.aws/credentials rdonly"


def start(context):
    prepare()
    if context.daemon is None:
        start_daemon(context)


def test_doctor_is_content(context):
    for user in ("root", "agent"):
        result = cli("doctor", user=user, cwd="/")
        context.same(result.returncode, 0, f"status for {user}: {result.stdout[-400:]}{result.stderr}")
    report = json.loads(cli("doctor", "--json").stdout)
    context.expect(report.get("armed") is True, f"not armed: {str(report)[:300]}")


def findings(report, name):
    return [finding for finding in report["findings"] if finding["name"] == name]


def test_doctor_tells_denied_mounts(context):
    """A mount that another one hides before the daemon could look at it."""
    report = json.loads(cli("doctor", "--json").stdout)
    context.same([report.get("mounts_denied"), report.get("events_invalid")], [0, 0], "counts before")
    context.same([findings(report, name)[0]["state"] for name in ("mounts", "events")], ["ok", "ok"], "findings before")
    outer = "/mnt/e2e-hidden"
    os.makedirs(outer)
    pid = context.daemon.process.pid
    os.kill(pid, signal.SIGSTOP)
    try:
        os.mkdir(outer + "/inner")
        subprocess.run(["mount", "-t", "tmpfs", "none", outer + "/inner"], check=True)
        subprocess.run(["mount", "-t", "tmpfs", "none", outer], check=True)
    finally:
        os.kill(pid, signal.SIGCONT)
    deadline = time.monotonic() + 20
    while json.loads(cli("doctor", "--json").stdout)["mounts_denied"] != 1 and time.monotonic() < deadline:
        time.sleep(0.2)
    result = cli("doctor")
    context.same(result.returncode, 0, "status with a mount that is denied")
    context.has(result.stdout, f"1 not classified: {outer}/inner (tmpfs, another mount hides it)", "doctor's output")
    context.has(result.stdout, "agents are denied whatever is on these mounts", "doctor's hint")
    subprocess.run(["umount", outer], check=True)
    subprocess.run(["umount", outer + "/inner"], check=True)
    while json.loads(cli("doctor", "--json").stdout)["mounts_denied"] != 0 and time.monotonic() < deadline:
        time.sleep(0.2)
    context.same(json.loads(cli("doctor", "--json").stdout)["mounts_denied"], 0, "count when it is gone")
    shutil.rmtree(outer)


def test_second_daemon_is_refused(context):
    result = subprocess.run([DAEMON], capture_output=True, text=True, check=False, env=env("root"), timeout=60)
    one_line(context, result, 1, "another cofferdamd runs", str(context.daemon.process.pid))
    context.same(run("/bin/cat", "/home/agent/.aws/credentials", policy=POLICY).returncode, 1, "status under the first")


def test_api_process_comes_back(context):
    children = subprocess.run(["pgrep", "-P", str(context.daemon.process.pid), "-f", "cofferdam-api"],
                              capture_output=True, text=True, check=False).stdout.split()
    if not context.expect(len(children) == 1, f"api processes: {children}"):
        return
    os.kill(int(children[0]), signal.SIGKILL)
    deadline = time.monotonic() + 20
    while cli("ps").returncode != 0 and time.monotonic() < deadline:
        time.sleep(0.2)
    context.same(cli("ps").returncode, 0, "ps after the api process died")
    context.same(run("/bin/cat", "/home/agent/.aws/credentials", policy=POLICY).returncode, 1, "a denial after that")


def test_api_process_has_no_privilege(context):
    pid = subprocess.run(["pgrep", "-P", str(context.daemon.process.pid), "-f", "cofferdam-api"],
                         capture_output=True, text=True, check=True).stdout.split()[0]
    with open(f"/proc/{pid}/status") as file:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    context.expect("0" not in status["Uid"].split(), f"uids: {status['Uid']}")
    context.same(status["CapEff"], "0" * 16, "capabilities")
    context.same(status["NoNewPrivs"], "1", "no_new_privs")


def test_kill_9_leaves_denials_in_force(context):
    agent = Agent(POLICY, "agent", WORK)
    context.same(agent.run(SECRET)["result"], "EACCES", "before")
    context.daemon.kill()
    time.sleep(0.5)
    context.same(agent.run(SECRET)["result"], "EACCES", "the denial after kill -9")
    context.same(agent.run(f"creat {WORK}/after")["result"], "ok", "what is allowed after kill -9")
    context.same(agent.run("orphan " + SECRET)["result"], "EACCES", "a new process' denial after kill -9")
    with open("/proc/sys/vm/drop_caches", "w") as file:
        file.write("3\n")
    context.same(agent.run(SECRET)["result"], "EACCES", "the denial after dropping caches")
    one_line(context, run("/bin/true", policy=POLICY), 125, "start it with")
    result = subprocess.run([DAEMON], capture_output=True, text=True, check=False, env=env("root"), timeout=60)
    one_line(context, result, 1, "still running, and confined", "--release-all")
    context.same(agent.run(SECRET)["result"], "EACCES", "the denial after a new daemon was refused")
    agent.close()
    start_daemon(context)
    context.same(run("/bin/cat", "/home/agent/.aws/credentials", policy=POLICY).returncode, 1, "under the new daemon")


def test_stop_leaves_denials_in_force(context):
    agent = Agent(POLICY, "agent", WORK)
    context.daemon.stop()
    context.same(agent.run(SECRET)["result"], "EACCES", "the denial after SIGTERM")
    agent.close()
    start_daemon(context)


def test_release_all(context):
    agent = Agent(POLICY, "agent", WORK)
    context.daemon.kill()
    context.same(agent.run(SECRET)["result"], "EACCES", "the denial before")
    result = subprocess.run([DAEMON, "--release-all"], capture_output=True, text=True, check=False, env=env("root"))
    context.same(result.returncode, 0, f"status: {result.stderr}")
    deadline = time.monotonic() + 10  # the kernel lets go of a program in its own time
    while agent.run(SECRET)["result"] != "ok" and time.monotonic() < deadline:
        time.sleep(0.2)
    context.same(agent.run(SECRET)["result"], "ok", "the same after --release-all")
    context.expect(not os.path.exists("/sys/fs/bpf/cofferdam"), "something stays pinned")
    agent.close()
    start_daemon(context)


def test_stop_without_agents_leaves_nothing(context):
    context.same(context.daemon.stop(), 0, "status of the daemon")
    context.expect(not os.path.exists("/sys/fs/bpf/cofferdam"), "something stays pinned")
    links = subprocess.run(["bpftool", "-j", "link", "list"], capture_output=True, text=True, check=False).stdout
    context.same(json.loads(links or "[]"), [], "BPF links")
    start_daemon(context)


TESTS = [
    test_doctor_is_content, test_doctor_tells_denied_mounts, test_second_daemon_is_refused,
    test_api_process_comes_back, test_api_process_has_no_privilege,
    test_kill_9_leaves_denials_in_force, test_stop_leaves_denials_in_force, test_release_all,
    test_stop_without_agents_leaves_nothing,
]
