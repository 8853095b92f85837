# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The text that ``print_quant_summary`` and ``print(model)`` give of TensorQuantizer modules.

``layer1.0.conv1._input_quantizer : TensorQuantizer(8bit fake per-tensor amax=2.6400 ...)``, of
pytorch-quantization and ModelOpt. Numbers have four decimals there: the state dict has all.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from setrange.formats.foreign import ForeignReader
from setrange.formats.format import RangeFormat
from setrange.formats.module_keys import GIVE_THE_MODEL
from setrange.formats.plain_lines import is_number
from setrange.ranges.loss import LossKind

if TYPE_CHECKING:
    from setrange.ranges.model import RangeFile
    from setrange.ranges.source import SourceFile

__all__ = ["FORMAT"]

_MARK = "TensorQuantizer("
_LINE = re.compile(r"\s*\(?(?P<name>[\w.]*quantizer)\)?\s*:?\s+TensorQuantizer\((?P<rest>.*)")
_AMAX = re.compile(r"\bamax=(?P<value>\[[^\]]*\]|[^\s,)]+)")
_BITS = re.compile(r"(?P<bits>\(?\d+(?:, ?\d+\))?)[ -]?bit")


def _read(source: SourceFile) -> RangeFile:
    reader = ForeignReader(source, "quant-summary")
    for number, line in enumerate(source.text.split("\n"), 1):
        match = _LINE.match(line)
        if match is None:
            if _MARK in line:
                reader.fail("is no line of a quantizer", number)
            continue
        _add(reader, f"{match['name']}._amax", match["rest"], number)
    reader.note(
        "numbers have four decimals here; a dump of the state dict has all (docs: qat-amax)"
    )
    reader.note(f"names are PyTorch modules{GIVE_THE_MODEL}")
    return reader.finish()


def _add(reader: ForeignReader, name: str, rest: str, line: int) -> None:
    if "weight_quantizer" in name:
        reader.lose_parameter(name)
        return
    found = _AMAX.search(rest)
    text = "" if found is None else found["value"].strip("[]")
    numbers = [part.strip() for part in text.split(",")]
    if rest.startswith("disabled"):
        reader.unset(name, "its quantizer is disabled", line)
    elif not all(map(is_number, numbers)):
        reader.unset(name, f"amax is {text or 'missing'}", line)
    else:
        bits = _BITS.match(rest)
        if bits is not None and bits["bits"] != "8":
            reader.lose(name, LossKind.NOT_8_BIT, f"{bits['bits']} bits: amax read as it is")
        reader.lose_channels(name, len(numbers))
        reader.amax(name, max(abs(float(value)) for value in numbers), line)


def _sniff(source: SourceFile) -> bool:
    if source.is_binary or source.is_json or _MARK not in source.text:
        return False
    return any(_LINE.match(line) for line in source.text.split("\n") if _MARK in line)


FORMAT = RangeFormat(
    id="quant-summary",
    title="PyTorch QAT quantizers as printed (print_quant_summary)",
    sniff=_sniff,
    read=_read,
    value="amax, by quantizer of a module, with four decimals",
)
