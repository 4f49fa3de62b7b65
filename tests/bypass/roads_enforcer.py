# SPDX-License-Identifier: Apache-2.0
"""Attacks on the enforcer and bad input (section 11): what holds when the daemon is dead, when tables are full, when
filesystems go and come."""

import os
import subprocess
import time

import fuse
import maps
import roads_storage
import steps
from agent import Agent, Free, ProbeError
from cases import World
from daemon import PROBE, cofferdam, environment
from policies import PROFILE

# What each of them answers, confined. The unconfined reach all of them.
DENIED = ("read {N}/key", "hold {N} rdonly,directory , names", "read {W}/l", "read {W}/.env", "read {N}/late",
          "append {R}/f", "append {W}/r", "creat {R}/new", "unlink {R}/f", "truncate {A}/f 1", "creat {W}/.git/hooks/h",
          "exec {D} creat {W}/mark",
          "exec {X}/p creat {W}/mark", "rename {N} {W}/x")
PLACES = {"N": "home/.aws/x", "W": "work/x", "R": "work/reference/x", "A": "work/archive/x", "X": "work/data/x"}
SETUP = """\
file {N}/key SECRET; file {N}/late SECRET; file {R}/f; file {A}/f long; copy {probe} {X}/p; copy {probe} {D}; file {W}/.env SECRET
dir {W}/.git/hooks; link {N}/key {W}/l; link {R}/f {W}/r; copy /bin/touch {T}/tools/touch; dir {T}/work/log
"""


class Tree:
    """A tree under the profile, and an agent in it."""

    def __init__(self, top, user, setup=SETUP):
        self.world = World(top, user)
        self.known = {"T": top, "D": f"{top}/tools/denied", "probe": PROBE}
        self.known.update({key: f"{top}/{place}" for key, place in PLACES.items()})
        self.agent = None
        steps.run(self.world, self.fill(setup))

    def fill(self, text):
        for key, value in self.known.items():
            text = text.replace("{" + key + "}", value)
        return text

    def start(self, policy=PROFILE, rules=()):
        path = f"/srv/{os.path.basename(self.world.folder)}-{self.world.user}.yaml"
        with open(path, "w") as file:
            file.write(self.fill(policy.replace("    {rules}\n", "".join(f"    - {rule}\n" for rule in rules))))
        self.agent = Agent(path, self.world.user, self.world.folder)
        return self

    def close(self):
        if self.agent:
            self.agent.close()
        self.world.close()

    def undenied(self, when, expected="EACCES", rows=DENIED):
        """What of all that must be denied is not."""
        found = []
        for row in rows:
            answer = self.agent.run(self.fill(row))
            if answer["result"] != expected:
                found.append(f"{when}: {self.fill(row)}: {answer['result']}, expected {expected}: {answer['detail']!r}")
        return found


def check_heir(daemon):
    """While confined agents of a dead daemon live, the next one does not start, and says why."""
    heir = subprocess.run(daemon.arguments, capture_output=True, text=True, timeout=300, check=False, env=environment())
    if heir.returncode != 1 or "CF-K021" not in heir.stderr:
        return [f"the next daemon: status {heir.returncode}: {heir.stderr}"]
    return []


# An overlay's files are judged twice: by the overlay's own rules, and as what they are in the upper layer.
LAYER_RULES = ("{path: /srv/bypass-layers, access: rw}",)
# What outsiders do while there is no daemon, and what must stay closed.
ALONE = """\
link {N}/key {W}/l2; link {N}/late {W}/l3; file {N}/later SECRET; link {N}/later {W}/l4; tmpfs {N}/m; file {N}/m/f SECRET
dir {W}/b; bind {N} {W}/b
"""
DENIED_ALONE = ("read {W}/l2", "read {W}/l3", "read {W}/l4", "read {N}/m/f", "hold {N}/m rdonly,directory , names",
                "read {W}/b/late")


def test_daemon_killed(runner, name):
    """Kill -9 of the daemon and dropped caches leave every denial in force, on any filesystem."""
    tops = {"ext4": "/srv/bypass"}
    tops.update({kind: roads_storage.prepare(kind) for kind in ("tmpfs", "overlay", "btrfs", "xfs")})
    found, trees = {}, {}
    try:
        for kind, top in tops.items():
            for user in runner.users if kind == "ext4" else runner.users[-1:]:
                tree = trees[kind, user] = Tree(f"{top}/killed-{kind}-{user}", user).start(rules=LAYER_RULES)
                found[kind, user] = tree.undenied("with the daemon")
                if tree.agent.run(tree.fill("creat {W}/new"))["result"] != "ok":
                    found[kind, user].append("nothing can be written: this shows nothing")
        runner.daemon.kill()
        runner.is_over = True
        for round_number in range(2):
            for key, tree in trees.items():
                steps.run(tree.world, tree.fill("absent {N}/late; file {N}/late SECRET"))
                found[key] += tree.undenied(f"without a daemon, round {round_number}")
            steps.run(None, "drop-caches")
        for key, tree in trees.items():
            steps.run(tree.world, tree.fill(ALONE))
            found[key] += tree.undenied("done by outsiders without a daemon", rows=DENIED_ALONE)
        heir = check_heir(runner.daemon)
        for key, tree in trees.items():
            found[key] += heir + tree.undenied("after another daemon was refused")
    finally:
        for tree in trees.values():
            tree.close()
    for (kind, user), problems in found.items():
        runner.report.problems(f"11/{name}/{kind}/{user}", problems)


def test_odd_names_in_events(runner, name):
    """Names with line ends, quotes and bytes that are no text come through as one event each, and forge none."""
    tree = Tree("/srv/bypass/odd-names", "agent").start()
    problems = []
    try:
        odd_before = len([line for line in runner.events.odd if isinstance(line, str)])
        for escaped in (r"\x0a{\x22type\x22:\x22verdict\x22}\x0a", r"\xff\xfe", r"\x1b[2J", r"\x22\x5c\x22", "x" * 255,
                        r"\xc3\x28"):
            steps.run(tree.world, tree.fill("file {N}/") + escaped)
            answer = tree.agent.run(tree.fill("read {N}/") + escaped)
            events = runner.events.since(tree.agent.id, answer["row"])
            if answer["result"] != "EACCES" or len(events) != 1 or "path" not in events[0].get("object", {}):
                problems.append(f"{escaped}: {answer['result']}, {len(events)} events")
        odd = [line for line in runner.events.odd if isinstance(line, str)]
        if len(odd) != odd_before:
            problems.append(f"lines that are no JSON: {odd[odd_before:][:3]}")
    finally:
        tree.close()
    runner.report.problems(f"11/{name}", problems)


def test_event_flood(runner, name):
    """No verdict depends on a delivered event; what is lost is counted."""
    tree = Tree("/srv/bypass/flood", "agent").start()
    problems = []
    try:
        tree.agent.run(tree.fill("flood {N}/key 3000"))
        problems += tree.undenied("after a flood")
        status = tree.agent.status()
        if status["denials"] != status["delivered"] + status["dropped"] or status["denials"] < 3000:
            problems.append(f"decided {status['denials']}, delivered {status['delivered']}, dropped {status['dropped']}")
    finally:
        tree.close()
    runner.report.problems(f"11/{name}", problems)


def test_filesystem_goes_and_comes(runner, name):
    """What the policy names is on a filesystem that is unmounted, and mounted anew with something else in it."""
    for user in runner.users:
        tree = Tree(f"/srv/bypass/goes-{user}", user)
        problems = []
        try:
            steps.run(tree.world, tree.fill("tmpfs {T}/disk; file {T}/disk/private/key SECRET; settle"))
            tree.start(rules=("{path: \"{T}/disk/private\", access: none}", "{path: \"{T}/disk\", access: rw}"))
            rows = ("read {T}/disk/private/key", "hold {T}/disk/private rdonly,directory , names",
                    "creat {T}/disk/private/new")
            problems += tree.undenied("at first", rows=rows)
            for round_number in range(2):
                steps.run(tree.world, tree.fill("umount {T}/disk"))
                problems += tree.undenied("unmounted", rows=("read {T}/disk/private/key",), expected="ENOENT")
                steps.run(tree.world, tree.fill("tmpfs {T}/disk; file {T}/disk/private/key SECRET"))
                problems += tree.undenied(f"mounted again, round {round_number}, at once", rows=rows)
                steps.run(tree.world, "settle")
                problems += tree.undenied(f"mounted again, round {round_number}", rows=rows)
            deadline = time.monotonic() + 20
            while tree.agent.run(tree.fill("creat {T}/disk/new"))["result"] != "ok":
                if time.monotonic() > deadline:
                    problems.append("nothing can be written there after it was mounted again")
                    break
        finally:
            tree.close()
        runner.report.problems(f"11/{name}/{user}", problems)


def test_filesystem_in_user_space(runner, name):
    """A policy for places on FUSE, whose server is somebody's program: what it closes is closed."""
    for user in runner.users:
        tree = Tree(f"/srv/bypass/fuse-{user}", user)
        free = Free(user)
        problems = []
        steps.run(tree.world, tree.fill("dir {T}/fuse"))
        try:
            served = fuse.Filesystem(tree.fill("{T}/fuse"), {"private": {"key": b"SECRET\n"},
                                                             "open": {"f": b"open\n", ".env": b"SECRET\n"}})
        except OSError as error:
            runner.report.skip(f"11/{name}/{user}", f"no FUSE here: {error}")
            tree.close()
            free.close()
            continue
        rows = ("read {T}/fuse/private/key", "hold {T}/fuse/private rdonly,directory , names", "read {T}/fuse/open/.env",
                "read {W}/b/key", "symlink {T}/fuse/private/key {W}/l9 , read {W}/l9")
        try:
            steps.run(tree.world, tree.fill("dir {W}/b; bind {T}/fuse/private {W}/b; settle"))
            for row in rows[:4]:
                answer = free.run(tree.fill(row))
                if answer["result"] != "ok" or (row.startswith("read") and "SECRET" not in answer["detail"]):
                    problems.append(f"unconfined: {row}: {answer}")
            tree.start(rules=("{path: \"{T}/fuse\", access: rw}", "{path: \"{T}/fuse/private\", access: none}"))
            problems += tree.undenied("on FUSE", rows=rows)
            steps.run(None, "drop-caches")
            problems += tree.undenied("on FUSE, caches dropped", rows=rows[:4])
            answer = tree.agent.run(tree.fill("read {T}/fuse/open/f"))
            runner.report.note(f"{name}/{user}: what is open on FUSE: {answer['result']}")
            if answer["result"] not in ("ok", "EACCES"):
                problems.append(f"what is open: {answer}")
        finally:
            free.close()
            served.close()
            tree.close()
        runner.report.problems(f"11/{name}/{user}", problems)


N_ANCHORS = 10000


def test_ten_thousand_anchors(runner, name):
    """A policy of ten thousand places: each is closed, and the start takes a bearable time."""
    tree = Tree("/srv/bypass/many", "agent")
    problems = []
    try:
        os.makedirs(f"{tree.world.folder}/many")
        for i in range(N_ANCHORS):
            with open(f"{tree.world.folder}/many/f{i}", "w") as file:
                file.write("SECRET")
        started = time.monotonic()
        try:
            tree.start(rules=[f"{{path: \"{tree.world.folder}/many/f{i}\", access: none}}" for i in range(N_ANCHORS)])
        except ProbeError as error:
            problems.append(f"the agent does not start: {error}")
        else:
            runner.report.note(f"{name}: an agent with {N_ANCHORS} places started in {time.monotonic() - started:.1f} s")
            problems += tree.undenied("many places", rows=[f"read {{T}}/many/f{i}" for i in (0, 1, 4999, 9998, 9999)])
            problems += tree.undenied("many places")
            os.link(f"{tree.world.folder}/many/f77", f"{tree.world.folder}/work/x/f77")
            os.rename(f"{tree.world.folder}/many/f78", f"{tree.world.folder}/work/x/f78")
            problems += tree.undenied("many places", rows=("read {W}/f77", "read {W}/f78"))
    finally:
        tree.close()
    runner.report.problems(f"11/{name}", problems)


def test_full_map(runner, name):
    """With the table of anchors full: who lives is denied as before, links are denied, who starts is refused or denied."""
    tree = Tree("/srv/bypass/full", "agent").start()
    late = Tree("/srv/bypass/full-late", "agent")
    problems = []
    try:
        with maps.filled("cf_anchors") as n_filled:
            if n_filled < 1000:
                problems.append(f"only {n_filled} entries were put in: this shows nothing")
            problems += tree.undenied("full")
            steps.run(tree.world, tree.fill("file {N}/late SECRET; link {N}/late {W}/l4; file {N}/late2 SECRET"))
            problems += tree.undenied("full", rows=("read {N}/late", "read {N}/late2", "read {W}/l4",
                                                    "link {N}/late2 {W}/l5"))
            try:
                late.start()
            except ProbeError as error:
                said = str(error)
                runner.report.note(f"{name}: with a full table: {said}")
                if "full" not in said and "room" not in said and "table" not in said:
                    problems.append(f"the refusal does not say why: {said}")
            else:
                problems += late.undenied("started with a full table")
        problems += tree.undenied("with room again")
    finally:
        tree.close()
        late.close()
    runner.report.problems(f"11/{name}", problems)
    outcome = cofferdam("ps")
    runner.report.check(f"11/{name}/(daemon)", outcome.returncode == 0, outcome.stderr)


def test_unconfined_twins(runner, name):
    """All that these tests say is denied works for somebody who is not confined."""
    for user in runner.users:
        tree = Tree(f"/srv/bypass/twin-{user}", user)
        free = Free(user)
        steps.run(tree.world, tree.fill("file {N}/late SECRET"))
        problems = []
        for row in DENIED:
            answer = free.run(tree.fill(row))
            if answer["result"] != "ok":
                problems.append(f"unconfined: {tree.fill(row)}: {answer['result']}")
        free.close()
        tree.close()
        runner.report.problems(f"11/{name}/{user}", problems)


# Towards the end what leaves marks: links unknown for good, and no daemon.
TESTS = [test_unconfined_twins, test_odd_names_in_events, test_event_flood, test_filesystem_goes_and_comes,
         test_filesystem_in_user_space, test_ten_thousand_anchors, test_full_map, test_daemon_killed]
