# SPDX-License-Identifier: Apache-2.0
"""The network hooks: which sockets, which destinations, which addresses to listen on.

Something listens on ports 3000 and 4000 of both loopback addresses, TCP and UDP; the policy allows 3000.
"""

import socket
import threading

from cases import ANY, Case, Group

POLICY = """\
cofferdam: 1
name: net
files: {default: ro}
network:
  default: deny                                            # default
  allow:
    - {to: 127.0.0.1, ports: [3000-3001], proto: any}      # v4
    - {to: "::1", ports: [3000], proto: any}               # v6
    - {to: 127.0.0.2, ports: [4000], proto: tcp}           # tcp-only
    - {to: 127.0.0.3, ports: [4000], proto: udp}           # udp-only
  listen:
    - {on: 127.0.0.1, ports: [3500-3599], proto: any}      # listen
    - {on: "::1", ports: [3500-3599], proto: tcp}          # listen6
    - {on: 0.0.0.0, ports: [3700], proto: tcp}             # listen-any
"""
DENY_WINS = """\
cofferdam: 1
name: net-open
files: {default: ro}
network:
  default: allow
  deny:
    - {to: 127.0.0.8/29}                                   # range
    - {to: "::1"}                                          # v6
"""
CHOICE = """\
cofferdam: 1
name: net-choice
files: {default: ro}
network:
  default: deny                                            # default
  listen:
    - {on: 127.0.0.1, ports: [0], proto: tcp}              # choice
    - {on: "::1", ports: [0], proto: any}                  # choice6
    - {on: "::", ports: [0], proto: tcp}                   # choice-any6
    - {on: 127.0.0.2, ports: [1-65535], proto: tcp}        # named
"""
REFUSED = "network-rule"


def net(name, probe, allow_probe, address, op=None, rule="default", **more):
    more.setdefault("reason", REFUSED)
    return Case(name, probe, "", None, allow_probe=allow_probe, op=op or probe.split()[0], path=None, rule=rule,
                address=address, **more)


CONNECT = [
    net("tcp", "connect 127.0.0.1 4000 tcp", "connect 127.0.0.1 3000 tcp", "127.0.0.1 4000"),
    net("tcp6", "connect ::1 4000 tcp", "connect ::1 3000 tcp", "::1 4000"),
    net("tcp-mapped", "connect ::ffff:127.0.0.1 4000 tcp", "connect ::ffff:127.0.0.1 3000 tcp", "127.0.0.1 4000"),
    net("tcp-any-means-loopback", "connect 0.0.0.0 4000 tcp", "connect 0.0.0.0 3000 tcp", "127.0.0.1 4000"),
    net("tcp6-any-means-loopback", "connect :: 4000 tcp", "connect :: 3000 tcp", "::1 4000"),
    net("tcp-mapped-any", "connect ::ffff:0.0.0.0 4000 tcp", "connect ::ffff:0.0.0.0 3000 tcp", "127.0.0.1 4000"),
    net("tcp-other-loopback", "connect 127.0.0.9 3000 tcp", "connect 127.0.0.2 4000 tcp", "127.0.0.9 3000"),
    net("tcp-where-udp", "connect 127.0.0.3 4000 tcp", "connect 127.0.0.2 4000 tcp", "127.0.0.3 4000"),
    net("udp", "connect 127.0.0.1 4000 udp", "connect 127.0.0.1 3000 udp", "127.0.0.1 4000"),
    net("udp6", "connect ::1 4000 udp", "connect ::1 3000 udp", "::1 4000"),
    net("udp-mapped", "connect ::ffff:127.0.0.1 4000 udp", "connect ::ffff:127.0.0.1 3000 udp", "127.0.0.1 4000"),
    net("udp-where-tcp", "connect 127.0.0.2 4000 udp", "connect 127.0.0.3 4000 udp", "127.0.0.2 4000"),
    net("udp-reconnect", "connect 127.0.0.1 3000 udp , reconnect 127.0.0.1 4000",
        "connect 127.0.0.1 3000 udp , reconnect 127.0.0.1 3001", "127.0.0.1 4000", "connect"),
    net("udp-dissolve", "connect 127.0.0.1 3000 udp , disconnect , reconnect 127.0.0.1 4000",
        "connect 127.0.0.1 3000 udp , disconnect", "127.0.0.1 4000", "connect"),
    net("far-away", "connect 192.0.2.1 443 udp", "connect 127.0.0.1 3000 udp", "192.0.2.1 443", free="ENETUNREACH"),
    net("metadata", "connect 169.254.169.254 80 udp", "connect 127.0.0.1 3000 udp", "169.254.169.254 80",
        free="ENETUNREACH"),
    net("fast-open", "fastopen 127.0.0.1 4000", "fastopen 127.0.0.1 3000", "127.0.0.1 4000", "send"),
    net("fast-open6", "fastopen ::1 4000", "fastopen ::1 3000", "::1 4000", "send"),
    net("in-thread", "thread connect 127.0.0.1 4000 tcp", "thread connect 127.0.0.1 3000 tcp", "127.0.0.1 4000", "connect"),
    net("in-orphan", "orphan connect 127.0.0.1 4000 tcp", "orphan connect 127.0.0.1 3000 tcp", "127.0.0.1 4000", "connect"),
    net("in-network-namespace-of-host", "connect 127.0.0.1 22 tcp", "connect 127.0.0.1 3000 tcp", "127.0.0.1 22",
        free="ECONNREFUSED"),
    Case("short-address", "connectshort 127.0.0.1 4000 8", "", None, allow_probe="connectshort 127.0.0.1 3000 16",
         op="connect", path=None, reason="unreadable", verdict="unknown", free="EINVAL", liftable=False),
]

SEND = [
    net("udp", "sendto 127.0.0.1 4000", "sendto 127.0.0.1 3000", "127.0.0.1 4000", "send"),
    net("udp6", "sendto ::1 4000", "sendto ::1 3000", "::1 4000", "send"),
    net("udp-mapped", "sendto ::ffff:127.0.0.1 4000", "sendto ::ffff:127.0.0.1 3000", "127.0.0.1 4000", "send"),
    net("udp-any", "sendto 0.0.0.0 4000", "sendto 0.0.0.0 3000", "127.0.0.1 4000", "send"),
    net("udp-unspec", "sendunspec 127.0.0.1 4000", "sendunspec 127.0.0.1 3000", "127.0.0.1 4000", "send"),
    net("udp-v4-on-v6-socket", "sendv4on6 127.0.0.1 4000", "sendv4on6 127.0.0.1 3000", "127.0.0.1 4000", "send"),
    net("sendmmsg", "sendmmsg 127.0.0.1 4000", "sendmmsg 127.0.0.1 3000", "127.0.0.1 4000", "send"),
    net("connected-elsewhere", "sendelsewhere 127.0.0.1 3000 127.0.0.1 4000",
        "sendelsewhere 127.0.0.1 3000 127.0.0.1 3001", "127.0.0.1 4000", "send"),
    # To "any" from a bound socket goes to where it is bound, which the hook is not told.
    Case("any-from-bound", "sendbound 127.0.0.1 3510 0.0.0.0 3000", "", None,
         allow_probe="sendbound 127.0.0.1 3511 127.0.0.1 3000", op="send", path=None, reason="unreadable",
         verdict="unknown", liftable=False),
    net("where-tcp", "sendto 127.0.0.2 4000", "sendto 127.0.0.3 4000", "127.0.0.2 4000", "send"),
]

BIND = [
    net("tcp", "listen 127.0.0.1 3600 tcp", "listen 127.0.0.1 3500 tcp", "127.0.0.1 3600", "bind", reason="listen-rule"),
    net("tcp6", "listen ::1 3600 tcp", "listen ::1 3500 tcp", "::1 3600", "bind", reason="listen-rule"),
    net("udp", "bind 127.0.0.1 3600 udp", "bind 127.0.0.1 3500 udp", "127.0.0.1 3600", "bind", reason="listen-rule"),
    net("udp6-where-tcp", "bind ::1 3501 udp", "bind ::1 3501 tcp", "::1 3501", "bind", reason="listen-rule"),
    net("any", "listen 0.0.0.0 3500 tcp", "listen 0.0.0.0 3700 tcp", "0.0.0.0 3500", "bind", reason="listen-rule"),
    net("any6", "listen :: 3500 tcp", "listen ::1 3502 tcp", ":: 3500", "bind", reason="listen-rule"),
    net("mapped", "bind ::ffff:127.0.0.1 3600 tcp", "bind ::ffff:127.0.0.1 3503 tcp", "127.0.0.1 3600", "bind",
        reason="listen-rule"),
    net("unspec", "bindunspec 0.0.0.0 3601 tcp", "bindunspec 0.0.0.0 3700 tcp", "0.0.0.0 3601", "bind",
        reason="listen-rule"),
    net("listen-unbound", "listenunbound inet", "listen 127.0.0.1 3505 tcp", "0.0.0.0 0", "bind", reason="listen-rule"),
    net("listen-unbound6", "listenunbound inet6", "listen ::1 3506 tcp", ":: 0", "bind", reason="listen-rule"),
    net("some-port", "bind 127.0.0.1 0 tcp", "bind 127.0.0.1 3504 tcp", "127.0.0.1 0", "bind", reason="listen-rule"),
]


def choice(name, probe, allow_probe, address, users=("root", "agent")):
    return net(name, probe, allow_probe, address, "bind", reason="listen-rule", users=users)


# Port 0 leaves the choice to the kernel: a rule for it names no port, and one for ports does not name it.
CHOSEN = [
    choice("tcp-port-by-name", "listen 127.0.0.1 3800 tcp", "listen 127.0.0.1 0 tcp", "127.0.0.1 3800"),
    choice("tcp-port-one", "bind 127.0.0.1 1 tcp", "bind 127.0.0.1 0 tcp", "127.0.0.1 1", users=("root",)),
    choice("tcp-port-of-the-range", "listen 127.0.0.1 40001 tcp", "listen 127.0.0.1 0 tcp", "127.0.0.1 40001"),
    choice("tcp6-port-by-name", "listen ::1 3801 tcp", "listen ::1 0 tcp", "::1 3801"),
    choice("where-ports-are-named", "bind 127.0.0.2 0 tcp", "bind 127.0.0.2 3802 tcp", "127.0.0.2 0"),
    choice("udp-where-tcp", "bind 127.0.0.1 0 udp", "bind ::1 0 udp", "127.0.0.1 0"),
    choice("mapped", "bind ::ffff:127.0.0.2 0 tcp", "bind ::ffff:127.0.0.1 0 tcp", "127.0.0.2 0"),
    choice("any", "listen 0.0.0.0 0 tcp", "listen :: 0 tcp", "0.0.0.0 0"),
    choice("unbound", "listenunbound inet", "listenunbound inet6", "0.0.0.0 0"),
]


def family(name, words, users=("root", "agent"), free="ok"):
    return Case(name, f"socket {words}", "", None, op="socket", path=None, reason="socket-family", users=users, free=free,
                liftable=False)


FAMILIES = [
    family("raw", "inet raw 1", ("root",)),
    family("raw6", "inet6 raw 58", ("root",)),
    family("icmp-ping", "inet dgram 1", ("root",), free=ANY),
    family("udp-lite", "inet dgram 136", free=ANY),
    family("mptcp", "inet stream 262", free=ANY),
    family("sctp", "inet stream 132", free=ANY),
    family("packet", "packet raw 0", ("root",)),
    family("netlink-netfilter", "netlink raw 12", free=ANY),
    family("netlink-uevent", "netlink raw 15"),
    family("netlink-audit", "netlink raw 9", free=ANY),
    family("netlink-sock-diag", "netlink raw 4"),
    family("alg", "alg seqpacket 0", free=ANY),
    family("vsock", "vsock stream 0", free=ANY),
    family("key", "key raw 2", ("root",), free=ANY),
    family("can", "can raw 1", free=ANY),
    family("xdp", "xdp raw 0", ("root",), free=ANY),
    family("tipc", "tipc stream 0", free=ANY),
    family("rds", "rds seqpacket 0", free=ANY),
    family("smc", "smc stream 0", free=ANY),
    family("bluetooth", "bluetooth raw 1", free=ANY),
    Case("tcp", "", None, allow_probe="socket inet stream 0"),
    Case("tcp-by-number", "", None, allow_probe="socket inet stream 6"),
    Case("tcp6", "", None, allow_probe="socket inet6 stream 0"),
    Case("udp", "", None, allow_probe="socket inet dgram 17"),
    Case("udp6", "", None, allow_probe="socket inet6 dgram 0"),
    Case("unix", "", None, allow_probe="socket unix stream 0"),
    Case("unix-pair", "", None, allow_probe="socketpair"),
    Case("netlink-route", "", None, allow_probe="socket netlink raw 0"),
]

DENIED_BY_NAME = [
    net("range", "connect 127.0.0.9 4000 tcp", "connect 127.0.0.2 4000 tcp", "127.0.0.9 4000", rule="range"),
    net("range-mapped", "connect ::ffff:127.0.0.9 4000 tcp", "connect ::ffff:127.0.0.2 4000 tcp", "127.0.0.9 4000",
        rule="range", op="connect"),
    net("range-udp", "sendto 127.0.0.10 4000", "sendto 127.0.0.3 4000", "127.0.0.10 4000", "send", rule="range"),
    net("loopback6", "connect ::1 3000 tcp", "connect 127.0.0.1 4000 tcp", "::1 3000", rule="v6"),
    net("any6", "connect :: 3000 tcp", "connect 0.0.0.0 4000 tcp", "::1 3000", rule="v6"),
]

GROUPS = [
    Group("connect", POLICY, CONNECT),
    Group("send", POLICY, SEND),
    Group("bind", POLICY, BIND),
    Group("chosen-port", CHOICE, CHOSEN),
    Group("families", POLICY, FAMILIES),
    Group("denied-by-name", DENY_WINS, DENIED_BY_NAME),
]


def _accept(listener):
    while True:
        connection, _ = listener.accept()
        connection.close()


def prepare():
    """Listeners on every loopback address that the tables name."""
    with open("/proc/sys/net/ipv4/tcp_fastopen", "w") as file:
        file.write("3\n")
    for family_number, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
        for port in (3000, 3001, 4000):
            listener = socket.socket(family_number, socket.SOCK_STREAM)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family_number == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind((address, port))
            listener.listen(64)
            threading.Thread(target=_accept, args=(listener,), daemon=True).start()
            receiver = socket.socket(family_number, socket.SOCK_DGRAM)
            if family_number == socket.AF_INET6:
                receiver.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            receiver.bind((address, port))
            KEPT.append(receiver)


KEPT = []
