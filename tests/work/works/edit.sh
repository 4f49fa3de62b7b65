#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Editors: sed -i, patch files, vim without a terminal, and on one, with a swap file, a backup and an undo file.
# prints: alpha BETA gamma delta
# prints: typed, with backup and undo file
set -euo pipefail

# -i NONE: ~/.viminfo, in which vim keeps what was typed, is the user's; `credentials` closes it.
vim() { command vim -i NONE "$@"; }
printf 'alpha\nbeta\n' >text
sed -i.orig 's/beta/BETA/' text
vim -Nu NONE -es -c 'normal Gogamma' -c wq text
cat >change <<'P'
--- a/text
+++ b/text
@@ -1,3 +1,4 @@
 alpha
 BETA
 gamma
+delta
P
git apply change
paste -sd' ' text

printf ':set backup undofile\rotyped\e:sleep 200m\r:wq\r' >keys
TERM=xterm script -qec 'vim -i NONE -s keys text' /dev/null </dev/null >screen
[ "$(sed -n 2p text)" = typed ] && [ -e text~ ] && [ -e .text.un~ ] && [ ! -e .text.swp ] &&
	echo "typed, with backup and undo file"
