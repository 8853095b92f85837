# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The formats setrange knows, in the order they are tried, and how one is picked.

To add one: a module with a ``RangeFormat``, its line in ``FORMATS``, and its tests
(CONTRIBUTING.md, "Add a format").
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from setrange.errors import FormatError, RangeFileError, UsageError
from setrange.formats import own, sampleint8api, trt_cache

if TYPE_CHECKING:
    from setrange.formats.format import RangeFormat, Written
    from setrange.ranges.model import RangeFile
    from setrange.ranges.source import Source

__all__ = ["FORMATS", "format_by_id", "read_source", "sniff", "write_format"]

#: Every format, in the order of the table in docs/formats.md.
FORMATS: tuple[RangeFormat, ...] = (
    own.OWN,
    own.PLAIN,
    trt_cache.FORMAT,
    sampleint8api.FORMAT,
)

_BY_ID = {entry.id: entry for entry in FORMATS}


def format_by_id(format_id: str) -> RangeFormat:
    """Return a format.

    Raises:
        UsageError: There is none of this name.
    """
    if format_id in _BY_ID:
        return _BY_ID[format_id]
    near = difflib.get_close_matches(format_id, _BY_ID, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"expected one of {', '.join(_BY_ID)}"
    raise UsageError(f"{format_id!r} is not a ranges format; {hint}")


def sniff(source: Source) -> RangeFormat:
    """Tell a file's format from its content.

    Raises:
        RangeFileError: It is empty, broken JSON, or nothing that is known.
        FormatError: More than one format fits.
    """
    if not source.data.strip():
        raise RangeFileError(f"{source.path}: is empty; expected ranges")
    if not source.is_binary and not source.text.strip():
        raise RangeFileError(f"{source.path}: has only blanks; expected ranges")
    fitting = [entry for entry in FORMATS if entry.sniff(source)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise FormatError(
            f"{source.path}: could be any of {', '.join(f.id for f in fitting)}, "
            f"which mean different numbers; say which with --from"
        )
    if source.is_json:
        return own.PLAIN
    if source.is_binary:
        tried = ", ".join(entry.title for entry in FORMATS)
        raise RangeFileError(f"{source.path}: is a binary file of no known kind; tried {tried}")
    first = next(line for line in source.text.split("\n") if line.strip())
    raise RangeFileError(
        f"{source.path}: is no ranges file that setrange knows: not JSON (it begins with "
        f"{first.strip()[:40]!r}), and none of the text formats: "
        f"{', '.join(f'{entry.id}' for entry in FORMATS)}; name the format with --from"
    )


def read_source(source: Source, fmt: str | None = None) -> RangeFile:
    """Read a file in a format, or in the one its content shows.

    Raises:
        UsageError: No such format, or setrange only writes it.
        InputError: The content is wrong; the message lists every problem.
    """
    entry = format_by_id(fmt) if fmt is not None else sniff(source)
    if entry.read is None:
        raise UsageError(f"setrange writes {entry.title} but does not read it")
    return entry.read(source)


def write_format(range_file: RangeFile, fmt: str) -> Written:
    """Put ranges into a format's bytes.

    Raises:
        UsageError: No such format, or setrange only reads it.
        InputError: The ranges cannot be written in it at all.
    """
    entry = format_by_id(fmt)
    if entry.write is None:
        can = ", ".join(known.id for known in FORMATS if known.write is not None)
        raise UsageError(f"setrange reads {entry.title} but does not write it; it writes {can}")
    return entry.write(range_file)
