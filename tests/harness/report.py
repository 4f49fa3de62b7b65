# SPDX-License-Identifier: Apache-2.0
"""What a suite prints: one TAP-like line a test, and `N passed, N failed, N skipped` alone at the end."""

import sys
import time


class Report:
    """Counts and prints. `only_failures` keeps passed tests to themselves."""

    def __init__(self, only_failures=False):
        self.passed = self.failed = self.skipped = 0
        self.only_failures = only_failures
        self.failures = []
        self.started = time.monotonic()

    def ok(self, name):
        self.passed += 1
        if not self.only_failures:
            self._print(f"ok {self._number()} - {name}")

    def fail(self, name, *why):
        self.failed += 1
        self.failures.append(name)
        self._print(f"not ok {self._number()} - {name}")
        for line in why:
            for part in str(line).splitlines():
                self._print(f"#   {part}")

    def skip(self, name, why):
        self.skipped += 1
        self._print(f"ok {self._number()} - {name} # SKIP {why}")

    def check(self, name, condition, *why):
        """One test from one condition."""
        if condition:
            self.ok(name)
        else:
            self.fail(name, *why)
        return bool(condition)

    def problems(self, name, problems):
        """One test from a list of what is wrong."""
        return self.check(name, not problems, *problems)

    def note(self, text):
        self._print(f"# {text}")

    def close(self):
        """The last line; returns the exit status."""
        self.note(f"{time.monotonic() - self.started:.0f} s")
        if not self._number():
            self.note("no test ran: no name has that text in it")
        self._print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped")
        return 1 if self.failed or not self.passed else 0

    def _number(self):
        return self.passed + self.failed + self.skipped

    @staticmethod
    def _print(line):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
