# SPDX-License-Identifier: Apache-2.0
"""In the guest, as root: each race for each user, and for an unconfined reader of the kind, who must win it."""

import argparse
import dataclasses
import os
import re
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
import steps  # noqa: E402
from agent import Agent, Free, ProbeError  # noqa: E402
from cases import World  # noqa: E402
from report import Report  # noqa: E402
import suite  # noqa: E402

POLICY = """\
cofferdam: 1
name: races
files:
  default: ro
  rules:
    - {path: "{T}/rw", access: rw}
    - {path: "{T}/rw/parent/closed", access: none}
    - {path: "{T}/none", access: none}
    - {name: "*.env", access: none}
"""


@dataclasses.dataclass
class Race:
    """`hunted` are the paths that the reader reads, `churn` what moves meanwhile, by whom."""

    name: str
    churn: str
    hunted: str
    by_agent: bool = False  # the reader's own agent does it; else root, unconfined
    setup: str = ""
    public: bool = True     # the reader sees what is public, between


# The secret is in none/s and none/d/s; what is called open or public may be read.
SETUP = "dir {T}/rw/open; dir {T}/none/d; dir {T}/none/mount; dir {T}/rw/parent/closed; dir {T}/rw/tree/a/b"
RACES = [
    Race("symlink-swap", "symlinks {T}/rw/l {T}/rw/public {T}/none/s", "{T}/rw/l", by_agent=True),
    Race("directory-symlink-swap", "symlinks {T}/rw/l {T}/rw/open {T}/none/d", "{T}/rw/l/s", by_agent=True),
    Race("exchange-with-symlink", "exchange {T}/rw/open {T}/rw/lead", "{T}/rw/open/s {T}/rw/lead/s", by_agent=True,
         setup="symlink {T}/none/d {T}/rw/lead"),
    Race("outsider's-symlink-swap", "symlinks {T}/rw/l {T}/rw/open {T}/none/d", "{T}/rw/l/s"),
    Race("outsider's-link", "link {T}/none/s {T}/rw/h", "{T}/rw/h {T}/rw/public"),
    Race("outsider's-rename-of-parent", "rename {T}/rw/parent {T}/rw/moved",
         "{T}/rw/parent/closed/s {T}/rw/moved/closed/s {T}/rw/public"),
    Race("outsider's-moves-of-a-tree", "tree {T}/rw {T}/none",
         "{T}/rw/tree/s {T}/none/tree/s {T}/none/tree/a/b/s {T}/rw/tree/a/b/s {T}/rw/tree/public"),
    # Closed by its name here, by its place there: no mixture of the two is ever true.
    Race("outsider's-rename-between-rules", "rename {T}/rw/s.env {T}/none/s2",
         "{T}/rw/s.env {T}/none/s2 {T}/rw/public"),
    Race("outsider's-mounts", "mount {T}/none/mount", "{T}/none/mount/s {T}/rw/public"),
]

# With programs whose storage fails now and then: by its place, by its name, by the place of another name of it.
FAULTS = [
    Race("storage-fails", "symlinks {T}/rw/l {T}/rw/public {T}/rw/open",
         "{T}/none/s {T}/rw/s.env {T}/rw/h {T}/rw/public {T}/rw/open/s", by_agent=True,
         setup="link {T}/none/s {T}/rw/h"),
]


class Field:
    """The files of one race for one reader."""

    def __init__(self, race, user, kind):
        self.world = World(f"/srv/races/{race.name}-{user}-{kind}", user)
        self.folder = self.world.folder
        steps.run(self.world, SETUP.replace("{T}", self.folder))
        for name, text in (("rw/public", "public"), ("rw/open/s", "public"), ("rw/tree/public", "public"),
                           ("none/s", "SECRET"), ("rw/s.env", "SECRET"), ("none/d/s", "SECRET"), ("rw/parent/closed/s", "SECRET")):
            steps.run(self.world, f"file {self.folder}/{name}")
            with open(f"{self.folder}/{name}", "w") as file:
                file.write(text)
        if race.setup:
            steps.run(self.world, self.fill(race.setup))
        self.policy = f"/srv/races-{race.name}-{user}.yaml"
        with open(self.policy, "w") as file:
            file.write(POLICY.replace("{T}", self.folder))

    def fill(self, text):
        return text.replace("{T}", self.folder)


def _move(outsider, churn, moved):
    try:
        moved.update(outsider.run(churn))
    except ProbeError:
        pass  # it was ended before its rounds were over


def begin(reader, churn):
    """The reader's agent does it; a fork may be refused now and then (probe/race.c says when)."""
    for _ in range(10):
        answer = reader.run("background " + churn)
        if answer["result"] not in ("EAGAIN", "ENOMEM"):
            break
    if answer["result"] != "ok":
        raise ProbeError(f"what is to move does not begin: {answer}")


def hunt(reader, words):
    answer = reader.run(words)
    return reader.run(words) if answer["result"] in ("EAGAIN", "ENOMEM") else answer


def run_race(race, user, rounds, is_confined):
    """The reader's answer, and that of the outsider who moved things (None: it was the agent itself)."""
    field = Field(race, user, "confined" if is_confined else "free")
    stop = f"{field.folder}/stop" if not race.by_agent else f"{field.folder}/rw/stop"
    if not is_confined and not race.by_agent:
        rounds *= 20  # it ends when the secret is found, and on one CPU that takes luck
    churn = f"churn {stop} {rounds} {field.fill(race.churn)}"
    hunted = f"hunt {stop} {field.fill(race.hunted)}"
    reader = outsider = None
    moved = {}
    try:
        reader = Agent(field.policy, user, field.folder) if is_confined else Free(user)
        if race.by_agent:
            begin(reader, churn)
        else:
            outsider = Free("root")
            mover = threading.Thread(target=_move, args=(outsider, churn, moved))
            mover.start()
        answer = hunt(reader, hunted)
        if not race.by_agent:
            if not is_confined:
                open(stop, "w").close()
                outsider.process.kill()  # it has been shown: the rest of its rounds shows nothing more
            mover.join()
        return answer, moved.get("result")
    finally:
        for prober in (reader, outsider):
            if prober:
                prober.close()
        field.world.close()


def test_race(report, race, user, rounds):
    problems = []
    answer, moved = run_race(race, user, rounds, is_confined=True)
    seen = {word: int(count) for word, count in re.findall(r"(\w+) (\d+)", answer["detail"])}
    if answer["result"] != "EACCES":
        problems.append(f"the secret was read: {answer}")
    if moved not in (None, "ok"):
        problems.append(f"the outsider's moves failed: {moved}")
    if not seen.get("denied") or (race.public and not seen.get("public")):
        problems.append(f"no race: {answer['detail']}")
    try:
        free, _ = run_race(race, user, rounds, is_confined=False)
    except ProbeError as error:
        free = {"result": str(error), "detail": ""}
    if free["result"] != "ok":
        problems.append(f"unconfined the secret was not read either: {free}")
    report.note(f"{race.name}/{user}: {answer['detail']}")
    report.problems(f"races/{race.name}/{user}", problems)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--faults", action="store_true")
    options = parser.parse_args()

    report = Report()
    daemon = suite.start_daemon(report)
    if daemon is None:
        return report.close()
    os.makedirs("/srv/races", exist_ok=True)
    users = ("root", "agent")
    for race in FAULTS if options.faults else RACES:
        for user in users:
            if not options.only or any(text in race.name for text in options.only):
                test_race(report, race, user, options.rounds // len(users))
    daemon.stop()
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
