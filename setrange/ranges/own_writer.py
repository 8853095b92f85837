# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Writes setrange's own ranges file: one tensor a line, always in the same order."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from setrange.errors import InputError
from setrange.files.atomic import write_bytes
from setrange.ranges.entry import NOT_FILLED_IN
from setrange.ranges.float32 import shortest
from setrange.ranges.own_reader import VERSION

if TYPE_CHECKING:
    from setrange.ranges.model import RangeEntry, RangeFile

__all__ = ["format_entry", "format_ranges", "rule_value", "write_ranges"]


def write_ranges(range_file: RangeFile, target: str | Path | TextIO) -> None:
    """Write the ranges file.

    Args:
        range_file: What to write, in the order of its entries.
        target: A path (UTF-8, LF, replaced as a whole or not at all) or a text stream
            (ASCII only: a console's encoding cannot spoil it).

    Raises:
        InputError: There is no tensor, or the path cannot be written.
    """
    if isinstance(target, str | Path):
        write_bytes(target, format_ranges(range_file).encode())
    else:
        target.write(format_ranges(range_file, ascii_only=True))


def format_ranges(range_file: RangeFile, *, ascii_only: bool = False) -> str:
    """Return the text of the file, with a final newline.

    Raises:
        InputError: There is no tensor.
    """
    if not range_file.entries:
        raise InputError("there is no tensor to write a range for")
    encode = json.JSONEncoder(ensure_ascii=ascii_only, allow_nan=False).encode
    fields = [f'"setrange": {VERSION}']
    if range_file.named_by is not None:
        fields.append(f'"named_by": {encode(range_file.named_by)}')
    if range_file.purpose is not None:
        fields.append(f'"for": {encode(range_file.purpose)}')
    if range_file.model:
        fields.append(f'"model": {encode(range_file.model)}')
    tensors = []
    group = None
    for name, entry in range_file.entries.items():
        # An empty line between the groups of a template.
        gap = "" if group in (None, _group(entry)) else "\n"
        group = _group(entry)
        line = f"{encode(name)}: {format_entry(entry, ascii_only=ascii_only)}"
        tensors.append(f"{gap}    {line}")
    fields.append(_block("tensors", tensors))
    if range_file.precision:
        sources = range_file.precision_sources
        rules = [
            f"    {encode(key)}: {encode(rule_value(kind, sources.get(key)))}"
            for key, kind in range_file.precision.items()
        ]
        fields.append(_block("precision", rules))
    if range_file.weight_scales:
        chosen = [
            f"    {encode(key)}: {encode(choice)}"
            for key, choice in range_file.weight_scales.items()
        ]
        fields.append(_block("weight_scales", chosen))
    if range_file.bias_corrections:
        numbers = [
            f"    {encode(node)}: {encode([*added])}"
            for node, added in range_file.bias_corrections.items()
        ]
        fields.append(_block("bias_corrections", numbers))
    for name, globs in (
        ("own_scales", range_file.own_scales),
        ("asymmetric", range_file.asymmetric),
    ):
        if globs:
            fields.append(f'"{name}": {encode([*globs])}')
    if range_file.collected:
        fields.append(f'"collected": {encode(range_file.collected)}')
    return "{\n  " + ",\n  ".join(fields) + "\n}\n"


def format_entry(entry: RangeEntry, *, ascii_only: bool = False) -> str:
    """Return the JSON object of one entry, on one line."""
    if entry.range is None:
        parts = ['"min": null, "max": null']
        if entry.reason and entry.reason != NOT_FILLED_IN:
            parts.append(f'"reason": {json.dumps(entry.reason, ensure_ascii=ascii_only)}')
    else:
        # + 0.0 turns -0.0 into 0.0.
        parts = [f'"min": {entry.range.min + 0.0!r}, "max": {entry.range.max + 0.0!r}']
        if entry.scale is not None:
            parts.append(f'"scale": {shortest(entry.scale)!r}')
    for field, text in (("source", entry.source), ("need", entry.need)):
        if text:
            parts.append(f'"{field}": {json.dumps(text, ensure_ascii=ascii_only)}')
    if entry.proposed is not None:
        bounds = f"{entry.proposed.min + 0.0!r}, {entry.proposed.max + 0.0!r}"
        parts.append(f'"proposed": [{bounds}]')
    return "{" + ", ".join(parts) + "}"


def rule_value(kind: str, source: str | None) -> str | dict[str, str]:
    """Return the JSON value of one rule of ``precision``."""
    return {"type": kind, "source": source} if source else kind


def _group(entry: RangeEntry) -> str:
    """The group of a template that an entry is in: the first word of what it is for."""
    words = (entry.need or "").split(maxsplit=1)
    return words[0].rstrip(":") if words else ""


def _block(name: str, lines: list[str]) -> str:
    return f'"{name}": {{\n' + ",\n".join(lines) + "\n  }"
