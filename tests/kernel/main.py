# SPDX-License-Identifier: Apache-2.0
"""In the guest, as root: starts cofferdamd once and runs all tables and tests of this folder."""

import argparse
import importlib
import os
import sys
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from cases import Runner  # noqa: E402
from daemon import Daemon, DaemonError, Events  # noqa: E402
from report import Report  # noqa: E402

AREAS = ("modes", "files", "attributes", "descriptors", "names", "zones", "exec", "net", "process", "identity")


def run_area(area, runner):
    module = importlib.import_module("test_" + area)
    if hasattr(module, "prepare"):
        module.prepare()
    for group in getattr(module, "GROUPS", []):
        runner.run_group(area, group)
    if runner.self_check:
        return
    for test in getattr(module, "TESTS", []):
        name = f"{area}/{test.__name__}"
        if not runner.is_wanted(name):
            continue
        try:
            test(runner, name)
        except Exception:  # one test's accident must not hide the others' results
            runner.report.fail(name, traceback.format_exc(limit=6))


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
    runner = Runner(report, events, options)
    for area in AREAS:
        try:
            run_area(area, runner)
        except Exception:  # as above
            report.fail(f"{area}/(all)", traceback.format_exc(limit=6))
        if daemon.process.poll() is not None:
            report.fail("cofferdamd stays up", f"status {daemon.process.returncode}", daemon.tail())
            break
    events.close()
    daemon.stop()
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
