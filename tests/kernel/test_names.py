# SPDX-License-Identifier: Apache-2.0
"""Name rules at every depth, what they pin, and name identity: rules of what is not there yet."""

from cases import ANY, Case, Group

POLICY = """\
cofferdam: 1
name: names
files:
  default: ro                                              # default
  rules:
    - {path: "{T}/rw", access: rw}                         # rw
    - {path: "{T}/rw/made-late", access: none}             # made-late
    - {path: "{T}/rw/absent/x/y", access: none}            # absent
    - {path: "{T}/rw/gone", access: none}                  # gone
    - {path: "{T}/rw/rotated", access: none}               # rotated
    - {path: "{T}/rw/covered", access: none}               # covered
    - {name: ".env", access: none}                         # env
    - {name: "*.pem", access: none}                        # pem
    - {name: "secret*", access: none}                      # prefix
    - {name: "key-*.txt", access: none}                    # both
    - {name: ".git/hooks/*", access: ro, except: ["*.sample"]}   # hooks
    - {name: ".claude/settings.json", access: ro}          # claude
    - {name: "a1/b1/c1/d1", access: none}                  # four
    - {name: "logs", access: append}                       # logs
    - {name: ".ssh", access: none}                         # ssh
"""

FREE = "stat {P}"


def name_case(name, probe, twin, rule, op=None, setup="", path="{P}/f", **more):
    """Denied and allowed tries in the same writable place, under different names."""
    more.setdefault("allow_setup", setup)
    return Case(name, probe, "rw", "rw", allow_probe=twin, setup=setup, op=op, path=path, reason="name-rule", rule=rule,
                **more)


FORMS = [
    name_case("literal", "open {P}/.env rdonly", "open {P}/.envy rdonly", "env", setup="file {P}/.env; file {P}/.envy",
              path="{P}/.env"),
    name_case("literal-deep", "open {P}/a/b/c/d/.env rdonly", "open {P}/a/b/c/d/env rdonly", "env",
              setup="file {P}/a/b/c/d/.env; file {P}/a/b/c/d/env", path="{P}/a/b/c/d/.env"),
    name_case("literal-directory", "open {P}/.env/x/y rdonly", "open {P}/env/x/y rdonly", "env",
              setup="file {P}/.env/x/y; file {P}/env/x/y", path="{P}/.env/x/y"),
    name_case("suffix", "open {P}/my.pem rdonly", "open {P}/my.pems rdonly", "pem",
              setup="file {P}/my.pem; file {P}/my.pems", path="{P}/my.pem"),
    name_case("suffix-alone", "open {P}/.pem rdonly", "open {P}/pem rdonly", "pem", setup="file {P}/.pem; file {P}/pem",
              path="{P}/.pem"),
    name_case("prefix", "open {P}/secrets rdonly", "open {P}/asecret rdonly", "prefix",
              setup="file {P}/secrets; file {P}/asecret", path="{P}/secrets"),
    name_case("prefix-alone", "open {P}/secret rdonly", "open {P}/secre rdonly", "prefix",
              setup="file {P}/secret; file {P}/secre", path="{P}/secret"),
    name_case("prefix-and-suffix", "open {P}/key-1.txt rdonly", "open {P}/key-1.tx rdonly", "both",
              setup="file {P}/key-1.txt; file {P}/key-1.tx", path="{P}/key-1.txt"),
    name_case("prefix-and-suffix-may-not-overlap", "open {P}/key-.txt rdonly", "open {P}/key.txt rdonly", "both",
              setup="file {P}/key-.txt; file {P}/key.txt", path="{P}/key-.txt"),
    name_case("long-name", "open {P}/secret" + "x" * 240 + " rdonly", "open {P}/" + "x" * 246 + " rdonly", "prefix",
              setup="file {P}/secret" + "x" * 240 + "; file {P}/" + "x" * 246, path=None),
    name_case("long-suffix", "open {P}/" + "x" * 240 + ".pem rdonly", "open {P}/" + "x" * 246 + " rdonly", "pem",
              setup="file {P}/" + "x" * 240 + ".pem; file {P}/" + "x" * 246, path=None),
    name_case("two-components", "open {P}/.claude/settings.json wronly", "open {P}/claude/settings.json wronly",
              "claude", setup="file {P}/.claude/settings.json; file {P}/claude/settings.json",
              path="{P}/.claude/settings.json"),
    name_case("four-components", "open {P}/a1/b1/c1/d1 rdonly", "open {P}/a1/b1/c1/d2 rdonly", "four",
              setup="file {P}/a1/b1/c1/d1; file {P}/a1/b1/c1/d2", path="{P}/a1/b1/c1/d1"),
    name_case("four-components-not-consecutive", "open {P}/a1/b1/c1/d1 rdonly", "open {P}/a1/b1/x/c1/d1 rdonly", "four",
              setup="file {P}/a1/b1/c1/d1; file {P}/a1/b1/x/c1/d1", path="{P}/a1/b1/c1/d1"),
    name_case("four-components-begun-twice", "open {P}/a1/b1/a1/b1/c1/d1 rdonly", "open {P}/a1/b1/a1/b1/c1/x rdonly",
              "four", setup="file {P}/a1/b1/a1/b1/c1/d1; file {P}/a1/b1/a1/b1/c1/x", path="{P}/a1/b1/a1/b1/c1/d1"),
    name_case("children-of-hooks", "creat {P}/.git/hooks/pre-commit", "creat {P}/.git/hooks/x.sample", "hooks",
              setup="dir {P}/.git/hooks", op="create", path="{P}/.git/hooks/pre-commit"),
    name_case("below-children-of-hooks", "creat {P}/.git/hooks/d/x", "creat {P}/.git/other/d/x", "hooks",
              setup="dir {P}/.git/hooks/d; dir {P}/.git/other/d", op="create", path="{P}/.git/hooks/d/x"),
    Case("hooks-itself-can-be-made", "mkdir {P}/.git/hooks", None, "rw", setup="dir {P}/.git"),
    name_case("exception-is-for-files", "mkdir {P}/.git/hooks/d.sample", "creat {P}/.git/hooks/f.sample", "hooks",
              setup="dir {P}/.git/hooks", op="mkdir", path="{P}/.git/hooks/d.sample"),
    name_case("append-by-name", "open {P}/logs/x wronly", "open {P}/logs/x wronly,append", "logs",
              setup="file {P}/logs/x", path="{P}/logs/x"),
]

OPERATIONS = [
    name_case("create", "creat {P}/.env", "creat {P}/env", "env", "create", path="{P}/.env"),
    name_case("mkdir", "mkdir {P}/.ssh", "mkdir {P}/ssh", "ssh", path="{P}/.ssh"),
    name_case("mknod", "mknod {P}/.env fifo", "mknod {P}/env fifo", "env", path="{P}/.env"),
    name_case("bind", "bindunix {P}/.env", "bindunix {P}/env", "env", "mknod", path="{P}/.env"),
    name_case("symlink", "symlink x {P}/.env", "symlink x {P}/env", "env", path="{P}/.env"),
    name_case("link-to-name", "link {P}/f {P}/.env", "link {P}/f {P}/env", "env", setup="file {P}/f", target="{P}/.env"),
    name_case("link-from-name", "link {P}/.env {P}/g", "link {P}/f {P}/g", "env", setup="file {P}/f; file {P}/.env",
              path="{P}/.env", target="{P}/g"),
    name_case("link-nameless", "linktmp {P} {P}/.env", "linktmp {P} {P}/env", "env", "link", path=None, target="{P}/.env"),
    name_case("rename-to-name", "rename {P}/f {P}/.env", "rename {P}/f {P}/env", "env", setup="file {P}/f",
              target="{P}/.env"),
    name_case("rename-from-name", "rename {P}/.env {P}/g", "rename {P}/f {P}/g", "env", setup="file {P}/f; file {P}/.env",
              path="{P}/.env", target="{P}/g"),
    name_case("rename-over-name", "rename {P}/f {P}/.env", "rename {P}/f {P}/env", "env",
              setup="file {P}/f; file {P}/.env; file {P}/env", target="{P}/.env"),
    name_case("exchange-with-name", "renameat2 {P}/f {P}/.env exchange", "renameat2 {P}/f {P}/env exchange", "env",
              "rename", setup="file {P}/f; file {P}/.env; file {P}/env", path=None),
    name_case("unlink", "unlink {P}/.env", "unlink {P}/env", "env", setup="file {P}/.env; file {P}/env", path="{P}/.env"),
    name_case("rmdir", "rmdir {P}/.ssh", "rmdir {P}/ssh", "ssh", setup="dir {P}/.ssh; dir {P}/ssh", path="{P}/.ssh"),
    name_case("chmod", "chmod {P}/.env 0600", "chmod {P}/env 0600", "env", "setattr", setup="file {P}/.env; file {P}/env",
              path="{P}/.env"),
    name_case("truncate", "truncate {P}/.env 0", "truncate {P}/env 0", "env", "setattr",
              setup="file {P}/.env; file {P}/env", path="{P}/.env"),
    name_case("readlink", "readlink {P}/.env", "readlink {P}/env", "env", setup="symlink x {P}/.env; symlink x {P}/env",
              path="{P}/.env"),
    name_case("exec", "exec {P}/.env self", "exec {P}/env self", "env", "open", path="{P}/.env",
              setup="copy {probe} {P}/.env; copy {probe} {P}/env"),
    name_case("list", "list {P}/.ssh", "list {P}/ssh", "ssh", "open", setup="dir {P}/.ssh; dir {P}/ssh", path="{P}/.ssh"),
    name_case("by-symlink", "open {P}/s rdonly", "open {P}/t rdonly", "env",
              setup="file {P}/.env; symlink .env {P}/s; file {P}/f; symlink f {P}/t", path="{P}/.env"),
    name_case("by-path-descriptor", "reopen {P}/.env rdonly", "reopen {P}/env rdonly", "env", "open",
              setup="file {P}/.env; file {P}/env", path="{P}/.env"),
]

LEADING = [
    # A directory that bears a leading name may not come, go or be forged.
    Case("rename-leading-away", "rename {P}/.claude {P}/x", "rw", "rw", allow_probe="rename {P}/claude {P}/x",
         setup="file {P}/.claude/settings.json; file {P}/claude/settings.json", free_probe=FREE, path="{P}/.claude",
         reason="pinned", rule="claude"),
    Case("rename-to-leading", "rename {P}/d {P}/.claude", "rw", "rw", allow_probe="rename {P}/d {P}/e",
         setup="file {P}/d/settings.json", path="{P}/d", target="{P}/.claude", reason="pinned", rule="claude"),
    Case("rename-middle-away", "rename {P}/a1/b1 {P}/a1/x", "rw", "rw", allow_probe="rename {P}/a1/y {P}/a1/z",
         setup="file {P}/a1/b1/c1/d1; dir {P}/a1/y", path="{P}/a1/b1", reason="pinned", rule="four"),
    Case("symlink-as-leading", "symlink x {P}/.claude", "rw", "rw", allow_probe="symlink x {P}/claude",
         path="{P}/.claude", reason="pinned", rule="claude"),
    Case("rename-symlink-to-leading", "rename {P}/s {P}/.claude", "rw", "rw", allow_probe="rename {P}/s {P}/t",
         setup="symlink x {P}/s", path="{P}/s", target="{P}/.claude", reason="pinned", rule="claude"),
    Case("link-symlink-to-leading", "link {P}/s {P}/.claude", "rw", "rw", allow_probe="link {P}/s {P}/t",
         setup="symlink x {P}/s", path="{P}/s", target="{P}/.claude", reason="pinned", rule="claude"),
    Case("rename-middle-alone", "rename {P}/b1 {P}/y1", None, "rw", setup="file {P}/b1/f"),
    Case("exchange-leading", "renameat2 {P}/.claude {P}/d exchange", "rw", "rw",
         allow_probe="renameat2 {P}/d {P}/e exchange", setup="dir {P}/.claude; dir {P}/d; dir {P}/e", path=None,
         reason="pinned", rule="claude"),
    Case("mkdir-leading", "mkdir {P}/.claude", None, "rw"),
    Case("mkdir-leading-git", "mkdir {P}/.git", None, "rw"),
    Case("rename-plain-directory", "rename {P}/d {P}/e", None, "rw", setup="file {P}/d/x/y"),
    Case("rename-directory-with-name-inside", "rename {P}/d {P}/e", None, "rw", setup="file {P}/d/x/.env"),
]
for case in LEADING:
    case.op = case.probe.split()[0].replace("at2", "")

NAMES_ONLY = [
    # Name identity: a rule's place before, between and after its objects.
    Case("made-by-outsider-late", "open {T}/rw/made-late rdonly", "rw", "rw", late="file {T}/rw/made-late",
         allow_probe="open {P}/f rdonly", allow_setup="file {P}/f", op="open", path="{T}/rw/made-late", rule="made-late"),
    Case("deleted-and-made-again", "open {T}/rw/gone rdonly", "rw", "rw",
         late="rm {T}/rw/gone; file {T}/rw/filler-{n}; file {T}/rw/gone new", allow_probe="open {T}/rw/filler-{n} rdonly",
         op="open", path="{T}/rw/gone", rule="gone"),
    Case("below-absent-directory", "open {T}/rw/absent/x/y rdonly", "rw", "rw", late="file {T}/rw/absent/x/y; file {T}/rw/absent/x/z",
         allow_probe="open {T}/rw/absent/x/z rdonly", allow_setup=None, op="open", path="{T}/rw/absent/x/y",
         rule="absent"),
    Case("below-absent-directory-now-a-directory", "open {T}/rw/absent/x/y/deep/f rdonly", "rw", None,
         late="rm {T}/rw/absent; file {T}/rw/absent/x/y/deep/f", op="open", path="{T}/rw/absent/x/y/deep/f",
         rule="absent"),
    Case("rotated-by-rename", "open {T}/rw/rotated rdonly", "rw", "rw",
         late="file {T}/new-{n} fresh; rename {T}/new-{n} {T}/rw/rotated", allow_probe="open {P}/f rdonly",
         allow_setup="file {P}/f", op="open", path="{T}/rw/rotated", rule="rotated"),
    Case("directory-renamed-into-place", "open {T}/rw/made-late/f rdonly", "rw", "rw",
         late="rm {T}/rw/made-late; file {T}/dir-{n}/f; rename {T}/dir-{n} {T}/rw/made-late",
         allow_probe="open {T}/rw/filler-{n} rdonly", allow_setup="file {T}/rw/filler-{n}", op="open",
         path="{T}/rw/made-late/f", rule="made-late"),
    Case("mounted-over", "open {T}/rw/covered/f rdonly", "rw", "rw", late="tmpfs {T}/rw/covered; file {T}/rw/covered/f; settle",
         allow_probe="open {P}/f rdonly", allow_setup="file {P}/f", op="open", path=None, rule="covered"),
]

GROUPS = [
    Group("forms", POLICY, FORMS, setup="dir {T}/rw"),
    Group("operations", POLICY, OPERATIONS, setup="dir {T}/rw"),
    Group("leading", POLICY, LEADING, setup="dir {T}/rw"),
    Group("identity", POLICY, NAMES_ONLY,
          setup="file {T}/rw/gone; file {T}/rw/rotated; dir {T}/rw/covered; file {T}/rw/made-late; rm {T}/rw/made-late"),
]
