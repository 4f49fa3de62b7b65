#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tar with three compressors, zip and unzip, rsync with --delete: links, modes, times and attributes stay.
# prints: tar.gz same
# prints: tar.xz same
# prints: tar.zst same
# prints: zip same
# prints: rsync same
set -euo pipefail

mkdir -p tree/deep/er
seq 2000 >tree/numbers
echo script >tree/deep/run
chmod 750 tree/deep/run
ln -s ../numbers tree/deep/link
ln tree/numbers tree/deep/er/hard
setfattr -n user.note -v kept tree/numbers
find tree -exec touch -h -d 2020-02-02 {} +

listing() { (cd "$1" && find . -printf '%p %y %m %n %T@ %l\n' | sort && cat numbers deep/run && getfattr -d numbers); }
listing tree >before

for kind in gz xz zst; do
	mkdir "$kind"
	tar --xattrs -caf "tree.tar.$kind" -C tree .
	tar --xattrs --same-permissions -xf "tree.tar.$kind" -C "$kind"
	listing "$kind" | cmp before - && echo "tar.$kind same"
done
(cd tree && zip -qry ../tree.zip .)
unzip -q tree.zip -d zip
diff -r --no-dereference tree zip && echo "zip same"

mkdir copy
touch copy/stale
rsync -aHX --delete tree/ copy/
listing copy | cmp before - && echo "rsync same"
