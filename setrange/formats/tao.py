# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""TAO's ``cal.json``: ``{"tensor_scales": {name: amax}}``; the name says scale, it is amax."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.formats.foreign import ForeignReader
from setrange.formats.format import RangeFormat
from setrange.formats.number_map import has_keys, read_number_map, write_amax_map
from setrange.formats.outgoing import SYMMETRIC_LOSES

if TYPE_CHECKING:
    from setrange.ranges.model import RangeFile
    from setrange.ranges.source import SourceFile

__all__ = ["FORMAT"]

_KEY = "tensor_scales"


def _read(source: SourceFile) -> RangeFile:
    reader = ForeignReader(source, "tao")
    read_number_map(reader, (_KEY,), reader.amax)
    return reader.finish()


FORMAT = RangeFormat(
    id="tao",
    title="TAO cal.json",
    sniff=lambda source: has_keys(source, _KEY),
    read=_read,
    write=lambda range_file: write_amax_map(range_file, _KEY),
    value="amax, although the key says scale",
    loses=SYMMETRIC_LOSES,
)
