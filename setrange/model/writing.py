# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Writing an ONNX file piece by piece; large values go to a data file beside it.

A model is written as a *skeleton* (everything but the initializers, which are most of its
bytes) and its initializers one by one, so no second copy of the weights is ever in memory.
"""

from __future__ import annotations

import os
from functools import partial
from typing import IO, TYPE_CHECKING

from setrange.errors import InputError
from setrange.files.atomic import atomic_file, real_output
from setrange.files.roles import STDOUT, reads
from setrange.files.staging import afterwards, together
from setrange.model.data_files import DataFile, HashingStream, data_of_old, remove_old_data
from setrange.model.external import data_file, open_data
from setrange.model.held_tensors import held_tensors
from setrange.model.messages import messages
from setrange.model.stamp import changed, stamp_of
from setrange.model.streamed import StreamedTensor, embedded, head_of
from setrange.model.types import EXTERNAL
from setrange.model.wire import GRAPH, INITIALIZER, RAW_DATA, tag, varint

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from google.protobuf.message import Message
    from onnx import ModelProto, TensorProto

__all__ = [
    "MAX_BYTES",
    "external_files",
    "skeleton_of",
    "write_model",
]

#: Largest file protobuf reads (2 GiB - 1).
MAX_BYTES = 2**31 - 1

#: Smaller values stay in the model file when it has a data file: shapes, scales, biases.
_SMALL = 1024

_BLOCK = 1 << 20
#: Offsets in the data file are multiples of this, so that it can be mapped into memory.
_ALIGNMENT = 4096


def skeleton_of(model: ModelProto, *, nodes: bool = True) -> ModelProto:
    """Return a copy of a model without its initializers, and without its nodes if so wanted."""
    skeleton: ModelProto = messages().ModelProto()
    _copy_fields(model, skeleton, "graph")
    _copy_fields(model.graph, skeleton.graph, "initializer", *([] if nodes else ["node"]))
    return skeleton


def _copy_fields(source: Message, target: Message, *skip: str) -> None:
    for field, value in source.ListFields():
        if field.name in skip:
            continue
        if hasattr(value, "extend"):
            getattr(target, field.name).extend(value)
        elif hasattr(value, "CopyFrom"):
            getattr(target, field.name).CopyFrom(value)
        else:
            setattr(target, field.name, value)


def write_model(
    path: str | Path,
    skeleton: ModelProto,
    initializers: Sequence[TensorProto | StreamedTensor],
    *,
    base: Path,
    max_bytes: int = MAX_BYTES,
) -> tuple[Path, ...]:
    """Write a model, whole or not at all.

    External data stays where it is if the model is written into the same directory, else its
    files are copied. A model of more than ``max_bytes`` gets a data file ``<name>.data``.
    A data file never replaces another one (``setrange.model.data_files``), so at every moment
    the model in the file system is the old one with its old data, or the new one with its new.

    Args:
        path: The file to write.
        skeleton: The model without initializers; it is not changed.
        initializers: Its initializers, in order; none of them is changed. The values of those
            that were left in the file of another model are read from there.
        base: Directory that their external data locations are relative to.
        max_bytes: Largest model file.

    Returns:
        The data files written beside the model.

    Raises:
        InputError: A path cannot be written.
        ModelError: External data is missing.
    """
    initializers = [embedded(tensor, base) for tensor in initializers]
    if str(path) == STDOUT:
        return _write_to_stdout(skeleton, initializers, base, max_bytes)
    path = real_output(path)
    with together():
        old = data_of_old(path)
        written = _write_all(path, skeleton, initializers, base, max_bytes)
        afterwards(partial(remove_old_data, old, keep=written))
    return written


def _write_to_stdout(
    skeleton: ModelProto,
    initializers: Sequence[TensorProto | StreamedTensor],
    base: Path,
    max_bytes: int,
) -> tuple[Path, ...]:
    sizes = [_size(tensor) for tensor in initializers]
    is_large = skeleton.ByteSize() + sum(size + 8 for size in sizes) > max_bytes
    if is_large or external_files(skeleton, initializers, base):
        raise InputError(
            "the model has weights in a data file, which standard output has no room for; "
            "give the name of a file with -o"
        )
    with atomic_file(STDOUT) as stream:
        _write(stream, skeleton, initializers, sizes)
    return ()


def _write_all(
    path: Path,
    skeleton: ModelProto,
    initializers: Sequence[TensorProto | StreamedTensor],
    base: Path,
    max_bytes: int,
) -> tuple[Path, ...]:
    inside = _external_inside(skeleton)
    moved = _copied_data(path, [*initializers, *inside], base)
    if inside and moved:
        skeleton = skeleton_of(skeleton)
        for tensor in _external_inside(skeleton):
            tensor.CopyFrom(_elsewhere(tensor, moved))
    copied = tuple(path.parent / name for name in moved.values())
    tensors = [_relocated(tensor, moved) for tensor in initializers]
    sizes = [_size(tensor) for tensor in tensors]
    if skeleton.ByteSize() + sum(size + 8 for size in sizes) <= max_bytes:
        with atomic_file(path) as stream:
            _write(stream, skeleton, tensors, sizes)
        return copied
    with DataFile(path, "data") as heap:
        stubs = [_stub(tensor, heap.stream) for tensor in tensors]
    for stub, given in zip(stubs, tensors, strict=True):
        if stub is not given:
            _set_location(head_of(stub), heap.path.name)
    with atomic_file(path) as stream:
        _write(stream, skeleton, stubs, [_size(stub) for stub in stubs])
    return (*copied, heap.path)


def _write(
    stream: IO[bytes],
    skeleton: ModelProto,
    initializers: Sequence[TensorProto | StreamedTensor],
    sizes: Sequence[int],
) -> None:
    graph = skeleton.graph.SerializeToString()
    total = len(graph) + sum(1 + len(varint(size)) + size for size in sizes)
    stream.write(_without_graph(skeleton) + tag(GRAPH) + varint(total))
    stream.write(graph)
    for tensor, size in zip(initializers, sizes, strict=True):
        stream.write(tag(INITIALIZER) + varint(size))
        if isinstance(tensor, StreamedTensor):
            stream.write(tensor.head.SerializeToString())
            stream.write(tag(RAW_DATA) + varint(tensor.size))
            stream.writelines(tensor.parts())
        else:
            stream.write(tensor.SerializeToString())


def _size(tensor: TensorProto | StreamedTensor) -> int:
    if isinstance(tensor, StreamedTensor):
        return tensor.head.ByteSize() + 1 + len(varint(tensor.size)) + tensor.size
    size: int = tensor.ByteSize()
    return size


def _without_graph(skeleton: ModelProto) -> bytes:

    head = messages().ModelProto()
    _copy_fields(skeleton, head, "graph")
    data: bytes = head.SerializeToString()
    return data


def _stub(
    tensor: TensorProto | StreamedTensor, heap: HashingStream
) -> TensorProto | StreamedTensor:
    """Move a large value to the data file; what stays in the model says where in it it is."""
    if isinstance(tensor, StreamedTensor):
        head, size, parts = tensor.head, tensor.size, tensor.parts()
    else:
        head, size, parts = tensor, len(tensor.raw_data), iter([tensor.raw_data])
    if head.data_location == EXTERNAL or size <= _SMALL:
        return tensor
    heap.write(b"\0" * (-heap.tell() % _ALIGNMENT))
    stub: TensorProto = messages().TensorProto(
        name=head.name,
        data_type=head.data_type,
        dims=head.dims,
        doc_string=head.doc_string,
        data_location=EXTERNAL,
    )
    place = {"location": "", "offset": heap.tell(), "length": size}
    for key, value in place.items():
        stub.external_data.add(key=key, value=str(value))
    heap.writelines(parts)
    return stub


def external_files(
    skeleton: ModelProto, initializers: Iterable[TensorProto | StreamedTensor], base: Path
) -> dict[str, Path]:
    """Return the files that hold external values of a model: location -> real path.

    Raises:
        ModelError: One of them is outside the model's folder.
    """
    return _files([*initializers, *_external_inside(skeleton)], base)


def _files(tensors: Iterable[TensorProto | StreamedTensor], base: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for tensor in tensors:
        if not isinstance(tensor, StreamedTensor) and tensor.data_location == EXTERNAL:
            location = next((e.value for e in tensor.external_data if e.key == "location"), "")
            if location not in found:
                found[location] = data_file(tensor, base)
    return found


def _external_inside(skeleton: ModelProto) -> list[TensorProto]:
    """External tensors anywhere but among the main graph's initializers."""
    return [t for t in held_tensors(skeleton) if t.data_location == EXTERNAL]


def _copied_data(
    path: Path, tensors: Iterable[TensorProto | StreamedTensor], base: Path
) -> dict[str, str]:
    """Copy data files next to a model that is written elsewhere: old -> new location."""
    if path.parent.resolve() == base.resolve():
        return {}
    import shutil

    moved = {}
    for number, (location, source) in enumerate(_files(tensors, base).items()):
        reads(source, "the model's data")
        with (
            open_data(source, f"external data {base / location}") as stream,
            DataFile(path, f"{number}.data") as copy,
        ):
            before = stamp_of(os.fstat(stream.fileno()))
            shutil.copyfileobj(stream, copy.stream, _BLOCK)
            if stamp_of(os.fstat(stream.fileno())) != before:
                raise changed(source)
        moved[location] = copy.path.name
    return moved


def _relocated(
    tensor: TensorProto | StreamedTensor, moved: dict[str, str]
) -> TensorProto | StreamedTensor:
    if isinstance(tensor, StreamedTensor) or tensor.data_location != EXTERNAL or not moved:
        return tensor
    return _elsewhere(tensor, moved)


def _elsewhere(tensor: TensorProto, moved: dict[str, str]) -> TensorProto:

    twin: TensorProto = messages().TensorProto()
    twin.CopyFrom(tensor)
    for entry in twin.external_data:
        if entry.key == "location":
            _set_location(twin, moved[entry.value])
    return twin


def _set_location(tensor: TensorProto, location: str) -> None:
    for entry in tensor.external_data:
        if entry.key == "location":
            entry.value = location
