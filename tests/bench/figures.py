# SPDX-License-Identifier: Apache-2.0
"""What was found on one kernel, and the tables of it."""

import policies

RIVALS = ["landlock-10", "apparmor-35", "dpath"]
CONFINED = [*policies.FILES, "confined-profile"]
CONFIGS = ["bare", "floor", *RIVALS, "unconfined", "moved-in", *CONFINED]
HEADS = {
    "floor": "floor", "unconfined": "unconfined", "moved-in": "moved in", "confined-10": "10 rules", "confined-100": "100 rules",
    "confined-10000": "10k rules", "confined-profile": "profile", "names-1": "1 name", "names-200": "200 names",
    "confined-kept": "kept", "landlock-10": "Landlock 10", "apparmor-35": "AppArmor 35", "dpath": "d_path 10",
}
TABLES = [
    ["floor", "unconfined", *[f"confined-{n}" for n in policies.RULES], "confined-profile"],
    [*[f"names-{n}" for n in policies.NAMES], "confined-kept", "moved-in", *RIVALS],
]
OPS = {
    "open-3": "open+close, 3 deep",
    "open-6": "open+close, 6 deep",
    "open-12": "open+close, 12 deep",
    "open-6-name": "open+close of test.c",
    "open-null": "open+close /dev/null",
    "open-proc": "open+close /proc/...",
    "stat-6": "stat, 6 deep",
    "read-4k": "read 4 KiB",
    "write-4k": "write 4 KiB",
    "create-unlink": "create+unlink",
    "fork-exec": "fork+exec+wait",
    "tcp-connect": "TCP connect+close",
    "udp-connect": "UDP connect()",
    "udp-send": "UDP send+receive",
}
# A difference below this share of the operation says nothing: what two boots differ by.
NOISE_SHARE = {"fork-exec": 0.004, "tcp-connect": 0.004}


class Figures:
    """One kernel's answers."""

    def __init__(self, label, answers):
        self.label = label
        self.release = next((answer["kernel"] for answer in answers if "kernel" in answer), label)
        self.notes = [answer["note"] for answer in answers if "note" in answer]
        self.failures = [f"{answer['config']}: {answer['failed']}" for answer in answers if "failed" in answer]
        self.cells = {(answer["config"], answer["op"]): answer for answer in answers if "op" in answer}

    def instructions(self, config, op):
        return self.cells.get((config, op), {}).get("instructions")

    def is_refused(self, config, op):
        return "refused" in self.cells.get((config, op), {})

    def added(self, config, op, to="bare"):
        here, there = self.instructions(config, op), self.instructions(to, op)
        return None if here is None or there is None else here - there

    def noise(self, op):
        """Below this, a difference says nothing: what bare differs from itself, and what is known of the op."""
        bare, again = self.instructions("bare", op), self.instructions("bare-again", op)
        known = NOISE_SHARE.get(op, 0) * (bare or 0)
        return max(2.0, known, abs((again or bare or 0) - (bare or 0)))

    def over_floor(self, config, op):
        """How many times what the floor adds; None: it is not known, or the floor's own is within the noise."""
        added, floor = self.added(config, op), self.added("floor", op)
        if config in ("bare", "floor") or added is None or floor is None or floor <= self.noise(op):
            return None
        return added / floor

    def share(self, config, op):
        """What it adds to the floor, in parts of the bare operation."""
        added, bare = self.added(config, op, "floor"), self.instructions("bare", op)
        return None if added is None or not bare else added / bare

    def rows(self):
        for config in CONFIGS:
            for op in OPS:
                if (config, op) not in self.cells:
                    continue
                rounded = [
                    None if value is None else round(value, digits)
                    for value, digits in (
                        (self.instructions(config, op), 1), (self.added(config, op), 1), (self.over_floor(config, op), 2)
                    )
                ]
                row = dict(zip(("instructions", "added", "over_floor"), rounded))
                if self.is_refused(config, op):
                    row["refused"] = self.cells[config, op]["refused"]
                yield {"kernel": self.label, "release": self.release, "op": op, "config": config, **row}


# ---- tables ----------------------------------------------------------------------------------------


def cell(figures, config, op):
    if figures.is_refused(config, op):
        return "refused "
    added, ratio = figures.added(config, op), figures.over_floor(config, op)
    if added is None:
        return "- "
    if abs(added) <= figures.noise(op):
        return f"~{added:.0f} " if abs(added) >= 2 else "~0 "
    if ratio is None:
        return f"{added:,.0f} "
    return f"{added:,.0f} " + (f"{ratio:4.2f}x" if ratio < 9.95 else f"{ratio:3.0f}x ")


def print_columns(figures, columns):
    widths = [max(len(HEADS[c]) + 1, *(len(cell(figures, c, op)) for op in OPS)) for c in columns]
    heads = [(HEADS[config] + " ").rjust(width) for config, width in zip(columns, widths)]
    print(" ".join(["\noperation".ljust(21), "   bare", *heads]))
    for op, title in OPS.items():
        if ("bare", op) not in figures.cells:
            continue
        bare = figures.instructions("bare", op)
        cells = [cell(figures, config, op).rjust(width) for config, width in zip(columns, widths)]
        print(" ".join([title.ljust(20), f"{bare:7,.0f}" if bare else "      -", *cells]))


def print_tables(figures, configs):
    print(f"\n{figures.release}: instructions of one operation without any program (bare), what each"
          "\nconfiguration adds, and how many times the floor's addition that is; ~ is within the noise")
    for columns in TABLES:
        columns = [config for config in columns if config in configs]
        if columns:
            print_columns(figures, columns)
    for text in figures.notes + [f"FAILED {failure}" for failure in figures.failures]:
        print(f"  {text}")


def print_control(figures):
    differences = [
        (abs(again - figures.instructions("bare", op)) / again, op)
        for op in OPS
        if (again := figures.instructions("bare-again", op)) and figures.instructions("bare", op)
    ]
    if differences:
        share, op = max(differences)
        print(f"  control: bare, measured again at the end, differs by at most {100 * share:.2f} % ({OPS[op]})")
