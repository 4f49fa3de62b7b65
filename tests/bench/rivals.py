# SPDX-License-Identifier: Apache-2.0
"""Other ways to confine the same task to the same trees: each is up while its context lasts.

Each gives what the benchmark's policies give (policies.py): reading the system, writing the workspace
and the temporary folder, and at least one file that is refused. Runs in the guest.
"""

import contextlib
import subprocess

# Landlock has only what is allowed: all that the task meets, and not /srv.
LANDLOCK_WRITABLE = ["/work", "/tmp", "/dev"]
LANDLOCK_READABLE = ["/usr", "/share", "/etc", "/proc", "/sys", "/run", "/var"]
LANDLOCK_REFUSED = "/srv/refused"

DPATH_RULES = [
    "ro:/", "rw:/work/", "none:/work/denied", "rw:/tmp/", "rw:/dev/", "none:/etc/shadow", "none:/root/",
    "none:/home/agent/.ssh/", "none:/home/agent/.aws/", "none:/var/log/",
]

APPARMOR_NAME = "cofferdam-bench"
# Thirty-five rules for paths.
APPARMOR_RULES = """
    / r,
    /bin/** rmix,
    /boot/** r,
    /dev/** rw,
    /etc/** r,
    /home/** r,
    /lib/** rmix,
    /lib64/** rmix,
    /opt/** rmix,
    /proc/** rw,
    /run/** r,
    /sbin/** rmix,
    /share/** rmix,
    /srv/** r,
    /sys/** r,
    /tmp/ r,
    /tmp/** rwk,
    /usr/** rmix,
    /var/** r,
    /work/ r,
    /work/** rwk,
    /work/bin/* rmix,
    deny /work/denied rwx,
    deny /work/**/.env rwx,
    deny /work/**/*.pem rwx,
    deny /work/.git/hooks/** w,
    deny /work/**/*.key rwx,
    deny /etc/shadow* rwx,
    deny /etc/ssl/private/** rwx,
    deny /home/*/.ssh/** rwx,
    deny /home/*/.aws/** rwx,
    deny /home/*/.gnupg/** rwx,
    deny /home/*/.kube/** rwx,
    deny /home/*/.bash* w,
    deny /var/log/** rwx,
"""
# What is no path is allowed: it is paths that are compared.
APPARMOR_OTHERS = "    capability,\n    network,\n    signal,\n    ptrace,\n    unix,\n    dbus,\n    mount,\n"


def landlock_prefix(program):
    rules = [f"rw:{folder}" for folder in LANDLOCK_WRITABLE] + [f"ro:{folder}" for folder in LANDLOCK_READABLE]
    return [program, *rules, "--"]


@contextlib.contextmanager
def apparmor():
    """The words that put a command under the profile."""
    profile = f"profile {APPARMOR_NAME} {{\n{APPARMOR_RULES}{APPARMOR_OTHERS}}}\n"

    def parser(word):
        argv = ["apparmor_parser", "--skip-cache", word]
        subprocess.run(argv, input=profile, text=True, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    parser("--add")
    try:
        yield ["aa-exec", "-p", APPARMOR_NAME, "--"]
    finally:
        parser("--remove")
