#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A Python venv, into which pip is installed, and by that a package from its folder, without any index.
# prints: greet 1.0 says hello
# pip's urllib3 asks, by binding to port 0, whether there is IPv6.
set -euo pipefail

mkdir package
echo 'def main(): print("greet 1.0 says hello")' >package/greet.py
cat >package/setup.py <<'P'
from setuptools import setup

setup(name="greet", version="1.0", py_modules=["greet"], entry_points={"console_scripts": ["greet = greet:main"]})
P
python3 -m venv env
# shellcheck source=/dev/null
. env/bin/activate
pip install --quiet --no-index ./package
greet
