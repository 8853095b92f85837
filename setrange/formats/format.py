# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What a format is: how to recognize, read and write it, and what its numbers mean."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from setrange.ranges.loss import Loss
    from setrange.ranges.model import RangeFile
    from setrange.ranges.source import SourceFile

__all__ = ["Keeps", "RangeFormat", "Written"]


class Keeps(enum.Flag):
    """What a format can hold beside ranges."""

    NOTHING = 0
    #: Tensors without a range.
    UNSET = enum.auto()
    #: Precisions of nodes (at least some: the writer reports the others).
    PRECISION = enum.auto()
    #: How scales of constants are chosen.
    WEIGHT_SCALES = enum.auto()
    #: What is added to biases.
    BIAS_CORRECTIONS = enum.auto()
    #: Which tensors have a scale of their own, or are shifted.
    SCALES = enum.auto()
    #: The TensorRT release whose parser made the names.
    NAMED_BY = enum.auto()
    #: Which model the ranges are for, and how they were measured.
    ORIGIN = enum.auto()
    #: Where each range is from.
    SOURCES = enum.auto()
    #: Patterns instead of names.
    PATTERNS = enum.auto()
    #: What a template says: what each range is for, and which ones setrange proposed.
    TEMPLATES = enum.auto()
    #: All of it.
    EVERYTHING = (
        UNSET
        | PRECISION
        | WEIGHT_SCALES
        | BIAS_CORRECTIONS
        | SCALES
        | NAMED_BY
        | ORIGIN
        | SOURCES
        | PATTERNS
        | TEMPLATES
    )


class Written(NamedTuple):
    """A ranges file in a format's own bytes.

    Attributes:
        data: The bytes of the file.
        losses: What they do not hold.
        notes: Remarks on who can read them.
    """

    data: bytes
    losses: tuple[Loss, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeFormat:
    """One file format that ranges come in.

    Attributes:
        id: What ``--from`` and ``--to`` take.
        title: Name for people.
        sniff: True where the content is this format; it must not raise.
        read: The reader.
        write: The writer, or ``None`` where setrange only reads it.
        keeps: What it can hold beside ranges.
        extensions: File name endings that mean this format when it is written.
        value: What a number in the file means.
        loses: What is lost when ranges are written to it.
    """

    id: str
    title: str
    sniff: Callable[[SourceFile], bool]
    read: Callable[[SourceFile], RangeFile]
    write: Callable[[RangeFile], Written] | None = None
    keeps: Keeps = Keeps.NOTHING
    extensions: tuple[str, ...] = ()
    value: str
    loses: str = ""
