# SPDX-License-Identifier: Apache-2.0
"""The policies that are measured: so many path rules, so many name rules, and what else each is about.

They all give the task the same: to read everything, to write its workspace and the temporary folder
but for one file, and to reach the ports that it connects to.
"""

# The files on the host and in the guest: name of the configuration -> name of the policy.
RULES = [10, 100, 10000]
NAMES = [1, 200]
FILES = {
    **{f"confined-{n}": f"rules-{n}" for n in RULES},
    **{f"names-{n}": f"names-{n}" for n in NAMES},
    "confined-kept": "kept",
}


def _path_rules(n):
    """Three that the task meets, the others on paths that need not exist."""
    yield from (("${workspace}", "rw"), ("${workspace}/denied", "none"), ("${tmp}", "rw"))
    for i in range(n - 3):
        yield f"/srv/rules/{i % 100:03}/file-{i // 100}", ("none", "rw", "rw-exec", "ro")[i % 4]


def _kept_path_rules():
    """Ten, of which two keep what is there: `run` then sets a system call filter."""
    yield from list(_path_rules(8))
    yield "${workspace}/archive", "rw-no-delete"
    yield "${workspace}/log", "append"


def _patterns(n):
    """Literals, prefixes and suffixes in turn, that begin and end in many ways, and none with a task's name."""
    syllables = [first + last for last in "aeiou" for first in "bcdfghjkmnprstvwz"]
    for i in range(n):
        stem = syllables[i * 7 % len(syllables)] + syllables[i * 31 % len(syllables)] + str(i)
        yield (f"{stem}.key", f"{stem}-*", f"*-{stem}")[i % 3]


def _text(name, path_rules, patterns=()):
    lines = ["cofferdam: 1", f"name: {name}", "files:", "  default: ro", "  rules:"]
    lines += [f'    - {{path: "{path}", access: {access}}}' for path, access in path_rules]
    lines += [f'    - {{name: "{pattern}", access: none}}' for pattern in patterns]
    port = "{%s: 127.0.0.1, ports: [3000-3999], proto: any}"
    lines += ["network:", "  default: deny", "  allow:", "    - " + port % "to", "  listen:", "    - " + port % "on"]
    return "\n".join(lines) + "\n"


def write_all(folder):
    texts = {f"rules-{n}": _text(f"rules-{n}", _path_rules(n)) for n in RULES}
    texts |= {f"names-{n}": _text(f"names-{n}", _path_rules(10), _patterns(n)) for n in NAMES}
    texts["kept"] = _text("kept", _kept_path_rules())
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text)
