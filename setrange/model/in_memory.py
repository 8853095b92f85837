# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A model for a library in this process: without a file, and without a copy of its values."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from setrange.model.held_tensors import held_tensors
from setrange.model.messages import messages
from setrange.model.streamed import StreamedTensor, embedded, head_of, read_later
from setrange.model.types import EXTERNAL

if TYPE_CHECKING:
    from collections.abc import Iterable
    from concurrent.futures import Future
    from pathlib import Path

    import numpy.typing as npt
    from onnx import ModelProto, TensorProto

__all__ = ["ModelInMemory", "in_memory", "is_self_contained"]

#: Smaller values stay in the model: shapes, scales, biases.
_SMALL = 1 << 12

#: Threads that make values at a time: they read, or compute with numpy, beside each other.
_THREADS = 4


class ModelInMemory(NamedTuple):
    """A model in two parts.

    Attributes:
        proto: The model as ONNX serializes it; its large initializers have no values.
        values: Name of such an initializer -> its bytes.
    """

    proto: bytes
    values: dict[str, npt.NDArray[np.uint8]]


def is_self_contained(skeleton: ModelProto) -> bool:
    """True for a model whose bodies and attributes hold no values that lie in files."""
    return all(tensor.data_location != EXTERNAL for tensor in held_tensors(skeleton))


def in_memory(
    skeleton: ModelProto, initializers: Iterable[TensorProto | StreamedTensor], base: Path
) -> ModelInMemory:
    """Make all values of a model, several at a time.

    Args:
        skeleton: The model without initializers; it is not changed, and self-contained.
        initializers: Its initializers, in order; none of them is changed.
        base: Directory that their external data locations are relative to.

    Raises:
        ModelError: Values cannot be read.
        MemoryError: They do not fit into memory.
    """
    proto = messages().ModelProto()
    proto.CopyFrom(skeleton)
    pending: dict[str, Future[npt.NDArray[np.uint8]]] = {}
    with ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1)) as pool:
        streamed = [_streamed(tensor, base) for tensor in initializers]
        for tensor in streamed:
            if isinstance(tensor, StreamedTensor) and tensor.size > _SMALL:
                pending[tensor.head.name] = pool.submit(_values, tensor)
        for tensor in streamed:
            added = proto.graph.initializer.add()
            added.CopyFrom(head_of(tensor))
            if isinstance(tensor, StreamedTensor) and tensor.size <= _SMALL:
                added.raw_data = b"".join(tensor.parts())
        values = {name: made.result() for name, made in pending.items()}
        return ModelInMemory(proto=proto.SerializeToString(), values=values)


def _streamed(tensor: TensorProto | StreamedTensor, base: Path) -> TensorProto | StreamedTensor:
    """Take the values out of a tensor that has many of them as bytes, or in a file."""
    tensor = embedded(tensor, base)
    if isinstance(tensor, StreamedTensor):
        return tensor
    if tensor.data_location == EXTERNAL:
        return read_later(tensor, base)
    raw = tensor.raw_data
    if len(raw) <= _SMALL:
        return tensor
    head: TensorProto = messages().TensorProto(
        name=tensor.name, data_type=tensor.data_type, dims=tensor.dims
    )
    return StreamedTensor(head=head, size=len(raw), parts=lambda: iter([raw]))


def _values(tensor: StreamedTensor) -> npt.NDArray[np.uint8]:
    values: npt.NDArray[np.uint8] | None = None
    at = 0
    for part in tensor.parts():
        piece = np.frombuffer(part, dtype=np.uint8)
        if piece.size == tensor.size:
            return piece  # it is there already
        if values is None:
            values = np.empty(tensor.size, dtype=np.uint8)
        values[at : at + piece.size] = piece
        at += piece.size
    return np.empty(0, dtype=np.uint8) if values is None else values
