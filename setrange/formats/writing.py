# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""From one file to another, telling what is lost. Names stay as they are.

``setrange.conversion.conversion`` is the same with a model and TensorRT releases.
"""

from __future__ import annotations

import collections
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from setrange.errors import UsageError
from setrange.files.atomic import check_output, write_bytes
from setrange.files.roles import STDOUT
from setrange.formats.registry import FORMATS, read_source, write_format
from setrange.ranges.source import SourceFile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from setrange.findings import Finding
    from setrange.ranges.loss import Loss
    from setrange.ranges.model import RangeFile

__all__ = ["ConversionReport", "convert_file", "format_as", "format_of_output", "write_as"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionReport:
    """The result of a conversion: what was written and what was lost.

    Attributes:
        source: Path read.
        target: Path written.
        from_: Format id read.
        to: Format id written.
        entries: Entries read.
        losses: What the written file does not hold, reading and writing together.
        notes: Remarks of reader and writer.
        named_by: TensorRT release whose names the source has, where known.
        trt: TensorRT release whose names the target has, where known.
        renamed: Name in the source -> name in the target, where they differ.
        absent: Tensors of ``trt``'s network that the target has no entry for.
        findings: Remarks on versions and names.
    """

    source: str
    target: str
    from_: str
    to: str
    entries: int
    losses: tuple[Loss, ...]
    notes: tuple[str, ...]
    named_by: str | None = None
    trt: str | None = None
    renamed: Mapping[str, str] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    def summary(self) -> dict[str, int]:
        """Return how many losses there are of each kind, the most first."""
        counts = collections.Counter(loss.kind.value for loss in self.losses)
        return dict(counts.most_common())

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "setrange": 1,
            "source": self.source,
            "target": self.target,
            "from": self.from_,
            "to": self.to,
            "entries": self.entries,
            "named_by": self.named_by,
            "trt": self.trt,
            "summary": self.summary(),
            "losses": [loss.to_dict() for loss in self.losses],
            "renamed": dict(self.renamed),
            "absent": list(self.absent),
            "findings": [finding.to_dict() for finding in self.findings],
            "notes": list(self.notes),
        }


def convert_file(
    src: str | Path, dst: str | Path, from_: str | None = None, to: str | None = None
) -> ConversionReport:
    """Convert a file.

    Args:
        src: File to read.
        dst: File to write, whole or not at all.
        from_: Format id of ``src``; ``None`` tells it from the content.
        to: Format id of ``dst``; ``None`` tells it from the ending.

    Raises:
        InputError: ``src`` is wrong, or ``dst`` cannot be written.
        UsageError: The format is unknown, or cannot be told from the ending of ``dst``.
    """
    target = to or format_of_output(dst)
    check_output(dst)
    return write_as(read_source(SourceFile.open(src), from_), dst, target)


def write_as(ranges: RangeFile, dst: str | Path, to: str) -> ConversionReport:
    """Write ranges that were read before (and perhaps renamed) to a file of a format.

    Raises:
        InputError: The ranges cannot be written in this format, or the path cannot be written.
        UsageError: The format is unknown or only read.
    """
    report, data = format_as(ranges, dst, to)
    write_bytes(dst, data)
    return report


def format_as(ranges: RangeFile, dst: str | Path, to: str) -> tuple[ConversionReport, bytes]:
    """Return what ``write_as`` would do, and the bytes it would write."""
    written = write_format(ranges, to)
    report = ConversionReport(
        source=ranges.path,
        target=str(dst),
        from_=ranges.format,
        to=to,
        entries=len(ranges.entries),
        losses=ranges.losses + written.losses,
        notes=ranges.notes + written.notes,
        named_by=ranges.named_by,
        trt=ranges.named_by,
    )
    return report, written.data


def format_of_output(path: str | Path) -> str:
    """Return the id of the format a file name asks for.

    Raises:
        UsageError: The ending says nothing.
    """
    ending = Path(path).suffix.lower()
    for entry in FORMATS:
        if ending in entry.extensions:
            return entry.id
    known = ", ".join(
        f"{extension} ({entry.id})" for entry in FORMATS for extension in entry.extensions
    )
    if str(path) == STDOUT:
        raise UsageError("-o -: standard output has no ending; name the format with --to")
    raise UsageError(
        f"{path}: the ending {ending!r} names no ranges format; use one of {known}, "
        f"or name the format with --to"
    )
