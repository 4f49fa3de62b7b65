#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# strace of children: with their own children, counted, and one that runs already.
# prints: started: /etc/hostname, 3 programs
# prints: counted: execve
# prints: attached: wait4
set -euo pipefail

strace -f -o trace -e trace=openat,execve sh -c 'cat /etc/hostname; date' >/dev/null
echo "started: $(grep -o /etc/hostname trace | tail -1), $(grep -c 'execve(.* = 0$' trace) programs"
strace -c -o counts true
echo "counted: $(grep -ow execve counts)"

# strace is the parent here: under yama only descendants can be attached to.
sh -c 'sh -c "while :; do sleep 0.1; done" & echo $! >pid; exec strace -qq -o attached -p $!' &
until grep -q wait4 attached 2>/dev/null; do sleep 0.1; done
kill "$(cat pid)"
wait
echo "attached: $(grep -o '^wait4' attached | head -1)"
