# SPDX-License-Identifier: Apache-2.0
"""In the guest, as root: the same operations in two equal trees, one below Landlock, one below Cofferdam.

What Landlock denies and Cofferdam allows is a failure, unless EXPLAINED says by name why it is none. The
rules that Landlock gets give at least what the policy's modes give, and add up where the policy's may take
away, so the reverse (Cofferdam denies, Landlock allows) is no failure: it is counted by reason.

Both worlds must stay equal for the comparison to mean anything. Where only one allowed an operation, an
outsider does the same in the other; where that would move or remove what a rule is about, and where both
allowed just that, the scenario ends: Landlock's rule goes with the object, Cofferdam's also stays with the
name.
"""

import argparse
import collections
import dataclasses
import os
import random
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
import worlds  # noqa: E402
from agent import Agent, Free, Prober, ProbeError  # noqa: E402
from daemon import BUILD, PROBE, USERS, Events  # noqa: E402
from report import Report  # noqa: E402
from suite import start_daemon  # noqa: E402

LANDLOCKED = os.path.join(BUILD, "landlocked")
ROOT = "/srv/landlock"
DENIALS = ("EACCES", "EPERM", "EXDEV")
# What changes nothing, whoever allows it.
HARMLESS = ("read", "list", "readlink", "exec", "execveat", "stat", "mmap")
OPENS = {"open": 2, "reopen": 2, "fchdiropen": 3, "openat2": 3}
MOVING = {"rename": (1, 2), "renameat2": (1, 2), "unlink": (1,), "rmdir": (1,)}


class Landlocked(Prober):
    """A prober below Landlock's rules; it may execute itself, too."""

    def __init__(self, rules, top, user):
        itself = (hex(worlds.EXECUTE | worlds.READ_FILE), PROBE)
        super().__init__([LANDLOCKED, *itself, *rules.landlock_arguments(top), "--"], user, here=True)


@dataclasses.dataclass
class Operation:
    """One operation before it is done, or where it was denied; what explanations look at."""

    words: list
    rules: worlds.Rules
    top: str        # of Landlock's tree
    version: int    # Landlock's

    def path(self, index):
        """A word as a path below the top, its directories without symbolic links; None: it leads outside."""
        place = self.words[index].replace("{T}", self.top).rstrip("/")
        if os.path.basename(place) in (".", ".."):
            place = os.path.realpath(place)
        place = os.path.join(os.path.realpath(os.path.dirname(place)), os.path.basename(place))
        if place == self.top:
            return ""
        return place[len(self.top) + 1:] if place.startswith(self.top + "/") else None

    def target(self, index):
        """As path(), but a symbolic link is followed."""
        place = os.path.realpath(self.words[index].replace("{T}", self.top))
        if place == self.top:
            return ""
        return place[len(self.top) + 1:] if place.startswith(self.top + "/") else None

    def size(self, index):
        try:
            return os.stat(self.words[index].replace("{T}", self.top)).st_size
        except OSError:
            return None

    def moved(self):
        """Names that it takes away, replaces or fills."""
        return [self.path(index) for index in MOVING.get(self.words[0], ())]

    def touches_rule(self):
        return any(name is not None and worlds.is_above(name, rule) for name in self.moved()
                   for rule in self.rules.modes)


# ------------------------------------------------------ explained differences

def _is_growth(operation):
    """A change of length that takes no byte away."""
    words = operation.words
    if operation.version < 3:
        return False
    if words[0] in ("truncate", "ftruncate"):
        size = operation.size(1)
        return size is not None and int(words[-1]) >= size and "w" in operation.rules.rights(operation.target(1) or "")
    return words[0] in OPENS and "trunc" in words[OPENS[words[0]]].split(",") and _opened_size(operation) == 0


def _opened_size(operation):
    if operation.words[0] in ("fchdiropen", "openat2"):
        joined = dataclasses.replace(operation, words=["open", "/".join(operation.words[1:3])])
        return joined.size(1)
    return operation.size(1)


def _is_own_name(operation):
    """A name that is taken away or replaced is a file with a rule of its own."""
    return any(name in operation.rules.modes for name in operation.moved())


def _gains(operation, source, target):
    """Would what is called source have more of Landlock's rights as target?"""
    place = os.path.join(operation.top, source)
    mask = ~0 if os.path.isdir(place) and not os.path.islink(place) else worlds.FILE_RIGHTS
    return operation.rules.locked(os.path.dirname(target)) & ~operation.rules.locked(source) & mask


def _is_move_that_gains(operation):
    if operation.words[0] not in ("rename", "renameat2"):
        return False
    source, target = operation.path(1), operation.path(2)
    if source is None or target is None or os.path.dirname(source) == os.path.dirname(target):
        return False
    may = "d" in operation.rules.rights(source) and "c" in operation.rules.rights(target)
    if operation.words[-1] == "exchange":
        return may and bool(_gains(operation, source, target) or _gains(operation, target, source))
    return may and bool(_gains(operation, source, target))


def _is_link_of_own_rule(operation):
    """A second name for a file with a rule of its own, which gives all that there is at the new name."""
    if operation.words[0] not in ("link", "linkfd"):
        return False
    source = operation.target(1) if operation.words[0] == "linkfd" else operation.path(1)
    target = operation.path(2)
    return (source in operation.rules.modes and target is not None
            and not operation.rules.locked(os.path.dirname(source)) & worlds.REFER
            and set(operation.rules.rights(target)) <= set(operation.rules.rights(source)))


def _is_same_file(operation):
    """Two names of one file, or one name twice."""
    if operation.words[0] not in ("rename", "renameat2"):
        return False
    try:
        one, other = (os.lstat(operation.words[index].replace("{T}", operation.top)) for index in (1, 2))
    except OSError:
        return False
    return one.st_ino == other.st_ino


EXPLAINED = (
    ("same-file", _is_same_file,
     "the kernel does nothing where both names are of one file, and asks Landlock before it looks, us after"),
    ("grows", _is_growth,
     "Landlock's TRUNCATE is asked for every change of length; here growing is writing, and only shrinking removes"),
    ("own-name", _is_own_name,
     "Landlock asks the directory whether a name may go; here the rule for just that path decides, and it gives that"),
    ("link-of-own-rule", _is_link_of_own_rule,
     "Landlock asks the first name's directory for REFER; here the file's own rule decides, and the new name gives no "
     "more than it"),
    ("move-gains", _is_move_that_gains,
     "Landlock refuses moves to where the file would have more rights; here who may read and delete it, and create "
     "there, could as well copy it and remove it"),
)


def explain(operation):
    return next((name for name, is_it, _ in EXPLAINED if is_it(operation)), None)


# ------------------------------------------------------------------- the trees

def describe(top):
    """All that must be equal: names, kinds, modes, links, contents."""
    found = {}
    for folder, directories, files in os.walk(top):
        for name in directories + files:
            place = os.path.join(folder, name)
            status = os.lstat(place)
            what = ""
            if os.path.islink(place):
                what = os.readlink(place).replace(top, "{T}")
            elif os.path.isfile(place):
                with open(place, "rb") as file:
                    what = file.read(4096)
            n_links = 0 if os.path.isdir(place) else status.st_nlink
            found[place[len(top) + 1:]] = (oct(status.st_mode), n_links, what)
    return found


class Scenario:
    """One tree, one set of rules, one user."""

    def __init__(self, suite, number, widened=False):
        self.suite = suite
        self.random = random.Random(suite.seed * 1000003 + number)
        self.user = ("root", "agent")[number % 2]
        self.tree = worlds.Tree(self.random)
        self.rules = worlds.Rules(self.random, self.tree)
        self.folder = f"{ROOT}/{number}{'-widened' if widened else ''}"
        self.tops = {"landlock": f"{self.folder}/l", "cofferdam": f"{self.folder}/c"}
        self.problems = []
        self.stricter = []     # (pid, operation) of what only Cofferdam denied
        self.n_done = 0
        self.is_equal = True
        self.is_stale = True   # what there is is to be looked up again
        self.places = None
        self.widened = self._any_narrow_path() if widened else None

    def _any_narrow_path(self):
        narrow = [path for path, mode in self.rules.modes.items() if mode != "rw"]
        return min(narrow, key=len) if narrow else None

    def run(self, n_operations):
        landlocked = confined = None
        for top in self.tops.values():
            self.tree.make(top, USERS[self.user][0])
        os.chmod(self.folder, 0o755)
        policy = f"{self.folder}/policy.yaml"
        with open(policy, "w") as file:
            file.write(self.rules.policy(self.tops["cofferdam"], self.widened))
        try:
            landlocked = Landlocked(self.rules, self.tops["landlock"], self.user)
            confined = Agent(policy, self.user, self.folder, here=True)
            for _ in range(n_operations):
                if not self._step(landlocked, confined):
                    break
            self._compare_trees()
            self._note_reasons()
        except ProbeError as error:
            self.problems.append(f"a prober ended: {error}")
        finally:
            for prober in (landlocked, confined):
                if prober:
                    prober.close()
            shutil.rmtree(self.folder, ignore_errors=True)
        return self.problems

    def _words(self, operation, world):
        return [word.replace("{T}", self.tops[world]) for word in operation.words]

    def _draw(self):
        """An operation inside the tree: outside it Landlock has no rules."""
        while True:
            words = worlds.random_operation(self.random, self.places)
            operation = Operation(words, self.rules, self.tops["landlock"], self.suite.version)
            paths = [index for index, word in enumerate(words) if word.startswith("{T}")]
            if all(operation.path(index) is not None and operation.target(index) is not None for index in paths):
                return operation

    def _step(self, landlocked, confined):
        """One operation in both worlds; False: they can no longer be compared."""
        if self.is_stale:
            self.places = worlds.Places(self.tops["cofferdam"])
        operation = self._draw()
        touches = operation.touches_rule()
        if touches and self.random.random() < 0.85:  # if it is allowed, it ends the scenario: not so often
            operation = self._draw()
            touches = operation.touches_rule()
        words = operation.words
        rows = {world: self._words(operation, world) for world in self.tops}
        landlocked.ask(rows["landlock"])
        confined.ask(rows["cofferdam"])
        answers = {"landlock": landlocked.answer(rows["landlock"]), "cofferdam": confined.answer(rows["cofferdam"])}
        self.n_done += 1
        self.is_stale = words[0] not in HARMLESS and any(answer["result"] == "ok" for answer in answers.values())
        if answers["landlock"]["result"] == "ok" and answers["cofferdam"]["result"] in DENIALS:
            # Once more, in a process of its own, so that its event can be found.
            answers["cofferdam"]["pid"] = confined.run(["apart", *rows["cofferdam"]])["pid"]
        return self._judge(operation, answers, touches)

    def _judge(self, operation, answers, touches):
        theirs, ours = answers["landlock"]["result"], answers["cofferdam"]["result"]
        counts = self.suite.counts
        if theirs == "ok" and ours == "ok":
            counts["both allow"] += 1
            return self._compare_details(operation, answers) and not touches
        if theirs != "ok" and ours != "ok":
            counts["both deny" if theirs in DENIALS and ours in DENIALS else "both fail"] += 1
            return True
        if ours == "ok":
            if theirs not in DENIALS:
                return self._differ(operation, answers, "the worlds are not equal")
            counts["only Landlock denies"] += 1
            explanation = explain(operation)
            if not explanation:
                return self._differ(operation, answers, "Landlock denies, Cofferdam allows")
            self.suite.explained[explanation] += 1
            return self._make_equal(operation, "landlock", touches)
        if ours not in DENIALS:
            return self._differ(operation, answers, "the worlds are not equal")
        counts["only Cofferdam denies"] += 1
        self.stricter.append((answers["cofferdam"]["pid"], operation.words))
        return self._make_equal(operation, "cofferdam", touches)

    def _differ(self, operation, answers, what):
        theirs, ours = answers["landlock"]["result"], answers["cofferdam"]["result"]
        self.problems.append(f"{what}: {' '.join(operation.words)} (Landlock {theirs}, Cofferdam {ours}) as {self.user}; "
                             f"rules: {self.rules}")
        return False

    def _compare_details(self, operation, answers):
        details = [answers[world]["detail"].replace(top, "{T}") for world, top in self.tops.items()]
        if operation.words[0] in ("read", "readlink") and details[0] != details[1]:
            return self._differ(operation, answers, f"what is read differs: {details}")
        return True

    def _make_equal(self, operation, world, touches):
        """An outsider does in one world what was allowed in the other."""
        if operation.words[0] in HARMLESS:
            return True
        # A file may have been made though its opening was denied.
        row = [word.replace(",excl", "") for word in self._words(operation, world)]
        self.is_equal = not touches and self.suite.outsiders[self.user].run(row)["result"] == "ok"
        return self.is_equal

    def _compare_trees(self):
        """At the end, unless the last operation left them different on purpose."""
        if self.problems or not self.is_equal:
            return
        theirs, ours = (describe(top) for top in self.tops.values())
        for path in sorted(set(theirs) | set(ours)):
            if theirs.get(path) != ours.get(path):
                self.problems.append(f"the trees differ at {path}: Landlock {theirs.get(path)}, Cofferdam "
                                     f"{ours.get(path)}; as {self.user}; rules: {self.rules}")

    def _note_reasons(self):
        suffix = "" if self.rules.is_widening else ", narrowing rules"
        for pid, words in self.stricter:
            events = self.suite.events.of(pid, timeout=2)
            reason = events[0]["reason"] if events else "(not told)"
            what = f"{words[0]} {words[OPENS[words[0]]]}" if words[0] in OPENS else words[0]
            self.suite.reasons[f"{what}: {reason}{suffix}"] += 1


class Suite:
    """What the scenarios share, and their sums."""

    def __init__(self, options, version, events):
        self.seed = options.seed
        self.version = version
        self.events = events
        self.outsiders = {user: Free(user, here=True) for user in ("root", "agent")}
        self.counts = collections.Counter()
        self.explained = collections.Counter()
        self.reasons = collections.Counter()
        self.n_done = 0
        self.n_widening = 0

    def close(self):
        for prober in self.outsiders.values():
            prober.close()

    def run(self, report, number, n_operations):
        scenario = Scenario(self, number)
        problems = scenario.run(n_operations)
        self.n_done += scenario.n_done
        self.n_widening += scenario.rules.is_widening
        report.problems(f"landlock/{number}/{scenario.user}", problems)

    def show_that_it_can_fail(self, report, n_operations):
        """With a rule of the policy, and only of the policy, made `rw`, some scenario must be reported."""
        for number in range(1, 20):
            scenario = Scenario(self, number, widened=True)
            if scenario.widened is None:
                continue
            if any(problem.startswith("Landlock denies") for problem in scenario.run(n_operations)):
                report.ok("landlock/a widened policy is reported")
                return
        report.fail("landlock/a widened policy is reported", "none of 19 was")

    def note(self, report):
        counts = ", ".join(f"{what} {self.counts[what]}" for what in (
            "both allow", "both deny", "both fail", "only Landlock denies", "only Cofferdam denies"))
        report.note(f"{self.n_done} operations; {self.n_widening} scenarios with rules that only widen; {counts}")
        for name, _, why in EXPLAINED:
            report.note(f"explained, {self.explained[name]} times {name}: {why}")
        for reason, number in sorted(self.reasons.items(), key=lambda item: -item[1]):
            report.note(f"only Cofferdam denies, {number} times {reason}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--operations", type=int, default=150)
    options = parser.parse_args()

    report = Report()
    answer = subprocess.run([LANDLOCKED], capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        report.fail("the kernel has Landlock", answer.stderr)
        return report.close()
    daemon = start_daemon(report)
    if daemon is None:
        return report.close()
    report.note(f"Landlock version {int(answer.stdout)}, seed {options.seed}")
    events = Events()
    suite = Suite(options, int(answer.stdout), events)
    os.makedirs(ROOT, exist_ok=True)
    for number in range(options.first, options.first + options.cases):
        suite.run(report, number, options.operations)
    suite.note(report)
    suite.counts, suite.explained = collections.Counter(), collections.Counter()
    suite.show_that_it_can_fail(report, options.operations)
    suite.close()
    events.close()
    daemon.stop()
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
