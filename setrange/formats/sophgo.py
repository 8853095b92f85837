# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Sophgo's calibration table of TPU-MLIR: ``op_name threshold min max`` lines below a header.

Source: sophgo/tpu-mlir: python/calibration (run_calibration.py), which names an op
``<output>_<op type>``, and a network input as it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from setrange.formats.foreign import ForeignReader
from setrange.formats.format import RangeFormat
from setrange.formats.plain_lines import is_number
from setrange.ranges.problems import quoted

if TYPE_CHECKING:
    from setrange.ranges.model import RangeFile
    from setrange.ranges.source import SourceFile

__all__ = ["FORMAT"]

_HEADER = re.compile(r"^#\s*op_name\s+threshold\s+min\s+max", re.MULTILINE)
_OP_TYPE = re.compile(r"_[A-Z][A-Za-z0-9]+\Z")


def _read(source: SourceFile) -> RangeFile:
    reader = ForeignReader(source, "sophgo")
    is_cut = False
    for number, line in enumerate(source.text.split("\n"), 1):
        if line.lstrip().startswith("#") and reader.entries:
            break  # sections of other types follow
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, *values = line.split()
        if len(values) != 3 or not all(map(is_number, values)):
            reader.fail(
                f"{quoted(line.strip())} is no entry; expected <op> <threshold> <min> <max>",
                number,
            )
            continue
        tensor = _OP_TYPE.sub("", name)
        is_cut |= tensor != name
        threshold, low, _ = map(float, values)
        # The threshold is what INT8 uses; it may be below what was seen.
        if low >= 0:
            reader.bounds(tensor, 0.0, threshold, number)
        else:
            reader.amax(tensor, threshold, number)
    if is_cut:
        reader.note("names end with the op's type here (x_Conv), which was left out (x)")
    return reader.finish()


FORMAT = RangeFormat(
    id="sophgo",
    title="Sophgo calibration table (TPU-MLIR)",
    sniff=lambda source: (
        not source.is_binary and not source.is_json and bool(_HEADER.search(source.text))
    ),
    read=_read,
    value="threshold = amax; min tells the sign",
)
