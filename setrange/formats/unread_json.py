# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Files of other tools that hold ranges, but not by tensor of a model: what to do, by name."""

from __future__ import annotations

from typing import Any

__all__ = ["unread_document", "unread_yaml"]

_BY_CSV = (
    "write each range by the tensor's name in the ONNX model, as CSV with the header "
    "name,min,max"
)


def unread_document(value: Any) -> str | None:
    """Return what a JSON value is and what to do, or ``None`` where that is not known."""
    if not isinstance(value, dict):
        return None
    entries = [item for item in value.values() if isinstance(item, dict)]
    if not entries or len(entries) < len(value):
        return None
    for marks, tool in _TOOLS:
        if all(not marks.isdisjoint(_keys(entry)) for entry in entries):
            return f"is {tool}, whose names are quantizers and not tensors; {_BY_CSV}"
    return None


def _keys(entry: dict[str, Any]) -> set[str]:
    """Return the keys of an object and of the objects in it."""
    inner = (key for item in entry.values() if isinstance(item, dict) for key in item)
    return {*entry, *inner}


#: Keys that each entry of the tool's file has one of.
_TOOLS: tuple[tuple[frozenset[str], str], ...] = (
    (
        frozenset({"input_low", "input_high", "output_low"}),
        "NNCF's file of FakeQuantize limits",
    ),
    (
        frozenset({"min_levels", "max_levels"}),
        "a file of OpenVINO's quantization tool POT",
    ),
    (frozenset({"histogram", "hist"}), "a file of histograms"),
)


def unread_yaml(text: str) -> str | None:
    """Return what a YAML text is and what to do, or ``None`` where that is not known."""
    if "quantize_parameters:" in text and "qtype:" in text:
        return f"is RKNN's quantization configuration; {_BY_CSV}"
    return None
