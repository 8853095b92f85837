# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""setrange's own file in the registry: the full form and the bare object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.formats.format import RangeFormat, Written
from setrange.ranges.entry import NOT_FILLED_IN
from setrange.ranges.json_scan import JsonObject
from setrange.ranges.loss import Loss, LossKind
from setrange.ranges.own_reader import read_own
from setrange.ranges.own_writer import format_ranges

if TYPE_CHECKING:
    from setrange.ranges.model import RangeFile
    from setrange.ranges.source import Source

__all__ = ["OWN", "PLAIN", "unset_losses"]


def unset_losses(range_file: RangeFile) -> tuple[Loss, ...]:
    """Return a loss for each entry that had a value no range can be made of."""
    return tuple(
        Loss(name, LossKind.NO_RANGE, f"{entry.reason}: unset")
        for name, entry in range_file.entries.items()
        if entry.reason not in {None, NOT_FILLED_IN}
    )


def _write(range_file: RangeFile) -> Written:
    return Written(data=format_ranges(range_file).encode(), losses=unset_losses(range_file))


def _sniff_own(source: Source) -> bool:
    return source.is_json and isinstance(source.json, JsonObject) and "setrange" in source.json


OWN = RangeFormat(
    id="setrange",
    title="setrange ranges file",
    sniff=_sniff_own,
    read=read_own,
    write=_write,
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
    loses="-",
)
