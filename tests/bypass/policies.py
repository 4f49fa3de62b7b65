# SPDX-License-Identifier: Apache-2.0
"""The policies that the roads try to get round: one like a real profile, and what else agents may have."""

import hashlib

from daemon import PROBE


def digest_of(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


# "{rules}" stands for the rules that single roads bring.
PROFILE = """\
cofferdam: 1
name: bypass
files:
  default: ro                                             # default
  rules:
    - {path: "{T}/work", access: rw}                      # work
    - {path: "{T}/home/.aws", access: none}               # credentials
    - {path: "{T}/home/.netrc", access: none}             # netrc
    - {path: "{T}/work/reference", access: ro}            # reference
    - {path: "{T}/work/archive", access: rw-no-delete}    # archive
    - {path: "{T}/work/log", access: append}              # log
    - {path: "{T}/work/data", access: rw-exec}            # data
    - {path: "{T}/tools/denied", access: ro-exec}         # denied
    - {path: "{T}/tools/touch", access: ro-exec}          # touch
    - {name: ".env", access: none}                        # env
    - {name: "*.pem", access: none}                       # pem
    - {name: ".git/hooks/*", access: ro, except: ["*.sample"]}   # hooks
    - {name: ".tool/settings*.json", access: ro}          # settings
    - {name: "a1/b1/c1/d1", access: none}                 # four
    {rules}
"""
# What no ring may reach lies where rings are refused, and so is not here.
WITHOUT_KEEPING = "".join(line + "\n" for line in PROFILE.splitlines() if "# archive" not in line and "# log" not in line)
NAMESPACES = WITHOUT_KEEPING + "process: {namespaces: allow}\n"
RINGS = WITHOUT_KEEPING + "process: {io_uring: allow}\n"
MEMFD = WITHOUT_KEEPING + "exec: {memfd: allow}\n"
# What is in {T}/pinned must be the probe.
PINS = WITHOUT_KEEPING + f'''\
exec:
  pins:
    - {{path: "{{T}}/pinned", sha256: "{digest_of(PROBE)}"}}   # pin
'''
