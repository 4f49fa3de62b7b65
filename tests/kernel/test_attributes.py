# SPDX-License-Identifier: Apache-2.0
"""What is on a file: extended attributes, access lists, flags, set-id bits."""

from cases import Case, Group, kernel_is_at_least

POLICY = """\
cofferdam: 1
name: attributes
files:
  default: ro                                              # default
  rules:
    - {path: "{T}/rw", access: rw}                         # rw
    - {path: "{T}/ro", access: ro}                         # ro
    - {path: "{T}/none", access: none}                     # none
    - {path: "{T}/append", access: append}                 # append
    - {name: "*.locked", access: ro}                       # locked
"""
ATTRIBUTE = "file {P}/f; attribute {P}/f user.there yes"


def attribute(name, probe, op="set-attribute", **more):
    more.setdefault("setup", ATTRIBUTE)
    more.setdefault("rule", "ro")
    return Case(name, probe, more.pop("deny", "ro"), more.pop("allow", "rw"), op=op, **more)


ATTRIBUTES = [
    attribute("set", "setxattr {P}/f user.new yes"),
    attribute("set-in-none", "setxattr {P}/f user.new yes", deny="none", rule="none"),
    attribute("set-in-append", "setxattr {P}/f user.new yes", deny="append", rule="append"),
    attribute("set-by-name-rule", "setxattr {P}/f.locked user.new yes", deny="rw", rule="locked", reason="name-rule",
              path="{P}/f.locked", setup="file {P}/f.locked; file {P}/f", allow_probe="setxattr {P}/f user.new yes"),
    attribute("set-by-read-only-descriptor", "fsetxattr {P}/f user.new yes"),
    attribute("set-on-directory", "setxattr {P} user.new yes", path="{P}"),
    attribute("change", "setxattr {P}/f user.there no"),
    attribute("remove", "removexattr {P}/f user.there"),
    attribute("set-trusted", "setxattr {P}/f trusted.new yes", users=("root",)),
    attribute("set-security", "setxattr {P}/f security.new yes", deny="rw", rule=None, reason="security-attribute",
              users=("root",), allow_probe="setxattr {P}/f trusted.new yes", liftable=False),
    attribute("set-security-where-rule-refuses", "setxattr {P}/f security.new yes", allow_probe="stat {P}/f",
              users=("root",), liftable=False),
    attribute("remove-security", "removexattr {P}/f security.there", deny="rw", rule=None, reason="security-attribute",
              users=("root",), setup="file {P}/f; attribute {P}/f security.there yes", allow_probe="stat {P}/f",
              liftable=False),
    attribute("get", "getxattr {P}/f user.there", "get-attribute", deny="none", allow="ro", rule="none"),
    Case("list-is-free", "", None, "none", setup=ATTRIBUTE, allow_probe="listxattr {P}/f"),
    attribute("set-access-list", "setacl {P}/f"),
    attribute("set-access-list-in-none", "setacl {P}/f", deny="none", rule="none"),
    attribute("set-flags", "setflags {P}/f", "ioctl", users=("root", "agent")),
    attribute("set-flags-of-directory", "setflags {P}", "ioctl", path="{P}"),
]
if kernel_is_at_least(6, 17):
    ATTRIBUTES.append(attribute("set-flags-by-call", "filesetattr {P}/f", "setattr"))


def set_id(name, probe, twin, op, **more):
    return Case(name, probe, "rw", "rw", allow_probe=twin, op=op, reason="set-id", liftable=False,
                **{"setup": "file {P}/g", **more})


SET_ID = [
    set_id("create", "creatmode {P}/f 04755", "creatmode {P}/f 0755", "create"),
    set_id("create-group", "creatmode {P}/f 02755", "creatmode {P}/f 01755", "create"),
    set_id("nameless", "tmpfilemode {P} 04755", "tmpfilemode {P} 0755", "open", path=None),
    set_id("mknod", "mknodmode {P}/f 04755", "mknodmode {P}/f 0755", "create"),
    set_id("chmod", "chmod {P}/g 04755", "chmod {P}/g 0755", "setattr", path="{P}/g"),
    set_id("chmod-group", "chmod {P}/g 02755", "chmod {P}/g 01755", "setattr", path="{P}/g"),
    set_id("fchmod", "fchmod {P}/g 06755", "fchmod {P}/g 0755", "setattr", path="{P}/g"),
    Case("chmod-in-ro", "chmod {P}/g 04755", "ro", "rw", allow_probe="chmod {P}/g 0755", setup="file {P}/g", op="setattr",
         path="{P}/g", rule="ro", liftable=False),
    Case("create-in-ro", "creatmode {P}/f 04755", "ro", "rw", allow_probe="creatmode {P}/f 0755", op="create", rule="ro",
         liftable=False),
    Case("of-a-directory", "", None, "rw", allow_probe="mkdirmode {P}/d 02755"),
]

SETUP = "dir {T}/rw; dir {T}/ro; dir {T}/none; dir {T}/append"
GROUPS = [
    Group("attributes", POLICY, ATTRIBUTES, setup=SETUP),
    Group("set-id", POLICY, SET_ID, setup=SETUP),
]
