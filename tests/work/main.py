# SPDX-License-Identifier: Apache-2.0
"""In the guest, as root: each script of works/ unconfined, then as an agent, and what it was denied.

A work says in its first comments what is right:

    # policy: FILE        of this folder; default: the shipped profile coding-agent
    # prints: LINE        its whole output, a line each; it also has to end with status 0
    # unconfined: LINE    the output of its unconfined twin, where that differs
    # denied: EVENT       a denial that belongs to it, with * for what varies; none is expected otherwise

It passes if both runs are right, and the denials told, and counted by the kernel, are those. It runs as
the ordinary user `agent` in the folder ~/work of a home of its own, which is made anew for each run.
"""

import argparse
import concurrent.futures
import dataclasses
import fnmatch
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "harness"))
from daemon import COFFERDAM, USERS, DaemonError, Events, agents, as_user, environment  # noqa: E402
from report import Report  # noqa: E402
import suite  # noqa: E402

USER = "agent"
PROFILE = "coding-agent"
# What shows that a work can fail: a profile in which the workspace cannot be written.
NARROW = "review-agent"
NARROWED = "shell"
SLOWEST = ("python-venv", "npm")  # are begun first, so that no CPU waits for them at the end
LIMIT_S = 600  # of one run, under emulation
# The agent lives until its counters have been read.
HOLD = '"$0" </dev/null; echo "ended $?"; read -r _'
SECRET = "the secret\n"


class Work:
    """A script of works/, and what is right."""

    def __init__(self, script):
        text = script.read_text(encoding="utf-8")
        self.name = script.stem
        self.script = str(script)
        policy = self.said(text, "policy")
        self.policy = str(HERE / policy[0]) if policy else PROFILE
        self.prints = self.said(text, "prints")
        self.unconfined = self.said(text, "unconfined") or self.prints
        self.denied = sorted(self.said(text, "denied"))

    @staticmethod
    def said(text, word):
        return re.findall(rf"^# {word}: (.*)$", text, re.M)


@dataclasses.dataclass
class Outcome:
    """One run: its output, and as an agent what it was denied."""

    status: int | None = None  # None: it did not come to its end
    output: list = dataclasses.field(default_factory=list)
    errors: str = ""
    seconds: float = 0
    denials: list = dataclasses.field(default_factory=list)  # events
    n_decided: int = 0  # by the kernel's counter

    def problems(self, expected):
        """What is wrong with the work itself."""
        problems = []
        if self.status != 0:
            problems.append("did not end" if self.status is None else f"status {self.status}")
        if self.output != expected:
            problems += [f"printed {self.output}, expected {expected}"]
        if problems:
            problems += ["  | " + line for line in self.errors.splitlines()[-12:]]
        return problems


class Home:
    """A throw-away home: a workspace, the settings that git needs, a secret."""

    def __init__(self, name):
        self.path = pathlib.Path(USERS[USER][1]) / name
        self.workspace = self.path / "work"
        self.remove()
        for folder in (self.path, self.workspace, self.path / ".aws"):
            folder.mkdir()
        (self.path / ".aws/credentials").write_text(SECRET, encoding="ascii")
        (self.path / ".gitconfig").write_text("[user]\n\tname = Agent\n\temail = agent@example.org\n", encoding="ascii")
        for path in (self.path, *self.path.rglob("*")):
            os.chown(path, USERS[USER][0], USERS[USER][0])

    def remove(self):
        subprocess.run(["chmod", "-R", "u+rwX", str(self.path)], stderr=subprocess.DEVNULL, check=False)
        shutil.rmtree(self.path, ignore_errors=True)

    def environment(self):
        # Caches of its own, as the pack build-caches advises: those of the home stay read only.
        caches = {"npm_config_cache": f"{self.path}/work/.cache/npm", "PIP_CACHE_DIR": f"{self.path}/work/.cache/pip"}
        return environment(USER, **caches) | {"HOME": str(self.path)}


def rule_file(event):
    rule = event.get("rule")
    return os.path.basename(rule["file"]) if rule else event.get("reason")


def shown(event, home):
    """OPERATION OBJECT [TARGET] FILE-OR-REASON, as `# denied:` has it."""
    objects = [event[key]["path"] for key in ("object", "target") if event.get(key, {}).get("path")]
    address = [f"{event['address']['ip']} {event['address']['port']}"] if "address" in event else []
    paths = [path.replace(str(home), "~") for path in objects]
    return " ".join([event["op"], *paths, *address, rule_file(event)])


def end(process):
    """Whatever the work has left running, when its time is over."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def perform(work, events, policy=None):
    """One run of a work in a new home; under `policy`, or unconfined."""
    name = f"{work.name}-{pathlib.Path(policy).stem if policy else 'unconfined'}"
    home = Home(name)
    command = ["/bin/sh", "-c", HOLD, work.script]
    if policy:
        command = [COFFERDAM, "run", "-p", policy, "-w", str(home.workspace), "--name", name, "--", *command]
    outcome = Outcome()
    started = time.monotonic()
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, cwd=home.workspace, env=home.environment(), stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=errors, text=True, errors="replace",
                                   start_new_session=True, **as_user(USER))
        timer = threading.Timer(LIMIT_S, end, [process])
        timer.start()
        for line in process.stdout:
            if ended := re.fullmatch(r"ended (\d+)\n", line):
                outcome.status = int(ended[1])
                break
            outcome.output.append(line.rstrip("\n"))
        outcome.seconds = time.monotonic() - started
        if policy and outcome.status is not None:
            entry = max((agent for agent in agents().values() if agent["name"] == name), key=lambda it: it["id"])
            outcome.n_decided = entry["denials"]
            events.settle(entry["id"], outcome.n_decided)
            outcome.denials = sum(events.of_agent(entry["id"]).values(), [])
        process.stdin.close()
        process.wait()
        process.stdout.close()
        timer.cancel()
        end(process)
        errors.seek(0)
        outcome.errors = errors.read().decode(errors="replace")
    home.remove()
    return outcome, home.path


def explain(event, home):
    """A denial, on one line."""
    lacking = ",".join(event.get("lacking", event.get("rights", [])))
    return (f"{shown(event, home)}: lacks {lacking}, {event['errno']}, by {event['exe']}[{event['pid']}], "
            f"{event['reason']}")


def judge(work, events):
    """Both runs of a work: what is wrong with it, and what is to be printed."""
    free, _ = perform(work, events)
    agent, home = perform(work, events, work.policy)
    problems = [f"unconfined: {problem}" for problem in free.problems(work.unconfined)]
    problems += [f"as an agent: {problem}" for problem in agent.problems(work.prints)]
    denied = sorted(shown(event, home) for event in agent.denials)
    if agent.n_decided != len(denied):
        problems.append(f"the kernel counts {agent.n_decided} denials, {len(denied)} were told")
    if len(denied) != len(work.denied) or not all(map(fnmatch.fnmatchcase, denied, work.denied)):
        problems.append(f"denied {denied or 'nothing'}, expected {work.denied or 'nothing'}")
    return problems, [
        f"{work.name}: {len(denied)} denials; unconfined {free.seconds:.1f} s, as an agent {agent.seconds:.1f} s",
        *(f"  {explain(event, home)}" for event in agent.denials)]


def judge_narrowed(work, events):
    """Under a profile in which it cannot write, a work has to go wrong, and to be denied something."""
    agent, home = perform(work, events, NARROW)
    missed = [] if agent.denials else [f"nothing was denied under {NARROW}"]
    missed += [] if agent.problems(work.prints) else [f"all is as it should be, under {NARROW}"]
    return missed, [f"{work.name} under {NARROW}: {len(agent.denials)} denials",
                    *(f"  {explain(event, home)}" for event in agent.denials)]


def attempt(judgement, work, events):
    """A test's name, what is wrong, and what is to be printed."""
    name = f"work/{work.name}" if judgement == judge else f"work/({work.name} fails under {NARROW})"
    try:
        return name, *judgement(work, events)
    except (OSError, DaemonError, ValueError) as error:  # one work's accident must not hide the others' results
        return name, [repr(error)], []


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--self-check", action="store_true")
    options = parser.parse_args()

    report = Report()
    daemon = suite.start_daemon(report)
    if daemon is None:
        return report.close()
    events = Events()
    works = [Work(script) for script in sorted((HERE / "works").glob("*.sh"))]
    wanted = [work for work in works if not options.only or any(text in work.name for text in options.only)]
    wanted.sort(key=lambda work: work.name not in SLOWEST)
    tests = [(judge_narrowed if options.self_check else judge, work) for work in wanted]
    if not options.self_check:
        tests += [(judge_narrowed, work) for work in wanted if work.name == NARROWED]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, problems, notes in pool.map(lambda test: attempt(*test, events), tests):
            for note in notes:
                report.note(note)
            report.problems(name, problems)
    report.check("work/(daemon stays up)", daemon.process.poll() is None, daemon.tail())
    events.close()
    daemon.stop()
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
