# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Every format users hold ranges in: one file each, one registry, one sniffer."""

from __future__ import annotations

from setrange.formats.format import RangeFormat, Written
from setrange.formats.registry import (
    FORMATS,
    format_by_id,
    read_source,
    sniff,
    write_format,
)

__all__ = [
    "FORMATS",
    "RangeFormat",
    "Written",
    "format_by_id",
    "read_source",
    "sniff",
    "write_format",
]
