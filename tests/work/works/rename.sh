#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Directories are renamed, exchanged and removed wherever they are, also one with a repository in it.
# prints: moved: f
# prints: exchanged: f
# prints: named hooks, and back
# prints: into /tmp and back: f
# prints: repository: on main
set -euo pipefail

mkdir -p a/deep b
touch a/deep/f
mv a c
mv c/deep b/deep
echo "moved: $(ls b/deep)"
mv b .b.tmp # as npm and cargo do
mkdir b
python3 - <<'P'
import ctypes
assert ctypes.CDLL(None).renameat2(-100, b".b.tmp", -100, b"b", 2) == 0  # RENAME_EXCHANGE
P
echo "exchanged: $(ls b/deep)"
mkdir -p src/agents
mv src/agents src/hooks # a name of a rule, but not in a .git
mv src/hooks src/commands
[ -d src/commands ] && echo "named hooks, and back"
folder=$(mktemp -d)
mv b "$folder/moved" # across file systems it is copied
mv "$folder/moved" b
echo "into /tmp and back: $(ls b/deep)"
rmdir "$folder"
git init -q app
mv app project
mkdir nested
mv project nested/app
echo "repository: on $(git -C nested/app branch --show-current)"
rm -rf nested b .b.tmp
