# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""AIMET encodings 0.6.1: a mapping of lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.formats.aimet_encoding import (
    ACTIVATIONS,
    PARAMETERS,
    has_encodings,
    read_encodings,
)
from setrange.formats.aimet_grid import grid_of_scale
from setrange.formats.format import RangeFormat, Written
from setrange.formats.outgoing import SYMMETRIC_LOSES, json_bytes, symmetric_scales
from setrange.ranges.float32 import shortest
from setrange.ranges.json_scan import JsonObject

if TYPE_CHECKING:
    from setrange.ranges.loss import Loss
    from setrange.ranges.model import RangeFile

__all__ = ["FORMAT"]

_VERSION = "0.6.1"


def _write(range_file: RangeFile) -> Written:
    losses: list[Loss] = []
    activations = {}
    for entry, scale in symmetric_scales(range_file, losses):
        low, high = grid_of_scale(scale)
        activations[entry.name] = [
            {
                "bitwidth": 8,
                "dtype": "int",
                "is_symmetric": "True",
                "min": low,
                "max": high,
                "scale": shortest(scale),
                "offset": -128,
            }
        ]
    document = {"version": _VERSION, ACTIVATIONS: activations, PARAMETERS: {}}
    return Written(data=json_bytes(document), losses=tuple(losses))


FORMAT = RangeFormat(
    id="aimet-0.6.1",
    title="AIMET encodings 0.6.1",
    sniff=lambda source: has_encodings(source, JsonObject),
    read=lambda source: read_encodings(source, "aimet-0.6.1"),
    write=_write,
    value="scale and offset on the unsigned 8-bit grid; signed symmetric: amax = 127 x scale",
    loses=SYMMETRIC_LOSES,
)
