# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A template over a ranges file: what somebody gave stays, and what is gone is listed."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, NamedTuple

from setrange.errors import InputError
from setrange.network.naming import is_parser_made_name
from setrange.plan.plan import Source
from setrange.ranges.patterns import is_pattern
from setrange.resolver.index import is_parser_made, value_of_key
from setrange.text.shell import command_line

if TYPE_CHECKING:
    from pathlib import Path

    from setrange.network import Tensor
    from setrange.plan.plan import Plan
    from setrange.ranges.model import RangeEntry, RangeFile

__all__ = [
    "Gone",
    "check_something_is_kept",
    "gone_entries",
    "kept_entries",
    "kept_patterns",
    "ranges_to_keep",
]

#: The formats that a template can be written over without losing anything.
_OWN = ("setrange", "plain")

#: How the source of a range begins that setrange itself derived.
_DERIVED = tuple(
    f"{source.value}:" for source in (Source.DERIVED, Source.BOUND, Source.ESTIMATED)
)


class Gone(NamedTuple):
    """A range that somebody gave, and that the new template does not have.

    Attributes:
        entry: The entry.
        why: The reason, in words.
    """

    entry: RangeEntry
    why: str


def ranges_to_keep(path: str | Path) -> RangeFile:
    """Read the ranges file that a template shall update.

    Raises:
        InputError: It cannot be read, or is of a format that would lose something.
    """
    from setrange.formats.reading import read_ranges

    found = read_ranges(path)
    if found.format not in _OWN:
        convert = ["setrange", "convert", str(path), "-o", "ranges.json"]
        raise InputError(
            f"{path}: --keep updates setrange's own ranges file, and this is of the format "
            f"{found.format}; convert it first: {command_line(convert)}"
        )
    return found


def check_something_is_kept(plan: Plan, ranges: RangeFile) -> None:
    """Refuse to update a file of which nothing would be left: it is of another model.

    Raises:
        InputError: No given range of the file is used.
    """
    gone = gone_entries(plan, ranges)
    if gone and not (kept_entries(plan, ranges) or kept_patterns(plan, ranges)):
        raise InputError(
            f"{ranges.path}: none of its {len(gone)} given ranges is of a tensor of "
            f"{plan.network.model}, e.g. {gone[0].entry.name!r}; --keep would lose them all: "
            f"is the model another one? Write the template to a new file"
        )


def kept_entries(plan: Plan, ranges: RangeFile) -> dict[Tensor, RangeEntry]:
    """Return the given entries that a plan uses, by tensor, as they are in the file.

    Their names stay as somebody wrote them, but for those that TensorRT's parser makes.
    Patterns are apart: see ``kept_patterns``.
    """
    kept = {}
    for planned in plan.tensors:
        if planned.source is not Source.GIVEN or planned.entry is None:
            continue
        if planned.is_by_pattern:
            continue
        entry = ranges.entries[planned.entry]
        is_renamed = is_parser_made(planned.tensor)
        is_changed = (entry.source or "").startswith(_DERIVED)  # no longer true
        kept[planned.tensor] = dataclasses.replace(
            entry,
            name=planned.tensor.name if is_renamed else entry.name,
            source=None if is_changed else entry.source,
            proposed=None,
            need=None,
        )
    return kept


def kept_patterns(plan: Plan, ranges: RangeFile) -> list[RangeEntry]:
    """Return the patterns of a file, in its order, in which the last that fits counts."""
    names = {item.entry for item in plan.unresolved}
    for planned in plan.tensors:
        names.update((planned.tensor.name, planned.tensor.onnx_value or planned.tensor.name))
        if planned.entry is not None and not planned.is_by_pattern:
            names.add(planned.entry)
    return [
        dataclasses.replace(entry, need=None, proposed=None)
        for name, entry in ranges.entries.items()
        if is_pattern(name)
        and name not in names
        and not is_parser_made_name(name)
        and value_of_key(name) is None
    ]


def gone_entries(plan: Plan, ranges: RangeFile) -> list[Gone]:
    """Return the given ranges of a file that its plan has no use for, in file order."""
    return [
        Gone(entry=ranges.entries[item.entry], why=item.why)
        for item in plan.unresolved
        if item.entry in ranges.entries
        and ranges.entries[item.entry].range is not None
        and not ranges.entries[item.entry].is_proposal
    ]
