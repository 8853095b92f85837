# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""ONNX Runtime's ``calibration.cache``: ``<name> <amax>`` a line. Not TensorRT's cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.formats.foreign import ForeignReader
from setrange.formats.format import RangeFormat
from setrange.formats.plain_lines import is_number, looks_like_prose
from setrange.ranges.problems import quoted

if TYPE_CHECKING:
    from setrange.ranges.model import RangeFile
    from setrange.ranges.source import SourceFile

__all__ = ["FORMAT", "SIGNED_MAX_NOTE"]

#: Ends of names that show another tool, or a list that is not one number a line.
_FOREIGN_ENDS = (",", ";", "=", ":", "|", "_param_0")

#: A bug of the tool that writes this file and its binary sister.
SIGNED_MAX_NOTE = (
    "onnxruntime 1.20 to 1.32 writes the larger of min and max here, not the largest absolute "
    "value: tensors whose negative side is wider get too small a range; calibration.json "
    "beside it is right"
)


def _read(source: SourceFile) -> RangeFile:
    reader = ForeignReader(source, "ort-cache")
    for number, line in enumerate(source.text.split("\n"), 1):
        if not line.strip():
            continue
        name, value = _split(line)
        if value is None:
            reader.fail(f"{quoted(line)} is no entry; expected <name> <number>", number)
        else:
            reader.amax(name, value, number)
    reader.note(
        "this is ONNX Runtime's calibration.cache, not TensorRT's, which begins with TRT-; "
        "trtexec and DeepStream cannot read it"
    )
    reader.note(SIGNED_MAX_NOTE)
    return reader.finish()


def _split(line: str) -> tuple[str, float | None]:
    name, _, value = line.rstrip().rpartition(" ")
    good = name.strip() and not name.endswith(_FOREIGN_ENDS) and is_number(value)
    return name, float(value) if good else None


def _sniff(source: SourceFile) -> bool:
    if source.is_binary or source.is_json:
        return False
    names = []
    for line in source.text.split("\n"):
        if not line.strip():
            continue
        name, value = _split(line)
        # ncnn's tables and others end their lines with a blank; ONNX Runtime does not.
        if value is None or line != line.strip() or not _is_one_name(name):
            return False
        names.append(name)
    return bool(names) and not looks_like_prose(names)


def _is_one_name(name: str) -> bool:
    """True where no second number, and nothing of a table, stands in the name."""
    return name.startswith("(Unnamed Layer* ") or len(name.split()) == 1


FORMAT = RangeFormat(
    id="ort-cache",
    title="ONNX Runtime calibration.cache",
    sniff=_sniff,
    read=_read,
    value="amax; not TensorRT's cache in spite of its name",
)
