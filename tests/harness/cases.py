# SPDX-License-Identifier: Apache-2.0
"""Tables of cases, and how each is run.

A case is one probe tried three times: unconfined (must succeed), confined where the policy denies it
(must fail with the errno, and with one event that says so), and confined where the policy allows it
(must succeed, without an event). In all its texts

    {T}  is the group's folder, in which the policy's paths are,
    {P}  the folder of this try: {T}/<place>/<n>, made before the agent starts,
    {n}  a name that is unique to this try,
    {probe}, {B}, {U}  the probe, the folder with the programs, and the user's name.

`rule` is a label: the policy's line that ends in `# <label>`.
"""

import dataclasses
import os
import re
import shutil
import subprocess

import steps
from agent import Agent, Free, ProbeError
from daemon import BUILD, PROBE, USERS

ALLOW_ALL = """\
cofferdam: 1
name: self-check
files: {default: rw}
exec: {memfd: allow}
process: {namespaces: allow, io_uring: allow}
network:
  default: allow
  listen: [{on: 0.0.0.0/0, ports: any, proto: any}, {on: "::/0", ports: any, proto: any}]
"""
ANY = "(any)"  # for op, reason and rule: is not looked at


def kernel_is_at_least(*version):
    """Of the guest's kernel: (6, 17)."""
    return tuple(int(part) for part in re.findall(r"\d+", os.uname().release)[:2]) >= version


@dataclasses.dataclass
class Case:
    """See the module's own words. `errno` None: the confined try is allowed, too (audit mode)."""

    name: str
    probe: str
    deny: str | None = ""       # place of the denied try; None: there is no denied try
    allow: str | None = None    # place of the allowed one; None: no twin unless allow_probe is given
    setup: str = ""             # by an outsider, before the agent starts, for each try
    late: str = ""              # by an outsider, while the agent lives, for each try
    allow_probe: str | None = None
    allow_setup: str | None = None
    free_probe: str | None = None
    errno: str | None = "EACCES"
    op: str | None = None       # of the event; default: the probe's first word
    path: str | None = "{P}/f"  # of the event's object; None: is not looked at
    target: str | None = None   # of the event's second object
    reason: str = "file-rule"
    rule: str | None = None     # label; None: no rule decided
    verdict: str = "deny"
    address: str | None = None  # "ip port" of the event
    users: tuple = ("root", "agent")
    free: str = "ok"            # result of the unconfined try
    liftable: bool = True       # a policy that allows everything allows it
    more_events: bool = False   # more denials than the one that counts may be told
    result: str | None = None   # of the confined try, if it is not the errno
    is_silent: bool = False     # refused by the seccomp filter, which tells nobody


@dataclasses.dataclass
class Group:
    """Cases under one policy, and so one agent for each user."""

    name: str
    policy: str
    cases: list
    setup: str = ""             # as a case's, once
    after: str = ""             # once, when the agent runs
    root: str = "/srv/cofferdam-tests"
    fd2: str | None = None      # a path that is open as descriptor 2 before the agent is confined
    more: tuple = ()            # arguments for `cofferdam run`


class World:
    """The file tree of one group and user, and what belongs to it."""

    def __init__(self, folder, user):
        self.folder = folder
        self.user = user
        self.uid = USERS[user][0]
        self.mounts = []
        self.spawned = []   # processes outside
        self.fds = []       # held by an outsider
        self.known = {}     # what steps have found out: texts by name
        self.daemon = None  # for steps that stop it
        self.is_free = False  # no agent looks at it: nothing has to settle
        os.makedirs(folder)
        os.chmod(folder, 0o755)
        self.own(folder)

    def own(self, path):
        os.chown(path, self.uid, self.uid, follow_symlinks=False)

    def mounted(self, path):
        self.mounts.append(path)

    def unmounted(self, path):
        self.mounts.remove(path)

    def close(self):
        for process in self.spawned:
            process.kill()
            process.wait()
        for fd in self.fds:
            os.close(fd)
        for path in reversed(self.mounts):
            subprocess.run(["umount", "-lq", path], check=False)
        try:
            shutil.rmtree(self.folder, ignore_errors=True)
        except RecursionError:  # deeper than Python's own stack
            subprocess.run(["rm", "-rf", self.folder], check=False)


def find_line(policy, label):
    """Number of the policy's line with that label."""
    for number, line in enumerate(policy.splitlines(), 1):
        if re.search(rf"#\s*{re.escape(label)}\s*$", line):
            return number
    raise KeyError(f"no line of the policy is labelled '{label}'")


class Runner:
    """Runs groups. `options` has self_check, users and a pattern of what to run."""

    def __init__(self, report, events, options):
        self.report = report
        self.events = events
        self.self_check = options.self_check
        self.only = options.only
        self.users = options.users
        self.number = 0

    def is_wanted(self, name):
        return not self.only or any(pattern in name for pattern in self.only)

    def run_group(self, area, group):
        for user in self.users:
            cases = [case for case in group.cases
                     if user in case.users and self.is_wanted(f"{area}/{group.name}/{case.name}/{user}")]
            if cases:
                GroupRun(self, area, group, user).run(cases)


class GroupRun:
    """One group for one user."""

    def __init__(self, runner, area, group, user):
        self.runner = runner
        self.report = runner.report
        self.group = group
        self.user = user
        self.prefix = f"{area}/{group.name}"
        self.folder = os.path.join(group.root, f"{area}-{group.name}-{user}")
        self.fixed = {"T": self.folder, "probe": PROBE, "B": BUILD, "U": user}
        self.policy = self.fill(ALLOW_ALL if runner.self_check else group.policy, {})
        self.denied = {}  # process of a confined try: its case
        self.world = self.agent = self.free = None

    def fill(self, text, variables):
        for key, value in {**self.fixed, **variables}.items():
            text = text.replace("{" + key + "}", value)
        return text

    def variables(self, case, number, kind):
        place = case.allow if kind == "allow" else case.deny
        name = f"c{number}{kind[0]}"
        return {"n": name, "P": os.path.join(self.folder, place or "", name)}

    def tries(self, case):
        """The three tries of a case: kind and probe."""
        if case.deny is not None:
            if not self.runner.self_check:
                yield "free", case.free_probe or case.probe
            yield "deny", case.probe
        if case.allow is not None or case.allow_probe:
            yield "allow", case.allow_probe or case.probe

    def run(self, cases):
        self.world = World(self.folder, self.user)
        try:
            self.set_up(cases)
        except (ProbeError, OSError, subprocess.SubprocessError) as error:
            self.report.fail(f"{self.prefix}/({self.user})", f"cannot set up: {error}")
            self.tear_down()
            return
        try:
            for number, case in enumerate(cases):
                self.run_case(case, number)
            self.check_counters()
        except ProbeError as error:
            self.report.fail(f"{self.prefix}/({self.user})", f"stopped early: {error}")
        finally:
            self.tear_down()

    def set_up(self, cases):
        steps.run(self.world, self.fill(self.group.setup, {}))
        for number, case in enumerate(cases):
            for kind, _ in self.tries(case):
                variables = self.variables(case, number, kind)
                setup = case.allow_setup if kind == "allow" and case.allow_setup is not None else case.setup
                if setup is not None:
                    steps.run(self.world, f"dir {variables['P']}")
                    steps.run(self.world, self.fill(setup, variables))
        path = os.path.join("/srv", f"{self.prefix.replace('/', '-')}-{self.user}.yaml")
        with open(path, "w") as file:
            file.write(self.policy)
        fd2 = None
        if self.group.fd2:
            fd2 = os.open(self.fill(self.group.fd2, {}), os.O_RDONLY)
        self.free = Free(self.user, fd2=fd2)
        self.agent = Agent(path, self.user, self.folder, more=self.group.more, fd2=fd2)
        if fd2 is not None:
            os.close(fd2)
        self.policy_file = path
        steps.run(self.world, self.fill(self.group.after, {}))

    def tear_down(self):
        for prober in (self.agent, self.free):
            if prober:
                prober.close()
        self.world.close()

    def run_case(self, case, number):
        name = f"{self.prefix}/{case.name}/{self.user}"
        problems = []
        for kind, probe in self.tries(case):
            variables = self.variables(case, number, kind)
            try:
                steps.run(self.world, self.fill(case.late, variables))
            except (OSError, KeyError, subprocess.SubprocessError) as error:
                problems.append(f"{kind}: the outsider's steps failed: {error}")
                continue
            row = [self.fill(word, variables) for word in probe.split()]
            answer = (self.free if kind == "free" else self.agent).run(row)
            problems += getattr(self, "check_" + kind)(case, answer, variables, row)
        self.report.problems(name, problems)

    def check_free(self, case, answer, _variables, row):
        if case.free in (answer["result"], ANY):
            return []
        return [f"unconfined: {answer['result']}, expected {case.free}: {' '.join(row)} {answer['detail']}"]

    def check_allow(self, _case, answer, _variables, row):
        if answer["result"] == "ok":
            return []
        problems = [f"allowed twin: {answer['result']}, expected ok: {' '.join(row)} {answer['detail']}"]
        return problems + ["  event: " + shown(event) for event in self.runner.events.of(answer["pid"], timeout=1)]

    def check_deny(self, case, answer, variables, row):
        expected = case.result or case.errno or "ok"
        if self.runner.self_check:
            if case.liftable and answer["result"] not in ("ok", case.free):
                return [f"self-check: {answer['result']} under a policy that allows everything: {' '.join(row)} "
                        + answer["detail"]]
            return []
        problems = []
        if answer["result"] != expected:
            problems.append(f"confined: {answer['result']}, expected {expected}: {' '.join(row)} {answer['detail']}")
        if case.is_silent:
            return problems
        self.denied[answer["pid"]] = case
        events = self.runner.events.of(answer["pid"], timeout=5 if answer["result"] == expected else 0.5)
        if not events:
            return [*problems, "no event"]
        found = [self.check_event(case, event, variables, row) for event in events]
        if all(found):
            problems += min(found, key=len)
            problems += ["  event: " + shown(event) for event in events[:3]]
        return problems

    def check_event(self, case, event, variables, row):
        """What is wrong with an event; nothing if it is the one."""
        expected = {
            "op": case.op or row[0], "reason": case.reason, "verdict": case.verdict,
            "errno": case.errno, "agent": self.agent.id, "uid": USERS[self.user][0],
        }
        found = {key: event.get(key) for key in ("op", "reason", "verdict", "errno", "uid")}
        found["agent"] = event["agent"]["id"]
        if case.path not in (None, ANY):
            expected["path"] = self.fill(case.path, variables)
            found["path"] = event.get("object", {}).get("path")
        if case.target is not None:
            expected["target"] = self.fill(case.target, variables)
            found["target"] = event.get("target", {}).get("path")
        if case.address is not None:
            expected["address"] = case.address
            address = event.get("address", {})
            found["address"] = f"{address.get('ip')} {address.get('port')}"
        rule = event.get("rule")
        found["rule"] = f"{rule['file']}:{rule['line']}" if rule else None
        expected["rule"] = case.rule
        if case.rule not in (None, ANY):
            expected["rule"] = f"{self.policy_file}:{find_line(self.policy, case.rule)}"
        return [f"event: {key} is {found[key]!r}, expected {value!r}"
                for key, value in expected.items() if value != ANY and found[key] != value]

    def check_counters(self):
        """Nothing was denied but what the cases account for, and all of it was told, once."""
        if self.runner.self_check:
            return
        name = f"{self.prefix}/(counters)/{self.user}"
        status = self.agent.status()
        if status is None:
            self.report.fail(name, "the agent is not in the list of 'cofferdam ps'")
            return
        problems = []
        if status["denials"] != status["delivered"] + status["dropped"]:
            problems.append(f"decided {status['denials']}, delivered {status['delivered']}, "
                            f"dropped {status['dropped']}")
        told = self.runner.events.settle(self.agent.id, status["delivered"])
        if told != status["denials"]:
            problems.append(f"the kernel counts {status['denials']} denials, {told} were told")
        for pid, events in self.runner.events.of_agent(self.agent.id).items():
            case = self.denied.get(pid)
            if case is None or (len(events) > 1 and not case.more_events):
                problems.append(f"{len(events)} events of {'no case' if case is None else case.name}:")
                problems += ["  event: " + shown(event) for event in events[:5]]
        self.report.problems(name, problems)


def shown(event):
    """An event on one line."""
    rule = event.get("rule") or {}
    return " ".join(str(part) for part in (
        event.get("verdict"), event.get("op"), ",".join(event.get("rights", [])),
        event.get("object", {}).get("path", ""), event.get("target", {}).get("path", ""),
        event.get("socket", ""), event.get("address", ""), event.get("reason"), event.get("errno"),
        f"line {rule.get('line')}" if rule else "no rule"))
