#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A test server on a loopback port of the profile, and clients: Python's, curl, nc; another on a port of the
# kernel's choice.
# prints: urllib: it works
# prints: curl: it works
# prints: chosen: a port
# prints: chosen6: a port
set -euo pipefail

echo "it works" >index.html
python3 -m http.server --bind 127.0.0.1 8000 >/dev/null 2>&1 &
server=$!
trap 'kill $server' EXIT
until nc -z 127.0.0.1 8000; do sleep 0.2; done
python3 -c 'import urllib.request as u; print("urllib:", u.urlopen("http://127.0.0.1:8000/").read().decode(), end="")'
echo "curl: $(curl -s http://localhost:8000/)"
python3 - <<'P'
import socket
for name, address, family in (("chosen", "127.0.0.1", socket.AF_INET), ("chosen6", "::1", socket.AF_INET6)):
    with socket.create_server((address, 0), family=family) as server:
        print(f"{name}:", "a port" if server.getsockname()[1] > 1023 else "none")
P
