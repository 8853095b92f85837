# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Ranges: as data, and in setrange's own file (``formats`` reads any)."""

from __future__ import annotations

from setrange.ranges.loss import Loss, LossKind
from setrange.ranges.model import (
    DynamicRange,
    RangeEntry,
    RangeFile,
    scale_from_amax,
)
from setrange.ranges.own_writer import format_ranges, write_ranges

__all__ = [
    "DynamicRange",
    "Loss",
    "LossKind",
    "RangeEntry",
    "RangeFile",
    "format_ranges",
    "scale_from_amax",
    "write_ranges",
]
