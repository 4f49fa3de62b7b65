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


GROUPS = [
    Group("all", POLICY, list(cases())),
    Group("on-tmpfs", POLICY, [case for case in cases() if case.deny in ("none", "ro", "keep", "append")
                               and case.name.split("-in-")[0] in (
                                   "open-read", "open-append", "create", "unlink", "rename-over", "chmod", "exec",
                                   "truncate-by-write-open", "link")], root="/dev/shm/cofferdam-tests"),
]
