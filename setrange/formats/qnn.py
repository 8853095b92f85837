# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Qualcomm QNN / SNPE ``--quantization_overrides``: AIMET's container, min and max suffice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.formats.aimet_encoding import (
    ACTIVATIONS,
    PARAMETERS,
    has_encodings,
    read_encodings,
)
from setrange.formats.format import RangeFormat, Written
from setrange.formats.outgoing import json_bytes, ranged

if TYPE_CHECKING:
    from setrange.ranges.loss import Loss
    from setrange.ranges.model import RangeFile

__all__ = ["FORMAT"]


def _write(range_file: RangeFile) -> Written:
    losses: list[Loss] = []
    activations = {
        entry.name: [{"bitwidth": 8, "min": bounds.min, "max": bounds.max}]
        for entry, bounds in ranged(range_file, losses)
    }
    document = {ACTIVATIONS: activations, PARAMETERS: {}}
    return Written(data=json_bytes(document), losses=tuple(losses))


FORMAT = RangeFormat(
    id="qnn",
    title="QNN / SNPE quantization overrides",
    sniff=lambda source: has_encodings(source, dict, list, versioned=False),
    read=lambda source: read_encodings(source, "qnn"),
    write=_write,
    value="min and max, or scale and offset",
    loses="tensors without a range",
)
