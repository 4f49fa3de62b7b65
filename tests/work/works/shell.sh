#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What shell scripts do: temporary files, here documents, links, modes, FIFOs, locks, jobs, find, sort, dd.
# prints: 3 here
# prints: piped
# prints: locked out
# prints: 5000 sorted
set -euo pipefail

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
cat >"$temporary/lines" <<-TEXT
	one here
	two here
	three here
TEXT
echo "$(wc -l <"$temporary/lines") here"
cp -a "$temporary/lines" lines
mv lines renamed
ln -s renamed symlink
ln renamed hardlink
chmod 600 hardlink
touch -d yesterday renamed
umask 077
mkfifo fifo
echo piped >fifo &
cat fifo
exec 9>lock
flock 9
flock -n lock true || echo "locked out"
seq 5000 | shuf | sort -S 32k -T . -n | wc -l | sed 's/$/ sorted/'
dd if=/dev/zero of=zeros bs=4k count=64 status=none
truncate -s 1M zeros
fallocate -l 64k room
find . -type f -name 'z*' -print0 | xargs -0 rm
diff <(echo same) <(echo same)
exec 3<>/dev/null
