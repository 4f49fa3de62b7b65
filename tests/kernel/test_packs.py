# SPDX-License-Identifier: Apache-2.0
"""The shipped packs, rule by rule, in throw-away homes: what a rule closes is closed by that line of the pack.

Each rule gets a decoy where it points to, and a twin with the same content at a place that no rule is for.
An unconfined process reads and writes both; an agent is refused the decoy, with an event that names the pack's
file and line, and not the twin.
"""

import os
import re
import shutil
import subprocess

from agent import Agent, Free
from daemon import COFFERDAM, DATA, USERS, as_user, environment

USER = "agent"
RULE = re.compile(r'    - \{(path|name): "?([^",{}]*(?:\$\{home\}[^",]*)?)"?, access: ([a-z-]+)(?:, except: \[(.*)\])?\}(?:  #.*)?')
OPEN = "cofferdam: 1\nname: packs\nextends: [{pack}]\nfiles: {{default: rw}}\n"
# What a decoy is tried with: what must be refused, and what must not.
TRIES = {
    "none": (["open {} rdonly", "open {} wronly"], []),
    "ro": (["open {} wronly", "creat {}-new", "unlink {}"], ["open {} rdonly"]),
    "append": (["open {} wronly", "unlink {}"], ["open {} rdonly", "open {} wronly,append"]),
}


class Rule:
    """One line of a pack."""

    def __init__(self, pack, line, kind, subject, access, excepts):
        self.pack = pack + ".yaml"
        self.line = line
        self.kind = kind
        self.subject = subject
        self.access = access
        self.excepts = re.findall(r'"([^"]*)"', excepts or "")

    @property
    def example(self):
        """A name that the rule is for."""
        return self.subject.replace("*", "x")

    def exceptions(self):
        """Names that the rule would be for, but for its exceptions."""
        folder, _, last = self.example.rpartition("/")
        return [os.path.join(folder, name.replace("*", last)) for name in self.excepts]


def words(row, path):
    """A row of the probe; a path may have blanks."""
    return [word.format(path) for word in row.split()]


def read_pack(pack):
    """A pack's file rules. Every one must be understood: a test that skips rules would not say so."""
    rules = []
    with open(f"{DATA}/packs/{pack}.yaml", encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.startswith("    - {"):
                continue
            match = RULE.fullmatch(line.rstrip("\n"))
            if not match:
                raise ValueError(f"{pack}.yaml:{number}: not understood: {line}")
            rules.append(Rule(pack, number, *match.groups()))
    return rules


class Stage:
    """A throw-away home, and an agent in it."""

    def __init__(self, runner, user, policy):
        self.runner = runner
        self.user = user
        self.policy = policy
        self.home = f"{USERS[USER][1]}/packs" if user == USER else USERS[user][1]
        self.plain = f"{self.home}/neutral"
        self.workspace = f"{self.plain}/work"
        self.made = []
        self.problems = []
        self.counts = {"denied": 0, "allowed": 0}
        self.agent = None
        shutil.rmtree(f"{USERS[USER][1]}/packs", ignore_errors=True)
        self.make_folder(self.workspace)
        self.free = Free(user, here=True)

    def start(self):
        path = f"{self.workspace}/policy.yaml"
        name = self.policy
        if "\n" in self.policy:
            name = path
            with open(path, "w", encoding="ascii") as file:
                file.write(self.policy)
        variables = {"HOME": self.home, "COFFERDAM_DATA_DIR": DATA, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
        self.agent = Agent(name, self.user, self.workspace, env=variables)

    def make_folder(self, path):
        missing = []
        while not os.path.lexists(path):
            missing.append(path)
            path = os.path.dirname(path)
        for folder in reversed(missing):
            os.mkdir(folder)
            os.chown(folder, USERS[self.user][0], USERS[self.user][0])
            self.made.append(folder)

    def make_file(self, path, content="decoy\n"):
        self.make_folder(os.path.dirname(path))
        with open(path, "w", encoding="ascii") as file:
            file.write(content)
        os.chown(path, USERS[self.user][0], USERS[self.user][0])
        self.made.append(path)

    def allowed(self, row, path, who=None):
        result = (who or self.agent).run(words(row, path))["result"]
        self.counts["allowed"] += 1
        if result != "ok":
            self.problems.append(f"{'unconfined' if who else 'agent'}: {row.format(path)}: {result}")

    def denied(self, row, path, rule):
        answer = self.agent.run(words(row, path))
        events = self.runner.events.of(answer["pid"]) if answer["result"] != "ok" else []
        told = {(os.path.basename(event["rule"]["file"]), event["rule"]["line"]) for event in events if event.get("rule")}
        self.counts["denied"] += 1
        if answer["result"] != "EACCES" or len(events) != 1 or told != {(rule.pack, rule.line)}:
            self.problems.append(f"{row.format(path)}: {answer['result']}, by {told or len(events)}, expected "
                                 f"{rule.pack}:{rule.line}")

    def try_rule(self, rule, decoy, twin, refused=None):
        tries, let_through = TRIES[rule.access]
        refused = refused or tries
        for row in refused + let_through:
            if "unlink" not in row:
                self.allowed(row, decoy, self.free)
        for row in refused:
            if "creat" in row:
                os.unlink(decoy + "-new")
            # That has another name, which most name rules are not for: see _try_new().
            if "creat" in row and rule.kind == "name":
                continue
            self.denied(row, decoy, rule)
        for row in let_through:
            self.allowed(row, decoy)
        self.allowed("open {} rdonly", twin)

    def close(self, name, least):
        if self.agent:
            self.agent.close()
        self.free.close()
        for path in reversed(self.made):
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path, ignore_errors=True)
            elif os.path.lexists(path):
                os.unlink(path)
        if self.counts["denied"] < least:
            self.problems.append(f"only {self.counts['denied']} tries were to be denied")
        self.runner.report.problems(f"{name} ({self.counts['denied']} denied, {self.counts['allowed']} allowed)",
                                    self.problems)


def _place(stage, rule):
    return rule.subject.replace("${home}", stage.home)


def _try_home(runner, name, is_late):
    """All of the home, with folders as decoys that are there before; or files that an outsider makes late."""
    stage = Stage(runner, USER, "coding-agent")
    rules = [rule for rule in read_pack("credentials") if rule.subject.startswith("${home}/")]
    stage.problems += [f"{rule.subject} is not closed" for rule in rules if rule.access != "none"]
    if is_late:
        stage.start()
    for rule in rules:
        place = _place(stage, rule)
        stage.make_file(place if is_late else f"{place}/decoy")
        stage.make_file(f"{stage.plain}/{rule.line}", "decoy\n")
    if not is_late:
        stage.start()
    for rule in rules:
        place = _place(stage, rule)
        twin = f"{stage.plain}/{rule.line}"
        if is_late:
            stage.try_rule(rule, place, twin, ["open {} rdonly"])
        else:
            stage.try_rule(rule, f"{place}/decoy", twin)
    stage.close(name, len(rules))


def test_credentials_in_home(runner, name):
    _try_home(runner, name, False)


def test_credentials_in_home_made_late(runner, name):
    _try_home(runner, name, True)


def test_credentials_of_host(runner, name):
    """As root, whom nothing else keeps from these."""
    stage = Stage(runner, "root", "coding-agent")
    tries = []
    for rule in read_pack("credentials"):
        if rule.kind == "name" or rule.subject.startswith("${home}"):
            continue
        decoy = rule.subject
        if not os.path.lexists(decoy) or os.path.isdir(decoy):
            decoy += "/decoy"
            stage.make_file(decoy)
        if os.path.realpath(decoy) == decoy:  # /var/spool/mail is another rule's place by another name
            tries.append((rule, decoy))
    stage.make_file("/srv/packs-neutral/decoy")
    stage.start()
    for rule, decoy in tries:
        stage.try_rule(rule, decoy, "/srv/packs-neutral/decoy")
    stage.close(name, 100)


def test_other_homes(runner, name):
    """Another's home whose modes keep nobody out; and root's, opened for a while."""
    stage = Stage(runner, USER, "coding-agent")
    mode = os.stat("/root").st_mode & 0o7777
    os.chmod("/root", 0o755)
    try:
        rules = read_pack("other-homes")
        for rule in rules:
            stage.make_file(f"{rule.subject}/packs-decoy/f")
        stage.make_file(f"{stage.plain}/f")
        stage.start()
        for rule in rules:
            stage.try_rule(rule, f"{rule.subject}/packs-decoy/f", f"{stage.plain}/f")
        stage.close(name, 4)
    finally:
        os.chmod("/root", mode)


def _try_pack(runner, name, pack, least):
    """A pack by itself, over a policy that opens everything: names in the workspace, paths in the home."""
    stage = Stage(runner, USER, OPEN.format(pack=pack))
    tries = []
    for rule in read_pack(pack):
        if rule.kind == "path" and not rule.subject.startswith("${home}/"):
            continue
        top = f"{stage.workspace}/{rule.line}"
        decoy = f"{_place(stage, rule)}/decoy" if rule.kind == "path" else f"{top}/{rule.example}"
        stage.make_file(decoy)
        stage.make_file(f"{top}/twin/neutral")
        excepted = [f"{top}/{path}" for path in rule.exceptions()]
        for path in excepted:
            stage.make_file(path)
        tries.append((rule, decoy, f"{top}/twin/neutral", excepted))
    stage.start()
    for rule, decoy, twin, excepted in tries:
        if rule.access == "rw":  # nothing is refused there
            stage.allowed("open {} rdwr", decoy)
            continue
        stage.try_rule(rule, decoy, twin)
        stage.allowed("open {} rdwr", twin)
        for path in excepted:
            stage.allowed("open {} rdwr", path)
    _try_new(stage, pack)
    stage.close(name, least)


def _try_new(stage, pack):
    """Names that are not there yet: refused, but made where they may be appended to."""
    for rule in read_pack(pack):
        if rule.kind == "path":
            continue
        fresh = f"{stage.workspace}/new-{rule.line}/{rule.example}"
        stage.make_folder(os.path.dirname(fresh))
        if rule.access == "append":
            stage.allowed("open {} wronly,creat,append", fresh)
        else:
            stage.denied("creat {}", fresh, rule)


def _pack_test(pack, least):
    def test(runner, name):
        _try_pack(runner, name, pack, least)
    test.__name__ = "test_" + pack.replace("-", "_")
    return test


def test_credentials_by_name(runner, name):
    """The name rules of the pack, in the workspace, and the tickets of Kerberos in /tmp."""
    stage = Stage(runner, USER, "coding-agent")
    tries = [(rule, f"{stage.workspace}/{rule.line}/{rule.example}") for rule in read_pack("credentials") if rule.kind == "name"]
    tries += [(rule, "/tmp/krb5cc_1000_packs") for rule, _ in tries if rule.subject.startswith("krb5cc")]
    stage.make_file(f"{stage.plain}/f")
    for _, decoy in tries:
        stage.make_file(decoy)
    stage.start()
    for rule, decoy in tries:
        stage.try_rule(rule, decoy, f"{stage.plain}/f")
    stage.close(name, 12)


GIT_WORKS = """
set -e
echo more >>f; git add f; git commit -qm second
git switch -qc topic; echo still >>f; git commit -qam third
git switch -q main; echo other >g; git add g; git commit -qm fourth
git merge -q --no-edit topic; git tag v1
git switch -q topic; git rebase -q main; git switch -q main
git worktree add -q wt; cd wt; echo tree >>f; git commit -qam fifth; cd ..; git worktree remove wt
git push -q up main
git log --format=%s main
"""
GIT_REFUSED = """
try() { "$@" >/dev/null 2>&1 && echo "works: $*" || echo "refused: $1 $2 $3"; }
try git config user.note planted
try git remote add other /x
try git config core.hooksPath evil
try git push -u up
try sh -c 'echo ../elsewhere >.git/commondir'
try git init second
"""


def test_git_config_lets_git_work(runner, name):
    """What the pack says of its cost, in a repository that is there already."""
    folder = f"{USERS[USER][1]}/packs-git"
    policy = f"{folder}/policy.yaml"
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(f"{folder}/up.git")
    with open(policy, "w", encoding="ascii") as file:
        file.write("cofferdam: 1\nname: git\nextends: [coding-agent, git-config]\n")

    def run(script, *wrap):
        return subprocess.run([*wrap, "/bin/sh", "-c", f"cd {folder}/work\n{script}"], cwd=folder,
                              env=environment(USER, HOME=folder), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=False, timeout=120, **as_user(USER))

    os.mkdir(f"{folder}/work")
    for path in (folder, f"{folder}/work", f"{folder}/up.git"):
        os.chown(path, USERS[USER][0], USERS[USER][0])
    confined = (COFFERDAM, "run", "-p", policy, "-w", folder, "--")
    problems = []
    made = run("git init -q -b main && git init -q --bare ../up.git && git config user.name A && git config user.email a@b &&"
               " git remote add up ../up.git && echo one >f && git add f && git commit -qm first")
    if made.returncode != 0:
        problems.append(f"unconfined: {made.stderr}")
    with open(f"{folder}/work/.git/config", encoding="ascii") as file:
        before = file.read()
    worked = run(GIT_WORKS, *confined)
    if worked.returncode != 0 or "first" not in worked.stdout:
        problems.append(f"git does not go on: {worked.stdout} {worked.stderr}")
    refused = run(GIT_REFUSED, *confined).stdout
    if "works" in refused or refused.count("refused") != 6:
        problems.append(refused)
    with open(f"{folder}/work/.git/config", encoding="ascii") as file:
        if file.read() != before:
            problems.append("the repository's settings have changed")
    free = run(GIT_REFUSED)
    if "refused" in free.stdout:
        problems.append(f"unconfined: {free.stdout}")
    shutil.rmtree(folder)
    runner.report.problems(name, problems)


TESTS = [
    test_credentials_in_home, test_credentials_in_home_made_late, test_credentials_of_host, test_credentials_by_name,
    test_other_homes, _pack_test("agent-config", 400), _pack_test("agent-memory", 90),
    _pack_test("agent-memory-append", 60), _pack_test("project-secrets", 60), _pack_test("project-hooks", 40),
    _pack_test("git-config", 4), _pack_test("build-caches", 0), test_git_config_lets_git_work,
]
