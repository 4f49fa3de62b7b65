#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# inotify: a recursive watch of the workspace sees makes, changes, moves and removals.
# prints: CREATE a, CLOSE_WRITE,CLOSE a, MOVED_FROM a, MOVED_TO b, DELETE b
set -euo pipefail

mkdir -p watched/below
inotifywait -qmr -e create,close_write,move,delete --format '%e %f' -o events watched 2>/dev/null &
watcher=$!
trap 'kill $watcher' EXIT
until touch watched/ready && sleep 0.2 && grep -q ready events 2>/dev/null; do :; done

echo text >watched/below/a
mv watched/below/a watched/below/b
rm watched/below/b
until grep -q 'DELETE b' events; do sleep 0.1; done
grep -v ready events | paste -sd, | sed 's/,\([A-Z_]* \|[A-Z_]*,[A-Z_]* \)/, \1/g'
