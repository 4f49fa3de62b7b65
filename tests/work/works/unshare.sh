#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `unshare -Urm` under a policy that allows it: mounts over and elsewhere, work in them, and no other verdict.
# policy: namespaces.yaml
# prints: root in there
# prints: bound: here
# prints: committed in a bind mount
# prints: a file on tmpfs
# prints: by a directory: Permission denied
# prints: by a file: Permission denied
# unconfined: root in there
# unconfined: bound: here
# unconfined: committed in a bind mount
# unconfined: a file on tmpfs
# unconfined: by a directory: the secret
# unconfined: by a file: the secret
# denied: open ~/.aws/credentials credentials.yaml
# denied: open ~/.aws/credentials credentials.yaml
set -euo pipefail

mkdir allowed repository bound aws
echo here >allowed/file
touch file
unshare -Urm bash <<'INSIDE'
set -euo pipefail
echo "$(id -un) in there"
mount --bind allowed bound
echo "bound: $(cat bound/file)"
mount --bind repository allowed # over what was there
cd allowed
git init -q .
git commit -q --allow-empty -m committed
echo "$(git log -1 --format=%s) in a bind mount"
cd ..
mount -t tmpfs tmpfs /tmp
echo "a file on tmpfs" >/tmp/file
cat /tmp/file
umount /tmp

mount --bind ~/.aws aws
mount --bind ~/.aws/credentials file
[ aws/credentials -ef ~/.aws/credentials ] # the mounts are there
[ file -ef ~/.aws/credentials ]
echo "by a directory: $(cat aws/credentials 2>&1 | sed 's/.*: //')"
echo "by a file: $(cat file 2>&1 | sed 's/.*: //')"
INSIDE
[ -d repository/.git ]
