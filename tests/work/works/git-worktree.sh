#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# git worktree, a submodule, gc, bundle, archive, fsck.
# prints: worktree: on topic, moved
# prints: submodule: part
# prints: packed: 0 loose, 1 pack
# prints: bundle and archive: file file
set -euo pipefail
export GIT_ALLOW_PROTOCOL=file

git init -q part
echo part >part/part
git -C part add part
git -C part commit -qm part

git init -q app
cd app
echo one >file
git add file
git commit -qm one
git worktree add -q -b topic ../tree
git worktree move ../tree ../moved
echo changed >../moved/file
git -C ../moved commit -qam changed
echo "worktree: on $(git -C ../moved branch --show-current), moved"
git worktree remove ../moved
git merge -q topic

git submodule --quiet add "$PWD/../part" sub
git commit -qm submodule
git clone -q --recurse-submodules . ../clone 2>/dev/null
echo "submodule: $(cat ../clone/sub/part)"

git reflog expire --expire=now --all
git gc -q --aggressive --prune=now
git count-objects -v | awk '/^count:/ {loose = $2} /^packs:/ {print "packed: " loose " loose, " $2 " pack"}'
git fsck --strict >/dev/null 2>&1
git bundle create -q ../app.bundle --all
git clone -q ../app.bundle ../from-bundle
mkdir ../unpacked
git archive --format=tar.gz HEAD | tar -xzC ../unpacked
cd ..
echo "bundle and archive: $(cd from-bundle && ls file) $(cd unpacked && ls file)"
