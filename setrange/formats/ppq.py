# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""PPQ's TensorRT JSON: ``{"act_quant_info": {name: amax}}``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from setrange.formats.foreign import ForeignReader
from setrange.formats.format import RangeFormat, Written
from setrange.formats.number_map import has_keys, read_number_map
from setrange.formats.outgoing import SYMMETRIC_LOSES, json_bytes, symmetric

if TYPE_CHECKING:
    from setrange.ranges.loss import Loss
    from setrange.ranges.model import RangeFile
    from setrange.ranges.source import Source

__all__ = ["FORMAT"]

_KEY = "act_quant_info"


def _read(source: Source) -> RangeFile:
    reader = ForeignReader(source, "ppq")

    def add(name: str, value: Any, line: int) -> None:
        number = reader.number(name, value, "the range", line)
        if number is not None:
            reader.amax(name, abs(number), line)  # as PPQ's own reader does

    read_number_map(reader, (_KEY,), add)
    return reader.finish()


def _write(range_file: RangeFile) -> Written:
    losses: list[Loss] = []
    table = {entry.name: amax for entry, amax in symmetric(range_file, losses)}
    return Written(data=json_bytes({_KEY: table}), losses=tuple(losses))


FORMAT = RangeFormat(
    id="ppq",
    title="PPQ TensorRT JSON",
    sniff=lambda source: has_keys(source, _KEY),
    read=_read,
    write=_write,
    value="amax = 127 x scale",
    loses=SYMMETRIC_LOSES,
)
