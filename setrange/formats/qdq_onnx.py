# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Ranges out of a Q/DQ model: what QAT, ModelOpt, ONNX Runtime, AIMET and setrange write."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from setrange.errors import FormatError
from setrange.formats.foreign import ForeignReader
from setrange.formats.format import RangeFormat
from setrange.model.qdq_nodes import QdqNode, QdqNodes
from setrange.model.quantizer_ops import FAKE_OPS
from setrange.ranges.loss import LossKind

if TYPE_CHECKING:
    from onnx import ModelProto

    from setrange.model.fake_quantizers import FakeQuantizer
    from setrange.ranges.model import RangeFile
    from setrange.ranges.source import SourceFile

__all__ = ["FORMAT", "looks_like_onnx", "parse_onnx"]

#: Least and greatest step of the types that are read.
_LIMITS = {"int8": (-128, 127), "uint8": (0, 255), "float8e4m3fn": (-448, 448)}

#: Tags of the fields of a ModelProto that may follow ir_version.
_SECOND_TAGS = {b"\x12", b"\x1a", b'"', b"(", b"2", b":", b"B"}


def looks_like_onnx(data: bytes) -> bool:
    """True for bytes that begin as a ModelProto: ir_version (field 1, small), another field."""
    return data[:1] == b"\x08" and data[1:2] < b"\x20" and data[2:3] in _SECOND_TAGS


def parse_onnx(source: SourceFile) -> ModelProto:
    """Parse a model's bytes.

    Raises:
        FormatError: They are no ONNX model.
    """
    import onnx
    from google.protobuf.message import DecodeError

    from setrange.model.loading import check_model

    try:
        model = onnx.load_model_from_string(source.data)
    except DecodeError as e:
        raise FormatError(f"{source.path}: is not an ONNX model, or is truncated") from e
    check_model(model, Path(source.path))
    return model


def _read(source: SourceFile) -> RangeFile:
    model = parse_onnx(source)
    found = QdqNodes(model, Path(source.path).parent)
    reader = ForeignReader(source, "qdq-onnx")
    outputs = {value.name for value in model.graph.output}
    # The value's name in the float model: a graph output keeps its own.
    kept = {
        node.source: node.result for node in reversed(found.nodes) if node.result in outputs
    }
    by_value: dict[str, list[QdqNode]] = {}
    for node in found.nodes:
        if node.op == "QuantizeLinear" and not found.is_constant(node.source):
            value = kept.get(node.result, found.uncast(node.source))
            by_value.setdefault(value, []).append(node)
    fakes: dict[str, list[FakeQuantizer]] = {}
    for fake in found.fakes:
        value = fake.result if fake.result in outputs else found.uncast(fake.source)
        if not found.is_constant(fake.source) and value not in by_value:
            fakes.setdefault(value, []).append(fake)
    if not by_value and not fakes:
        types = ", ".join(sorted({node.dtype.upper() for node in found.nodes if node.dtype}))
        raise FormatError(
            f"{source.path}: has no QuantizeLinear node on an activation, so no ranges: its "
            f"{len(found.nodes)} Q/DQ nodes ({types or 'of unknown type'}) are on weights; "
            f"expected a Q/DQ model with pairs on activations"
        )
    for value, nodes in by_value.items():
        _add(reader, value, nodes, found)
    for value, several in fakes.items():
        _add_fakes(reader, value, several)
    taken = [node.source for node in found.nodes] + [fake.source for fake in found.fakes]
    weights = sum(map(found.is_constant, taken))
    if weights:
        reader.note(f"{weights} Q/DQ nodes on constants: TensorRT quantizes weights itself")
    return reader.finish()


def _add(reader: ForeignReader, value: str, nodes: list[QdqNode], found: QdqNodes) -> None:
    usable = []
    for node in nodes:
        why = _unusable(node, found)
        if why is None:
            usable.append(node)
        else:
            reader.lose(value, LossKind.NOT_8_BIT, f"{node.label} gives no range: {why}")
    if not usable:
        reader.unset(value, "no INT8 quantizer in the model", 0)
        return
    bounds = {node.index: _bounds(node, found) for node in usable}
    widest = max(usable, key=lambda node: max(map(abs, bounds[node.index])))
    if any(bounds[node.index] != bounds[widest.index] for node in usable):
        scales = ", ".join(f"{_scale(node):.6g}" for node in usable)
        reader.note(
            f"{value!r} is quantized {len(usable)} times, with {scales}; the largest is taken"
        )
    if not widest.is_per_tensor:
        message = "it has a scale per channel; the largest is taken"
        reader.lose(value, LossKind.PER_CHANNEL, message)
    low, high = bounds[widest.index]
    least, greatest = found.steps_left(widest)
    first, last = _LIMITS[widest.dtype]
    # INT8 without its -128 is 8 bits all the same.
    if min(last, greatest) - max(first, least) < last - first - 1:
        reader.lose(
            value,
            LossKind.NOT_8_BIT,
            f"a Clip leaves the steps {least:g} to {greatest:g}, fewer than 8 bits; it is read "
            f"as [{low!r}, {high!r}]",
        )
        reader.bounds(value, low, high, 0)
    elif widest.dtype == "float8e4m3fn":
        reader.bounds(value, low, high, 0)
    elif widest.dtype == "int8" and _zero(widest) == 0:
        reader.scale(value, _scale(widest), 0)
    else:
        reader.lose(
            value,
            LossKind.ASYMMETRIC,
            f"TensorRT refuses {widest.dtype.upper()} with zero point {_zero(widest)}; it is "
            f"read as [{low!r}, {high!r}]",
        )
        reader.bounds(value, low, high, 0)


def _add_fakes(reader: ForeignReader, value: str, fakes: list[FakeQuantizer]) -> None:
    usable = [fake for fake in fakes if fake.why is None]
    for fake in fakes:
        if fake.why is not None:
            what = f"{fake.proto.op_type} {fake.label} gives no range: {fake.why}"
            reader.lose(value, LossKind.NO_RANGE, what)
    if not usable:
        reader.unset(value, "its quantizer has no usable range", 0)
        return
    widest = max(usable, key=lambda fake: max(-fake.low, fake.high))
    if any((f.low, f.high) != (widest.low, widest.high) for f in usable):
        reader.note(
            f"{value!r} is quantized {len(usable)} times, differently; the widest range is "
            f"taken"
        )
    reader.lose_channels(value, widest.channels)
    if not widest.is_8_bit:
        message = f"it has {widest.bits}; it is read as [{widest.low!r}, {widest.high!r}]"
        reader.lose(value, LossKind.NOT_8_BIT, message)
    elif widest.scale is None and widest.low != -widest.high:
        message = f"it is read as [{widest.low!r}, {widest.high!r}]"
        reader.lose(value, LossKind.ASYMMETRIC, message)
    if widest.scale is not None:
        reader.scale(value, widest.scale, 0)
    else:
        reader.bounds(value, widest.low, widest.high, 0)


def _unusable(node: QdqNode, found: QdqNodes) -> str | None:
    if node.dtype not in _LIMITS:
        return f"it quantizes to {node.dtype}"
    if node.scale is None or not node.scale.size:
        return "its scale is not constant"
    if len(node.proto.input) > 2 and node.proto.input[2] and node.zero is None:
        return "its zero point is not constant"
    if node.scale.ndim > 1 and not node.is_per_tensor:
        return "it has a scale per block"
    low, high = _bounds(node, found)
    return None if low < high else "a Clip leaves no steps of it"


def _scale(node: QdqNode) -> float:
    scale: Any = node.scale
    return float(scale.max())


def _zero(node: QdqNode) -> int:
    if node.zero is None or not node.zero.size:
        return 0
    return int(node.zero.reshape(-1)[:1].astype("float32")[0])


def _bounds(node: QdqNode, found: QdqNodes) -> tuple[float, float]:
    least, greatest = _LIMITS[node.dtype]
    scale, zero = _scale(node), _zero(node)
    if node.dtype == "int8" and zero == 0:
        least = -127  # what a symmetric range is written with
    low, high = found.steps_left(node)
    return (max(least, low) - zero) * scale, (min(greatest, high) - zero) * scale


#: What the bytes of a model with quantizers hold: the op's name, or the field op_type with it.
_MARKS = (
    b"QuantizeLinear",
    b"DequantizeLinear",
    *(b'"' + bytes([len(op)]) + op.encode() for op in sorted(FAKE_OPS)),
)

FORMAT = RangeFormat(
    id="qdq-onnx",
    title="Q/DQ ONNX model",
    sniff=lambda source: (
        looks_like_onnx(source.data) and any(mark in source.data for mark in _MARKS)
    ),
    read=_read,
    value="scale = amax / 127 (INT8), amax / 448 (FP8); others as (step - zero point) x scale; "
    "FakeQuantize: min and max",
    loses="",
)
