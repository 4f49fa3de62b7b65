#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What `agent-config` keeps out of a repository: its samples come with git init, a hook cannot be planted.
# prints: samples came
# prints: no hook: written, moved in, linked in
# unconfined: samples came
# unconfined: hooks: written, moved in, linked in
# denied: create ~/work/app/.git/hooks/pre-commit agent-config.yaml
# denied: link ~/work/draft ~/work/app/.git/hooks/post-checkout agent-config.yaml
# denied: rename ~/work/draft ~/work/app/.git/hooks/pre-push agent-config.yaml
set -uo pipefail

git init -q app
[ -x app/.git/hooks/pre-commit.sample ] && echo "samples came"
echo 'exit 0' >draft
{
	echo 'exit 0' >app/.git/hooks/pre-commit
	ln draft app/.git/hooks/post-checkout
	mv draft app/.git/hooks/pre-push
} 2>/dev/null
found=$(find app/.git/hooks -type f ! -name '*.sample' | wc -l)
[ "$found" = 0 ] && echo "no hook: written, moved in, linked in"
[ "$found" = 3 ] && echo "hooks: written, moved in, linked in"
true
