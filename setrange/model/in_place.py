# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Reading an ONNX file without its weights: they stay in the file, like external data.

A model is parsed field by field as far as its large initializers, which become external
tensors whose data file is the model file itself. So neither memory nor time follows the
model's size until somebody asks for values.
"""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING

from setrange.model.external import IN_PLACE
from setrange.model.messages import messages
from setrange.model.stamp import Stamp, changed, stamp_of
from setrange.model.types import EXTERNAL, DataType
from setrange.model.wire import GRAPH, INITIALIZER, RAW_DATA, FileBytes, NotPlainError, fields

if TYPE_CHECKING:
    from pathlib import Path

    from onnx import ModelProto, TensorProto

__all__ = ["MOST_DIMS", "read_in_place"]

#: Bytes from which values stay in the file.
_LARGE = 1 << 14
#: A smaller file is read whole: there is little to leave in it.
_SMALL_FILE = 4 * _LARGE
#: Bytes of one number, by onnx.TensorProto.DataType; others are parsed whole.
_ITEM_SIZES = {int(dtype): dtype.bits // 8 for dtype in DataType if dtype.code is not None}
#: A tensor of more dimensions is damaged: numpy has no array of them.
MOST_DIMS = 64


def read_in_place(path: Path) -> ModelProto | None:
    """Parse an ONNX file, large initializers left in it.

    Returns:
        The model, or ``None`` where the file has to be parsed whole: it is small, damaged, or
        laid out in a way that only a full parser reads.

    Raises:
        OSError: The file cannot be read.
    """
    with path.open("rb", buffering=0) as stream:
        status = os.fstat(stream.fileno())
        if status.st_size < _SMALL_FILE:
            return None
        data = FileBytes(stream, status.st_size)
        try:
            model = _model(data, path.name, stamp_of(status))
        except NotPlainError:
            model = None
        if stamp_of(os.fstat(stream.fileno())) != stamp_of(status):
            raise changed(path)
    return model


def _model(data: FileBytes, location: str, stamp: Stamp) -> ModelProto:
    from google.protobuf.message import DecodeError

    rest, graphs = [], []
    for field, start, value, end in fields(data, 0, len(data)):
        if field == GRAPH:
            graphs.append((value, end))
        else:
            rest.append(data[start:end])
    if len(graphs) != 1:
        raise NotPlainError
    light, tensors = [], []
    for field, start, value, end in fields(data, *graphs[0]):
        if field == INITIALIZER:
            tensors.append(_tensor(data, value, end, location, stamp))
        else:
            light.append(data[start:end])
    model: ModelProto = messages().ModelProto()
    try:
        model.ParseFromString(b"".join(rest))
        model.graph.ParseFromString(b"".join(light))
    except DecodeError as error:
        raise NotPlainError from error
    model.graph.initializer.extend(tensors)
    return model


def _tensor(data: FileBytes, start: int, end: int, location: str, stamp: Stamp) -> TensorProto:
    from google.protobuf.message import DecodeError

    tensor: TensorProto = messages().TensorProto()
    raw, rest = [], []
    if end - start >= _LARGE:
        for field, first, value, last in fields(data, start, end):
            if field == RAW_DATA and last - value >= _LARGE:
                raw.append((value, last - value))
            else:
                rest.append(data[first:last])
    try:
        tensor.ParseFromString(b"".join(rest) if raw else data[start:end])
    except DecodeError as error:
        raise NotPlainError from error
    if raw:
        if len(tensor.dims) > MOST_DIMS:
            raise NotPlainError
        expected = _ITEM_SIZES.get(tensor.data_type, 0) * math.prod(tensor.dims)
        lengths = [length for _, length in raw]
        if lengths != [expected] or tensor.data_location == EXTERNAL:
            raise NotPlainError
        tensor.data_location = messages().TensorProto.EXTERNAL
        offset, length = raw[0]
        mark = " ".join([IN_PLACE, *map(str, stamp)])
        place = [("location", location), ("offset", offset), ("length", length)]
        place.append(("checksum", mark))
        for key, entry in place:
            tensor.external_data.add(key=key, value=str(entry))
    return tensor
