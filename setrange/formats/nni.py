# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""NNI's ``calibration_config``: the tracked range of each input and output of PyTorch modules.

Source: microsoft/nni 2.10: nni/algorithms/compression/pytorch/quantization, which made it for
its own TensorRT backend.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.formats.foreign import ForeignReader, json_object
from setrange.formats.format import RangeFormat
from setrange.formats.module_keys import GIVE_THE_MODEL, input_key, output_key
from setrange.ranges.json_scan import JsonObject
from setrange.ranges.loss import LossKind

if TYPE_CHECKING:
    from setrange.ranges.model import RangeFile
    from setrange.ranges.source import SourceFile

__all__ = ["FORMAT"]

_SIDES = (("input", input_key), ("output", output_key))
_MARKS = frozenset(
    {"weight_bits", "input_bits", "output_bits"}
    | {f"tracked_{bound}_{side}" for side, _ in _SIDES for bound in ("min", "max")}
)


def _read(source: SourceFile) -> RangeFile:
    reader = ForeignReader(source, "nni")
    document = reader.document()
    for module, entry in document.items():
        line = document.lines[module]
        if not isinstance(entry, JsonObject):
            reader.fail("is no object of a module's ranges", line, module)
            continue
        if any(key.startswith("weight_") for key in entry):
            reader.lose_parameter(f"{module}.weight")
        for side, key in _SIDES:
            if f"tracked_min_{side}" not in entry and f"tracked_max_{side}" not in entry:
                continue
            bits = entry.get(f"{side}_bits", 8)
            if bits != 8:
                message = f"{bits} bits: the range is read as it is"
                reader.lose(key(module), LossKind.NOT_8_BIT, message)
            low, high = (entry.get(f"tracked_{bound}_{side}") for bound in ("min", "max"))
            reader.bounds(key(module), low, high, line)
    reader.note(f"names are PyTorch modules{GIVE_THE_MODEL}")
    return reader.finish()


def _sniff(source: SourceFile) -> bool:
    document = json_object(source)
    return bool(document) and all(
        isinstance(entry, JsonObject) and not _MARKS.isdisjoint(entry)
        for entry in (document or {}).values()
    )


FORMAT = RangeFormat(
    id="nni",
    title="NNI calibration_config",
    sniff=_sniff,
    read=_read,
    value="tracked min and max, by input and output of a module",
)
