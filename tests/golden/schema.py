# SPDX-License-Identifier: Apache-2.0
"""Does policy/schema say the same as the parser?

The schema may accept what the parser refuses only for reasons that a schema cannot express; each is a
code in SEMANTIC. It may never refuse what the parser accepts.
"""
import copy
import json
import os
import re
import subprocess
import tempfile

import jsonschema
import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))

# Codes of what a schema cannot say, with the reason.
SEMANTIC = {
    "CF-P002": "control characters from escapes",
    "CF-P015": "bounds of sizes with a suffix",
    "CF-P020": "which packs there are",
    "CF-P021": "what packs extend",
    "CF-P022": "what packs extend",
    "CF-P034": "lengths in bytes, and of components",
    "CF-P037": "values of variables",
    "CF-P038": "values of variables",
    "CF-P042": "lengths in bytes",
    "CF-P044": "rules with the same meaning",
    "CF-P045": "what else the policy lets be written",
    "CF-P047": "what else the policy lets be written",
    "CF-P050": "which strings are addresses",
    "CF-P051": "bits of addresses",
    "CF-P052": "ranges the wrong way round",
    "CF-P053": "ranges joined and merged",
    "CF-P054": "prefixes inside others",
    "CF-P060": "rules of all packs together",
    "CF-P061": "size of the image",
    "CF-P062": "name components of all packs together",
}

# The text is no document of the language at all: the schema never sees it.
NOT_A_DOCUMENT = {"CF-P001", "CF-P003", "CF-P004", "CF-P005", "CF-P006", "CF-P007", "CF-P008", "CF-P009"}


class NotANumberOfOurs:
    """A number that the language does not take, as 010 or 1.0: no schema type fits it."""


class CoreLoader(yaml.SafeLoader):
    """Plain scalars as YAML 1.2's core schema has them: `on` and `no` are strings."""


CoreLoader.yaml_implicit_resolvers = {}
for tag, pattern, first in (
        ("null", r"^(?:~|null|Null|NULL|)$", "~nN\0"),
        ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
        ("int", r"^(?:0|[1-9][0-9]*)$", "0123456789"),
        ("other", r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+"
                  r"|[-+]?\.(?:inf|Inf|INF)|[-+]?\.(?:nan|NaN|NAN))$", "-+.0123456789")):
    name = "tag:cofferdam,number" if tag == "other" else "tag:yaml.org,2002:" + tag
    CoreLoader.add_implicit_resolver(name, re.compile(pattern), [c for c in first if c != "\0"] + ([""] if "\0" in first else []))
CoreLoader.add_constructor("tag:cofferdam,number", lambda loader, node: NotANumberOfOurs())

with open(os.path.join(ROOT, "policy", "schema", "policy.schema.json"), encoding="utf-8") as schema_file:
    VALIDATOR = jsonschema.Draft202012Validator(json.load(schema_file))


def schema_errors(text):
    document = yaml.load(text, CoreLoader)
    return [error.message for error in VALIDATOR.iter_errors(document)]


def judge(text, output, accepted):
    """A problem, or ""."""
    code = re.search(r"error (CF-P\d+)", output)
    code = code.group(1) if code else ""
    if code in NOT_A_DOCUMENT:
        return ""
    errors = schema_errors(text)
    if accepted and errors:
        return "the parser accepts it, the schema does not: " + "; ".join(errors)[:500]
    if not accepted and not errors and code not in SEMANTIC:
        return "the schema accepts it, the parser does not: " + output
    return ""


def compare(path, output, accepted):
    # What stands in another file is not this document's fault.
    if not accepted and not output.startswith(os.path.basename(path)):
        return ""
    try:
        with open(path, encoding="utf-8") as file:
            return judge(file.read(), output, accepted)
    except UnicodeDecodeError:
        return "" if not accepted else "accepted though not UTF-8"


BASE = {
    "cofferdam": 1, "name": "corpus", "extends": [], "mode": "enforce",
    "files": {"default": "ro", "rules": [
        {"path": "/a", "access": "rw"}, {"path": "${home}/b", "access": "none"},
        {"name": ".git/hooks/*", "access": "ro", "except": ["*.sample", "a*", "b"]},
        {"name": "x*y", "access": "append"}, {"path": "/c", "access": "rw-no-delete", "replace": ["*.lock", "a"]}]},
    "exec": {"setuid": "deny", "memfd": "deny", "only": ["system", "/d"],
             "pins": [{"path": "/d/e", "sha256": "a" * 64}, {"path": "/d/f", "verity": "sha256:" + "b" * 64}]}, "process": {"namespaces": "deny", "io_uring": "allow"},
    "network": {"default": "deny", "allow": [{"to": "10.0.0.0/8", "ports": [80, "90-99"], "proto": "any"}],
                "deny": [{"to": "11.0.0.0/8"}], "listen": [{"on": "::1", "ports": [0, 80]}]},
    "limits": {"memory": "4G", "pids": 5, "cpu": "50%"}, "observe": ["exec", "write"],
}

# Tried in the place of every value of BASE.
VALUES = [
    None, True, 0, 1, 2, 80, 65535, 65536, 5000000, 2 ** 60, "", "0", "1", "80", "any", "all", "deny", "allow", "enforce",
    "audit", "ro", "rw-exec", "none+exec", "none-exec", "append+exec", "rw-no-delete-exec", "ro+exec-exec", "/", "//", "///a//",
    "/a/.", "/a/..", "/a/.b", "/a/...", "/..a", "a", "a/b", "a/b/c/d", "a/b/c/d/e", "a/b/c/d/*", "a/*", "a/b/*", "*", "*/a", "a/*/b",
    "a*", "*a", "a*a", "a**", "*a*", "a*b*c", "a*/b*", "**", "a//b", "/a", "a/", "a/**", ".", "..", "...", "a/.", "a?b", "a[b", "[ab]", "$", "$a",
    "${home}", "${home}/", "${home}a", "${home}/${user}", "${home}${user}", "/${user}", "/a${user}b", "${user}", "${tmp}/x", "a${tmp}",
    "/x/${tmp}", "/x/${home", "${home", "${nobody}", "$${home}", "/a$", "/a${", "${workspace}/$x", "{", "}", "/a}", "/{a}", "/a b",
    "10.0.0.1", "10.0.0.0/8", "10.0.0.0/08", "10.0.0.0/", "::", "::/0", "fe80::1%eth0", "example.com", "10.0.0.0/33", "1-2", "2-1",
    "1-", "-1", "01-2", "1-2-3", "1-65536", "tcp", "udp", "icmp", "1M", "4G", "4g", "4GB", "04G", "1K", "50%", "0%", "050%", "50", "9999999%",
    "exec", "connect", "read", "self", "UPPER", "a_b", "a" * 63, "a" * 64, "/" + "a" * 63, "/" + "a" * 64, "/a" * 2100, "é", "/é" * 20,
    [], [1], ["a"], ["exec", "exec"], ["exec", "connect", "write"], [{}], [[]], [None], ["a"] * 17, ["b%d" % i for i in range(16)],
    ["b%d" % i for i in range(17)], [0], [1, 65535], ["any"], ["any", 80], [80, 80], ["80"], [""],
    {}, {"path": "/a"}, {"path": "/a", "access": "ro"}, {"name": "a", "access": "ro"}, {"path": "/a", "name": "a", "access": "ro"},
    {"path": "/a", "access": "ro", "except": []}, {"name": "a", "access": "ro", "except": []}, {"to": "10.0.0.1"},
    {"to": "10.0.0.1", "ports": [80]}, {"on": "10.0.0.1", "ports": [80]}, {"to": "10.0.0.1", "ports": "any", "proto": "udp"},
    "0" * 64, "a" * 65, "A" * 64, "sha256:" + "0" * 64, "sha512:" + "0" * 64, "sha512:" + "c" * 128, "sha1:" + "0" * 40,
    {"path": "/d"}, {"sha256": "a" * 64}, {"path": "/d", "sha256": "a" * 64}, {"path": "/d", "verity": "sha256:" + "a" * 64},
    {"path": "/d", "sha256": "a" * 64, "verity": "sha256:" + "a" * 64},
    {"default": "rw"}, {"rules": []}, {"unknown": 1}, {"allow": []}, {"memory": 1048576}, {"memory": 1048575}, {"setuid": "allow"},
]


def places(value, path=()):
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], path + (key,))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, path + (index,))


def variants():
    """Every value of BASE replaced by every one of VALUES, taken out, and given a key that is not known."""
    for path in places(BASE):
        for value in VALUES:
            document = copy.deepcopy(BASE)
            target = document
            for step in path[:-1]:
                target = target[step]
            if path:
                target[path[-1]] = value
            else:
                document = value
            yield document
        if path and isinstance(path[-1], str):
            document = copy.deepcopy(BASE)
            target = document
            for step in path[:-1]:
                target = target[step]
            target["unknown"] = target.pop(path[-1])
            yield document
            del target["unknown"]
            yield copy.deepcopy(document)


def check_corpus(driver):
    """(name, problem) for each disagreement, and one line for all the others."""
    texts = [json.dumps(document, ensure_ascii=False) for document in variants()]
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for index, text in enumerate(texts):
            paths.append(os.path.join(folder, f"_{index}.yaml"))
            with open(paths[-1], "w", encoding="utf-8") as file:
                file.write(text)
        ran = subprocess.run([driver, "-I", folder, "check"] + paths, stdout=subprocess.PIPE, encoding="utf-8")
    lines = ran.stdout.splitlines()
    if len(lines) != len(texts):
        yield "schema corpus", f"{len(texts)} documents, {len(lines)} answers (exit {ran.returncode})"
        return
    n_accepted = 0
    for text, line in zip(texts, lines):
        accepted = line.endswith(": ok")
        n_accepted += accepted
        problem = judge(text, line, accepted)
        if problem:
            yield "schema corpus", f"{text}\n{problem}"
    print(f"golden: schema corpus of {len(texts)} documents, {n_accepted} accepted")
    yield "schema corpus has good and bad documents", "" if 100 < n_accepted < len(texts) - 100 else str(n_accepted)
