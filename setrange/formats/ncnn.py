# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""ncnn's table of ``ncnn2table``, and the lines it prints: 127 / threshold, by layer.

A line without ``_param_`` is of what the layer reads; the others are of its weights. Source:
Tencent/ncnn 20240820: tools/quantize/ncnn2table.cpp (``save_table``, ``print_quant_info``).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from setrange.formats.foreign import ForeignReader
from setrange.formats.format import RangeFormat
from setrange.formats.module_keys import GIVE_THE_MODEL, input_key
from setrange.formats.plain_lines import is_number
from setrange.ranges.float32 import shortest
from setrange.ranges.model import INT8_STEPS
from setrange.ranges.problems import quoted

if TYPE_CHECKING:
    from setrange.ranges.model import RangeFile
    from setrange.ranges.source import SourceFile

__all__ = ["FORMAT"]

_WEIGHTS = re.compile(r"_param_\d+\Z")
_PRINTED = re.compile(
    r"(?P<name>\S+)\s*: max = (?P<max>\S+)\s+threshold = (?P<threshold>\S+)\s+scale = \S+\Z"
)


def _read(source: SourceFile) -> RangeFile:
    reader = ForeignReader(source, "ncnn")
    for number, line in enumerate(source.text.split("\n"), 1):
        if not line.strip():
            continue
        printed = _PRINTED.match(line.strip())
        if printed is not None and is_number(printed["threshold"]):
            reader.amax(input_key(printed["name"]), float(printed["threshold"]), number)
            continue
        name, *values = line.split()
        if not values or not all(map(is_number, values)):
            reader.fail(
                f"{quoted(line.strip())} is no entry; expected <layer> <number>", number
            )
        elif _WEIGHTS.search(name):
            reader.lose_parameter(name)
        elif len(values) > 1:
            reader.fail(f"{quoted(name)} has {len(values)} numbers; expected one", number)
        else:
            _add(reader, name, float(values[0]), number)
    reader.note(
        f"names are ncnn's layers, and each range is that of what it reads{GIVE_THE_MODEL}"
    )
    return reader.finish()


def _add(reader: ForeignReader, name: str, factor: float, line: int) -> None:
    if factor > 0:
        reader.amax(input_key(name), shortest(INT8_STEPS / factor), line)
    else:
        reader.unset(input_key(name), f"{factor:g} in the file", line)


def _sniff(source: SourceFile) -> bool:
    if source.is_binary or source.is_json:
        return False
    lines = [line.split() for line in source.text.split("\n") if line.strip()]
    if lines and all(_PRINTED.match(" ".join(words)) for words in lines):
        return True
    is_table = all(len(words) > 1 and all(map(is_number, words[1:])) for words in lines)
    return is_table and any(_WEIGHTS.search(words[0]) for words in lines)


FORMAT = RangeFormat(
    id="ncnn",
    title="ncnn int8 table, and what ncnn2table prints",
    sniff=_sniff,
    read=_read,
    value="127 / amax, of what a layer reads",
)
