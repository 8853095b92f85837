# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""setrange's own file in the registry: the full form and the bare object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.formats.foreign import json_object
from setrange.formats.format import Keeps, RangeFormat, Written
from setrange.formats.outgoing import unset_losses
from setrange.ranges.own_reader import read_own
from setrange.ranges.own_writer import format_ranges

if TYPE_CHECKING:
    from setrange.ranges.model import RangeFile
    from setrange.ranges.source import SourceFile

__all__ = ["OWN", "PLAIN"]


def _write(range_file: RangeFile) -> Written:
    return Written(data=format_ranges(range_file).encode(), losses=unset_losses(range_file))


def _sniff(source: SourceFile) -> bool:
    value = json_object(source)
    return value is not None and "setrange" in value


OWN = RangeFormat(
    id="setrange",
    title="setrange ranges file",
    sniff=_sniff,
    read=read_own,
    write=_write,
    keeps=Keeps.EVERYTHING,
    extensions=(".json",),
    value="min and max; scale where the source had an exact one",
    loses="nothing; 0 and infinity become null with the reason",
)

#: Never sniffed: what is left of JSON objects after every other format said no.
PLAIN = RangeFormat(
    id="plain",
    title="bare JSON object",
    sniff=lambda _source: False,
    read=read_own,
    value="amax, [min, max] or an object, as in the setrange file",
)
