# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""TensorFlow Lite's tensors as JSON: ``interpreter.get_tensor_details()``, or ``flatc --json``.

Names of fused ops are joined with ``;``; the first is the one whose result the tensor is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from setrange.errors import RangeFileError
from setrange.formats.foreign import ForeignReader
from setrange.formats.format import RangeFormat
from setrange.ranges.json_scan import JsonObject

if TYPE_CHECKING:
    from setrange.ranges.model import RangeFile
    from setrange.ranges.source import SourceFile

__all__ = ["FORMAT"]

_STEPS = {"int8": (-128, 127), "uint8": (0, 255), "int16": (-(1 << 15), (1 << 15) - 1)}


def _tensors(source: SourceFile) -> list[JsonObject]:
    """Return the tensors of a file; nothing where it is no such file."""
    if not source.is_json:
        return []
    try:
        value = source.json
    except RangeFileError:
        return []
    if isinstance(value, JsonObject):
        graphs = value.get("subgraphs")
        lists = (
            [g.get("tensors") for g in _objects(graphs)] if "operator_codes" in value else []
        )
        return [tensor for tensors in lists for tensor in _objects(tensors)]
    return _objects(value)


def _objects(value: Any) -> list[JsonObject]:
    if isinstance(value, list) and all(isinstance(item, JsonObject) for item in value):
        return value
    return []


def _quantization(tensor: JsonObject) -> JsonObject | None:
    for key in ("quantization_parameters", "quantization"):
        found = tensor.get(key)
        if isinstance(found, JsonObject):
            return found
    return None


def _sniff(source: SourceFile) -> bool:
    tensors = _tensors(source)
    return (
        bool(tensors) and all("name" in t for t in tensors) and any(map(_quantization, tensors))
    )


def _read(source: SourceFile) -> RangeFile:
    reader = ForeignReader(source, "tflite")
    tensors = _tensors(source)
    if not tensors:
        reader.fail("has no list of tensors, as get_tensor_details() gives it")
    for tensor in tensors:
        name = str(tensor.get("name", "")).partition(";")[0]
        kind = str(tensor.get("dtype", tensor.get("type", ""))).lower()
        kind = kind.rpartition(".")[2].strip("'<> ")
        if kind in _STEPS and name:
            _add(reader, name, kind, _quantization(tensor) or JsonObject(), tensor.line)
    return reader.finish()


def _add(
    reader: ForeignReader, name: str, kind: str, quantization: JsonObject, line: int
) -> None:
    scales = quantization.get("scales", quantization.get("scale", []))
    zeros = quantization.get("zero_points", quantization.get("zero_point", []))
    if not isinstance(scales, list) or not scales or not isinstance(zeros, list):
        return  # not quantized
    if len(scales) > 1:
        reader.lose_parameter(name)
        return
    if name in reader.entries:
        reader.note(f"{name!r} is there twice; the first is read")
        return
    scale = reader.number(name, scales[0], "scale", line)
    zero = reader.number(name, zeros[0] if zeros else 0, "zero point", line)
    if scale is None or zero is None:
        return
    reader.limits(name, kind, _STEPS[kind], scale, zero, line)


FORMAT = RangeFormat(
    id="tflite",
    title="TensorFlow Lite tensor details (JSON)",
    sniff=_sniff,
    read=_read,
    value="(step - zero point) x scale; INT8 with zero point 0: amax = 127 x scale",
)
