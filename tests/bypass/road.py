# SPDX-License-Identifier: Apache-2.0
"""A road round the boundary: a short attack with a goal, walked unconfined and confined.

What counts is the goal, never the errno alone:

    read    the secret's bytes, or a name from a closed directory, are in what the probe tells, or in {W}/loot
    change  what is at `watch` is not what it was: contents, names, modes, owners, times, attributes, flags
    run     the program left its mark at {mark}, or the code answered
    rights  the program that left the mark had another user's rights

Unconfined the goal must be reached. Confined the outcome is one of

    ESCAPE  the goal was reached
    denied  it was not, and an event of this agent names errno and reason (and line, where a row says which)
    other   it was not, and we have denied nothing: somebody else refused, with the errno that the row expects
    cannot  kernel or filesystem lack it: unconfined it failed in a way that the row knows
    open    the goal was reached, and the row says why that is so today (`open`); README.md tells it to users

In all texts of a road

    {T}     the tree under test, of its own for the unconfined
    {W}     a folder that may be written          {N}  a closed one, with the secret in {S}
    {R}     one that may only be read, with {R}/f {A}  one where nothing may be removed, with {A}/f
    {L}     one that may only be appended to      {X}  one where nothing may be executed
    {D}     a program that may not be executed    {token}  what the secret says
    {n}     a name of this try's own; {probe}, {B}, {U}: as in cases.py
    {word}  whatever a step of an outsider's has found out (`spawn`, `offset`, `inode`)
"""

import dataclasses
import errno
import fcntl
import os
import stat
import struct
import subprocess

import steps
from agent import Agent, Free, ProbeError
from cases import ALLOW_ALL, ANY, World, find_line, kernel_is_at_least, shown
from daemon import BUILD, PROBE, USERS

# What no policy lifts.
NOT_LIFTED = ("pseudo-filesystem", "too-deep", "unclassified", "disconnected", "device", "kernel-surface", "set-id",
              "security-attribute", "request")
OUTCOMES = ("denied", "other", "cannot", "open", "ESCAPE")


@dataclasses.dataclass
class Road:
    """See the module's own words."""

    name: str
    steps: str                  # of the probe
    goal: str = "read"
    watch: str | None = None    # for `change`
    setup: str = ""             # by an outsider, before the agent starts
    late: str = ""              # by an outsider, while it lives
    after: str = ""             # by an outsider, then: puts back what is the whole system's
    rules: tuple = ()           # the policy's lines for this road
    users: tuple = ("root", "agent")
    since: tuple = (6, 1)       # the kernel that has it first
    errno: str = "EACCES"
    reason: str = "file-rule"
    rule: str | None = ANY      # label of the policy's line; None: none decided
    outcome: str = "denied"     # or "other"; a set of both where the kernels differ is not taken
    open: str = ""              # why the road is known to be open, or may be, depending on who is quicker
    lacks: tuple = ()           # results of the unconfined try that say that it cannot be tried here
    liftable: bool = True       # a policy that allows everything allows it; see NOT_LIFTED, too
    free_steps: str | None = None
    late_free: str | None = None  # other steps of the outsider for the unconfined try
    names_object: bool = True   # the event has an object's path


@dataclasses.dataclass
class Section:
    """Roads under one policy. `number` is that of the catalogue's section."""

    number: str
    title: str
    policy: str
    roads: list
    setup: str = ""             # once, in each tree
    taken: bool = False         # the agent was not started by `run`, but moved into an agent's cgroup
    root: str = "/srv/bypass"
    filesystem: str | None = None  # roads_storage.py makes it; it holds the trees


def flags_of(path):
    """chattr's flags; None: the filesystem has none."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        return struct.unpack("i", fcntl.ioctl(fd, 0x80086601, struct.pack("i", 0)))[0]
    except OSError:
        return None
    finally:
        os.close(fd)


def picture(path):
    """All that a road could change at a path and below it."""
    try:
        status = os.lstat(path)
    except OSError:
        return {path: None}
    mode = status.st_mode
    content = None
    if path.startswith(("/proc/", "/sys/")) and stat.S_ISREG(mode):
        with open(path, "rb") as file:
            return {path: file.read()}
    if stat.S_ISLNK(mode):
        content = os.readlink(path)
    elif stat.S_ISREG(mode):
        with open(path, "rb") as file:
            content = file.read(1 << 20)
    try:
        attributes = sorted((name, os.getxattr(path, name, follow_symlinks=False))
                            for name in os.listxattr(path, follow_symlinks=False))
    except OSError:
        attributes = None
    facts = (status.st_ino, mode, status.st_uid, status.st_gid, status.st_rdev, content, attributes)
    if stat.S_ISREG(mode):
        facts += (status.st_size, status.st_blocks if status.st_size >= 16384 else 0, status.st_mtime_ns, flags_of(path))
    elif stat.S_ISDIR(mode):
        facts += (flags_of(path),)
    found = {path: facts}
    if stat.S_ISDIR(mode):
        for name in sorted(os.listdir(path)):
            found.update(picture(os.path.join(path, name)))
    return found


class Board:
    """What has come of all roads, by section."""

    def __init__(self):
        self.rows = {}
        self.notes = []

    def add(self, section, outcome):
        row = self.rows.setdefault((section.number, section.title), dict.fromkeys(("walked", *OUTCOMES, "wrong"), 0))
        row["walked"] += 1
        row[outcome] += 1

    def table(self):
        titles = [f"{number:>5}  {title}" for number, title in self.rows]
        width = max(map(len, titles), default=0)
        yield f"{'section':<{width}}  walked  denied  by another  cannot try  wrong  open  ESCAPES"
        totals = dict.fromkeys(("walked", *OUTCOMES, "wrong"), 0)
        for title, row in zip(titles, self.rows.values()):
            yield self.line(title, row, width)
            for key, number in row.items():
                totals[key] += number
        yield self.line("all", totals, width)

    @staticmethod
    def line(title, row, width):
        return (f"{title:<{width}}  {row['walked']:6}  {row['denied']:6}  {row['other']:10}  {row['cannot']:10}"
                f"  {row['wrong']:5}  {row['open']:4}  {row['ESCAPE']:7}")


class Try:
    """One road, once, in one tree."""

    def __init__(self, road, number, world):
        self.road = road
        self.world = world
        kind = os.path.basename(world.folder)
        top = world.folder
        self.name = f"r{number}{kind[0]}"
        self.known = {
            "T": top, "n": self.name, "W": f"{top}/work/{self.name}", "N": f"{top}/home/.aws/{self.name}",
            "S": f"{top}/home/.aws/{self.name}/key", "R": f"{top}/work/reference/{self.name}",
            "A": f"{top}/work/archive/{self.name}", "L": f"{top}/work/log/{self.name}",
            "X": f"{top}/work/data/{self.name}", "D": f"{top}/tools/denied", "mark": f"{top}/work/{self.name}/mark",
            "token": f"SECRET-{os.path.basename(os.path.dirname(top))}-{self.name}",
            "probe": PROBE, "B": BUILD, "U": world.user,
        }
        self.before = None
        self.missing = None  # what it needs and is not there

    def fill(self, text):
        for key, value in {**self.known, **self.world.known}.items():
            text = text.replace("{" + key + "}", value)
        return text

    def step(self, text):
        """One by one: a step may name what one before it has found out."""
        for part in text.replace("\n", ";").split(";"):
            steps.run(self.world, self.fill(part))

    def set_up(self):
        said = " ".join((self.road.steps, self.road.setup, self.road.late, self.road.watch or "", *self.road.rules))
        self.step("dir {W}; file {W}/own mine")
        if any(word in said for word in ("{N}", "{S}", ".aws/{n}")):
            self.step("dir {N}; file {S} {token}; file {N}/{token}")
        if "{R}" in said:
            self.step("file {R}/f original")
        for place in ("{A}", "{L}"):
            if place in said:
                self.step(f"sized {place}/f 16384")
        if "{X}" in said:
            self.step("dir {X}")
        self.step(self.road.setup)

    def walk(self, prober, text, late):
        """The probe's answer; what is watched is looked at before."""
        self.step(late)
        if self.road.watch:
            self.before = picture(self.fill(self.road.watch))
        words = [self.fill(word) for word in text.split()]
        answer = prober.run(words)
        answer["said"] = " ".join(words)
        return answer

    def reached(self, answer):
        """Is the goal reached? By looking."""
        if self.road.goal == "read":
            loot = self.fill("{W}/loot")
            if os.path.isfile(loot):
                with open(loot, errors="replace") as file:
                    if self.known["token"] in file.read():
                        return True
            return self.known["token"] in answer["detail"]
        if self.road.goal == "change":
            return picture(self.fill(self.road.watch)) != self.before
        if self.road.goal == "run":
            return os.path.exists(self.known["mark"]) or "RAN" in answer["detail"]
        if self.road.goal == "rights":
            return os.path.exists(self.known["mark"]) and os.stat(self.known["mark"]).st_uid != self.world.uid
        raise ValueError(self.road.goal)


class SectionRun:
    """One section for one user: two trees, and in one of them an agent."""

    def __init__(self, runner, section, user):
        self.runner = runner
        self.report = runner.report
        self.section = section
        self.user = user
        name = f"{section.number}-{section.title}".replace(" ", "-").replace("/", "-")
        self.prefix = f"{section.number}/{section.title.replace(' ', '-')}"
        root = section.root
        if section.filesystem:
            root = runner.prepare(section.filesystem)
        self.folder = os.path.join(root, f"{name}-{user}")
        self.free_world = World(os.path.join(self.folder, "free"), user)
        self.world = World(os.path.join(self.folder, "agent"), user)
        self.agent = self.free = self.keeps_cgroup = None

    def run(self, roads):
        tries = []
        try:
            for number, road in enumerate(roads):
                tries.append((Try(road, number, self.free_world), Try(road, number, self.world)))
            self.set_up(tries)
            for free, confined in tries:
                self.walk(free, confined)
            self.check_counters()
        except (ProbeError, OSError, subprocess.SubprocessError) as error:
            self.report.fail(f"{self.prefix}/({self.user})", f"stopped early: {error!r} {getattr(error, 'stderr', '')}")
        finally:
            for prober in (self.agent, self.free, self.keeps_cgroup):
                if prober:
                    prober.close()
            self.world.close()
            self.free_world.close()

    def set_up(self, tries):
        self.free_world.is_free = True
        for world in (self.free_world, self.world):
            world.daemon = self.runner.daemon
            for folder in ("home/.aws", "work/reference", "work/archive", "work/log", "work/data", "tools"):
                steps.run(world, f"dir {world.folder}/{folder}")
            steps.run(world, f"copy {PROBE} {world.folder}/tools/denied; copy /bin/touch {world.folder}/tools/touch")
            steps.run(world, self.section.setup.replace("{T}", world.folder))
        for pair in tries:
            for each in pair:
                try:
                    each.set_up()
                except OSError as error:
                    if error.errno != errno.EOPNOTSUPP:
                        raise
                    pair[0].missing = str(error)  # the filesystem lacks it, for both
        lines = [confined.fill(line) for _, confined in tries for line in confined.road.rules]
        self.policy = self.section.policy.replace("{T}", self.world.folder)
        self.policy = self.policy.replace("    {rules}\n", "".join(f"    - {line}\n" for line in lines))
        if self.runner.allow_all:
            self.policy = ALLOW_ALL
        self.policy_file = f"/srv/{self.prefix.replace('/', '-')}-{self.user}.yaml"
        with open(self.policy_file, "w") as file:
            file.write(self.policy)
        self.free = Free(self.user)
        self.start_agent()

    def start_agent(self):
        agent = Agent(self.policy_file, self.user, self.world.folder)
        self.agent_id = agent.id
        self.agent = agent
        if self.section.taken:
            self.keeps_cgroup = agent
            self.agent = Free(self.user)
            with open(os.path.join("/sys/fs/cgroup", agent.cgroup.lstrip("/"), "cgroup.procs"), "w") as file:
                file.write(str(self.agent.pid))

    def walk(self, free, confined):
        road = free.road
        name = f"{self.prefix}/{road.name}/{self.user}"
        if not kernel_is_at_least(*road.since):
            self.tell(name, "cannot", [], f"kernels before {'.'.join(map(str, road.since))} have no such call")
            return
        if free.missing:
            self.tell(name, "cannot", [], free.missing)
            return
        try:
            late = road.late if road.late_free is None else road.late_free
            free_answer = free.walk(self.free, road.free_steps or road.steps, late)
            can_be_tried = free.reached(free_answer)
            free.step(road.after)
            answer = confined.walk(self.agent, road.steps, road.late)
            is_reached = confined.reached(answer)
            confined.step(road.after)
        except ProbeError as error:
            if "understand" not in str(error):
                raise
            self.tell(name, "wrong", [str(error)])
            return
        except (OSError, KeyError, subprocess.SubprocessError) as error:
            self.tell(name, "wrong", [f"an outsider's steps failed: {error!r} {getattr(error, 'stderr', '')}"])
            confined.step(road.after)  # the next road must find things as they were
            return
        self.judge(name, confined, (free_answer, can_be_tried), answer, is_reached)

    def judge(self, name, confined, free_try, answer, is_reached):
        road = confined.road
        free_answer, can_be_tried = free_try
        said = f"{answer['result']} of '{answer['op']}', {answer['said']}: {answer['detail']!r}"
        if is_reached:
            if self.runner.allow_all:
                self.tell(name, "ESCAPE", [])
                return
            if road.open:
                self.tell(name, "open", [], road.open)
                return
            self.tell(name, "ESCAPE", [f"the goal was reached ({road.goal}): {said}", *self.events_of(answer, 0.2)])
            return
        if self.runner.allow_all:
            if road.liftable and road.outcome == "denied" and road.reason not in NOT_LIFTED and can_be_tried:
                self.tell(name, "wrong", [f"under a policy that allows everything: {said}", *self.events_of(answer, 0.2)])
            return
        if not can_be_tried:
            if free_answer["result"] in road.lacks:
                self.tell(name, "cannot", [],
                          f"unconfined it fails as well: {free_answer['result']} of '{free_answer['op']}'")
            else:
                self.tell(name, "wrong", [f"the unconfined twin did not reach the goal: {free_answer['result']} of "
                                          f"'{free_answer['op']}', {free_answer['said']}: {free_answer['detail']!r}"])
            return
        events = self.runner.events.since(self.agent_id, answer["row"], 5 if road.outcome == "denied" else 0.3)
        outcome = "denied" if events else "other"
        problems = []
        if outcome != road.outcome:
            problems.append(f"the outcome is '{outcome}', expected '{road.outcome}': {said}")
        elif outcome == "denied":
            found = [self.check_event(confined, event) for event in events]
            if all(found):
                problems += min(found, key=len)
        if road.errno not in (ANY, answer["result"]):
            problems.append(f"the result is {answer['result']}, expected {road.errno}: {said}")
        if problems:
            problems += ["  event: " + shown(event) for event in events[:3]]
        self.tell(name, "wrong" if problems else outcome, problems,
                  None if outcome == "denied" else f"{answer['result']} of '{answer['op']}'")

    def events_of(self, answer, timeout):
        return ["  event: " + shown(event) for event in self.runner.events.since(self.agent_id, answer["row"], timeout)[:3]]

    def check_event(self, confined, event):
        """What is wrong with it; nothing if it tells of this road."""
        road = confined.road
        problems = []
        if event.get("verdict") not in ("deny", "unknown") or event.get("uid") != USERS[self.user][0]:
            problems.append("event: is not a denial of this user's")
        number = road.errno if road.errno in ("EACCES", "EPERM") else ANY
        rule = event.get("rule")
        line = f"{rule['file']}:{rule['line']}" if rule else None
        expected = road.rule
        if expected not in (None, ANY):
            expected = f"{self.policy_file}:{find_line(self.policy, confined.fill(expected))}"
        for key, found, wanted in (("errno", event.get("errno"), number), ("reason", event.get("reason"), road.reason),
                                   ("rule", line, expected)):
            if wanted != ANY and found != wanted:
                problems.append(f"event: {key} is {found!r}, expected {wanted!r}")
        if road.names_object and not event.get("object", {}).get("path"):
            problems.append("event: names no object")
        return problems

    def tell(self, name, outcome, problems, note=None):
        self.runner.board.add(self.section, outcome)
        if self.runner.allow_all:
            self.report.problems(name, problems)
        elif outcome in ("cannot", "open"):
            self.report.skip(name, note if outcome == "cannot" else f"OPEN: {note}")
        elif outcome == "ESCAPE":
            self.report.fail(name, "ESCAPE", *problems)
        else:
            if note and not problems:
                self.runner.board.notes.append(f"{name.rpartition('/')[0]}: {note}")
            self.report.problems(name, problems)

    def check_counters(self):
        """Denials decided = delivered + dropped, and all that were delivered were told."""
        status = self.agent_status()
        name = f"{self.prefix}/(counters)/{self.user}"
        if status is None:
            self.report.fail(name, "the agent is not in the list of 'cofferdam ps'")
            return
        told = self.runner.events.settle(self.agent_id, status["delivered"])
        self.report.check(name, status["denials"] == status["delivered"] + status["dropped"] and told == status["delivered"],
                          f"decided {status['denials']}, delivered {status['delivered']}, dropped {status['dropped']}, "
                          f"told {told}")

    def agent_status(self):
        return (self.keeps_cgroup if self.section.taken else self.agent).status()


class Runner:
    """Runs sections. `options` has users, only and allow_all."""

    def __init__(self, report, events, daemon, options, prepare):
        self.report = report
        self.prepare = prepare  # makes a filesystem, by its name
        self.events = events
        self.daemon = daemon
        self.users = options.users
        self.only = options.only
        self.allow_all = options.self_check
        self.board = Board()
        self.is_over = False  # a test has killed the daemon

    def is_wanted(self, name):
        return not self.only or any(pattern in name for pattern in self.only)

    def run_section(self, section):
        prefix = f"{section.number}/{section.title.replace(' ', '-')}"
        for user in self.users:
            roads = [road for road in section.roads
                     if user in road.users and self.is_wanted(f"{prefix}/{road.name}/{user}")]
            if roads:
                self.run_roads(section, user, roads)

    def run_roads(self, section, user, roads):
        try:
            section_run = SectionRun(self, section, user)
        except LookupError as error:
            self.report.skip(f"{section.number}/{section.title.replace(' ', '-')}/({user})", str(error))
            return
        section_run.run(roads)
