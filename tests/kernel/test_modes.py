# SPDX-License-Identifier: Apache-2.0
"""Access modes: every operation in a folder of every mode.

The table below says where each operation must be refused; everywhere else it must succeed. A folder that
refuses has as its twin one that allows.
"""

from cases import ANY, Case, Group

POLICY = """\
cofferdam: 1
name: modes
files:
  default: ro                                              # default
  rules:
    - {path: "{T}/none", access: none}                     # none
    - {path: "{T}/ro", access: ro}                         # ro
    - {path: "{T}/ro-exec", access: ro-exec}               # ro-exec
    - {path: "{T}/rw", access: rw}                         # rw
    - {path: "{T}/rw-exec", access: rw-exec}               # rw-exec
    - {path: "{T}/keep", access: rw-no-delete}             # keep
    - {path: "{T}/append", access: append}                 # append
    - {path: "{T}/append-x", access: append+exec}          # append-x
"""
MODES = ("none", "ro", "ro-exec", "rw", "rw-exec", "keep", "append", "append-x")

READ = "none"
EXEC = "none ro-exec rw-exec append"
WRITE = "none ro ro-exec append append-x"
APPEND = "none ro ro-exec"
CREATE = "none ro ro-exec"
DELETE = "none ro ro-exec keep append append-x"
METADATA = "none ro ro-exec append append-x"
WRITE_DELETE = "none ro ro-exec keep append append-x"

# name, probe, event's op, refused in, setup, event's object, event's second object
OPERATIONS = [
    ("open-read", "open {P}/f rdonly", "open", READ, "file {P}/f", "{P}/f", None),
    ("open-write", "open {P}/f wronly", "open", WRITE, "file {P}/f", "{P}/f", None),
    ("open-read-write", "open {P}/f rdwr", "open", WRITE, "file {P}/f", "{P}/f", None),
    ("open-append", "open {P}/f wronly,append", "open", APPEND, "file {P}/f", "{P}/f", None),
    ("open-read-append", "open {P}/f rdwr,append", "open", APPEND, "file {P}/f", "{P}/f", None),
    ("write", "write {P}/f", "open", WRITE, "file {P}/f", "{P}/f", None),
    ("append", "append {P}/f", "open", APPEND, "file {P}/f", "{P}/f", None),
    ("list", "list {P}", "open", READ, "file {P}/f", "{P}", None),
    ("create", "open {P}/f wronly,append,creat,excl", "create", CREATE, "", "{P}/f", None),
    ("create-and-write", "creat {P}/f", "create", "none ro ro-exec", "", "{P}/f", None),
    ("create-here-write-not", "creat {P}/f", "open", "append append-x", "", "{P}/f", None),
    ("truncate-by-write-open", "open {P}/f wronly,trunc", None, WRITE_DELETE, "file {P}/f", "{P}/f", None),
    ("truncate-by-read-open", "open {P}/f rdonly,trunc", None, WRITE_DELETE, "file {P}/f", "{P}/f", None),
    ("truncate-by-append-open", "open {P}/f wronly,append,trunc", None, WRITE_DELETE, "file {P}/f", "{P}/f", None),
    ("truncate-shrink", "truncate {P}/f 1", "setattr", WRITE_DELETE, "file {P}/f", "{P}/f", None),
    ("truncate-grow", "truncate {P}/f 100", "setattr", WRITE, "file {P}/f", "{P}/f", None),
    ("ftruncate-shrink", "ftruncate {P}/f wronly,append 1", None, WRITE_DELETE, "file {P}/f", "{P}/f", None),
    ("mkdir", "mkdir {P}/f", "mkdir", CREATE, "", "{P}/f", None),
    ("mknod-file", "mknod {P}/f reg", "create", CREATE, "", "{P}/f", None),
    ("mknod-fifo", "mknod {P}/f fifo", "mknod", CREATE, "", "{P}/f", None),
    ("mknod-socket", "mknod {P}/f sock", "mknod", CREATE, "", "{P}/f", None),
    ("bind-unix-socket", "bindunix {P}/f", "mknod", CREATE, "", "{P}/f", None),
    ("symlink", "symlink elsewhere {P}/f", "symlink", CREATE, "", "{P}/f", None),
    ("link", "link {P}/f {P}/g", "link", CREATE, "file {P}/f", "{P}/f", "{P}/g"),
    ("link-nameless", "linktmp {P} {P}/g", None, "none ro ro-exec append append-x", "", None, None),
    ("rename", "rename {P}/f {P}/g", "rename", DELETE, "file {P}/f", "{P}/f", "{P}/g"),
    ("rename-over", "rename {P}/f {P}/g", "rename", DELETE, "file {P}/f; file {P}/g", "{P}/f", "{P}/g"),
    ("rename-noreplace", "renameat2 {P}/f {P}/g noreplace", "rename", DELETE, "file {P}/f", "{P}/f", "{P}/g"),
    ("exchange", "renameat2 {P}/f {P}/g exchange", "rename", DELETE, "file {P}/f; file {P}/g", None, None),
    ("rename-directory", "rename {P}/f {P}/g", "rename", DELETE, "dir {P}/f", "{P}/f", "{P}/g"),
    ("unlink", "unlink {P}/f", "unlink", DELETE, "file {P}/f", "{P}/f", None),
    ("rmdir", "rmdir {P}/f", "rmdir", DELETE, "dir {P}/f", "{P}/f", None),
    ("chmod", "chmod {P}/f 0600", "setattr", METADATA, "file {P}/f", "{P}/f", None),
    ("chmod-directory", "chmod {P}/f 0700", "setattr", METADATA, "dir {P}/f", "{P}/f", None),
    ("chown", "chown {P}/f", "setattr", METADATA, "file {P}/f", "{P}/f", None),
    ("utimes", "utimes {P}/f", "setattr", METADATA, "file {P}/f", "{P}/f", None),
    ("utimes-now", "utimesnow {P}/f", "setattr", METADATA, "file {P}/f", "{P}/f", None),
    ("readlink", "readlink {P}/f", "readlink", READ, "symlink elsewhere {P}/f", "{P}/f", None),
    ("exec", "exec {P}/f self", None, EXEC, "copy {probe} {P}/f", "{P}/f", None),
    ("execveat", "execveat {P}/f self", None, EXEC, "copy {probe} {P}/f", "{P}/f", None),
    ("map-shared-write", "mmap {P}/f rdwr r,w shared", None, WRITE, "file {P}/f", "{P}/f", None),
]

# What is judged at the open already, so that the mapping itself is never tried, and the other way round.
MAPPINGS = [
    ("map-executable", "mmap {P}/f rdonly r,x private", "mmap", "ro-exec rw-exec append", "copy {probe} {P}/f", "{P}/f", None),
    ("map-private-write", "mmap {P}/f rdonly r,w private", "open", READ, "file {P}/f", "{P}/f", None),
]


def cases():
    for name, probe, op, refused, setup, path, target in OPERATIONS + MAPPINGS:
        refused = refused.split()
        allowed = [mode for mode in MODES if mode not in refused and not ("create-" in name and "append" in mode)]
        if name.startswith("create-here"):
            allowed = ["rw"]
        if name == "map-executable":
            allowed.remove("none")
        for i, mode in enumerate(refused):
            yield Case(f"{name}-in-{mode}", probe, mode, allowed[i % len(allowed)], setup=setup, op=op or ANY,
                       path=path, target=target, rule=mode)
        for mode in allowed[len(refused):]:
            yield Case(f"{name}-in-{mode}", probe, None, mode, setup=setup)


REPLACE_POLICY = """\
cofferdam: 1
name: replace
files:
  default: ro
  rules:
    - {path: "{T}/rw", access: rw}                                                  # rw
    - {path: "{T}/keep", access: rw-no-delete, replace: ["*.lock", "tmp_*", f.tmp]} # keep
    - {path: "{T}/keep/other", access: rw-no-delete, replace: ["*.swp"]}            # other
    - {path: "{T}/keep/pinned/a/rule", access: none}                                # rule
    - {name: "*.key.lock", access: rw-no-delete}                                    # named
    - {path: "{T}/plain", access: rw-no-delete}                                     # plain
"""
REPLACE_GIVEN = [
    # What a list gives: its names may go, and take the place of others.
    ("rename-over", "rename {P}/f.lock {P}/f", "file {P}/f.lock; file {P}/f"),
    ("rename-over-absent", "rename {P}/f.lock {P}/f", "file {P}/f.lock"),
    ("rename-over-listed", "rename {P}/tmp_1 {P}/f.lock", "file {P}/tmp_1; file {P}/f.lock"),
    ("rename-literal-over", "rename {P}/f.tmp {P}/f", "file {P}/f.tmp; file {P}/f"),
    ("exchange-listed", "renameat2 {P}/a.lock {P}/b.lock exchange", "file {P}/a.lock; file {P}/b.lock"),
    ("rename-noreplace", "renameat2 {P}/a.lock {P}/b noreplace", "file {P}/a.lock"),
    ("rename-symlink-over", "rename {P}/s.lock {P}/f", "symlink elsewhere {P}/s.lock; file {P}/f"),
    ("unlink", "unlink {P}/f.lock", "file {P}/f.lock"),
    ("unlink-second-link", "unlink {P}/g.lock", "file {P}/f; link {P}/f {P}/g.lock"),
]


def replace_cases():
    for name, probe, setup in REPLACE_GIVEN:
        yield Case(f"{name}", probe, "plain", "keep", setup=setup, op=ANY, path=ANY, rule="plain")
        yield Case(f"{name}-by-other-list", probe, "keep/other", "rw", setup=setup, op=ANY, path=ANY, rule="other")
    for name, probe, setup, allow_probe, allow_setup in [
        # What a list does not give.
        ("rename-over-by-other-name", "rename {P}/f.lck {P}/f", "file {P}/f.lck; file {P}/f",
         "rename {P}/f.lock {P}/f", "file {P}/f.lock; file {P}/f"),
        ("rename-away-to-listed", "rename {P}/f {P}/f.lock", "file {P}/f", "rename {P}/g.lock {P}/f.lock",
         "file {P}/g.lock"),
        ("exchange-with-unlisted", "renameat2 {P}/f.lock {P}/f exchange", "file {P}/f.lock; file {P}/f",
         "renameat2 {P}/f.lock {P}/g.lock exchange", "file {P}/f.lock; file {P}/g.lock"),
        ("exchange-unlisted-with", "renameat2 {P}/f {P}/f.lock exchange", "file {P}/f.lock; file {P}/f",
         "renameat2 {P}/f.lock {P}/g.lock exchange", "file {P}/f.lock; file {P}/g.lock"),
        ("rename-directory", "rename {P}/d.lock {P}/d", "dir {P}/d.lock", "rename {P}/d.lock {P}/d", "file {P}/d.lock"),
        ("exchange-with-directory", "renameat2 {P}/f.lock {P}/d.lock exchange", "file {P}/f.lock; dir {P}/d.lock",
         "renameat2 {P}/f.lock {P}/d.lock exchange", "file {P}/f.lock; file {P}/d.lock"),
        ("rmdir", "rmdir {P}/d.lock", "dir {P}/d.lock", "unlink {P}/d.lock", "file {P}/d.lock"),
        ("unlink-case", "unlink {P}/f.LOCK", "file {P}/f.LOCK", "unlink {P}/f.lock", "file {P}/f.lock"),
        ("unlink-in-middle", "unlink {P}/f.lock.txt", "file {P}/f.lock.txt", "unlink {P}/f.lock", "file {P}/f.lock"),
        ("truncate", "truncate {P}/f.lock 1", "file {P}/f.lock", "truncate {P}/f.lock 100", "file {P}/f.lock"),
        ("open-truncate", "open {P}/f.lock wronly,trunc", "file {P}/f.lock", "open {P}/f.lock wronly", "file {P}/f.lock"),
    ]:
        yield Case(f"not-{name}", probe, "keep", "keep", allow_probe=allow_probe, setup=setup, allow_setup=allow_setup,
                   op=ANY, path=ANY, rule="keep")
    yield Case("not-out-of-other-list", "rename {P}/f.lock {T}/keep/x{n}", "keep/other", "keep",
               allow_probe="rename {P}/f.lock {T}/keep/x{n}", setup="file {P}/f.lock", op="rename", path=ANY, rule="other")
    yield Case("not-over-other-list", "rename {P}/f.lock {T}/keep/other/{n}", "keep", "rw",
               allow_probe="rename {P}/f.swp {T}/keep/other/{n}", setup="file {P}/f.lock; file {T}/keep/other/{n}",
               allow_setup="file {P}/f.swp; file {T}/keep/other/{n}", op="rename", path=ANY, rule="other")
    yield Case("not-where-a-name-rule-keeps", "unlink {P}/f.key.lock", "keep", "keep",
               allow_probe="unlink {P}/f.kex.lock", setup="file {P}/f.key.lock", allow_setup="file {P}/f.kex.lock",
               reason="name-rule", path="{P}/f.key.lock", rule="named")
    yield Case("not-over-a-rule's-place", "rename {P}/s.lock {T}/keep/pinned/a", "keep", "keep",
               allow_probe="rename {P}/s.lock {P}/s", setup="symlink elsewhere {P}/s.lock",
               late="dir {T}/keep/pinned; absent {T}/keep/pinned/a", free_probe="stat {P}", op="rename", path=ANY,
               reason="pinned", rule="rule")


GROUPS = [
    Group("replace", REPLACE_POLICY, list(replace_cases())),
    Group("all", POLICY, list(cases())),
    Group("on-tmpfs", POLICY, [case for case in cases() if case.deny in ("none", "ro", "keep", "append")
                               and case.name.split("-in-")[0] in (
                                   "open-read", "open-append", "create", "unlink", "rename-over", "chmod", "exec",
                                   "truncate-by-write-open", "link")], root="/dev/shm/cofferdam-tests"),
]
