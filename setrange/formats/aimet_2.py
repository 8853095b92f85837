# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""AIMET encodings 2.0.0 and 2.1.0: one flat list, in the words of ONNX's QuantizeLinear.

Parameters stand in the same list. Those with an axis or blocks are known by that and skipped;
a weight encoded as a whole looks like any tensor and is reported when its name is resolved.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from setrange.formats.aimet_grid import add_affine, is_8_bit
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

_VERSION = "2.0.0"
_KEY = "encodings"
_DTYPE = re.compile(r"(u?int)([0-9]{1,2})\Z")


def _read(source: SourceFile) -> RangeFile:
    reader = ForeignReader(source, "aimet-2")
    document = reader.document()
    encodings = document.get(_KEY)
    if not isinstance(encodings, list):
        reader.fail(f'"{_KEY}" is {describe(encodings)}; expected a list', document.line)
        encodings = []
    for item in encodings:
        if isinstance(item, JsonObject) and isinstance(item.get("name"), str):
            _add(reader, item["name"], item)
        else:
            line = item.line if isinstance(item, JsonObject) else document.lines[_KEY]
            reader.fail(f'"{_KEY}": expected an object with a "name"', line)
    return reader.finish()


def _add(reader: ForeignReader, name: str, item: JsonObject) -> None:
    scale = item.get("y_scale")
    if "axis" in item or "block_size" in item or isinstance(scale, list):
        reader.lose_parameter(name)
        return
    dtype = str(item.get("output_dtype", "uint8"))
    match = _DTYPE.match(dtype)
    kind, bits = (match.group(1), int(match.group(2))) if match else (dtype, None)
    if not is_8_bit(reader, name, kind, bits, item.line):
        return
    zero_point = reader.number(name, item.get("y_zero_point", 0), "y_zero_point", item.line)
    if zero_point is None:
        return
    # x = (q - zero point) x scale, q from -128 or from 0: as an offset on the unsigned grid.
    offset = -zero_point if kind == "uint" else -128 - zero_point
    add_affine(reader, name, [scale], [offset], item.line)


def _write(range_file: RangeFile) -> Written:
    losses: list[Loss] = []
    encodings = [
        {"name": entry.name, "output_dtype": "int8", "y_scale": shortest(scale)}
        for entry, scale in symmetric_scales(range_file, losses)
    ]
    document = {"version": _VERSION, _KEY: encodings}
    return Written(data=json_bytes(document), losses=tuple(losses))


def _sniff(source: SourceFile) -> bool:
    document = json_object(source)
    return document is not None and isinstance(document.get(_KEY), list)


FORMAT = RangeFormat(
    id="aimet-2",
    title="AIMET encodings 2.0.0, 2.1.0",
    sniff=_sniff,
    read=_read,
    write=_write,
    value="y_scale and y_zero_point as in ONNX; int8 with zero point 0: amax = 127 x scale",
    loses=SYMMETRIC_LOSES,
)
