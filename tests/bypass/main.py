# SPDX-License-Identifier: Apache-2.0
"""In the guest, as root: starts cofferdamd once, walks all roads, prints the scoreboard."""

import argparse
import importlib
import os
import sys
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from daemon import Daemon, DaemonError, Events  # noqa: E402
from report import Report  # noqa: E402
import roads_storage  # noqa: E402
from road import Runner  # noqa: E402

FILES = ("read", "change", "exec", "own", "storage", "enforcer")


def walk(runner, file):
    """One file's sections, and what in it is no table."""
    module = importlib.import_module("roads_" + file)
    for section in getattr(module, "SECTIONS", []):
        runner.run_section(section)
    if runner.allow_all:
        return
    for test in getattr(module, "TESTS", []):
        name = f"{file}/{test.__name__}"
        if not runner.is_wanted(name):
            continue
        try:
            test(runner, name)
        except Exception:  # one test's accident must not hide the others' results
            runner.report.fail(name, traceback.format_exc(limit=6))


def check_board(runner):
    """The suite can fail: under a policy that allows everything nearly all roads are escapes."""
    escapes = sum(row["ESCAPE"] for row in runner.board.rows.values())
    walked = sum(row["walked"] for row in runner.board.rows.values())
    runner.report.check("self-check/(board)", escapes > 0,
                        f"{walked} roads, and no escape under a policy that allows everything")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--user", action="append", dest="users")
    parser.add_argument("--self-check", action="store_true")
    parser.add_argument("--failures", action="store_true")
    options = parser.parse_args()
    options.users = options.users or ["root", "agent"]

    report = Report(options.failures)
    daemon = Daemon()
    try:
        daemon.start()
    except DaemonError as error:
        report.fail("cofferdamd starts", error)
        return report.close()
    events = Events()
    runner = Runner(report, events, daemon, options, roads_storage.prepare)
    for file in FILES:
        try:
            walk(runner, file)
        except Exception:  # as above
            report.fail(f"{file}/(all)", traceback.format_exc(limit=6))
        if daemon.process.poll() is not None and not runner.is_over:
            report.fail("cofferdamd stays up", f"status {daemon.process.returncode}", daemon.tail())
            break
    if options.self_check:
        check_board(runner)
    events.close()
    daemon.stop()
    for note in sorted(set(runner.board.notes)):
        report.note("by another: " + note)
    for line in runner.board.table():
        report.note(line)
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
