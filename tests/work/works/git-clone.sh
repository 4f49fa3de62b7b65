#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# git init with its samples, commits, clones by path and by file://, push and pull.
# prints: samples
# prints: 3 commits: third second first
set -euo pipefail

git init -q app
cd app
[ -x .git/hooks/pre-commit.sample ] && echo samples
for word in first second; do
	echo "$word" >>words
	git add words
	git commit -qm "$word"
done
git tag -am "a tag" v1
git clone -q --bare . ../app.git
git clone -q "file://$PWD/../app.git" ../far
git clone -q ../app.git ../near # objects as hard links

cd ../far
git checkout -qb topic
echo third >>words
git commit -qam third
git push -q origin HEAD:main

cd ../near
git pull -q --ff-only
git fetch -q --tags
git diff --quiet v1 HEAD~1
git log --format=%s | { mapfile -t log; echo "${#log[@]} commits: ${log[*]}"; }
git config user.note local
git remote rename origin upstream
git branch -q -m main trunk
git status --porcelain
