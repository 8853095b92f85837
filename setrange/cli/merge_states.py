# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The states of ``setrange collect --shard`` as one ranges file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.errors import UsageError
from setrange.measure.result import ranges_of_state
from setrange.measure.state import SUFFIX, merge_states
from setrange.text.words import and_more, plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.ranges import RangeFile
    from setrange.report.console import Console

__all__ = ["are_states", "merged_ranges"]

#: Missing shards that are named.
_SHOWN = 20


def are_states(files: Sequence[str]) -> bool:
    """True if all files are states.

    Raises:
        UsageError: Some are, some are not.
    """
    states = [path for path in files if path.endswith(SUFFIX)]
    if states and len(states) < len(files):
        raise UsageError(
            f"{states[0]} is a state of setrange collect, other files are not; merge states "
            f"first, then ranges"
        )
    return bool(states)


def merged_ranges(files: Sequence[str], console: Console) -> RangeFile:
    """Return the ranges of all states together; say which shards are missing."""
    state = merge_states(files)
    missing = state.missing_shards()
    if missing:
        named = and_more(missing, _SHOWN, quote=str)
        console.say(
            f"warning: {plural(len(missing), 'shard')} missing: {named}; the ranges are those "
            f"of the other data"
        )
    return ranges_of_state(state)
