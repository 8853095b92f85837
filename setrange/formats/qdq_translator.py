# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The config of NVIDIA's qdq_translator: ``int8_tensor_scales`` and ``fp16_nodes``."""

from __future__ import annotations

import glob
from typing import TYPE_CHECKING, Any

from setrange.formats.foreign import ForeignReader
from setrange.formats.format import Keeps, RangeFormat, Written
from setrange.formats.number_map import has_keys, read_number_map
from setrange.formats.outgoing import json_bytes, symmetric_scales
from setrange.ranges.entry import describe
from setrange.ranges.float32 import shortest
from setrange.ranges.loss import Loss, LossKind
from setrange.ranges.precision import precision_of

if TYPE_CHECKING:
    from setrange.ranges.model import RangeFile
    from setrange.ranges.source import SourceFile

__all__ = ["FORMAT"]

_SCALES = "int8_tensor_scales"
_FP16 = "fp16_nodes"
#: What the translator writes for a tensor that the DLA fuses away (Conv -> Add).
_FUSED = 1.0


def _read(source: SourceFile) -> RangeFile:
    reader = ForeignReader(source, "qdq-translator")

    def add(name: str, value: Any, line: int) -> None:
        if value == _FUSED and not isinstance(value, bool):
            reader.unset(name, "scale 1.0, the mark of a tensor fused away on the DLA", line)
        else:
            reader.scale(name, value, line)

    document = read_number_map(reader, (_SCALES,), add)
    nodes = document.get(_FP16, [])
    if not isinstance(nodes, list) or not all(isinstance(node, str) for node in nodes):
        reader.fail(
            f'"{_FP16}" is {describe(nodes)}; expected a list of node names',
            document.lines[_FP16],
        )
    else:
        reader.precision = {glob.escape(node): "fp16" for node in nodes}
    return reader.finish()


def _write(range_file: RangeFile) -> Written:
    losses: list[Loss] = []
    scales = {}
    for entry, scale in symmetric_scales(range_file, losses):
        scales[entry.name] = shortest(scale)
        if scale == _FUSED:
            message = "a scale of 1.0 reads back as the mark of a fused tensor"
            losses.append(Loss(entry.name, LossKind.NO_RANGE, message))
    nodes = []
    for pattern, kind in range_file.precision.items():
        name = pattern.replace("[[]", "[").replace("[*]", "*").replace("[?]", "?")
        decides = precision_of(name, range_file.precision) == kind
        if kind == "fp16" and glob.escape(name) == pattern and decides:
            nodes.append(name)
        else:
            message = f"{kind} for nodes like this: only fp16 for single nodes can be written"
            losses.append(Loss(pattern, LossKind.FIELD, message))
    document: dict[str, Any] = {_SCALES: scales}
    if nodes:
        document[_FP16] = nodes
    return Written(data=json_bytes(document), losses=tuple(losses))


FORMAT = RangeFormat(
    id="qdq-translator",
    title="NVIDIA qdq_translator config",
    sniff=lambda source: has_keys(source, _SCALES),
    read=_read,
    write=_write,
    keeps=Keeps.PRECISION,
    value="scale = amax / 127; 1.0 marks a tensor fused away on the DLA",
    loses="the smaller side of asymmetric ranges; tensors without a range; node patterns",
)
