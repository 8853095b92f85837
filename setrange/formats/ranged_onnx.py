# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Ranges out of an ONNX model that carries them as TensorRT's own node attributes."""

from __future__ import annotations

import glob
import math
from typing import TYPE_CHECKING

from setrange.errors import FormatError
from setrange.formats.foreign import ForeignReader
from setrange.formats.format import RangeFormat
from setrange.formats.qdq_onnx import looks_like_onnx, parse_onnx
from setrange.ranges.loss import LossKind
from setrange.ranges.precision import ONNX_TYPES
from setrange.ranges.problems import quoted

if TYPE_CHECKING:
    from onnx import ModelProto

    from setrange.ranges.model import RangeFile
    from setrange.ranges.source import SourceFile

__all__ = [
    "CARRIER",
    "FORMAT",
    "LAYER_PRECISION",
    "PRODUCER",
    "RANGE_MAX",
    "RANGE_MIN",
    "has_ranges",
]

#: Node attributes, one number for each output; NaN: that output has no range.
RANGE_MIN = "trt_outputs_range_min"
RANGE_MAX = "trt_outputs_range_max"

#: Node attribute: an element type of ONNX (``ONNX_TYPES``), which the parser converts.
LAYER_PRECISION = "trt_layer_precision"

#: What the names of nodes begin with that are there for their outputs' ranges only.
CARRIER = "setrange_range_carrier"

#: The only producer_name with which the parser reads them.
PRODUCER = "TensorRT"


def has_ranges(model: ModelProto) -> bool:
    """True for a model whose nodes carry ranges."""
    return any(attr.name == RANGE_MIN for node in model.graph.node for attr in node.attribute)


def _read(source: SourceFile) -> RangeFile:
    model = parse_onnx(source)
    reader = ForeignReader(source, "ranged-onnx")
    if model.producer_name != PRODUCER:
        reader.note(f"producer_name is not {PRODUCER!r}: TensorRT ignores these ranges")
    seen = set()
    for node in model.graph.node:
        floats = {attr.name: attr.floats for attr in node.attribute if attr.floats}
        pairs = zip(floats.get(RANGE_MIN, ()), floats.get(RANGE_MAX, ()), strict=False)
        for value, (low, high) in zip(node.output, pairs, strict=False):
            if value not in seen and not math.isnan(low):
                seen.add(value)
                reader.bounds(value, low, high, 0)
    _read_precisions(reader, model)
    if not seen:
        raise FormatError(
            f"{source.path}: no node has the attributes {RANGE_MIN} and {RANGE_MAX}; expected "
            f"a model that setrange apply ... -o model.ranged.onnx wrote"
        )
    return reader.finish()


def _read_precisions(reader: ForeignReader, model: ModelProto) -> None:
    """Read the precisions of nodes as TensorRT reads them."""
    names = {number: kind for kind, number in ONNX_TYPES.items()}
    for node in model.graph.node:
        for attr in node.attribute:
            if attr.name != LAYER_PRECISION:
                continue
            kind = names.get(attr.i)
            if not node.name:
                message = f"precision {kind or attr.i} of a {node.op_type} without a name"
                reader.lose("precision", LossKind.FIELD, f"{message}: no rule can name it")
            elif kind is None:
                message = (
                    f"{LAYER_PRECISION} of {quoted(node.name)} is {attr.i}, which is none of "
                    f"ONNX's element types 1 (fp32), 10 (fp16) and 3 (int8): left out"
                )
                reader.lose("precision", LossKind.FIELD, message)
            else:
                reader.precision[glob.escape(node.name)] = kind


FORMAT = RangeFormat(
    id="ranged-onnx",
    title="ONNX model with ranges as node attributes",
    sniff=lambda source: looks_like_onnx(source.data) and RANGE_MIN.encode() in source.data,
    read=_read,
    value="min and max, as TensorRT's parser sets them",
    loses="",
)
