# SPDX-License-Identifier: Apache-2.0
"""In the guest, as root: starts cofferdamd once and runs all tables and tests of this folder."""

import argparse
import importlib
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from cases import Runner  # noqa: E402
from daemon import Events  # noqa: E402
from report import Report  # noqa: E402
import suite  # noqa: E402

AREAS = ("modes", "files", "attributes", "descriptors", "names", "zones", "exec", "pins", "net", "process", "terminals",
         "packs", "identity")


def run_area(area, runner):
    module = importlib.import_module("test_" + area)
    if hasattr(module, "prepare"):
        module.prepare()
    for group in getattr(module, "GROUPS", []):
        runner.run_group(area, group)
    if runner.self_check:
        return
    suite.run_tests(module, runner, area)


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
    runner = Runner(report, events, options)
    suite.run_areas(AREAS, lambda area: run_area(area, runner), daemon, report)
    events.close()
    daemon.stop()
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
