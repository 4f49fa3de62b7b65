#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# git rebase over a conflict, interactively, with autostash; cherry-pick, bisect.
# prints: resolved: base theirs ours
# prints: one squashed commit, stash back
# prints: bisect found: break it
set -euo pipefail

git init -q .
echo base >file
git add file
git commit -qm base
git checkout -qb topic
echo ours >>file
git commit -qam ours
git checkout -q main
echo theirs >>file
git commit -qam theirs

git checkout -q topic
git rebase -q main >/dev/null 2>&1 && exit 1
printf 'base\ntheirs\nours\n' >file
git add file
GIT_EDITOR=true git rebase --continue >/dev/null 2>&1
echo "resolved: $(paste -sd' ' file)"

echo more >>file
git commit -qam more
echo unfinished >other
git add other
GIT_SEQUENCE_EDITOR="sed -i '2s/pick/fixup/'" git rebase -q -i --autostash main >/dev/null 2>&1
[ "$(git rev-list --count main..topic)" = 1 ] && [ "$(cat other)" = unfinished ] &&
	echo "one squashed commit, stash back"
git stash -q
git stash drop -q

git checkout -q main
git cherry-pick topic >/dev/null
for i in 1 2 3; do git commit -q --allow-empty -m "step $i"; done
echo broken >flag
git add flag
git commit -qm "break it"
git commit -q --allow-empty -m last
git bisect start HEAD HEAD~4 >/dev/null
git bisect run sh -c '! [ -e flag ]' >/dev/null
echo "bisect found: $(git log -1 --format=%s refs/bisect/bad)"
git bisect reset >/dev/null 2>&1
