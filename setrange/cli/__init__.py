# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The command line: one module per command, imported when it is used."""

from __future__ import annotations

from setrange.cli.main import main

__all__ = ["main"]
