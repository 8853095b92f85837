# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""AIMET encodings 1.0.0: lists of objects with names and arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.formats.aimet_encoding import (
    ACTIVATIONS,
    PARAMETERS,
    has_encodings,
    read_encodings,
)
from setrange.formats.format import RangeFormat, Written
from setrange.formats.outgoing import SYMMETRIC_LOSES, json_bytes, symmetric_scales
from setrange.ranges.float32 import shortest

if TYPE_CHECKING:
    from setrange.ranges.loss import Loss
    from setrange.ranges.model import RangeFile

__all__ = ["FORMAT"]

_VERSION = "1.0.0"


def _write(range_file: RangeFile) -> Written:
    losses: list[Loss] = []
    activations = [
        {
            "name": entry.name,
            "enc_type": "PER_TENSOR",
            "dtype": "INT",
            "bw": 8,
            "is_sym": True,
            "scale": [shortest(scale)],
            "offset": [-128.0],
        }
        for entry, scale in symmetric_scales(range_file, losses)
    ]
    document = {
        "version": _VERSION,
        ACTIVATIONS: activations,
        PARAMETERS: [],
        "quantizer_args": {},
    }
    return Written(data=json_bytes(document), losses=tuple(losses))


FORMAT = RangeFormat(
    id="aimet-1.0.0",
    title="AIMET encodings 1.0.0",
    sniff=lambda source: has_encodings(source, list),
    read=lambda source: read_encodings(source, "aimet-1.0.0"),
    write=_write,
    value="scale and offset on the unsigned 8-bit grid; signed symmetric: amax = 127 x scale",
    loses=SYMMETRIC_LOSES,
)
