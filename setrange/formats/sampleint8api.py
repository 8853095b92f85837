# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The ranges text of NVIDIA's sampleINT8API: one ``<tensor name>:<amax>`` a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.errors import FormatError
from setrange.formats.format import RangeFormat, Written
from setrange.formats.name_list import is_name_list
from setrange.formats.outgoing import symmetric
from setrange.formats.plain_lines import is_number, looks_like_prose
from setrange.formats.rows import read_rows
from setrange.formats.yaml_file import looks_like_yaml
from setrange.ranges.loss import Loss, LossKind
from setrange.ranges.model import RangeFile
from setrange.ranges.problems import Problems, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from setrange.ranges.source import SourceFile

__all__ = ["FORMAT", "read_text", "write_text"]

_SNIFFED_LINES = 20


def read_text(source: SourceFile) -> RangeFile:
    """Read ``name:amax`` lines; blank lines are skipped.

    Raises:
        FormatError: Every line that is wrong.
    """
    problems = Problems(source.path, FormatError)
    rows = _rows(source, problems)
    nothing = "has no entries; expected <name>:<number> lines"
    entries = read_rows(rows, problems, if_none=nothing)
    notes = list(source.notes)
    colons = [name for name in entries if ":" in name]
    if colons:
        notes.append(
            f"{source.path}: {len(colons)} names hold a colon, e.g. {quoted(colons[0])}; "
            f"the last one of a line was taken as the separator (sampleINT8API takes the first)"
        )
    return RangeFile(
        path=source.path, format="sampleint8api", entries=entries, notes=tuple(notes)
    )


def _rows(source: SourceFile, problems: Problems) -> Iterator[tuple[str, float, int]]:
    for number, line in enumerate(source.text.split("\n"), 1):
        if not line.strip():
            continue
        name, value = _split(line)
        if value is None:
            problems.add(f"{quoted(line)} is no entry; expected <name>:<number>", line=number)
        else:
            yield name, value, number


def write_text(range_file: RangeFile) -> Written:
    """Write ``name:amax`` lines; what the sample cannot read is left out as a loss."""
    losses: list[Loss] = []
    lines: list[str] = []
    for entry, amax in symmetric(range_file, losses):
        name = entry.name
        why = _unwritable(name)
        if why is not None:
            losses.append(Loss(name, LossKind.NAME, f"{why}: left out"))
        else:
            lines.append(f"{name}:{amax!r}\n")
    return Written(data="".join(lines).encode(), losses=tuple(losses))


def _unwritable(name: str) -> str | None:
    if ":" in name:
        return "sampleINT8API cuts names at the first colon"
    if "\n" in name or "\r" in name:
        return "the name holds a line end"
    if name != name.strip():
        return "the name begins or ends with a blank, which readers of such lines strip"
    return None


def _split(line: str) -> tuple[str, float | None]:
    # The sample cuts at the first colon; a value holds none, so the last one is meant.
    name, _, value = line.rpartition(":")
    value = value.strip()
    return name.rstrip(), float(value) if is_number(value) else None


def _sniff(source: SourceFile) -> bool:
    if source.is_binary or source.is_json or is_name_list(source.text):
        return False
    lines = [line for line in source.text.split("\n") if line.strip()]
    good = [
        bool(name.strip()) and value is not None
        for name, value in map(_split, lines[:_SNIFFED_LINES])
    ]
    if not good or not good[0] or sum(good) * 2 <= len(good) or looks_like_yaml(source.text):
        return False
    return not looks_like_prose(_written_names(lines))


def _written_names(lines: list[str]) -> Iterator[str]:
    """Yield the names; one of several words before ``: 1.0`` keeps a blank, as in prose."""
    for line in lines:
        name, _, value = line.rpartition(":")
        yield name + " " if value[:1].isspace() and len(name.split()) > 1 else name


FORMAT = RangeFormat(
    id="sampleint8api",
    title="sampleINT8API ranges",
    sniff=_sniff,
    read=read_text,
    write=write_text,
    extensions=(".txt",),
    value="amax",
    loses="the smaller side of asymmetric ranges; names with a colon; tensors without a range",
)
