#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the profile refuses to common work, and so what the other works are told: see tests/README.md.
# prints: tmux: refused
# prints: vim: works, keeps no history
# unconfined: tmux: works
# unconfined: vim: works, keeps history
# denied: create ~/.viminfo credentials.yaml
# denied: mknod /tmp/tmux-1000/default system-base.yaml
set -uo pipefail

# The socket's name is that of the user's own server, which would run what the agent types, unconfined.
tmux -f /dev/null new-session -d 'exec sleep 5' 2>/dev/null
tmux has-session 2>/dev/null && echo "tmux: works" || echo "tmux: refused"
tmux kill-server 2>/dev/null && rm "/tmp/tmux-$UID/default"

# ~/.viminfo has what the user typed, and is read by the user's own vim.
printf ':q\r' >keys
TERM=xterm script -qec 'vim -s keys text' /dev/null </dev/null >screen && printf "vim: works, "
[ -e ~/.viminfo ] && echo "keeps history" || echo "keeps no history"
