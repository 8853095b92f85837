# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What sampleINT8API ``--write_tensors`` writes: ``TensorName: <name>`` a line, no numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.formats.foreign import ForeignReader
from setrange.formats.format import RangeFormat
from setrange.ranges.entry import NOT_FILLED_IN
from setrange.ranges.problems import quoted

if TYPE_CHECKING:
    from setrange.ranges.model import RangeFile
    from setrange.ranges.source import SourceFile

__all__ = ["FORMAT", "is_name_list"]

_PREFIX = "TensorName: "


def is_name_list(text: str) -> bool:
    """True where every line that is not blank names a tensor."""
    lines = [line for line in text.split("\n") if line.strip()]
    return bool(lines) and all(line.startswith(_PREFIX) for line in lines)


def _read(source: SourceFile) -> RangeFile:
    reader = ForeignReader(source, "sampleint8api-names")
    for number, line in enumerate(source.text.split("\n"), 1):
        if line.startswith(_PREFIX):
            reader.unset(line.removeprefix(_PREFIX), NOT_FILLED_IN, number)
        elif line.strip():
            reader.fail(f"{quoted(line)} is no entry; expected {_PREFIX}<name>", number)
    return reader.finish()


FORMAT = RangeFormat(
    id="sampleint8api-names",
    title="sampleINT8API tensor names (--write_tensors)",
    sniff=lambda source: not source.is_binary and is_name_list(source.text),
    read=_read,
    value="none: names only, every range is null",
)
