# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""ONNX Runtime's ``TensorQuantOverrides`` as JSON: by tensor a list of settings, one a channel.

Source: microsoft/onnxruntime 1.20: python/tools/quantization/tensor_quant_overrides.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from setrange.formats.foreign import ForeignReader, json_object
from setrange.formats.format import RangeFormat
from setrange.ranges.json_scan import JsonObject

if TYPE_CHECKING:
    from setrange.ranges.model import RangeFile
    from setrange.ranges.source import SourceFile

__all__ = ["FORMAT"]

_OUTER = "TensorQuantOverrides"
_KEYS = frozenset(
    {
        "axis", "convert", "quant_type", "reduce_range", "rmax", "rmin", "scale", "symmetric",
        "zero_point",
    }
)  # fmt: skip
_NUMBERS = frozenset({"rmin", "scale"})
#: Least and greatest step of each type, as ONNX Runtime spells it.
_STEPS = {
    "qint8": (-128, 127),
    "quint8": (0, 255),
    "qint16": (-(1 << 15), (1 << 15) - 1),
    "quint16": (0, (1 << 16) - 1),
}


def _table(source: SourceFile) -> JsonObject:
    document = json_object(source) or JsonObject()
    inner = document.get(_OUTER)
    return inner if isinstance(inner, JsonObject) else document


def _sniff(source: SourceFile) -> bool:
    table = _table(source)
    entries = [item for value in table.values() for item in _dicts(value)]
    return (
        bool(entries)
        and all(_dicts(value) for value in table.values())
        and all(_KEYS.issuperset(entry) for entry in entries)
        and any(not _NUMBERS.isdisjoint(entry) for entry in entries)
    )


def _dicts(value: Any) -> list[JsonObject]:
    """Return the settings of a tensor; nothing for what is no list of them."""
    if isinstance(value, list) and all(isinstance(item, JsonObject) for item in value):
        return value
    return []


def _read(source: SourceFile) -> RangeFile:
    reader = ForeignReader(source, "ort-overrides")
    reader.document()
    table = _table(source)
    for name, value in table.items():
        entries, line = _dicts(value), table.lines[name]
        if not entries:
            reader.fail("is no list of settings: [{...}]", line, name)
            continue
        _add(reader, name, entries, line)
    return reader.finish()


def _add(reader: ForeignReader, name: str, entries: list[JsonObject], line: int) -> None:
    if len(entries) > 1 or "axis" in entries[0]:
        reader.lose_parameter(name)  # only weights are quantized per channel
        return
    entry = entries[0]
    if "rmin" in entry or "rmax" in entry:
        reader.bounds(name, entry.get("rmin"), entry.get("rmax"), line)
    elif "scale" in entry:
        _add_scale(reader, name, entry, line)
    else:
        reader.unset(name, "the overrides give it no range", line)


def _add_scale(reader: ForeignReader, name: str, entry: JsonObject, line: int) -> None:
    scale = reader.number(name, entry["scale"], "scale", line)
    zero = reader.number(name, entry.get("zero_point", 0), "zero_point", line)
    if scale is None or zero is None:
        return
    kind = str(entry.get("quant_type", "QInt8")).rpartition(".")[2].lower()
    if kind not in _STEPS:
        reader.fail(f"quant_type {kind!r} is none of {', '.join(_STEPS)}", line, name)
        return
    reader.limits(name, kind, _STEPS[kind], scale, zero, line)


FORMAT = RangeFormat(
    id="ort-overrides",
    title="ONNX Runtime TensorQuantOverrides (JSON)",
    sniff=_sniff,
    read=_read,
    value="rmin and rmax; or scale and zero_point of quant_type (QInt8 where it is missing)",
)
