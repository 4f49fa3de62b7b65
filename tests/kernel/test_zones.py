# SPDX-License-Identifier: Apache-2.0
"""Object identity against everything that moves, links and mounts, and the classification of superblocks."""

import os
import subprocess
import time

import maps
import steps
from agent import Agent
from cases import ANY, Case, Group, World

POLICY = """\
cofferdam: 1
name: zones
files:
  default: ro                                              # default
  rules:
    - {path: "{T}/rw", access: rw}                         # rw
    - {path: "{T}/rw/inner", access: ro}                   # inner
    - {path: "{T}/none", access: none}                     # none
    - {path: "{T}/none/inside", access: ro}                # inside
    - {path: "{T}/ro", access: ro}                         # ro
    - {path: "{T}/below-none", access: none}               # below-none
    - {path: "{T}/below-rw", access: rw}                   # below-rw
    - {path: "{T}/rw/named", access: none}                 # named
    - {path: "{T}/directory", access: none}                # directory
process: {namespaces: allow}
"""

IDENTITY = [
    # What an outsider does to a protected object while the agent lives.
    Case("symlink-by-outsider", "open {T}/rw/h{n} rdonly", "none", "ro", setup="file {P}/f",
         late="symlink {P}/f {T}/rw/h{n}", op="open", rule="none"),
    Case("link-by-outsider-before", "open {T}/rw/h{n} rdonly", "none", "ro",
         setup="file {P}/f; link {P}/f {T}/rw/h{n}", op="open", path=None, rule="none"),
    Case("link-by-outsider-before-write", "open {T}/rw/h{n} wronly", "rw/inner", "rw",
         setup="file {P}/f; link {P}/f {T}/rw/h{n}", op="open", path=None, rule="inner"),
    Case("link-by-outsider-after", "open {T}/rw/h{n} rdonly", "none", "ro", setup="file {P}/f",
         late="link {P}/f {T}/rw/h{n}", op="open", path=None, rule="none"),
    Case("link-by-outsider-after-write", "open {T}/rw/h{n} wronly", "rw/inner", "rw", setup="file {P}/f",
         late="link {P}/f {T}/rw/h{n}", op="open", path=None, rule="inner"),
    Case("link-by-outsider-after-of-late-file", "open {T}/rw/h{n} rdonly", "none", "ro",
         late="file {P}/late; link {P}/late {T}/rw/h{n}", op="open", path=None, rule="none"),
    Case("link-by-outsider-into-none", "open {P}/f rdonly", "rw", "rw", setup="file {P}/f; file {P}/g; dir {T}/none",
         late="link {P}/f {T}/none/l{n}", allow_probe="open {P}/g rdonly", op="open", path=None, rule="none"),
    Case("link-then-first-name-removed", "open {T}/rw/h{n} rdonly", "none", "ro", setup="file {P}/f",
         late="link {P}/f {T}/rw/h{n}; rm {P}/f", op="open", path=None, rule="none"),
    Case("link-then-renamed", "open {T}/rw/r{n} rdonly", "none", "ro", setup="file {P}/f",
         late="link {P}/f {T}/rw/h{n}; rename {T}/rw/h{n} {T}/rw/r{n}", op="open", path=None, rule="none"),
    Case("link-to-exec", "exec {T}/rw/h{n} self", "none", "ro", setup="copy {probe} {P}/f",
         late="link {P}/f {T}/rw/h{n}", op=ANY, path=None, rule="none"),
    Case("directory-renamed-within-none-by-outsider", "open {T}/none/r{n}/f rdonly", "none", "ro", setup="file {P}/f",
         late="rename {P} {T}/none/r{n}", allow_probe="stat {T}", op="open", path="{T}/none/r{n}/f", rule="none"),
    Case("read-again-after-plain-read", "open {P}/f rdonly , open {P}/f rdonly", "none", "ro", setup="file {P}/f",
         op="open", rule="none"),
    Case("bind-mount-by-outsider", "open {T}/rw/m{n}/f rdonly", "none", "ro", setup="file {P}/f; dir {T}/rw/m{n}",
         late="bind {P} {T}/rw/m{n}", op="open", path=ANY, rule="none"),
    Case("bind-mount-of-file-by-outsider", "open {T}/rw/m{n} rdonly", "none", "ro", setup="file {P}/f; file {T}/rw/m{n}",
         late="bind {P}/f {T}/rw/m{n}", op="open", path=ANY, rule="none"),
    Case("bind-mount-before", "open {T}/rw/m{n}/f rdonly", "none", "ro",
         setup="file {P}/f; dir {T}/rw/m{n}; bind {P} {T}/rw/m{n}", op="open", path=ANY, rule="none"),
    Case("bind-mount-of-rw-on-none", "open {T}/none/m{n}/f wronly", "ro", "rw",
         setup="file {P}/f; dir {T}/none/m{n}", late="bind {P} {T}/none/m{n}", op="open", path=ANY, rule="ro"),
    Case("bind-in-own-namespace", "namespaces , bindmount {P} {T}/rw , open {T}/rw/f rdonly", "none", "ro",
         setup="file {P}/f", op="open", path=ANY, rule="none"),
    Case("bind-of-root-in-own-namespace", "namespaces , bindmount / {T}/rw , open {T}/rw{P}/f rdonly", "none", "ro",
         setup="file {P}/f", op="open", path=ANY, rule="none"),
    Case("tmpfs-over-parent-in-own-namespace", "namespaces , hold {P} path,directory , mount tmpfs {T} , openheld f rdonly",
         "none", "ro", setup="file {P}/f", op="open", path=ANY, rule="none"),
    Case("detached-tree-in-own-namespace", "namespaces , opentree {P} f rdonly", "none", "ro", setup="file {P}/f",
         op="open", path=ANY, rule="none"),
    Case("chroot-in-own-namespace", "namespaces , chroot {P} , open /f rdonly", "none", "ro", setup="file {P}/f",
         op="open", path=ANY, rule="none"),
    Case("proc-self-fd-in-own-namespace", "namespaces , reopen {P}/f rdonly", "none", "ro", setup="file {P}/f",
         op="open", path=ANY, rule="none"),
]

INHERITED = [
    Case("inherited-directory", "openfd 2 secret rdonly", "", None, op="open", path=ANY, rule="none"),
    Case("inherited-directory-by-proc", "openproc 2 rdonly", "", None, op="open", path=ANY, rule="none"),
    Case("inherited-directory-inside", "openfd 2 inside/f rdonly", None, None, allow_probe="openfd 2 inside/f rdonly"),
    Case("inherited-directory-create", "openfd 2 new-{n} wronly,creat", "", None, op="create", path=ANY, rule="none"),
]

SUPERBLOCKS = [
    Case("tmpfs-below-none", "open {T}/below-none/m{n}/f rdonly", "none", "ro",
         setup="dir {T}/below-none/m{n}; file {T}/below-rw/m{n}/old", late="tmpfs {T}/below-none/m{n}; file {T}/below-none/m{n}/f; settle",
         allow_probe="stat {T}", op="open", path=ANY, rule="below-none"),
    Case("tmpfs-below-rw", "stat {T}", None, "rw", setup="dir {T}/below-rw/m{n}",
         late="tmpfs {T}/below-rw/m{n}; file {T}/below-rw/m{n}/f; settle", allow_probe="open {T}/below-rw/m{n}/f wronly"),
    Case("tmpfs-at-ro-is-ro", "open {T}/ro/m{n}/f wronly", "ro", "rw", setup="dir {T}/ro/m{n}",
         late="tmpfs {T}/ro/m{n}; file {T}/ro/m{n}/f; settle", allow_probe="open {T}/below-rw/{n} wronly",
         allow_setup="file {T}/below-rw/{n}; dir {T}/ro/m{n}", op="open", path=ANY, rule="ro"),
    Case("mounted-again-below-none", "open {T}/below-none/m{n}/f rdonly", "none", None, setup="dir {T}/below-none/m{n}",
         late="tmpfs {T}/below-none/m{n}; umount {T}/below-none/m{n}; tmpfs {T}/below-none/m{n}; file {T}/below-none/m{n}/f; settle",
         op="open", path=ANY, rule="below-none"),
    Case("tmpfs-with-place-inside", "open {T}/none/inside/f wronly", "none", None,
         late="tmpfs {T}/none; file {T}/none/inside/f; settle", op="open", path=ANY, rule="inside"),
]

OWN_MOUNTS = [
    Case("own-tmpfs-can-be-used", "stat {T}", None, "rw",
         allow_probe="namespaces , mount tmpfs {P} , creat {P}/f , rename {P}/f {P}/g , unlink {P}/g"),
    Case("own-tmpfs-by-newer-calls", "stat {T}", None, "rw",
         allow_probe="namespaces , fsmount tmpfs {P} , creat {P}/f , unlink {P}/f"),
    Case("other-filesystem", "namespaces , mount ramfs {P}", "rw", None, op="mount", path=None, errno="EPERM",
         reason="mount-type", liftable=False),
    Case("other-filesystem-by-newer-calls", "namespaces , fsmount ramfs {P}", "rw", None, op="mount", path=None,
         errno="EPERM", reason="mount-type", liftable=False),
]


def test_device_number_comes_back(runner, name):
    """A tmpfs in a writable place goes, and its device number comes back below a `none` directory."""
    for user in runner.users:
        world = World(f"/srv/cofferdam-tests/{user}-reuse", user)
        path = f"/srv/zones-reuse-{user}.yaml"
        with open(path, "w") as file:
            file.write(POLICY.replace("{T}", world.folder))
        problems = []
        steps.run(world, f"dir {world.folder}/below-none/m; dir {world.folder}/below-rw/m")
        agent = Agent(path, user, world.folder)
        try:
            reused = 0
            for round_number in range(12):
                steps.run(world, f"tmpfs {world.folder}/below-rw/m; file {world.folder}/below-rw/m/f; settle")
                first = os.stat(f"{world.folder}/below-rw/m").st_dev
                answer = agent.run(f"open {world.folder}/below-rw/m/f wronly")
                if answer["result"] != "ok":
                    time.sleep(3)
                    again = agent.run(f"open {world.folder}/below-rw/m/f wronly")
                    reasons = [event["reason"] for event in runner.events.of(answer["pid"])]
                    problems.append(f"round {round_number}: writable place: {answer['result']} {reasons}, "
                                    f"3 s later {again['result']}")
                steps.run(world, f"umount {world.folder}/below-rw/m; tmpfs {world.folder}/below-none/m")
                steps.run(world, f"file {world.folder}/below-none/m/f")
                reused += os.stat(f"{world.folder}/below-none/m").st_dev == first
                answer = agent.run(f"open {world.folder}/below-none/m/f rdonly")
                if answer["result"] != "EACCES":
                    problems.append(f"round {round_number}: denied place: {answer['result']}")
                steps.run(world, f"umount {world.folder}/below-none/m")
            if not reused:
                problems.append("no device number came back: the test shows nothing")
        finally:
            agent.close()
            world.close()
        runner.report.problems(f"{name}/{user}", problems)


def test_unmounted_at_once(runner, name):
    """Who mounts can unmount at any moment: the daemon looks at mounts without holding them."""
    world = World("/srv/cofferdam-tests/at-once", "agent")
    path = "/srv/zones-at-once.yaml"
    with open(path, "w") as file:
        file.write(POLICY.replace("{T}", world.folder))
    steps.run(world, f"dir {world.folder}/none/m; dir {world.folder}/rw/m")
    agent = Agent(path, "agent", world.folder)
    busy = 0
    try:
        for _ in range(60):
            for place in ("none", "rw"):
                steps.run(world, f"tmpfs {world.folder}/{place}/m; file {world.folder}/{place}/m/f; "
                                 f"link {world.folder}/{place}/m/f {world.folder}/{place}/m/l")
                try:
                    steps.run(world, f"umount {world.folder}/{place}/m")
                except subprocess.CalledProcessError:
                    busy += 1
                    steps.run(world, f"lazy-umount {world.folder}/{place}/m")
    finally:
        agent.close()
        world.close()
    runner.report.check(name, busy == 0, f"umount failed {busy} times of 120")


def test_caches_dropped(runner, name):
    """Denials hold when the kernel has forgotten every inode."""
    for user in runner.users:
        world = World(f"/srv/cofferdam-tests/{user}-dropped", user)
        path = f"/srv/zones-dropped-{user}.yaml"
        with open(path, "w") as file:
            file.write(POLICY.replace("{T}", world.folder))
        steps.run(world, f"file {world.folder}/none/f; file {world.folder}/ro/f")
        steps.run(world, f"dir {world.folder}/rw; link {world.folder}/none/f {world.folder}/rw/g")
        agent = Agent(path, user, world.folder)
        problems = []
        try:
            for _ in range(2):
                for row, expected in ((f"open {world.folder}/none/f rdonly", "EACCES"),
                                      (f"open {world.folder}/rw/g rdonly", "EACCES"),
                                      (f"open {world.folder}/ro/f wronly", "EACCES"),
                                      (f"open {world.folder}/ro/f rdonly", "ok")):
                    result = agent.run(row)["result"]
                    if result != expected:
                        problems.append(f"{row}: {result}, expected {expected}")
                with open("/proc/sys/vm/drop_caches", "w") as file:
                    file.write("3\n")
        finally:
            agent.close()
            world.close()
        runner.report.problems(f"{name}/{user}", problems)


def test_refused_links_take_no_anchor(runner, name):
    """What a confined task is refused leaves nothing in the tables, which all agents share."""
    for user in runner.users:
        world = World(f"/srv/cofferdam-tests/{user}-refused-links", user)
        path = f"/srv/zones-refused-links-{user}.yaml"
        with open(path, "w") as file:
            file.write(POLICY.replace("{T}", world.folder))
        steps.run(world, f"dir {world.folder}/rw; file {world.folder}/rw/mine; file {world.folder}/rw/inner/f")
        steps.run(world, "; ".join(f"file {world.folder}/none/{i}" for i in range(20)))
        agent = Agent(path, user, world.folder)
        problems = []
        before = maps.count("cf_anchors")
        for i in range(20):
            result = agent.run(f"link {world.folder}/none/{i} {world.folder}/rw/{i}")["result"]
            if result != "EACCES":
                problems.append(f"link out of none: {result}, expected EACCES")
        if maps.count("cf_anchors") != before:
            problems.append(f"{before} anchors before, {maps.count('cf_anchors')} after 20 refused links")
        os.link(f"{world.folder}/rw/inner/f", f"{world.folder}/rw/outsiders")
        if maps.count("cf_anchors") != before + 1:
            problems.append("an outsider's link was not entered: the test shows nothing")
        agent.close()
        world.close()
        runner.report.problems(f"{name}/{user}", problems)


SETUP = "file {T}/rw/named; file {T}/directory/f; dir {T}/none/inside; dir {T}/rw; dir {T}/ro; dir {T}/below-none; dir {T}/below-rw"
GROUPS = [
    Group("identity", POLICY, IDENTITY, setup=SETUP),
    Group("inherited", POLICY, INHERITED, setup=SETUP + "; file {T}/none/secret; file {T}/none/inside/f", fd2="{T}/none"),
    Group("superblocks", POLICY, SUPERBLOCKS, setup=SETUP),
    Group("own-mounts", POLICY, OWN_MOUNTS, setup=SETUP),
]


def _go_through(runner, name, policy, setup, rows):
    """Rows of what an outsider does first, what the agent tries then, and what must come of it."""
    for user in runner.users:
        label = name.rpartition("/")[2].replace("_", "-")
        world = World(f"/srv/cofferdam-tests/{user}-{label}", user)
        path = f"/srv/zones-{label}-{user}.yaml"
        with open(path, "w") as file:
            file.write(policy.replace("{T}", world.folder))
        steps.run(world, setup.replace("{T}", world.folder))
        agent = Agent(path, user, world.folder)
        problems = []
        for step, row, expected in rows:
            steps.run(world, step.replace("{T}", world.folder))
            result = agent.run(row.replace("{T}", world.folder))["result"]
            if result != expected:
                problems.append(f"{step or 'before'}: {row}: {result}, expected {expected}")
        agent.close()
        world.close()
        runner.report.problems(f"{name}/{user}", problems)


def test_named_objects_renamed_away(runner, name):
    """An outsider renames what rules name: the objects, and what is made in their places, stay denied.

    What lies below a named directory is where it is now: an outsider who moves that away has moved it out.
    """
    _go_through(runner, name, POLICY, "file {T}/directory/f; file {T}/rw/named", (
        ("", "open {T}/directory/f rdonly", "EACCES"),
        ("rename {T}/directory {T}/rw/moved", "open {T}/rw/moved/f rdonly", "EACCES"),
        ("file {T}/directory/g", "open {T}/directory/g rdonly", "EACCES"),
        ("", "open {T}/rw/moved/f rdonly", "EACCES"),
        ("rename {T}/rw/moved {T}/rw/again", "open {T}/rw/again/f rdonly", "EACCES"),
        ("", "open {T}/rw/named rdonly", "EACCES"),
        ("rename {T}/rw/named {T}/rw/other", "open {T}/rw/other rdonly", "EACCES"),
        ("file {T}/rw/named", "open {T}/rw/named rdonly", "EACCES"),
        ("", "open {T}/rw/other rdonly", "EACCES")))


NESTED_POLICY = """\
cofferdam: 1
name: nested
files:
  default: ro
  rules:
    - {path: "{T}/closed", access: none}
    - {path: "{T}/a", access: rw}
    - {path: "{T}/a/b", access: ro}
    - {path: "{T}/a/b/c", access: rw}
"""


def test_rules_inside_what_is_moved(runner, name):
    """A tree with rules inside it is moved by an outsider: they hold there, and so does what is around it then."""
    _go_through(runner, name, NESTED_POLICY, "file {T}/a/b/c/f; dir {T}/closed; dir {T}/open", (
        ("", "open {T}/a/b/c/f rdwr", "ok"),
        ("rename {T}/a {T}/closed/a", "open {T}/closed/a/b/c/f rdonly", "EACCES"),
        ("", "creat {T}/closed/a/b/c/g", "EACCES"),
        ("rename {T}/closed/a {T}/open/a", "open {T}/open/a/b/c/f rdonly", "ok"),
        ("", "open {T}/open/a/b/c/f wronly", "EACCES"),  # nobody gave that place away
        ("rename {T}/open/a/b/c {T}/closed/c", "open {T}/closed/c/f rdonly", "EACCES"),
        ("rename {T}/closed/c {T}/open/a/b/c; rename {T}/open/a {T}/a", "open {T}/a/b/c/f rdwr", "ok"),
        # Back at its own path, but what is closed is on the way.
        ("rename {T}/a {T}/open/a; rename {T}/closed {T}/a; dir {T}/a/b; rename {T}/open/a/b/c {T}/a/b/c",
         "open {T}/a/b/c/f rdonly", "EACCES")))


SEVERAL_NAMES_POLICY = """\
cofferdam: 1
name: several-names
files:
  default: ro
  rules:
    - {path: "{T}/closed", access: none}
    - {path: "{T}/open", access: rw}
    - {path: "{T}/open/shared", access: rw}
    - {path: "{T}/log", access: append}
"""


def test_one_of_several_names_renamed(runner, name):
    """A name that is moved into a stricter place is a link from there to what its other names are."""
    _go_through(runner, name, SEVERAL_NAMES_POLICY, "dir {T}/closed; dir {T}/log; file {T}/open/a; link {T}/open/a {T}/open/b; "
                "file {T}/open/c; link {T}/open/c {T}/open/d; file {T}/open/e; link {T}/open/e {T}/open/f; "
                "file {T}/open/g; link {T}/open/g {T}/open/h; file {T}/closed/i; file {T}/open/j; link {T}/open/j {T}/open/k; "
                "dir {T}/open/shared; file {T}/open/m; link {T}/open/m {T}/open/n; file {T}/open/o", (
                    ("rename {T}/open/a {T}/open/a2", "open {T}/open/b rdwr", "ok"),
                    ("rename {T}/open/a2 {T}/closed/a", "open {T}/open/b rdonly", "EACCES"),
                    ("rename {T}/closed/a {T}/open/a", "open {T}/open/b rdonly", "EACCES"),  # known once, known for good
                    ("exchange {T}/open/c {T}/closed/i", "open {T}/open/d rdonly", "EACCES"),
                    ("", "open {T}/open/c rdonly", "ok"),  # was closed, and has no other name there
                    # The agent's own doing: by the other name it may do what it may by this one.
                    ("", "rename {T}/open/e {T}/open/e2", "ok"),
                    ("", "open {T}/open/f rdwr", "ok"),
                    ("", "rename {T}/open/e2 {T}/log/e", "EACCES"),  # who brings it may hold it open
                    ("rename {T}/open/e2 {T}/log/e", "open {T}/open/f rdwr", "EACCES"),
                    ("", "open {T}/open/f wronly,append", "ok"),
                    ("rename {T}/open/g {T}/log/g", "truncate {T}/open/h 0", "EACCES"),
                    ("rename {T}/open/j {T}/closed/j", "open {T}/open/k rdonly", "EACCES"),
                    # Into what has a rule of its own, but was moved into the closed place.
                    ("rename {T}/open/shared {T}/closed/shared; rename {T}/open/m {T}/closed/shared/m",
                     "open {T}/open/n rdonly", "EACCES"),
                    ("link {T}/open/o {T}/closed/shared/o", "open {T}/open/o rdonly", "EACCES")))


CLOSED_DEFAULT_POLICY = """\
cofferdam: 1
name: closed-default
files:
  default: none
  rules:
    - {path: /share, access: ro}
    - {path: "{T}/ro", access: ro}
    - {path: "{T}/rw", access: rw}
    - {path: "{T}/keep", access: rw-no-delete}
"""


def test_links_out_of_what_gives_more_than_the_default(runner, name):
    """A place may be stricter than another without being stricter than the default, or lying in the other."""
    _go_through(runner, name, CLOSED_DEFAULT_POLICY, "file {T}/ro/f; link {T}/ro/f {T}/rw/f; file {T}/ro/g; file {T}/keep/h; "
                "link {T}/keep/h {T}/rw/h; file {T}/keep/i; file {T}/rw/j", (
                    ("", "open {T}/rw/f rdonly", "ok"),
                    ("", "open {T}/rw/f wronly", "EACCES"),
                    ("link {T}/ro/g {T}/rw/g", "open {T}/rw/g rdwr", "EACCES"),
                    ("", "open {T}/rw/g rdonly", "ok"),
                    ("", "truncate {T}/rw/h 0", "EACCES"),
                    ("link {T}/keep/i {T}/rw/i", "truncate {T}/rw/i 0", "EACCES"),
                    ("", "open {T}/rw/i rdwr", "ok"),
                    ("link {T}/rw/j {T}/rw/k", "truncate {T}/rw/k 0", "ok")))


DEVICE_POLICIES = ("""cofferdam: 1
name: with-device
files:
  default: ro
  rules:
    - {path: "{T}/node", access: rw}
    - {path: "{T}/nodes", access: ro}
    - {path: "{T}/nodes/late/inside", access: rw}
""", """cofferdam: 1
name: without-device
files:
  default: ro
  rules:
    - {path: "{T}/nodes", access: ro}
""")


def test_device_that_another_agents_rule_names(runner, name):
    """A rule for a device node is its own agent's: to the others it stays closed."""
    for user in runner.users:
        world = World(f"/srv/cofferdam-tests/{user}-device", user)
        agents = []
        steps.run(world, f"node {world.folder}/node c 10 59; node {world.folder}/nodes/node c 10 59")
        for i, policy in enumerate(DEVICE_POLICIES):
            path = f"/srv/zones-device-{i}-{user}.yaml"
            with open(path, "w") as file:
                file.write(policy.replace("{T}", world.folder))
            agents.append(Agent(path, user, world.folder))
        steps.run(world, f"node {world.folder}/nodes/late c 10 59")  # where the way to a rule would lead
        # There is no such device: what is let through says so.
        problems = []
        for agent, node, expected in ((0, "node", "ENXIO"), (1, "node", "EACCES"), (0, "nodes/node", "EACCES"),
                                      (1, "nodes/node", "EACCES"), (0, "nodes/late", "EACCES")):
            result = agents[agent].run(f"open {world.folder}/{node} rdonly")["result"]
            if result not in (expected, "ENODEV" if expected == "ENXIO" else expected):
                problems.append(f"{node}: {result}, expected {expected}")
        steps.run(world, f"rename {world.folder}/node {world.folder}/was; rename {world.folder}/was {world.folder}/node/node")
        result = agents[0].run(f"open {world.folder}/node/node rdonly")["result"]
        if result != "EACCES":
            problems.append(f"moved below its own place: {result}, expected EACCES")
        for agent in agents:
            agent.close()
        world.close()
        runner.report.problems(f"{name}/{user}", problems)


def test_link_out_of_what_is_too_deep(runner, name):
    """An outsider's link of a file whose zone nobody can tell: its new name is not told to be harmless."""
    for user in runner.users:
        world = World(f"/srv/cofferdam-tests/{user}-too-deep", user)
        path = f"/srv/zones-too-deep-{user}.yaml"
        with open(path, "w") as file:
            file.write(POLICY.replace("{T}", world.folder))
        steps.run(world, f"deep {world.folder}/none/t 140 key secret; file {world.folder}/rw/single")
        agent = Agent(path, user, world.folder)
        below = os.open(f"{world.folder}/none/t", os.O_RDONLY)
        for _ in range(140):
            here, below = below, os.open("d", os.O_RDONLY, dir_fd=below)
            os.close(here)
        os.link("key", f"{world.folder}/rw/linked", src_dir_fd=below)
        os.close(below)
        problems = []
        for file, expected in (("linked", "EACCES"), ("single", "ok")):
            result = agent.run(f"open {world.folder}/rw/{file} rdonly")["result"]
            if result != expected:
                problems.append(f"{file}: {result}, expected {expected}")
        agent.close()
        world.close()
        runner.report.problems(f"{name}/{user}", problems)


TESTS = [test_named_objects_renamed_away, test_one_of_several_names_renamed,
         test_links_out_of_what_gives_more_than_the_default, test_device_that_another_agents_rule_names, test_link_out_of_what_is_too_deep,
         test_rules_inside_what_is_moved, test_refused_links_take_no_anchor, test_device_number_comes_back,
         test_unmounted_at_once, test_caches_dropped]
