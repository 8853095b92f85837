# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Initializers whose values are made, or read, while they are written."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from setrange.model.external import ExternalData, is_in_place
from setrange.model.messages import messages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from onnx import TensorProto

__all__ = ["StreamedTensor", "embedded", "head_of", "read_later", "with_values"]


class StreamedTensor(NamedTuple):
    """An initializer whose values are computed while they are written.

    Attributes:
        head: Name, type and dimensions; no values.
        size: Bytes of the values.
        parts: Makes the values, in order.
    """

    head: TensorProto
    size: int
    parts: Callable[[], Iterator[bytes | memoryview]]


def head_of(tensor: TensorProto | StreamedTensor) -> TensorProto:
    """Name, type and dimensions of an initializer."""
    return tensor.head if isinstance(tensor, StreamedTensor) else tensor


def embedded(tensor: TensorProto | StreamedTensor, base: Path) -> TensorProto | StreamedTensor:
    """Return a tensor as it is written into another model file; its values are not read yet.

    Args:
        tensor: Any tensor; only one whose values lie in its model's file is changed.
        base: The folder of that file.
    """
    if isinstance(tensor, StreamedTensor) or not is_in_place(tensor):
        return tensor
    return read_later(tensor, base)


def read_later(tensor: TensorProto, base: Path) -> StreamedTensor:
    """Return a tensor whose values lie in a file with the values to come.

    Args:
        tensor: The tensor; it is not changed.
        base: The folder of that file.
    """
    head = messages().TensorProto()
    head.CopyFrom(tensor)
    head.ClearField("external_data")
    head.ClearField("data_location")
    data = ExternalData.bytes_of(tensor, base)
    return StreamedTensor(head=head, size=data.count, parts=partial(_parts, data))


def with_values(tensor: TensorProto, base: Path) -> TensorProto:
    """Return a tensor with the values in it that lie in its model's file.

    Args:
        tensor: Any tensor; one whose values are elsewhere is returned as it is.
        base: The folder of the model file.
    """
    whole = embedded(tensor, base)
    if not isinstance(whole, StreamedTensor):
        return whole
    whole.head.raw_data = b"".join(whole.parts())
    return whole.head


def _parts(data: ExternalData) -> Iterator[bytes]:
    return (chunk.tobytes() for chunk in data.chunks())
