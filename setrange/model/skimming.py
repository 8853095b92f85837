# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Reading an ONNX file without its weights: large values stay where they are, in the file.

Most of a model's bytes are values of initializers. They are skipped, and each becomes external
data that lies in the model's own file.
"""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from onnx import ModelProto, TensorProto

__all__ = ["skim"]

#: Smaller values are read: shapes, scales, biases.
_SMALL = 4096

#: Field numbers: ModelProto.graph, GraphProto.initializer and TensorProto.raw_data.
#: Source: onnx/onnx v1.16: onnx/onnx.proto.
_GRAPH, _INITIALIZER, _RAW_DATA = 7, 5, 9

#: Protobuf's wire types, and the bytes of those of a fixed size.
_VARINT, _BYTES = 0, 2
_FIXED = {1: 8, 5: 4}


def skim(path: Path) -> ModelProto | None:
    """Read a model, its large values as external data in ``path`` itself.

    Returns:
        The model, or ``None`` if it has external data already, or its file is not what ONNX
        exporters write: then it is to be read as a whole.
    """
    import onnx

    model, graph = onnx.ModelProto(), onnx.GraphProto()
    try:
        with (
            path.open("rb") as stream,
            mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data,
        ):
            rest, graphs = _split(data, 0, len(data), _GRAPH)
            if len(graphs) != 1:
                return None
            inner, tensors = _split(data, *graphs[0], _INITIALIZER)
            model.ParseFromString(rest)
            graph.ParseFromString(inner)
            graph.initializer.extend(_tensor(data, *place, path.name) for place in tensors)
    except Exception:  # whatever is wrong with it: reading it as a whole says so
        return None
    model.graph.CopyFrom(graph)
    return model


def _tensor(data: mmap.mmap, start: int, end: int, location: str) -> TensorProto:
    import onnx

    if end - start <= _SMALL:
        tensor = onnx.TensorProto.FromString(data[start:end])
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            raise ValueError("has external data")
        return tensor
    rest, values = _split(data, start, end, _RAW_DATA)
    tensor = onnx.TensorProto.FromString(rest)
    if tensor.external_data or len(values) > 1:
        raise ValueError("has external data, or values in two parts")
    for low, high in values:
        tensor.data_location = onnx.TensorProto.EXTERNAL
        place = {"location": location, "offset": low, "length": high - low}
        for key, value in place.items():
            tensor.external_data.add(key=key, value=str(value))
    return tensor


def _split(
    data: mmap.mmap, start: int, end: int, wanted: int
) -> tuple[bytes, list[tuple[int, int]]]:
    """Return a message without one of its fields, and where the values of that lie."""
    kept, places, begin = [], [], start
    for number, field, low, high in _fields(data, start, end):
        if number == wanted:
            kept.append(data[begin:field])
            places.append((low, high))
            begin = high
    kept.append(data[begin:end])
    return b"".join(kept), places


def _fields(data: mmap.mmap, at: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield number, start, and start and end of the value, of each field of a message."""
    while at < end:
        field = at
        tag, at = _varint(data, at)
        kind = tag & 7
        if kind == _VARINT:
            _, high = _varint(data, at)
        elif kind == _BYTES:
            size, at = _varint(data, at)
            high = at + size
        else:
            high = at + _FIXED[kind]
        if high > end:
            raise ValueError("is truncated")
        yield tag >> 3, field, at, high
        at = high


def _varint(data: mmap.mmap, at: int) -> tuple[int, int]:
    """Read a number as protobuf writes it: seven bits a byte, lowest first."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
