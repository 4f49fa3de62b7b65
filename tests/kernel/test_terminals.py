# SPDX-License-Identifier: Apache-2.0
"""Pseudo terminals: an agent has its own, and the one that it was started on."""

import os
import time

from agent import Free
from setting import Setting

POLICY = """\
cofferdam: 1
name: terminals
files:
  default: rw                                              # default
"""
# A session leader that opens a terminal gets it as its controlling one.
ON_TERMINAL = ("setsid", "sh", "-c", 'exec 3<>"$0"; exec "$@"')


class Terminal:
    """A pseudo terminal that an outsider holds."""

    def __init__(self, uid):
        self.master, self.slave = os.openpty()
        self.path = os.ttyname(self.slave)
        os.chown(self.path, uid, -1)

    def close(self):
        os.close(self.slave)
        os.close(self.master)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def _until(make, is_it, drop=lambda it: None, timeout=20):
    """Makes one until it is the right one: the kernel gives a number free some time after the last close."""
    deadline = time.monotonic() + timeout
    while True:
        it = make()
        if is_it(it):
            return it
        drop(it)
        if time.monotonic() > deadline:
            raise TimeoutError("the number does not come back: the test cannot tell")
        time.sleep(0.1)


def _expect_foreign(setting, runner, row):
    setting.expect_event(runner, setting.expect(row, "EACCES"), "pseudo-filesystem")


def test_of_others(runner, name):
    """Neither read nor written, nor changed, nor are keystrokes watched; own ones work."""
    for user in runner.users:
        with Setting(POLICY, user, "terminals-others") as setting, Terminal(setting.world.uid) as terminal:
            free = Free(user)
            for row in (f"open {terminal.path} rdonly", f"open {terminal.path} wronly", f"open {terminal.path} rdwr",
                        f"open {terminal.path} ioctl", f"chmod {terminal.path} 0666", f"inotify {terminal.path}",
                        "inotify /dev/pts", f"orphan open {terminal.path} rdonly"):
                setting.expect(row, "ok", free)
                _expect_foreign(setting, runner, row)
            for row in ("ownterminal", "orphan ownterminal", "list /dev/pts", f"stat {terminal.path}", "inotify {T}"):
                setting.expect(row, "ok")
            free.close()
            runner.report.problems(f"{name}/{user}", setting.problems)


def test_number_comes_back(runner, name):
    """The number of a terminal that is gone is another's next: whoever unlocks it has it."""
    for user in runner.users:
        with Setting(POLICY, user, "terminals-number") as setting:
            own = setting.expect("ownterminal", "ok")["detail"]
            with _until(lambda: Terminal(setting.world.uid), lambda it: it.path == own, Terminal.close) as terminal:
                _expect_foreign(setting, runner, f"open {terminal.path} rdonly")
            _until(lambda: setting.expect("ownterminal", "ok"), lambda answer: answer["detail"] == own)
            runner.report.problems(f"{name}/{user}", setting.problems)


def test_of_another_agent(runner, name):
    """Two agents of one user: none has the other's."""
    for user in runner.users:
        with Setting(POLICY, user, "terminals-first") as first, Setting(POLICY, user, "terminals-second") as second:
            path = first.expect("ownterminal", "ok")["detail"]
            held = "ownterminal , sleep 3000"
            first.agent.ask(held)
            deadline = time.monotonic() + 10
            while not os.path.exists(path) and time.monotonic() < deadline:
                time.sleep(0.02)
            time.sleep(0.2)  # it is unlocked, too
            _expect_foreign(second, runner, f"open {path} rdonly")
            if second.expect("ownterminal", "ok")["detail"] == path:
                second.problems.append("the test cannot tell: the first one's is gone already")
            first.agent.answer(held)
            runner.report.problems(f"{name}/{user}", first.problems + second.problems)


def test_started_on(runner, name):
    """Who starts an agent on a terminal shares it: also where a process of the agent has left that session."""
    for user in runner.users:
        with Terminal(0) as mine, Terminal(0) as stranger:
            os.chmod(mine.path, 0o666)
            os.chmod(stranger.path, 0o666)
            with Setting(POLICY, user, "terminals-start", before=(*ON_TERMINAL, mine.path)) as setting:
                for row in ("open /dev/tty rdwr", f"open {mine.path} rdwr", f"orphan open {mine.path} rdwr"):
                    setting.expect(row, "ok")
                setting.expect("orphan open /dev/tty rdwr", "ENXIO")
                _expect_foreign(setting, runner, f"open {stranger.path} rdwr")
                with Setting(POLICY, user, "terminals-beside") as beside:
                    _expect_foreign(beside, runner, f"open {mine.path} rdwr")
                    setting.problems += beside.problems
                runner.report.problems(f"{name}/{user}", setting.problems)


TESTS = [test_of_others, test_number_comes_back, test_of_another_agent, test_started_on]
