# SPDX-License-Identifier: Apache-2.0
"""`cofferdam run` by an ordinary user: what passes through, what is set, what is refused by the policy."""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time

from common import CLI, POLICY, WORK, cli, env, listed, popen, prepare, run, start_daemon, told, write
from daemon import as_user


def start(context):
    prepare()
    if context.daemon is None:
        start_daemon(context)


def test_exit_status(context):
    for status in (0, 1, 3, 77, 255):
        context.same(run("/bin/sh", "-c", f"exit {status}", policy=POLICY).returncode, status, "status")


def test_end_by_signal(context):
    for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV):
        result = run("/bin/sh", "-c", f"kill -{int(number)} $$", policy=POLICY)
        context.same(result.returncode, -number, f"status after {number.name}")


def test_status_in_a_shell(context):
    result = subprocess.run(["/bin/sh", "-c", f"{CLI} run -p {POLICY} -- sh -c 'kill -9 $$'; echo $?"],
                            capture_output=True, text=True, check=False, env=env(), cwd=WORK, **as_user("agent"))
    context.has(result.stdout, "137", "what the shell saw")


def test_no_such_command(context):
    result = run("no-such-command", policy=POLICY)
    context.same(result.returncode, 127, "status")
    context.has(result.stderr, "no-such-command", "message")


def test_not_executable(context):
    write(f"{WORK}/plain.txt", "no program\n")
    result = run(f"{WORK}/plain.txt", policy=POLICY)
    context.same(result.returncode, 126, "status")
    result = run("/home/agent/.aws/credentials", policy=POLICY)
    context.same(result.returncode, 126, "status of what the policy denies")
    context.has(result.stderr, "cofferdam events", "message")


def test_streams(context):
    result = run("/bin/sh", "-c", "cat; echo to-error >&2", policy=POLICY, input="line one\nline two\n", stdin=None)
    context.same(result.stdout, "line one\nline two\n", "output")
    context.same(result.stderr, "to-error\n", "errors")


def test_streams_are_bytes(context):
    data = bytes(range(256)) * 4096
    result = run("/bin/cat", policy=POLICY, input=data, stdin=None, text=False)
    context.expect(result.stdout == data, f"{len(data)} bytes in, {len(result.stdout)} other bytes out")


def test_arguments(context):
    result = run("/usr/bin/printf", "[%s]", "a b", "", "--", "-w", "*", policy=POLICY)
    context.same(result.stdout, "[a b][][--][-w][*]", "output")


def test_working_directory(context):
    context.same(run("/bin/pwd", policy=POLICY).stdout, WORK + "\n", "with -w")
    os.makedirs(f"{WORK}/sub", exist_ok=True)
    os.chown(f"{WORK}/sub", 1000, 1000)
    context.same(cli("run", "-p", POLICY, "--", "/bin/pwd", cwd=f"{WORK}/sub").stdout, f"{WORK}/sub\n", "without")


def test_environment(context):
    result = run("/usr/bin/env", policy=POLICY, more=("--name", "named"))
    context.has(result.stdout, "COFFERDAM_AGENT=named\n", "environment")
    context.has(result.stdout, "HOME=/home/agent\n", "environment")


def tmpdir(policy, *settings):
    """What a command under `policy` has as TMPDIR, whatever `run` itself has; "" for none."""
    command = ["/usr/bin/env", "-u", "TMPDIR", *settings, CLI, "run", "-p", policy, "-w", WORK, "--", "/bin/sh", "-c",
               'test "${TMPDIR:-/}" = / || { t=$(mktemp) && rm "$t"; }; echo "$TMPDIR"']
    result = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, text=True, timeout=60, check=False,
                            env=env(), cwd=WORK, **as_user("agent"))
    return result.stdout.rstrip("\n") + result.stderr


def test_tmpdir(context):
    context.same(tmpdir("coding-agent"), "/tmp", "without one, where the policy opens ${tmp}")
    context.same(tmpdir(POLICY), "", "without one, where it does not")
    context.same(tmpdir("coding-agent", "TMPDIR=work"), "/tmp", "where it is not absolute")
    context.same(tmpdir("coding-agent", "TMPDIR=/"), "/tmp", "where it is everything")
    context.same(tmpdir(POLICY, "TMPDIR=/"), "/", "the same, where the policy does not open ${tmp}")
    own = f"{WORK}/tmp"
    os.makedirs(own, exist_ok=True)
    os.chown(own, 1000, 1000)
    context.same(tmpdir("review-agent", f"TMPDIR={own}"), own, "a folder of its own")


def test_user_stays(context):
    context.same(run("/usr/bin/id", "-u", policy=POLICY).stdout, "1000\n", "user")


def test_still_the_callers_child(context):
    with popen("/bin/sh", "-c", "echo $PPID; read x", policy=POLICY) as process:
        parent = int(process.stdout.readline())
        context.same(parent, process.pid, "the command's parent")
        process.communicate("\n")


def test_descriptors_are_closed(context):
    kept = [os.open(path, os.O_RDONLY) for path in ("/home/agent/.aws/credentials", "/etc/hostname")]
    try:
        high = fcntl.fcntl(kept[0], fcntl.F_DUPFD, 700)
        result = run("/bin/ls", "/proc/self/fd", policy=POLICY, pass_fds=(*kept, high))
    finally:
        for fd in (*kept, high):
            os.close(fd)
    # ls has one of its own for the listing.
    context.same(sorted(result.stdout.split()), ["0", "1", "2", "3"], "descriptors")


def test_no_new_privileges(context):
    """Set for everybody; only root can have a policy that leaves it out."""
    allows = write("/home/agent/setuid.yaml", "cofferdam: 1\nname: setuid\nexec: {setuid: allow}\n")
    for user, policy, expected in (("agent", POLICY, "1"), ("agent", allows, "1"), ("root", POLICY, "1"),
                                   ("root", allows, "0")):
        result = run("/bin/grep", "NoNewPrivs", "/proc/self/status", policy=policy, user=user)
        context.same(result.stdout.split(), ["NoNewPrivs:", expected], f"{user} under {policy}")


def _forwarded(context, number, trap, expected):
    process = popen("/bin/bash", "-c", f"trap 'exit {expected}' {trap}; echo ready; while :; do sleep 0.1; done",
                    policy=POLICY, start_new_session=True)
    context.same(process.stdout.readline(), "ready\n", "first line")
    os.kill(process.pid, number)
    try:
        context.same(process.wait(20), expected, f"status after {trap}")
    except subprocess.TimeoutExpired:
        context.expect(False, f"{trap} did not reach the command")
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def test_signals_are_forwarded(context):
    for number, trap, expected in ((signal.SIGTERM, "TERM", 7), (signal.SIGHUP, "HUP", 8), (signal.SIGUSR1, "USR1", 9),
                                   (signal.SIGINT, "INT", 10)):
        _forwarded(context, number, trap, expected)


class Terminal:
    """A pseudo terminal with `cofferdam run` in its foreground."""

    def __init__(self, *command, shell=None):
        arguments = [CLI, "run", "-p", POLICY, "--", *command]
        if shell:
            arguments = ["/usr/bin/python3", "-c", shell, *arguments]
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                os.setgroups([])
                os.setgid(1000)
                os.setuid(1000)
                os.chdir(WORK)
                os.execve(arguments[0], arguments, env())
            finally:
                os._exit(99)
        self.seen = ""

    def read_until(self, text, timeout=20):
        deadline = time.monotonic() + timeout
        while text not in self.seen and time.monotonic() < deadline:
            if select.select([self.fd], [], [], 0.2)[0]:
                try:
                    self.seen += os.read(self.fd, 4096).decode(errors="replace")
                except OSError:
                    break
        return text in self.seen

    def write(self, data):
        os.write(self.fd, data)

    def wait(self, timeout=20):
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                os.close(self.fd)
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.05)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)
        return None


def test_terminal(context):
    terminal = Terminal("/bin/sh", "-c", "test -t 0 && test -t 1 && test -t 2 && tty && echo yes-terminal; exit 4")
    context.expect(terminal.read_until("yes-terminal"), f"no terminal: {terminal.seen!r}")
    context.same(terminal.wait(), 4, "status")


def test_terminal_input(context):
    terminal = Terminal("/bin/sh", "-c", "echo ready; read line; echo got-$line")
    context.expect(terminal.read_until("ready"), f"not ready: {terminal.seen!r}")
    terminal.write(b"typed\n")
    context.expect(terminal.read_until("got-typed"), f"input did not arrive: {terminal.seen!r}")
    context.same(terminal.wait(), 0, "status")


def test_terminal_interrupt(context):
    """Ctrl-C reaches the command once, and `run` ends as the command does."""
    terminal = Terminal("/bin/bash", "-c", "trap 'echo one-interrupt; n=$((n+1))' INT; echo ready; "
                        "while [ -z \"$n\" ]; do sleep 0.1; done; sleep 0.5; exit $((n+20))")
    context.expect(terminal.read_until("ready"), f"not ready: {terminal.seen!r}")
    terminal.write(b"\x03")
    context.expect(terminal.read_until("one-interrupt"), f"no interrupt: {terminal.seen!r}")
    context.same(terminal.wait(), 21, "status: 20 and the number of interrupts")
    terminal = Terminal("/bin/sh", "-c", "echo ready; exec sleep 60")
    terminal.read_until("ready")
    terminal.write(b"\x03")
    context.same(terminal.wait(), -signal.SIGINT, "status of a command that dies of it")


def test_terminal_size(context):
    terminal = Terminal("/bin/bash", "-c", "trap 'stty size; exit 0' WINCH; echo ready; while :; do sleep 0.1; done")
    context.expect(terminal.read_until("ready"), f"not ready: {terminal.seen!r}")
    fcntl.ioctl(terminal.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 111, 0, 0))
    context.expect(terminal.read_until("33 111"), f"the new size did not arrive: {terminal.seen!r}")
    terminal.wait()


# A shell with job control, as far as it goes: puts its job in the foreground, and says how it fares.
SHELL = """
import os, signal, sys, time
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
job = os.fork()
if job == 0:
    os.setpgid(0, 0)
    os.tcsetpgrp(0, os.getpgrp())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    os.execv(sys.argv[1], sys.argv[1:])
_, status = os.waitpid(job, os.WUNTRACED)
print("SAW-STOPPED" if os.WIFSTOPPED(status) else "SAW-END", flush=True)
os.tcsetpgrp(0, job)
os.killpg(job, signal.SIGCONT)
_, status = os.waitpid(job, 0)
print("SAW-STATUS", os.waitstatus_to_exitcode(status), flush=True)
"""


def test_terminal_stop_and_continue(context):
    """Ctrl-Z stops `run` for the caller's shell, and continuing it continues the command."""
    terminal = Terminal("/bin/sh", "-c", "echo ready; sleep 1; echo woke; exit 6", shell=SHELL)
    context.expect(terminal.read_until("ready"), f"not ready: {terminal.seen!r}")
    time.sleep(0.3)
    terminal.write(b"\x1a")
    context.expect(terminal.read_until("SAW-STOPPED"), f"'run' did not stop with its command: {terminal.seen!r}")
    context.expect(terminal.read_until("woke"), f"did not continue: {terminal.seen!r}")
    context.expect(terminal.read_until("SAW-STATUS 6"), f"status: {terminal.seen!r}")
    terminal.wait()


def test_denied_and_told(context):
    result = run("/bin/cat", "/home/agent/.aws/credentials", policy=POLICY)
    context.same(result.returncode, 1, "status")
    context.expect("secret-of-agent" not in result.stdout, "the secret was read")
    found = told(lambda event: event.get("object", {}).get("path") == "/home/agent/.aws/credentials"
                 and event["comm"] == "cat")
    if context.expect(found, "no event"):
        event = found[-1]
        context.same(event["verdict"], "deny", "verdict")
        context.same(event["errno"], "EACCES", "errno")
        context.same((event["rule"]["file"], event["rule"]["line"]), (POLICY, 7), "rule")
        context.same(event["exe"], "/usr/bin/cat", "exe")
        context.same(event["uid"], 1000, "uid")
        context.has(event.get("allow_with", ""), "/home/agent/.aws/credentials", "what would allow it")
    text = cli("events").stdout
    context.has(text, "/home/agent/.aws/credentials", "text")
    context.has(text, f"{POLICY}:7", "text")


def test_allow_with_allows(context):
    """The change that an event proposes is enough."""
    rules = [event["allow_with"] for event in
             told(lambda event: event.get("allow_with", "").startswith("{path: \"/home/agent/.aws"))]
    if not context.expect(rules, "no event proposes anything"):
        return
    write("/home/agent/wider.yaml", OPEN_WITH + f"    - {rules[-1]}\n")
    result = run("/bin/cat", "/home/agent/.aws/credentials", policy="/home/agent/wider.yaml")
    context.same((result.returncode, result.stdout), (0, "secret-of-agent\n"), "the same command")


OPEN_WITH = """\
cofferdam: 1
name: wider
files:
  default: ro
  rules:
    - {path: "${workspace}", access: rw}
    - {path: "${home}/.aws", access: none}
"""


def test_audit(context):
    result = run("/bin/cat", "/home/agent/.aws/credentials", policy=POLICY, more=("--audit", "--name", "audited"))
    context.same((result.returncode, result.stdout), (0, "secret-of-agent\n"), "the command")
    verdicts = {event["verdict"] for event in told(lambda event: event["agent"]["name"] == "audited")}
    context.same(verdicts, {"would-deny"}, "verdicts")


def test_ps(context):
    with popen("/bin/sh", "-c", "read x", policy=POLICY, more=("--name", "listed")) as process:
        found = listed(name="listed")
        if context.expect(len(found) == 1, f"agents: {found}"):
            context.same((found[0]["uid"], found[0]["policy"], found[0]["mode"], found[0]["pids"]),
                         (1000, "e2e", "enforce", 1), "agent")
        context.has(cli("ps").stdout, "listed", "table")
        context.has(cli("ps", user="root").stdout, "listed", "root's table")
        context.expect("listed" not in cli("ps", user="other", cwd="/").stdout, "another user sees it")
        process.communicate("\n")


def test_events_follow(context):
    follower = subprocess.Popen([CLI, "events", "-f", "--json", "--agent", "followed"], stdout=subprocess.PIPE, text=True,
                                env=env(), **as_user("agent"))
    run("/bin/cat", "/home/agent/.aws/credentials", policy=POLICY, more=("--name", "followed"))
    ready = select.select([follower.stdout], [], [], 10)[0]
    if context.expect(ready, "no event arrived"):
        context.same(json.loads(follower.stdout.readline())["agent"]["name"], "followed", "agent")
    follower.kill()
    follower.communicate()


def test_limits(context):
    write("/home/agent/limits.yaml", "cofferdam: 1\nname: limits\nlimits: {memory: 64M, pids: 20, cpu: 50%}\n")
    with popen("/bin/sh", "-c", "read x", policy="/home/agent/limits.yaml") as process:
        cgroup = listed(policy="limits")[0]["cgroup"]
        for file, expected in (("memory.max", "67108864"), ("pids.max", "20"), ("cpu.max", "50000 100000")):
            with open(f"/sys/fs/cgroup{cgroup}/{file}") as limit:
                context.same(limit.read().strip(), expected, file)
        process.communicate("\n")
    result = run("/usr/bin/python3", "-c", "x = bytearray(256 << 20)", policy="/home/agent/limits.yaml")
    context.expect(result.returncode not in (0, 125), f"256 MB fit into 64: {result.returncode} {result.stderr[-200:]}")


def test_own_cgroup_tree(context):
    result = run("/bin/cat", "/proc/self/cgroup", policy=POLICY)
    context.expect(result.stdout.startswith("0::/cofferdam/"), f"cgroup: {result.stdout!r}")


def test_honest_work(context):
    """git, a compiler, python and a shell under the default policy."""
    script = """set -e
        rm -rf project && mkdir project && cd project
        git init -q . && git config user.name n && git config user.email e@example.com
        printf 'int main(void) { return 0; }\\n' > main.c
        gcc -o main main.c && ./main
        python3 -c 'import json, tempfile; tempfile.TemporaryFile(); open("x.json", "w").write(json.dumps({}))'
        git add . && git commit -q -m first && git log --oneline
        mv x.json y.json && rm y.json && mkdir -p a/b && rmdir a/b
        ls -la /usr > /dev/null; head -c 10 /dev/urandom > r; ps > /dev/null
    """
    result = run("/bin/bash", "-c", script)
    context.same(result.returncode, 0, f"status ({result.stderr[-600:]})")
    context.has(result.stdout, "first", "log")


def test_default_policy_protects(context):
    for path in ("/home/agent/.aws/credentials", "/etc/shadow", "/home/agent/.ssh/id_rsa"):
        if not os.path.exists(path):
            write(path, "secret\n")
        result = run("/bin/cat", path)
        context.expect(result.returncode == 1 and "Permission denied" in result.stderr, f"{path}: {result}")
    result = run("/usr/bin/touch", "/home/agent/outside")
    context.expect(result.returncode == 1 and not os.path.exists("/home/agent/outside"), f"outside: {result}")


def test_root_is_confined(context):
    result = cli("run", "-p", POLICY, "-w", WORK, "--", "/bin/cat", "/root/.aws/credentials", user="root")
    write("/root/.aws/credentials", "root-secret\n", user="root")
    result = cli("run", "-p", POLICY, "-w", WORK, "--", "/bin/cat", "/root/.aws/credentials", user="root")
    context.same(result.returncode, 1, "status")
    result = cli("run", "-p", POLICY, "-w", WORK, "--", "/bin/sh", "-c", "echo x > /etc/x", user="root")
    context.expect(result.returncode != 0 and not os.path.exists("/etc/x"), "root wrote outside the workspace")


def test_no_nested_run(context):
    """An agent cannot get itself another policy."""
    write("/home/agent/all.yaml", "cofferdam: 1\nname: all\nfiles: {default: rw}\n")
    result = run(CLI, "run", "-p", "/home/agent/all.yaml", "--", "/bin/cat", "/home/agent/.aws/credentials", policy=POLICY)
    context.expect(result.returncode != 0, "it was run")
    context.expect("secret-of-agent" not in result.stdout, "the secret was read")


TESTS = [
    test_exit_status, test_end_by_signal, test_status_in_a_shell, test_no_such_command, test_not_executable, test_streams,
    test_streams_are_bytes, test_arguments, test_working_directory, test_environment, test_tmpdir,
    test_user_stays, test_still_the_callers_child, test_descriptors_are_closed, test_no_new_privileges, test_signals_are_forwarded,
    test_terminal, test_terminal_input, test_terminal_interrupt, test_terminal_size, test_terminal_stop_and_continue,
    test_denied_and_told, test_allow_with_allows, test_audit, test_ps, test_events_follow, test_limits,
    test_own_cgroup_tree, test_honest_work, test_default_policy_protects, test_root_is_confined, test_no_nested_run,
]
