# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Lines of a name, a min and a max with blanks or tabs between; ``#`` begins a comment.

It is what people write by hand. Other tools' tables look alike, so every line must fit.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from setrange.errors import FormatError
from setrange.formats.format import RangeFormat
from setrange.formats.plain_lines import is_number, looks_like_prose
from setrange.formats.rows import read_rows
from setrange.ranges.model import RangeFile
from setrange.ranges.problems import Problems, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from setrange.ranges.source import SourceFile

__all__ = ["FORMAT", "without_comment"]

#: A comment begins a line, or has a blank before it; ``Conv#0`` and ``#12`` are names.
_COMMENT = re.compile(r"(?:^|(?<=\s))#(?![0-9])")


def without_comment(line: str) -> str:
    """Return a line up to its comment, without blanks around it.

    >>> without_comment("Conv#0 -1 2  # the stem")
    'Conv#0 -1 2'
    """
    return _COMMENT.split(line, maxsplit=1)[0].strip()


def _read(source: SourceFile) -> RangeFile:
    problems = Problems(source.path, FormatError)
    entries = read_rows(
        _rows(source, problems),
        problems,
        if_none="has no entries; expected <name> <min> <max> lines",
    )
    return RangeFile(
        path=source.path, format="min-max-lines", entries=entries, notes=source.notes
    )


def _rows(source: SourceFile, problems: Problems) -> Iterator[tuple[str, Any, int]]:
    for number, line in enumerate(source.text.split("\n"), 1):
        text = without_comment(line)
        if not text:
            continue
        found = _split(text)
        if found is None:
            problems.add(
                f"{quoted(text)} is no entry; expected <name> <min> <max>", line=number
            )
        else:
            name, low, high = found
            yield name, [low, high], number


def _split(text: str) -> tuple[str, float, float] | None:
    parts = text.rsplit(maxsplit=2)
    if len(parts) != 3 or not (is_number(parts[1]) and is_number(parts[2])):
        return None
    return parts[0].rstrip(), float(parts[1]), float(parts[2])


def _sniff(source: SourceFile) -> bool:
    if source.is_binary or source.is_json:
        return False
    names = []
    for line in source.text.split("\n"):
        text = without_comment(line)
        found = _split(text) if text else None
        if text and (found is None or is_number(found[0]) or found[0].endswith((":", "="))):
            return False
        if found is not None:
            names.append(found[0])
    return bool(names) and not looks_like_prose(names)


FORMAT = RangeFormat(
    id="min-max-lines",
    title="lines of name, min and max",
    sniff=_sniff,
    read=_read,
    value="min and max",
)
