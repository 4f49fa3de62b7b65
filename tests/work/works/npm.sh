#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# npm: a package is packed; its tarball and another's folder are installed, over an old version; a script runs.
# prints: postinstall: HELLO
# prints: by its link: HELLO
set -euo pipefail

mkdir -p shout/lib whisper/bin app/node_modules/shout
cat >shout/package.json <<'J'
{"name": "shout", "version": "1.0.0", "main": "lib/index.js"}
J
echo 'module.exports = (text) => text.toUpperCase();' >shout/lib/index.js
cat >whisper/package.json <<'J'
{"name": "whisper", "version": "1.0.0", "bin": {"whisper": "bin/whisper"}}
J
cat >whisper/bin/whisper <<'J'
#!/usr/bin/env node
console.log(`${process.argv[2]}: ${require(`${process.cwd()}/node_modules/shout`)('hello')}`);
J
cat >app/package.json <<'J'
{"name": "app", "version": "1.0.0", "scripts": {"postinstall": "whisper postinstall"},
 "dependencies": {"shout": "file:../shout-1.0.0.tgz", "whisper": "file:../whisper"}}
J
# npm renames the old version's folder before it puts the new one there, and removes it then.
echo '{"name": "shout", "version": "0.9.0"}' >app/node_modules/shout/package.json

npm pack --silent --offline ./shout >/dev/null
cd app
npm install --silent --offline --no-audit --no-fund
node_modules/.bin/whisper 'by its link'
