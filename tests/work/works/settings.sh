#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the profile refuses to common work, and so what the other works are told: see tests/README.md.
# prints: tmux: refused
# prints: sqlite: no temporary file
# prints: vim: works, keeps no history
# unconfined: tmux: works
# unconfined: sqlite: sorted
# unconfined: vim: works, keeps history
# denied: create /var/tmp/etilqs_* coding-agent.yaml
# denied: create ~/.viminfo credentials.yaml
# denied: mknod /tmp/tmux-1000/default system-base.yaml
set -uo pipefail

# The socket's name is that of the user's own server, which would run what the agent types, unconfined.
tmux -f /dev/null new-session -d 'exec sleep 5' 2>/dev/null
tmux has-session 2>/dev/null && echo "tmux: works" || echo "tmux: refused"
tmux kill-server 2>/dev/null && rm "/tmp/tmux-$UID/default"

# /var/tmp is shared with programs that are not confined, and is not the policy's ${tmp}.
sqlite3 :memory: "pragma temp_store=file; pragma cache_size=10;
	with recursive c(n) as (select 1 union all select n + 1 from c where n < 20000)
	select hex(randomblob(50)) as text from c order by text" 2>/dev/null | sort -c &&
	echo "sqlite: sorted" || echo "sqlite: no temporary file"

# ~/.viminfo has what the user typed, and is read by the user's own vim.
printf ':q\r' >keys
TERM=xterm script -qec 'vim -s keys text' /dev/null </dev/null >screen && printf "vim: works, "
[ -e ~/.viminfo ] && echo "keeps history" || echo "keeps no history"
