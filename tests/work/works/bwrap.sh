#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# bubblewrap under a policy that allows namespaces, as other tools call it: work in it, and no other verdict.
# policy: namespaces.yaml
# prints: light: compiled, committed
# prints: full: compiled, committed
# prints: elsewhere: public, Permission denied
# unconfined: light: compiled, committed
# unconfined: full: compiled, committed
# unconfined: elsewhere: public, the secret
# denied: open ~/.aws/credentials credentials.yaml
set -euo pipefail

cat >work.sh <<'W'
set -eu
echo 'int puts(const char *); int main(void) { return puts("compiled") < 0; }' >main.c
gcc main.c -o main
git init -q .
git add main.c
git commit -q -m committed
echo scratch >/tmp/scratch
echo "$1: $(./main), $(git log -1 --format=%s)"
rm -rf .git main main.c
W
bwrap --dev-bind / / --tmpfs /tmp sh work.sh light
bwrap --ro-bind / / --dev /dev --proc /proc --tmpfs /tmp --bind "$PWD" "$PWD" --unshare-all --die-with-parent \
	--new-session sh work.sh full

mkdir public
echo public >public/file
# shellcheck disable=SC2016 # expanded inside
bwrap --dev-bind / / --bind public /mnt --bind ~/.aws /media sh -c '
	[ /media/credentials -ef ~/.aws/credentials ]
	echo "elsewhere: $(cat /mnt/file), $(cat /media/credentials 2>&1 | sed "s/.*: //")"'
