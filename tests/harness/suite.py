# SPDX-License-Identifier: Apache-2.0
"""What the guest suites' main programs have in common: one daemon under all tests, tests that are functions."""

import traceback

from daemon import Daemon, DaemonError


def start_daemon(report):
    """A running cofferdamd; None, which is reported, if it does not come up."""
    daemon = Daemon()
    try:
        daemon.start()
    except DaemonError as error:
        report.fail("cofferdamd starts", error)
        return None
    return daemon


def run_tests(module, runner, area):
    """The functions in a module's TESTS that are wanted, each by the name AREA/FUNCTION."""
    for test in getattr(module, "TESTS", []):
        name = f"{area}/{test.__name__}"
        if not runner.is_wanted(name):
            continue
        try:
            test(runner, name)
        except Exception:  # one test's accident must not hide the others' results
            runner.report.fail(name, traceback.format_exc(limit=6))


def add_options(parser):
    """The options of a suite that walks tables for both users."""
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--user", action="append", dest="users")
    parser.add_argument("--self-check", action="store_true")
    parser.add_argument("--failures", action="store_true")


def run_areas(areas, run, daemon, report, is_over=lambda: False):
    """`run` for each area, as long as the daemon stays up or, says `is_over`, was ended on purpose."""
    for area in areas:
        try:
            run(area)
        except Exception:  # as in run_tests()
            report.fail(f"{area}/(all)", traceback.format_exc(limit=6))
        if daemon.process.poll() is not None and not is_over():
            report.fail("cofferdamd stays up", f"status {daemon.process.returncode}", daemon.tail())
            break
