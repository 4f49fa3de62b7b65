# SPDX-License-Identifier: Apache-2.0
"""In the guest, as root: starts cofferdamd once, walks all roads, prints the scoreboard."""

import argparse
import importlib
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from daemon import Events  # noqa: E402
from report import Report  # noqa: E402
import suite  # noqa: E402
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
    suite.run_tests(module, runner, file)


def check_board(runner):
    """The suite can fail: under a policy that allows everything nearly all roads are escapes."""
    escapes = sum(row["ESCAPE"] for row in runner.board.rows.values())
    walked = sum(row["walked"] for row in runner.board.rows.values())
    runner.report.check("self-check/(board)", escapes > 0,
                        f"{walked} roads, and no escape under a policy that allows everything")


def main():
    parser = argparse.ArgumentParser()
    suite.add_options(parser)
    options = parser.parse_args()
    options.users = options.users or ["root", "agent"]

    report = Report(options.failures)
    daemon = suite.start_daemon(report)
    if daemon is None:
        return report.close()
    events = Events()
    runner = Runner(report, events, daemon, options, roads_storage.prepare)
    suite.run_areas(FILES, lambda file: walk(runner, file), daemon, report, lambda: runner.is_over)
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
