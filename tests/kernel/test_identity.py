# SPDX-License-Identifier: Apache-2.0
"""Who is confined: cgroups, forks, threads, leaving, audit mode, counters, full tables."""

import errno
import json
import os
import shutil
import threading
import time

import steps
from agent import Free, ProbeError
from cases import Case, Group
from daemon import PROBE, USERS, agents, cofferdam
from setting import Setting

POLICY = """\
cofferdam: 1
name: identity
files:
  default: ro                                              # default
  rules:
    - {path: "{T}/rw", access: rw}                         # rw
    - {path: "{T}/none", access: none}                     # none
network:
  default: deny                                            # net-default
  allow:
    - {to: 127.0.0.1, ports: [3000], proto: any}           # net
"""
AUDIT = POLICY.replace("name: identity", "name: identity-audit\nmode: audit")

AUDITED = [
    Case("read", "open {P}/f rdonly", "none", "rw", setup="file {P}/f", errno=None, verdict="would-deny", rule="none"),
    Case("create", "creat {P}/f", "ro", "rw", op="create", errno=None, verdict="would-deny", rule="default",
         more_events=True),
    Case("unlink", "unlink {P}/f", "ro", "rw", setup="file {P}/f", errno=None, verdict="would-deny", rule="default"),
    Case("chmod", "chmod {P}/f 0600", "ro", "rw", setup="file {P}/f", op="setattr", errno=None, verdict="would-deny",
         rule="default"),
    Case("exec", "exec {P}/f self", "none", "rw", setup="copy {probe} {P}/f", op="exec", errno=None, verdict="would-deny",
         rule="none", more_events=True),
    Case("send", "sendto 127.0.0.1 4000", "", None, op="send", path=None, reason="network-rule", rule="net-default",
         errno=None, verdict="would-deny", address="127.0.0.1 4000"),
    Case("bind", "bind 127.0.0.1 3600 udp", "", None, op="bind", path=None, reason="listen-rule", rule="net-default",
         errno=None, verdict="would-deny"),
    Case("user-namespace", "userns", "", None, op="user-namespace", path=None, reason="namespaces", errno=None,
         verdict="would-deny"),
]

INHERITED = [
    Case("child-of-child", "orphan orphan open {P}/f rdonly", "none", "rw", setup="file {P}/f", op="open", rule="none"),
    Case("thread", "thread open {P}/f rdonly", "none", "rw", setup="file {P}/f", op="open", rule="none"),
    Case("thread-of-orphan", "orphan thread open {P}/f rdonly", "none", "rw", setup="file {P}/f", op="open", rule="none"),
    Case("after-exec", "exec {probe} open {P}/f rdonly", "none", "rw", setup="file {P}/f", op="open", rule="none",
         result="EXIT1"),
    Case("confined-root-needs-no-mode", "open {P}/f rdonly", "none", "rw", setup="file {P}/f; mode {P}/f 0777",
         op="open", rule="none", users=("root",)),
    Case("confined-root-keeps-capabilities", "chown {P}/f", "ro", "rw", setup="file {P}/f", op="setattr", rule="default",
         users=("root",)),
]

GROUPS = [
    Group("inherited", POLICY, INHERITED),
    Group("audit", AUDIT, AUDITED),
    Group("audit-by-flag", POLICY, AUDITED[:3], more=("--audit",)),
]


def _remove_cgroup(path, seconds=10):
    """A task that was reaped may still be on its way out of its cgroup."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return os.rmdir(path)
        except OSError as error:
            if error.errno != errno.EBUSY or time.monotonic() > deadline:
                raise
        time.sleep(0.1)


def test_moved_out_of_cgroup(runner, name):
    """Sticky: file rules stay, the network is lost."""
    for user in runner.users:
        with Setting(POLICY, user, "identity-moved") as setting:
            setting.expect("open {T}/none/f rdonly", "EACCES")
            setting.expect("connect 127.0.0.1 3000 tcp", "ok")
            setting.agent.move("/")
            setting.expect("open {T}/none/f rdonly", "EACCES")
            setting.expect("open {T}/ro/f wronly", "EACCES")
            setting.expect("open {T}/rw/f rdwr", "ok")
            setting.expect_event(runner, setting.expect("connect 127.0.0.1 3000 tcp", "EACCES"), "outside-cgroup")
            setting.expect_event(runner, setting.expect("sendto 127.0.0.1 3000", "EACCES"), "outside-cgroup")
            setting.expect("orphan open {T}/none/f rdonly", "EACCES")
            time.sleep(1)
            if setting.agent.status() is None:
                setting.problems.append("the agent ended although a task of it lives outside its cgroup")
            setting.expect("open {T}/none/f rdonly", "EACCES")
            setting.agent.move(setting.agent.cgroup)
            setting.expect("connect 127.0.0.1 3000 tcp", "ok")
            runner.report.problems(f"{name}/{user}", setting.problems)


def test_nested_cgroup(runner, name):
    """A cgroup that an outsider makes below an agent's is the agent's, before anybody enters it."""
    for user in runner.users:
        with Setting(POLICY, user, "identity-nested") as setting:
            nested = os.path.join(setting.agent.cgroup, "nested")
            path = "/sys/fs/cgroup" + nested
            os.makedirs(path + "/deeper")
            stranger = Free(user)
            setting.expect("open {T}/none/f rdonly", "ok", stranger)
            with open(path + "/deeper/cgroup.procs", "w") as file:
                file.write(str(stranger.pid))
            answer = setting.expect("open {T}/none/f rdonly", "EACCES", stranger)
            events = runner.events.of(answer["pid"])
            if not events or events[0]["agent"]["id"] != setting.agent.id:
                setting.problems.append(f"the stranger's denial is not the agent's: {events}")
            setting.expect("connect 127.0.0.1 3000 tcp", "ok", stranger)
            with open("/sys/fs/cgroup/cgroup.procs", "w") as file:
                file.write(str(stranger.pid))
            setting.expect("open {T}/none/f rdonly", "EACCES", stranger)
            setting.expect("connect 127.0.0.1 3000 tcp", "EACCES", stranger)
            setting.agent.move(nested)
            setting.expect("open {T}/none/f rdonly", "EACCES")
            setting.expect("connect 127.0.0.1 3000 tcp", "ok")
            setting.agent.move(setting.agent.cgroup)
            stranger.close()
            _remove_cgroup(path + "/deeper")
            _remove_cgroup(path)
            runner.report.problems(f"{name}/{user}", setting.problems)


def test_moved_in(runner, name):
    """A whole process, threads and all, that an outsider moves into the agent's cgroup."""
    for user in runner.users:
        with Setting(POLICY, user, "identity-moved-in") as setting:
            stranger = Free(user)
            setting.expect("open {T}/none/f rdonly", "ok", stranger)
            with open(f"/sys/fs/cgroup{setting.agent.cgroup}/cgroup.procs", "w") as file:
                file.write(str(stranger.pid))
            setting.expect("open {T}/none/f rdonly", "EACCES", stranger)
            setting.expect("thread open {T}/none/f rdonly", "EACCES", stranger)
            setting.expect("open {T}/rw/f rdwr", "ok", stranger)
            stranger.close()
            runner.report.problems(f"{name}/{user}", setting.problems)


def _hook(name):
    """Is it attached?"""
    report = json.loads(cofferdam("doctor", "--json").stdout)
    return next(hook["attached"] for hook in report["hooks"] if hook["name"] == name)


def _wait_for_hook(name, is_attached, timeout=20):
    deadline = time.monotonic() + timeout
    while _hook(name) != is_attached:
        if time.monotonic() > deadline:
            raise TimeoutError(f"'{name}' is {'not ' if is_attached else ''}attached")
        time.sleep(0.1)


def test_moved_in_with_descriptors(runner, name):
    """What a task held before it was moved in is judged at each use, for as long as there is such a task."""
    for user in runner.users:
        with Setting(POLICY, user, "identity-held") as setting:
            steps.run(setting.world, f"file {setting.folder}/go x")
            used = (("none/f rdonly", "take"), ("none rdonly,directory", "names"), ("ro/f rdwr", "put"),
                    ("ro/f wronly,append", "put"), ("none/f rdonly", "takemapped"))
            fine = (("ro/f rdonly", "take"), ("ro/f rdonly", "takemapped"), ("rw/f rdwr", "put"), ("rw/f wronly,append", "put"))
            rows = [(f"hold {{T}}/{held} , await {{T}}/go , {use}", result)
                    for cases, result in ((used, "EACCES"), (fine, "ok")) for held, use in cases]
            for row, _ in rows:
                free = Free(user)
                setting.expect(row, "ok", free)
                free.close()
            os.unlink(f"{setting.folder}/go")
            if _hook("file_permission"):
                setting.problems.append("'file_permission' is attached before anybody was moved in")
            strangers = [Free(user, here=True) for _ in rows]
            for (row, _), stranger in zip(rows, strangers):
                stranger.ask(row.replace("{T}", setting.folder))
                while not any(os.path.realpath(f"/proc/{stranger.pid}/fd/{fd}").startswith(setting.folder)
                              for fd in os.listdir(f"/proc/{stranger.pid}/fd")):
                    time.sleep(0.02)
                _move_in(setting, stranger)
            _wait_for_hook("file_permission", True)
            steps.run(setting.world, f"file {setting.folder}/go x")
            for (row, expected), stranger in zip(rows, strangers):
                answer = stranger.answer(row)
                if answer["result"] != expected:
                    setting.problems.append(f"{row}: {answer['result']}, expected {expected}")
                elif expected == "EACCES":
                    setting.expect_event(runner, answer, "file-rule")
            setting.expect("open {T}/rw/f rdwr", "ok")
            for stranger in strangers:
                stranger.close()
            runner.report.problems(f"{name}/{user}", setting.problems)
        _wait_for_hook("file_permission", False)


def _move_in(setting, stranger):
    """As an outsider: a process into the agent's cgroup."""
    with open(f"/sys/fs/cgroup{setting.agent.cgroup}/cgroup.procs", "w") as file:
        file.write(str(stranger.pid))


KEEPING = POLICY.replace("network:", """\
    - {path: "{T}/keep", access: rw-no-delete}             # keep
    - {path: "{T}/append", access: append}                 # append
    - {name: "*.log", access: append}                      # log
network:""")


def test_moved_in_cannot_write_what_is_kept(runner, name):
    """Without the filter that `run` sets, writing could cut: so it is refused where the mode keeps what is there."""
    for user in runner.users:
        with Setting(KEEPING, user, "identity-unfiltered") as setting:
            steps.run(setting.world, f"file {setting.folder}/keep/f; file {setting.folder}/append/f")
            steps.run(setting.world, f"file {setting.folder}/rw/a.log")
            stranger = Free(user)
            rows = (("open {T}/keep/f wronly", "ok"), ("open {T}/append/f wronly,append", "ok"),
                    ("open {T}/rw/a.log wronly,append", "ok"))
            for row, expected in rows:
                setting.expect(row, expected)
                setting.expect(row, expected, stranger)
            _move_in(setting, stranger)
            for row, _ in rows[:2]:
                setting.expect_event(runner, setting.expect(row, "EACCES", stranger), "unfiltered")
            setting.expect(rows[2][0], "EACCES", stranger)
            setting.expect("orphan open {T}/keep/f wronly", "EACCES", stranger)
            setting.expect_event(runner, setting.expect("unlink {T}/keep/f", "EACCES", stranger), "file-rule")
            setting.expect("open {T}/keep/f rdonly", "ok", stranger)
            setting.expect("creat {T}/rw/new", "ok", stranger)
            for row, expected in rows:
                setting.expect(row, expected)
            stranger.close()
            runner.report.problems(f"{name}/{user}", setting.problems)


def test_set_id_gains_nothing(runner, name):
    """A process that came without no_new_privs executes no set-id program, unless the policy says so."""
    program = "/srv/cofferdam-tests/set-id-probe"
    for label, more, expected in (("set-id", "", "EACCES"), ("set-id-allowed", "exec: {setuid: allow}\n", "ok")):
        with Setting(POLICY + more, "agent", "identity-" + label) as setting:
            shutil.copy(PROBE, program)
            os.chmod(program, 0o4755)
            stranger = Free("agent")
            setting.expect(f"exec {program} self", "ok", stranger)
            _move_in(setting, stranger)
            answer = setting.expect(f"exec {program} self", expected, stranger)
            if expected != "ok":
                setting.expect_event(runner, answer, "set-id")
            setting.expect(f"exec {PROBE} self", "ok", stranger)
            setting.expect(f"exec {program} self", "ok")  # with no_new_privs it gains nothing
            stranger.close()
            os.unlink(program)
            runner.report.problems(f"{name}/{label}", setting.problems)


def test_others_are_untouched(runner, name):
    """Beside an agent, an unconfined process is as free as ever, and another agent has its own policy."""
    for user in runner.users:
        with Setting(POLICY, user, "identity-first") as first, Setting(POLICY, user, "identity-second") as second:
            stranger = Free(user)
            first.expect("open {T}/none/f rdonly", "ok", stranger)
            first.expect(f"open {second.folder}/none/f rdonly", "ok")
            second.expect(f"open {first.folder}/none/f rdonly", "ok")
            second.expect("open {T}/none/f rdonly", "EACCES")
            first.expect("open {T}/none/f rdonly", "EACCES")
            first.expect(f"open {second.folder}/rw/f wronly", "EACCES")
            stranger.close()
            runner.report.problems(f"{name}/{user}", first.problems + second.problems)


def test_counters_under_flood(runner, name):
    """decided = delivered + dropped, exactly, and a flood costs another agent nothing."""
    flood = 20000
    user = runner.users[-1]
    with Setting(POLICY, user, "identity-flood") as setting, Setting(POLICY, user, "identity-quiet") as quiet:
        floods = threading.Thread(target=lambda: setting.expect(f"flood {{T}}/none/f {flood}", "EACCES"))
        floods.start()
        time.sleep(0.2)
        answer = quiet.expect("open {T}/none/f rdonly", "EACCES")
        quiet.expect_event(runner, answer, "file-rule")
        floods.join()
        time.sleep(0.5)
        status = setting.agent.status()
        told = runner.events.settle(setting.agent.id, status["delivered"] - status.get("lost", 0), timeout=30)
        status = setting.agent.status()
        if status["denials"] != flood:
            setting.problems.append(f"{status['denials']} denials counted, {flood} were made")
        if status["denials"] != status["delivered"] + status["dropped"]:
            setting.problems.append(f"decided {status['denials']} != delivered {status['delivered']} + dropped {status['dropped']}")
        lost = sum(event["count"] for event in runner.events.odd if isinstance(event, dict)
                   and event.get("type") in ("lost", "missed"))
        if told + lost < status["delivered"]:
            setting.problems.append(f"delivered {status['delivered']}, but told {told} and lost {lost}")
        runner.report.note(f"flood: {status['denials']} decided, {status['delivered']} delivered, "
                           f"{status['dropped']} dropped; {told} told, {lost} lost on the way to the reader")
        quiet_status = quiet.agent.status()
        if quiet_status["dropped"] or quiet_status["denials"] != 1:
            quiet.problems.append(f"the quiet agent: {quiet_status}")
        runner.report.problems(name, setting.problems + quiet.problems)


def test_observations_are_not_kept_waiting(runner, name):
    """Not each wakes the daemon, and yet all are told, the last ones too, with nothing after them."""
    with Setting(POLICY + "observe: [write]\n", runner.users[-1], "identity-observed") as setting:
        total = before = setting.agent.status()["observed"]  # by what starts it
        # One alone; a few that come together; more than an agent's share of the ring holds; one alone.
        for n, pause in (1, 0.3), (5, 0.3), (60, 0), (1, 0):
            for _ in range(n):
                setting.expect("open {T}/rw/f wronly", "ok")
            total += n
            told = [event["sequence"] for event in runner.events.observed(setting.agent.id, total, timeout=3)]
            if told != list(range(1, total + 1)):
                setting.problems.append(f"of {total} observations {len(told)} were told: {told[-5:]}")
            time.sleep(pause)
        status = setting.agent.status()
        if (status["observed"], status["observed_dropped"], status["denials"]) != (total, 0, 0):
            setting.problems.append(f"{total - before} observations were made: {status}")
        runner.report.problems(name, setting.problems)


def _refused(policy_text, label, user="root"):
    """Status and words of a `run` under a policy that must be refused."""
    path = f"/srv/identity-{label}.yaml"
    with open(path, "w") as file:
        file.write(policy_text)
    return cofferdam("run", "-p", path, "-w", "/srv/cofferdam-tests", "--", "/bin/touch", f"/srv/started-{label}",
                     user=user, timeout=120)


def test_full_tables_refuse_the_agent(runner, name):
    """More than fits: refused with the reason, and whoever runs already is left as it was."""
    header = "cofferdam: 1\nname: full\nfiles:\n  rules:\n"
    rules = "".join(f"    - {{path: /srv/full/{i}, access: none}}\n" for i in range(20001))
    names = "".join(f"    - {{name: name{i}, access: none}}\n" for i in range(513))
    # Each fits a layer; together they pass the kernel's tables of places and rights.
    many = "".join(f"    - {{path: /srv/full/{i}/a/b/c/d/e, access: none}}\n" for i in range(15000))
    with Setting(POLICY, "root", "identity-full") as setting:
        for label, text, word in (("rules", header + rules, "CF-P060"), ("names", header + names, "CF-P062"),
                                  ("places", header + many, "full")):
            result = _refused(text, label)
            if result.returncode != 125 or word not in result.stderr or result.stderr.count("\n") > 3:
                setting.problems.append(f"{label}: status {result.returncode}, expected 125 with '{word}': "
                                        f"{result.stderr[:400]}")
            if os.path.exists(f"/srv/started-{label}"):
                setting.problems.append(f"{label}: the command was run")
            setting.expect("open {T}/none/f rdonly", "EACCES")
            setting.expect("open {T}/rw/f rdwr", "ok")
        try:
            with Setting(POLICY, "root", "identity-after-full") as after:
                after.expect("open {T}/none/f rdonly", "EACCES")
                setting.problems += after.problems
        except ProbeError as error:
            setting.problems.append(f"no agent can be started after that: {error}")
        runner.report.problems(name, setting.problems)


def test_agents_end(runner, name):
    """When its last task goes, an agent is gone from the list and its cgroup from the tree."""
    with Setting(POLICY, "root", "identity-ending") as setting:
        cgroup, number = setting.agent.cgroup, setting.agent.id
    deadline = time.monotonic() + 10
    while number in agents() and time.monotonic() < deadline:
        time.sleep(0.1)
    problems = []
    if number in agents():
        problems.append("the agent is still in the list")
    if os.path.exists("/sys/fs/cgroup" + cgroup):
        problems.append(f"its cgroup {cgroup} is still there")
    runner.report.problems(name, problems)


def test_many_agents(runner, name):
    """Forty at once, each with its own rights."""
    settings = []
    problems = []
    try:
        for i in range(40):
            settings.append(Setting(POLICY, "agent", f"identity-many-{i}"))
        for setting in settings:
            setting.expect("open {T}/none/f rdonly", "EACCES")
            setting.expect("open {T}/rw/f rdwr", "ok")
    finally:
        for setting in settings:
            problems += setting.problems
            setting.__exit__()
    runner.report.problems(name, problems)


def test_users_see_their_own(runner, name):
    """`ps` and `events` show a user no other user's agents."""
    with Setting(POLICY, "root", "identity-see") as setting:
        answer = setting.expect("open {T}/none/f rdonly", "EACCES")
        runner.events.of(answer["pid"])
        listed = cofferdam("ps", "--json", user="agent").stdout
        told = cofferdam("events", "--json", user="agent").stdout
        if f'"id": {setting.agent.id},' in listed:
            setting.problems.append("another user's agent is in the list")
        if setting.folder in told:
            setting.problems.append("another user's events are told")
        if USERS["agent"][0] == 0:
            setting.problems.append("the test needs two users")
        runner.report.problems(name, setting.problems)


TESTS = [
    test_moved_out_of_cgroup, test_nested_cgroup, test_moved_in, test_moved_in_cannot_write_what_is_kept,
    test_moved_in_with_descriptors,
    test_set_id_gains_nothing, test_others_are_untouched, test_counters_under_flood,
    test_observations_are_not_kept_waiting,
    test_full_tables_refuse_the_agent, test_agents_end, test_many_agents, test_users_see_their_own,
]
