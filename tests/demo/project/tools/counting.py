# SPDX-License-Identifier: Apache-2.0
"""A module, so that Python writes its cache into the workspace."""

import pathlib


def lines(*folders):
    sources = [path for folder in folders for path in pathlib.Path(folder).glob("*.[ch]")]
    return sum(len(path.read_text().splitlines()) for path in sources)
