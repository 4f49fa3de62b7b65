#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A test server on a loopback port of the profile, and clients: Python's, curl, nc.
# prints: urllib: it works
# prints: curl: it works
set -euo pipefail

echo "it works" >index.html
python3 -m http.server --bind 127.0.0.1 8000 >/dev/null 2>&1 &
server=$!
trap 'kill $server' EXIT
until nc -z 127.0.0.1 8000; do sleep 0.2; done
python3 -c 'import urllib.request as u; print("urllib:", u.urlopen("http://127.0.0.1:8000/").read().decode(), end="")'
echo "curl: $(curl -s http://localhost:8000/)"
