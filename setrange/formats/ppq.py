# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""PPQ's TensorRT JSON: ``{"act_quant_info": {name: amax}}``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from setrange.formats.foreign import ForeignReader
from setrange.formats.format import RangeFormat
from setrange.formats.number_map import has_keys, read_number_map, write_amax_map
from setrange.formats.outgoing import SYMMETRIC_LOSES

if TYPE_CHECKING:
    from setrange.ranges.model import RangeFile
    from setrange.ranges.source import SourceFile

__all__ = ["FORMAT"]

_KEY = "act_quant_info"


def _read(source: SourceFile) -> RangeFile:
    reader = ForeignReader(source, "ppq")

    def add(name: str, value: Any, line: int) -> None:
        number = reader.number(name, value, "the range", line)
        if number is not None:
            reader.amax(name, abs(number), line)  # as PPQ's own reader does

    read_number_map(reader, (_KEY,), add)
    return reader.finish()


FORMAT = RangeFormat(
    id="ppq",
    title="PPQ TensorRT JSON",
    sniff=lambda source: has_keys(source, _KEY),
    read=_read,
    write=lambda range_file: write_amax_map(range_file, _KEY),
    value="amax = 127 x scale",
    loses=SYMMETRIC_LOSES,
)
