# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Every format users hold ranges in: one file each, one registry, one sniffer."""

from __future__ import annotations

from setrange.formats.format import Keeps, RangeFormat, Written
from setrange.formats.registry import (
    FORMATS,
    format_by_id,
    read_source,
    sniff,
    write_format,
)
from setrange.formats.writing import (
    ConversionReport,
    convert_file,
    format_as,
    format_of_output,
    write_as,
)

__all__ = [
    "FORMATS",
    "ConversionReport",
    "Keeps",
    "RangeFormat",
    "Written",
    "convert_file",
    "format_as",
    "format_by_id",
    "format_of_output",
    "read_source",
    "sniff",
    "write_as",
    "write_format",
]
