#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tmux: a server of the agent's own, two windows, keys sent, what they show.
# prints: 2 windows
# prints: typed in tmux
set -euo pipefail

# A socket of another name than "default": that one is where the user's own server listens.
tmux() { command tmux -L agent "$@"; }
tmux -f /dev/null new-session -d -s work -x 80 -y 24 'sh -i'
trap 'tmux kill-server' EXIT
tmux new-window -t work 'exec sleep 600'
echo "$(tmux list-windows -t work | wc -l) windows"
tmux send-keys -t work:0 'echo typed in tmux >shown' Enter
timeout 100 sh -c 'until [ -s shown ]; do sleep 0.2; done'
cat shown
