# SPDX-License-Identifier: Apache-2.0
"""Running what may not run (section 5): denied programs, zones without execution, files without a name, borrowed rights."""

from policies import MEMFD, PINS, PROFILE
from road import ANY, Road, Section

ROOT = ("root",)
USER = ("agent",)
LINKER = "/lib64/ld-linux-x86-64.so.2"


def road(name, steps, rule="denied", **more):
    return Road(name, steps, goal="run", rule=rule, **more)


OWN_TOOL = {"rules": ("{path: \"{W}/p/tool\", access: ro-exec}   # tool-{n}",), "rule": "tool-{n}",
            "setup": "copy {probe} {W}/p/tool"}
DENIED = [
    road("path", "exec {D} creat {mark}"),
    road("relative", "execbelow {T}/tools ./denied creat {mark}"),
    road("proc-self-root", "exec /proc/self/root{D} creat {mark}"),
    road("symlink", "symlink {D} {W}/l , exec {W}/l creat {mark}"),
    road("by-descriptor", "execveat {D} creat {mark}", free_steps="execveat {D} creat {mark}"),
    road("by-procfs", "hold {D} path , execagain /proc/self/fd/@ creat {mark}"),
    road("by-dev-fd", "hold {D} path , execagain /dev/fd/@ creat {mark}"),
    road("held-to-read", "hold {D} rdonly , execheld denied creat {mark}"),
    road("received", "holdreceived {W}/s , execheld denied creat {mark}", late="offer {D} path {W}/s"),
    road("outsider's-root", "exec /proc/{outsider}/root{D} creat {mark}", late="spawn outsider linger",
         reason="pseudo-filesystem", rule=None),
    road("outsider's-link", "exec {W}/l creat {mark}", late="link {D} {W}/l"),
    road("outsider's-link-before", "exec {W}/l creat {mark}", setup="link {D} {W}/l"),
    road("outsider's-bind", "exec {W}/m/denied creat {mark}", setup="dir {W}/m", late="bind {T}/tools {W}/m"),
    road("link", "link {D} {W}/l , exec {W}/l creat {mark}", rule=ANY, reason="link-widens"),
    road("rename-away", "rename {W}/p/tool {W}/x , exec {W}/x creat {mark}", **OWN_TOOL),
    road("rename-folder-away", "rename {W}/p {W}/x , exec {W}/x/tool creat {mark}", reason="pinned",
         **{**OWN_TOOL, "rule": ANY}),
    road("renamed-by-outsider", "exec {W}/x creat {mark}", late="rename {W}/p/tool {W}/x", **OWN_TOOL),
    road("made-again-by-outsider", "exec {W}/p/tool creat {mark}", late="rm {W}/p/tool; copy {probe} {W}/p/tool",
         **OWN_TOOL),
    road("replaced-by-agent", "copy {probe} {W}/x , rename {W}/x {W}/p/tool , exec {W}/p/tool creat {mark}", **OWN_TOOL),
    road("thread", "thread exec {D} creat {mark}"),
    road("by-shell", "execshow /bin/sh -c {D}\\x20creat\\x20{mark}"),
    road("linker", f"execshow {LINKER} {{T}}/tools/touch {{mark}}", rule="touch", errno="EXIT127"),
    road("linker-by-procfs", f"execshow {LINKER} /proc/self/root{{T}}/tools/touch {{mark}}", rule="touch", errno="EXIT127"),
    road("linker-by-symlink", f"symlink {{T}}/tools/touch {{W}}/l , execshow {LINKER} {{W}}/l {{mark}}", rule="touch",
         errno="EXIT127"),
    road("interpreter", "exec {W}/s {mark}", setup="script {W}/s {T}/tools/touch", rule="touch"),
    road("interpreter-of-interpreter", "exec {W}/s2 {mark}", setup="script {W}/s1 {T}/tools/touch; script {W}/s2 {W}/s1",
         rule="touch"),
    road("interpreter-by-symlink", "exec {W}/s {mark}", setup="symlink {T}/tools/touch {W}/l; script {W}/s {W}/l",
         rule="touch"),
    road("registered-interpreter", "exec {W}/p.byp1{n} {mark}", setup="script {W}/p.byp1{n} x", rule="touch",
         late="binfmt byp1{n} {T}/tools/touch -", after="binfmt-gone byp1{n}"),
    road("registered-interpreter-held", "exec {W}/p.byp2{n} {mark}", setup="script {W}/p.byp2{n} x", rule="touch",
         late="binfmt byp2{n} {T}/tools/touch F", after="binfmt-gone byp2{n}"),
    road("closed-program", "exec {N}/p creat {mark}", setup="copy {probe} {N}/p", rule="credentials"),
    road("closed-program-by-held", "hold {N}/p path , execheld p creat {mark}", setup="copy {probe} {N}/p",
         rule="credentials"),
    road("forbidden-name", "exec {W}/.env creat {mark}", setup="copy {probe} {W}/.env", rule="env", reason="name-rule"),
    road("own-mapping-of-program", "mmap {D} rdonly r,x private , creat {mark}"),
]

ZONE = [
    road("program", "copy {probe} {X}/p , exec {X}/p creat {mark}", "data"),
    road("program-by-descriptor", "copy {probe} {X}/p , execveat {X}/p creat {mark}", "data"),
    road("program-by-symlink", "copy {probe} {X}/p , symlink {X}/p {W}/l , exec {W}/l creat {mark}", "data"),
    road("program-moved-in", "copy {probe} {W}/p , rename {W}/p {X}/p , exec {X}/p creat {mark}", "data"),
    road("program-linked-out", "copy {probe} {X}/p , link {X}/p {W}/p , exec {W}/p creat {mark}", "data",
         reason="link-widens"),
    road("program-linked-out-by-outsider", "exec {W}/p creat {mark}", "data", setup="copy {probe} {X}/p",
         late="link {X}/p {W}/p"),
    road("program-linked-out-before", "exec {W}/p creat {mark}", "data", setup="copy {probe} {X}/p; link {X}/p {W}/p"),
    road("program-linked-in-before", "exec {W}/p creat {mark}", "data", setup="copy {probe} {W}/p; link {W}/p {X}/p"),
    road("program-bound-out-by-outsider", "exec {W}/m/p creat {mark}", "data", setup="copy {probe} {X}/p; dir {W}/m",
         late="bind {X} {W}/m"),
    road("program-below", "mkdir {X}/d , copy {probe} {X}/d/p , exec {X}/d/p creat {mark}", "data"),
    road("script", "exec {X}/s {mark}", "data", setup="script {X}/s /bin/touch"),
    road("linker", f"execshow {LINKER} {{X}}/p {{mark}}", "data", setup="copy /bin/touch {X}/p", errno="EXIT127"),
    road("code-mapped", "callmapped {X}/code rdonly private", "data", setup="code {X}/code"),
    road("code-mapped-shared", "callmapped {X}/code rdonly shared", "data", setup="code {X}/code"),
    road("code-mapped-writable", "callmapped {X}/code rdwr shared", "data", setup="code {X}/code"),
    road("code-made-executable", "callchanged {X}/code", "data", setup="code {X}/code"),
    road("code-by-personality", "callpersonality {X}/code", "data", setup="code {X}/code"),
    road("code-by-outsider's-link", "callmapped {W}/l rdonly private", "data", setup="code {X}/code",
         late="link {X}/code {W}/l"),
    road("code-received", "holdreceived {W}/s , callheld", "data", setup="code {X}/code",
         late="offer {X}/code rdonly {W}/s"),
    road("code-from-thread", "thread callmapped {X}/code rdonly private", "data", setup="code {X}/code"),
    road("library-preloaded", "execwith LD_PRELOAD={X}/lib.so /bin/sh -c grep\\x20-q\\x20r-xp.*/lib.so\\x20/proc/self/maps"
         "\\x20&&\\x20touch\\x20{mark}", "data", setup="copy /lib/x86_64-linux-gnu/libm.so.6 {X}/lib.so", errno=ANY),
    road("library-in-path", "execwith LD_LIBRARY_PATH={X} /bin/sh -c grep\\x20-q\\x20r-xp.*/data/.*/libc.so.6\\x20"
         "/proc/self/maps\\x20&&\\x20touch\\x20{mark}", "data", setup="copy /lib/x86_64-linux-gnu/libc.so.6 {X}/libc.so.6",
         errno=ANY),
]

NAMELESS = [
    road("memory-file", "memfd {probe} creat {mark}", None, reason="memfd"),
    road("memory-file-by-procfs", "holdcopy {probe} , execagain /proc/self/fd/@ creat {mark}", None, reason="memfd"),
    road("memory-file-from-thread", "thread memfd {probe} creat {mark}", None, reason="memfd"),
    road("memory-file-mapped", "callmemfd", None, reason="memfd"),
    road("shared-memory", "callshm", None, reason="memfd"),
    road("removed-program", "execremoved {W}/p creat {mark}", None, setup="copy {probe} {W}/p", reason="memfd"),
    road("removed-by-outsider", "hold {W}/p path , sleep 600 , execheld p creat {mark}", None, setup="copy {probe} {W}/p",
         late="soon 200 rm {W}/p", reason="memfd"),
    road("nameless-file", "holdtmpfile {W} {probe} , execheld p creat {mark}", None, reason="disconnected"),
    road("nameless-file-by-procfs", "holdtmpfile {W} {probe} , execagain /proc/self/fd/@ creat {mark}", None,
         reason="disconnected"),
    road("received-memory-file", "holdreceived {W}/s , execheld p creat {mark}", None, late="offer-memory {probe} {W}/s",
         reason="memfd"),
]

RIGHTS = [
    Road("set-user-id", "exec {W}/p creat {mark}", goal="rights", setup="copy {probe} {W}/p", late="own {W}/p 0 4755",
         users=USER, outcome="other", errno="ok", liftable=False),
    Road("set-user-id-by-descriptor", "execveat {W}/p creat {mark}", goal="rights", setup="copy {probe} {W}/p",
         late="own {W}/p 0 4755", users=USER, outcome="other", errno="ok", liftable=False),
    Road("set-user-id-made-by-agent", "chmod {W}/p 04755 , exec {W}/p creat {mark}", goal="run",
         setup="copy {probe} {W}/p", reason="set-id", rule=None, liftable=False),
    Road("file-capability", "execshow {W}/cat {T}/rootfile-{n}",
         setup="copy /bin/cat {W}/cat; file {T}/rootfile-{n} {token}",
         late="own {T}/rootfile-{n} 0 600; capability {W}/cat", users=USER, outcome="other", errno="EACCES", liftable=False),
]
# With `memfd: allow` memory files run; what has a name is judged as ever.
WITH_MEMFD = [
    road("path", "exec {D} creat {mark}"),
    road("by-procfs", "hold {D} path , execagain /proc/self/fd/@ creat {mark}"),
    road("removed-while-held", "hold {W}/p/tool path , sleep 600 , execheld p creat {mark}",
         late="soon 200 rm {W}/p/tool", **OWN_TOOL),
    road("zone-removed-while-held", "hold {X}/p path , sleep 600 , execheld p creat {mark}", "data",
         setup="copy {probe} {X}/p", late="soon 200 rm {X}/p"),
]

# What is in {T}/pinned, or comes there, must hold what the policy says: the probe as it is.
BAD = "copy {probe} {T}/pinned/{n}/p; grow {T}/pinned/{n}/p"
GOOD = "copy {probe} {T}/pinned/{n}/p"
MAPPED = {"rule": "pin", "reason": "digest-mapped"}


def pinned(name, steps, setup=BAD, rule="pin", reason="digest", **more):
    return Road(name, steps, goal="run", setup=setup, rule=rule, reason=reason, **more)


PINNED = [
    pinned("path", "exec {T}/pinned/{n}/p creat {mark}"),
    pinned("by-descriptor", "execveat {T}/pinned/{n}/p creat {mark}"),
    pinned("by-procfs", "hold {T}/pinned/{n}/p path , execagain /proc/self/fd/@ creat {mark}"),
    pinned("proc-self-root", "exec /proc/self/root{T}/pinned/{n}/p creat {mark}"),
    pinned("symlink", "symlink {T}/pinned/{n}/p {W}/l , exec {W}/l creat {mark}"),
    pinned("link", "link {T}/pinned/{n}/p {W}/l , exec {W}/l creat {mark}", reason="link-widens", rule=ANY),
    pinned("outsider's-link", "exec {W}/l creat {mark}", late="link {T}/pinned/{n}/p {W}/l"),
    pinned("outsider's-link-before", "exec {W}/l creat {mark}", setup=BAD + "; link {T}/pinned/{n}/p {W}/l"),
    pinned("outsider's-bind", "exec {W}/m/p creat {mark}", setup=BAD + "; dir {W}/m", late="bind {T}/pinned/{n} {W}/m"),
    pinned("changed-by-outsider", "exec {T}/pinned/{n}/p creat {mark}", setup=GOOD, late="grow {T}/pinned/{n}/p"),
    pinned("replaced-by-outsider", "exec {T}/pinned/{n}/p creat {mark}", setup=GOOD + "; copy {probe} {T}/tools/n{n}",
           late="grow {T}/tools/n{n}; rename {T}/tools/n{n} {T}/pinned/{n}/p"),
    pinned("made-by-outsider", "exec {T}/pinned/{n}/p creat {mark}", setup="dir {T}/pinned/{n}", late=BAD),
    pinned("folder-replaced-by-outsider", "exec {T}/pinned/{n}/p creat {mark}", setup=GOOD + "; dir {T}/tools/new-{n}",
           late="copy {probe} {T}/tools/new-{n}/p; grow {T}/tools/new-{n}/p; rename {T}/pinned/{n} {T}/tools/old-{n};"
                " rename {T}/tools/new-{n} {T}/pinned/{n}"),
    pinned("thread", "thread exec {T}/pinned/{n}/p creat {mark}"),
    pinned("interpreter", "exec {W}/s {mark}", setup="copy /bin/touch {T}/pinned/{n}/p; script {W}/s {T}/pinned/{n}/p"),
    pinned("script", "exec {T}/pinned/{n}/p {mark}", setup="script {T}/pinned/{n}/p /bin/touch"),
    pinned("linker", f"execshow {LINKER} {{T}}/pinned/{{n}}/p {{mark}}", setup="copy /bin/touch {T}/pinned/{n}/p", errno="EXIT127",
           **MAPPED),
    pinned("linker-by-symlink", f"symlink {{T}}/pinned/{{n}}/p {{W}}/l , execshow {LINKER} {{W}}/l {{mark}}",
           setup="copy /bin/touch {T}/pinned/{n}/p", errno="EXIT127", **MAPPED),
    pinned("code-mapped", "callmapped {T}/pinned/{n}/code rdonly private", setup="code {T}/pinned/{n}/code", **MAPPED),
    pinned("code-made-executable", "callchanged {T}/pinned/{n}/code", setup="code {T}/pinned/{n}/code", **MAPPED),
    pinned("code-by-personality", "callpersonality {T}/pinned/{n}/code", setup="code {T}/pinned/{n}/code", **MAPPED),
    pinned("library-preloaded", "execwith LD_PRELOAD={T}/pinned/{n}/lib.so /bin/sh -c grep\\x20-q\\x20r-xp.*/lib.so\\x20"
           "/proc/self/maps\\x20&&\\x20touch\\x20{mark}", setup="copy /lib/x86_64-linux-gnu/libm.so.6 {T}/pinned/{n}/lib.so",
           errno=ANY, **MAPPED),
]

SECTIONS = [
    Section("5", "pinned programs", PINS, PINNED),
    Section("5", "denied programs", PROFILE, DENIED),
    Section("5", "zones without execution", PROFILE, ZONE),
    Section("5", "files without a name", PROFILE, NAMELESS),
    Section("5", "borrowed rights", PROFILE, RIGHTS),
    Section("5", "with memory files", MEMFD, WITH_MEMFD),
]
