#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Counts the project's lines of C."""

import counting

print(f"{counting.lines('src', 'test')} lines of C")
