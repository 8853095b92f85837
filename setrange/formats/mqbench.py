# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""MQBench's clip ranges: ``{"tensorrt": {"blob_range": {name: 128 x scale}}}``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from setrange.formats.foreign import ForeignReader
from setrange.formats.format import RangeFormat, Written
from setrange.formats.number_map import has_keys, read_number_map
from setrange.formats.outgoing import SYMMETRIC_LOSES, json_bytes, symmetric_scales
from setrange.ranges.loss import LossKind

if TYPE_CHECKING:
    from setrange.ranges.loss import Loss
    from setrange.ranges.model import RangeFile
    from setrange.ranges.source import SourceFile

__all__ = ["FORMAT"]

_KEYS = ("tensorrt", "blob_range")
_STEPS = 128


def _read(source: SourceFile) -> RangeFile:
    reader = ForeignReader(source, "mqbench")

    def add(name: str, value: Any, line: int) -> None:
        number = reader.number(name, value, "the range", line)
        if number is None:
            return
        reader.scale(name, number / _STEPS, line)
        if reader.entries[name].range is not None:
            reader.lose(
                name,
                LossKind.STEPS_128,
                f"{number!r} is 128 x the trained scale, read as 127 x of it (0.8 % less)",
            )

    read_number_map(reader, _KEYS, add)
    return reader.finish()


def _write(range_file: RangeFile) -> Written:
    losses: list[Loss] = []
    table = {
        entry.name: _STEPS * scale for entry, scale in symmetric_scales(range_file, losses)
    }
    return Written(
        data=json_bytes({_KEYS[0]: {_KEYS[1]: table}}),
        losses=tuple(losses),
    )


FORMAT = RangeFormat(
    id="mqbench",
    title="MQBench clip ranges",
    sniff=lambda source: has_keys(source, *_KEYS),
    read=_read,
    write=_write,
    value="128 x scale (read as the trained scale: amax = value x 127 / 128)",
    loses=SYMMETRIC_LOSES,
)
