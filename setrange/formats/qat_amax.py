# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""PyTorch QAT amax values: ``{"layer1.0.conv1._input_quantizer._amax": 2.64}``, JSON or .npz.

What pytorch-quantization and ModelOpt keep in a state dict. The keys are module paths, not
tensors; ``setrange.resolver.module_ranges`` finds the tensors by the exporter's node scopes.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

from setrange.errors import FormatError
from setrange.formats.foreign import ForeignReader, extreme, json_object
from setrange.formats.format import RangeFormat
from setrange.ranges.float32 import shortest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from setrange.ranges.model import RangeFile
    from setrange.ranges.source import Source

__all__ = ["FORMAT", "NAMES_ARE_MODULES", "QUANTIZER_KEY"]

#: Note of the reader, which no longer holds once the names are mapped.
NAMES_ARE_MODULES = "names are PyTorch modules; give --model to find their tensors"

#: Module path, quantizer: ``layer1.0.conv1``, ``_input_quantizer``.
QUANTIZER_KEY = re.compile(r"(?:(.+)\.)?([A-Za-z_0-9]*quantizer[A-Za-z_0-9]*)\._?amax\Z")

_ZIP = b"PK\x03\x04"


def _read(source: Source) -> RangeFile:
    reader = ForeignReader(source, "qat-amax")
    for name, value, line in _items(source, reader):
        match = QUANTIZER_KEY.match(name)
        if match is None:
            reader.fail(
                f"{name!r} is no amax of a quantizer; expected <module>._input_quantizer._amax",
                line,
            )
        elif "weight" in match.group(2):
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


def _items(source: Source, reader: ForeignReader) -> Iterator[tuple[str, Any, int]]:
    if source.data.startswith(_ZIP):
        for name, array in _arrays(source).items():
            # Anything but numbers becomes text, which the entry's check then names.
            yield name, array.tolist() if array.dtype.kind in "fiu" else str(array.dtype), 0
    else:
        document = reader.document()
        for name, value in document.items():
            yield name, value, document.lines[name]


def _arrays(source: Source) -> dict[str, Any]:
    import numpy as np

    try:
        with np.load(io.BytesIO(source.data), allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except Exception as error:  # zipfile and numpy raise almost anything on a broken file
        raise FormatError(f"{source.path}: is no readable .npz: {error}") from error


def _sniff(source: Source) -> bool:
    if source.data.startswith(_ZIP):
        return b".npy" in source.data[:4096] and b"amax" in source.data
    document = json_object(source)
    return bool(document) and all(map(QUANTIZER_KEY.match, document or {}))


FORMAT = RangeFormat(
    id="qat-amax",
    title="PyTorch QAT amax values (JSON, .npz)",
    sniff=_sniff,
    read=_read,
    value="amax, by quantizer of a module",
)
