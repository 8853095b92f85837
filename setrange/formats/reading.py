# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Reads ranges in whatever format they come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.formats.own import OWN
from setrange.ranges.source import SourceFile

if TYPE_CHECKING:
    from pathlib import Path

    from setrange.ranges.model import RangeFile

__all__ = ["read_ranges"]


def read_ranges(path: str | Path, *, fmt: str | None = None) -> RangeFile:
    """Read ranges: setrange's own JSON, or any format ``setrange convert`` knows.

    Args:
        path: The file.
        fmt: Format id; ``None`` tells it from the content.

    Raises:
        InputError: The file is missing or wrong; the message names path, line and tensor of
            every problem.
        UsageError: ``fmt`` is no known format.
    """
    source = SourceFile.open(path)
    if fmt is None and OWN.sniff(source):
        return OWN.read(source)
    # The other formats are loaded where the file is not setrange's own.
    from setrange.formats.registry import read_source

    return read_source(source, fmt)
