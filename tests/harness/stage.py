# SPDX-License-Identifier: Apache-2.0
"""The host's side of a suite: builds the probe, puts together what the guest needs, boots it once.

The counts of several guests are added up, so that a suite always closes with one line of its own.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = ("cofferdam", "cofferdamd", "cofferdam-api")
EXIT_NOT_AVAILABLE = 77
KERNELS = ("6.1", "6.12", "newest")
COUNTS = re.compile(r"^(\d+) passed, (\d+) failed, (\d+) skipped$")


def build_probe(build):
    """Compile the probe if a source of it is newer."""
    sources = sorted((ROOT / "tests" / "harness" / "probe").glob("*.[ch]"))
    probe = build / "tests" / "probe"
    if not probe.exists() or probe.stat().st_mtime < max(source.stat().st_mtime for source in sources):
        probe.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([os.environ.get("CC", "gcc"), "-std=gnu17", "-D_GNU_SOURCE", "-O1", "-Wall", "-Wextra",
                        "-static", "-pthread", *(str(source) for source in sources if source.suffix == ".c"),
                        "-o", str(probe)], check=True)
    return probe


def stage(build, folder):
    """Copy the programs, policies and tests to `folder`, which becomes /share in the guest."""
    missing = [name for name in PROGRAMS if not (build / name).exists()]
    if missing:
        raise SystemExit(f"{', '.join(str(build / name) for name in missing)}: not built; run 'make all' first")
    probe = build_probe(build)
    (folder / "build").mkdir(parents=True)
    for path in [*(build / name for name in PROGRAMS), probe]:
        shutil.copy2(path, folder / "build")
    shutil.copytree(ROOT / "policy", folder / "policy")
    for part in ("harness", "kernel", "e2e", "races", "bypass", "work"):
        shutil.copytree(ROOT / "tests" / part, folder / "tests" / part,
                        ignore=shutil.ignore_patterns("__pycache__", "guest-*"))
    folder.chmod(0o755)


class Boots:
    """Runs commands in guests and adds up what they count."""

    def __init__(self, build, name):
        self.build = build
        self.out = build / "tests" / name
        self.passed = self.failed = self.skipped = 0

    def run(self, kernel, command, label, *options, timeout=1500, prepare=None):
        """One boot. Its output passes through, but for the line with its counts."""
        out = self.out / label
        shutil.rmtree(out, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix="cofferdam-share-") as temporary:
            share = pathlib.Path(temporary) / "share"
            stage(self.build, share)
            if prepare:
                prepare(share)
            argv = [str(ROOT / "scripts" / "guest"), "run", "--kernel", kernel, "--share", str(share), "--out",
                    str(out), "--timeout", str(timeout), *options, "--", *command]
            print(f"# {label}: kernel {kernel}", flush=True)
            process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
            counts = None
            for line in process.stdout:
                counts = COUNTS.match(line) or counts
                if not COUNTS.match(line):
                    sys.stdout.write(line)
                    sys.stdout.flush()
            status = process.wait()
        self.add(counts, status, kernel, label)

    def add(self, counts, status, kernel, label):
        if counts:
            self.passed += int(counts[1])
            self.failed += int(counts[2])
            self.skipped += int(counts[3])
        if status == EXIT_NOT_AVAILABLE and not counts:
            print(f"ok - {label} # SKIP kernel {kernel} is not to be had")
            self.skipped += 1
        elif not counts or (status != 0 and not int(counts[2])):
            print(f"not ok - {label}: the guest ended with status {status}"
                  + ("" if counts else " before its tests were done"))
            self.failed += 1

    def close(self):
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped", flush=True)
        return 1 if self.failed else 0


def kernels_of(word):
    return KERNELS if word == "all" else (word,)
