# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The command line: one module per command, imported when it is used."""

from __future__ import annotations

import sys

if sys.argv[1:2] in (["apply"], ["check"]):  # before anything that takes time to load
    from setrange.machine.rtx_libraries import load_early

    load_early(sys.argv)

from setrange.cli.main import main

__all__ = ["main"]
