# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The NVDLA compiler's calibration table: ``{name: {scale, min, max, offset}}``.

A positive scale wins; else min and max count. The compiler ignores ``offset``. Its keys are
layer names (of a layer's output 0), network inputs go by their tensor names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.formats.foreign import ForeignReader, json_object
from setrange.formats.format import RangeFormat, Written
from setrange.formats.outgoing import SYMMETRIC_LOSES, json_bytes, symmetric_scales
from setrange.ranges.entry import describe
from setrange.ranges.float32 import shortest
from setrange.ranges.json_scan import JsonObject

if TYPE_CHECKING:
    from setrange.ranges.loss import Loss
    from setrange.ranges.model import RangeFile
    from setrange.ranges.source import SourceFile

__all__ = ["FORMAT"]


def _read(source: SourceFile) -> RangeFile:
    reader = ForeignReader(source, "nvdla")
    document = reader.document()
    for name, value in document.items():
        line = document.lines[name]
        if not isinstance(value, JsonObject):
            reader.fail(f"is {describe(value)}; expected an object", line, name)
            continue
        scale = value.get("scale", 0)
        if reader.number(name, scale, "scale", line) is None:
            continue
        if scale == 0 and "min" in value and "max" in value:
            reader.bounds(name, value["min"], value["max"], line)
        else:
            reader.scale(name, scale, line)
    reader.note("keys are taken as tensor names; the NVDLA compiler means layer names")
    return reader.finish()


def _write(range_file: RangeFile) -> Written:
    losses: list[Loss] = []
    table = {
        entry.name: {"scale": shortest(scale), "min": 0, "max": 0, "offset": 0}
        for entry, scale in symmetric_scales(range_file, losses)
    }
    return Written(data=json_bytes(table), losses=tuple(losses))


def _sniff(source: SourceFile) -> bool:
    document = json_object(source)
    return bool(document) and all(
        isinstance(value, JsonObject) and "offset" in value and {"scale", "min"} & value.keys()
        for value in (document or {}).values()
    )


FORMAT = RangeFormat(
    id="nvdla",
    title="NVDLA calibration table",
    sniff=_sniff,
    read=_read,
    write=_write,
    value="scale = amax / 127; min and max where scale is 0",
    loses=SYMMETRIC_LOSES,
)
