# SPDX-License-Identifier: Apache-2.0
"""The targets, each a line: met or missed, and by what figure. Nothing fails for one."""

import policies
from figures import CONFINED, HEADS, RIVALS

KERNELS = ["6.1", "6.12"]  # that they are set for
OPEN_OPS = ["open-3", "open-6", "open-12"]
# Open+close, in times what the floor adds.
UNCONFINED, CONFINED_AT_MOST = 1.25, 2.5
# What is added to the floor, in parts of the bare operation: unconfined, confined.
SHARES = {"create-unlink": (0.03, 0.08), "fork-exec": (0.02, 0.02)}
# Operations that nothing is added to.
FREE_OPS = {"stat-6": "stat", "read-4k": "read", "write-4k": "write"}
FLAT = 30  # instructions, between depths, numbers of rules and of names
# A rival judges paths only, dpath opens only.
RIVAL_OPS = {rival: OPEN_OPS if rival == "dpath" else [*OPEN_OPS, "create-unlink"] for rival in RIVALS}


def judge(wanted, found, is_met, words):
    """One line, if anything was measured. `found`: whose figure -> the figure or None; `words` says one."""
    if all(value is None for value in found.values()):
        return
    missing = [whose for whose, value in found.items() if value is None]
    verdict = "no figure" if missing else "met" if all(map(is_met, found.values())) else "MISSED"
    said = [f"{whose} {'?' if value is None else words(value)}" for whose, value in found.items()]
    print(f"  {verdict:9}  {wanted}: {', '.join(said)}")


def worst(values):
    values = list(values)
    return None if None in values else max(values)


def spread(values):
    values = list(values)
    return None if None in values else max(values) - min(values)


def by_head(configs, figure):
    return {HEADS[config]: figure(config) for config in configs}


def judge_open(figures, who, limit, configs):
    ratios = by_head(configs, lambda config: worst(figures.over_floor(config, op) for op in OPEN_OPS))
    judge(f"open+close, {who}: at most {limit} times the floor's", ratios, lambda x: x <= limit, "{:.2f}".format)


def judge_free(figures, who, configs):
    for op, title in FREE_OPS.items():
        judge(f"{title}, {who}: nothing", by_head(configs, lambda config, op=op: figures.added(config, op)),
              lambda x, op=op: abs(x) <= figures.noise(op), "{:+.0f}".format)


def judge_share(figures, op, who, limit, configs):
    judge(f"{op}, {who}: at most {limit:.0%} more than with the floor",
          by_head(configs, lambda config: figures.share(config, op)), lambda x: x <= limit, "{:+.1%}".format)


def judge_flat(figures, configs):
    judge(f"open+close: flat within {FLAT} from depth 3 to 12",
          by_head(configs, lambda config: spread(figures.added(config, op) for op in OPEN_OPS)),
          lambda x: x <= FLAT, "{:.0f}".format)
    for what, prefix, numbers in (("rules", "confined", policies.RULES), ("names", "names", policies.NAMES)):
        series = [f"{prefix}-{n}" for n in numbers]
        if set(series) <= set(configs):
            spreads = {op: spread(figures.added(config, op) for config in series) for op in OPEN_OPS}
            judge(f"open+close: flat within {FLAT} from {numbers[0]} to {numbers[-1]:,} {what}", spreads,
                  lambda x: x <= FLAT, "{:.0f}".format)


def judge_rival(figures, rival, configs):
    """Cheaper in each operation: the one where it comes closest is told."""

    def closest(config):
        pairs = [(figures.added(config, op), figures.added(rival, op)) for op in RIVAL_OPS[rival]]
        if any(None in pair for pair in pairs):
            return None
        return max(pairs, key=lambda pair: pair[0] / max(pair[1], 1.0))

    judge(f"confined cheaper than {HEADS[rival]}", by_head(configs, closest), lambda x: x[0] < x[1],
          lambda x: f"{x[0]:,.0f} against {x[1]:,.0f}")


def print_all(figures):
    configs = {config for config, _ in figures.cells}
    free = [config for config in ["unconfined"] if config in configs]
    confined = [config for config in CONFINED if config in configs]
    where = "" if figures.label in KERNELS else f" (set for {' and '.join(KERNELS)})"
    if not free and not confined:
        return
    print(f"\nTargets{where}:")
    for who, whose in (("unconfined", free), ("confined", confined)):
        judge_open(figures, who, UNCONFINED if whose is free else CONFINED_AT_MOST, whose)
        judge_free(figures, who, whose)
        for op, limits in SHARES.items():
            judge_share(figures, op, who, limits[whose is confined], whose)
    judge_flat(figures, [*free, *confined])
    for rival in RIVALS:
        if rival in configs:
            judge_rival(figures, rival, confined)
