# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""PyTorch QAT amax values: ``{"layer1.0.conv1._input_quantizer._amax": 2.64}``, JSON or .npz.

What pytorch-quantization and ModelOpt keep in a state dict. The keys are module paths, not
tensors; ``setrange.resolver.module_ranges`` finds the tensors by the exporter's node scopes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from setrange.errors import FormatError, InputError
from setrange.formats.foreign import ForeignReader, extreme, json_object
from setrange.formats.format import RangeFormat
from setrange.formats.module_keys import GIVE_THE_MODEL
from setrange.ranges.float32 import shortest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from setrange.ranges.model import RangeFile
    from setrange.ranges.source import SourceFile

__all__ = ["FORMAT", "quantizer_of"]

#: Note of the reader.
NAMES_ARE_MODULES = f"names are PyTorch modules{GIVE_THE_MODEL}"

_ENDS = ("._amax", ".amax")
_WORD = re.compile(r"[A-Za-z_0-9]+\Z")

_ZIP = b"PK\x03\x04"


def quantizer_of(key: str) -> tuple[str, str] | None:
    """Return module path and quantizer of a key, or ``None`` for another kind of key.

    >>> quantizer_of("layer1.0.conv1._input_quantizer._amax")
    ('layer1.0.conv1', '_input_quantizer')
    """
    for end in _ENDS:
        if key.endswith(end):
            module, _, quantizer = key.removesuffix(end).rpartition(".")
            is_one = "quantizer" in quantizer and _WORD.match(quantizer) is not None
            return (module, quantizer) if is_one else None
    return None


#: More values than this are channels of a weight that nobody lists.
_MANY = 100_000


def _read(source: SourceFile) -> RangeFile:
    reader = ForeignReader(source, "qat-amax")
    for name, value, line in _items(source, reader):
        found = quantizer_of(name)
        if found is None:
            reader.fail(
                f"{name!r} is no amax of a quantizer; expected <module>._input_quantizer._amax",
                line,
            )
        elif "weight" in found[1]:
            reader.lose_parameter(name)
        else:
            _add(reader, name, value, line)
    reader.note(NAMES_ARE_MODULES)
    return reader.finish()


def _add(reader: ForeignReader, name: str, value: Any, line: int) -> None:
    numbers = list(_numbers(reader, name, value, line))
    if not numbers:
        if value == []:
            reader.fail("has no value", line, name)
        return
    reader.lose_channels(name, len(numbers))
    widest = extreme([abs(number) for number in numbers], max)
    reader.amax(name, shortest(widest), line)  # they were float32 tensors


def _numbers(reader: ForeignReader, name: str, value: Any, line: int) -> Iterator[float]:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, list):
            yield from _numbers(reader, name, item, line)
            continue
        number = reader.number(name, item, "amax", line)
        if number is not None:
            yield number


def _items(source: SourceFile, reader: ForeignReader) -> Iterator[tuple[str, Any, int]]:
    if source.data.startswith(_ZIP):
        yield from _arrays(source)
    else:
        document = reader.document()
        for name, value in document.items():
            yield name, value, document.lines[name]


def _arrays(source: SourceFile) -> Iterator[tuple[str, Any, int]]:
    """Yield the arrays of the archive; of a large one only what its range needs is kept."""
    import numpy as np

    from setrange.files.arrays import NpzFile

    try:
        with NpzFile(source.data, source.path) as arrays:
            for name in arrays.headers:
                values = arrays.read(name)
                if values.dtype.kind not in "fiu":
                    yield name, str(values.dtype), 0  # the entry's check names it
                    continue
                flat = np.abs(values.reshape(-1).astype(np.float64, copy=False))
                if flat.size > _MANY:
                    flat = np.full(2, np.max(flat))  # NaN stays NaN
                yield name, flat.tolist(), 0
    except InputError as error:
        raise FormatError(str(error)) from error


def _sniff(source: SourceFile) -> bool:
    if source.data.startswith(_ZIP):
        return b".npy" in source.data[:4096] and b"amax" in source.data
    document = json_object(source)
    return bool(document) and all(map(quantizer_of, document or {}))


FORMAT = RangeFormat(
    id="qat-amax",
    title="PyTorch QAT amax values (JSON, .npz)",
    sniff=_sniff,
    read=_read,
    value="amax, by quantizer of a module",
)
