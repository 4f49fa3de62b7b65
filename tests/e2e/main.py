# SPDX-License-Identifier: Apache-2.0
"""In the guest, as root: installs what /share/dest holds, and runs the tests of one variant."""

import argparse
import importlib
import os
import shutil
import signal
import sys
import time
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
import daemon  # noqa: E402
from report import Report  # noqa: E402

# In this order: the later ones stop and kill the daemon.
MODULES = {
    "plain": ("test_install", "test_down", "test_run", "test_errors", "test_daemon"),
    "systemd": ("test_systemd",),
    "no-lsm": ("test_no_lsm",),
}

SLOW_S = 10  # a test that takes longer says so


class Context:
    """What a test gets: report() through check(), a folder of its own, the daemon."""

    def __init__(self, report):
        self.report = report
        self.daemon = None
        self.name = ""
        self.problems = []

    def expect(self, condition, *why):
        if not condition:
            self.problems.append(" ".join(str(word) for word in why))
        return bool(condition)

    def same(self, found, expected, what):
        return self.expect(found == expected, f"{what}: {found!r}, expected {expected!r}")

    def has(self, text, part, what):
        return self.expect(part in text, f"{what}: no {part!r} in {text!r}")


def run_module(context, name, only):
    module = importlib.import_module(name)
    wanted = [test for test in module.TESTS if not only or any(part in f"{name}/{test.__name__}" for part in only)]
    if not wanted:
        return
    if hasattr(module, "start"):
        module.start(context)
    for test in wanted:
        context.name, context.problems = f"e2e/{name.removeprefix('test_')}/{test.__name__.removeprefix('test_')}", []
        started = time.monotonic()
        try:
            skipped = test(context)
        except Exception:  # one test's accident must not hide the others' results
            context.problems.append(traceback.format_exc(limit=6))
            skipped = None
        if skipped:
            context.report.skip(context.name, skipped)
        else:
            context.report.problems(context.name, context.problems)
        if time.monotonic() - started > SLOW_S:
            context.report.note(f"that took {time.monotonic() - started:.0f} s")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--variant", choices=list(MODULES), required=True)
    parser.add_argument("--only", action="append", default=[])
    options = parser.parse_args()
    # A job in the background of a shell is started with these ignored, and would hand that on.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)

    shutil.copytree(os.path.join(daemon.SHARE, "dest", "usr", "local"), "/usr/local", dirs_exist_ok=True, symlinks=True)
    for extra in ("usr/lib", "etc", "lib"):
        source = os.path.join(daemon.SHARE, "dest", extra)
        if os.path.isdir(source):
            shutil.copytree(source, "/" + extra, dirs_exist_ok=True, symlinks=True)
    daemon.COFFERDAM = "/usr/local/bin/cofferdam"
    context = Context(Report())
    for name in MODULES[options.variant]:
        try:
            run_module(context, name, options.only)
        except Exception:  # as above
            context.report.fail(f"e2e/{name}", traceback.format_exc(limit=6))
    if context.daemon:
        context.daemon.stop()
    return context.report.close()


if __name__ == "__main__":
    sys.exit(main())
