# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What one piece of the data adds to a state; parts of pieces in a row become one part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from setrange.errors import BackendError
from setrange.measure.state import add_digests
from setrange.measure.state_head import Header
from setrange.measure.statistics import MeanExtremes

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from setrange.measure.state import State
    from setrange.measure.statistics import Statistics

__all__ = ["Part", "add_part", "merged_parts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What was measured in batches that follow each other.

    Attributes:
        header: What was measured, and how.
        statistics: What was measured; or the extremes of each run, where sums of them are
            kept: such sums depend on the order, and one process adds run by run.
        batches: Batches that were run.
        samples: Samples in them.
        digest: Sum of the digests of the samples.
    """

    header: Header
    statistics: Statistics | tuple[npt.NDArray[Any], ...]
    batches: int
    samples: int
    digest: int


def merged_parts(parts: Sequence[Part]) -> Part:
    """Return the parts, which follow each other, as one; they stay what they are.

    Raises:
        BackendError: They are of different installations.
    """
    first = parts[0]
    for part in parts[1:]:
        _check_alike(first.header, part.header)
    return Part(
        header=first.header,
        statistics=_merged([part.statistics for part in parts], first.header),
        batches=sum(part.batches for part in parts),
        samples=sum(part.samples for part in parts),
        digest=add_digests(part.digest for part in parts),
    )


def _merged(
    statistics: Sequence[Statistics | tuple[npt.NDArray[Any], ...]], header: Header
) -> Statistics | tuple[npt.NDArray[Any], ...]:
    runs = [each for each in statistics if isinstance(each, tuple)]
    if runs:
        return tuple(run for each in runs for run in each)
    total = header.empty_statistics()
    for each in statistics:
        total.merge(each)  # type: ignore[arg-type]
    return total


def add_part(state: State, part: Part) -> None:
    """Add what was measured after all that the state holds.

    Raises:
        BackendError: It is of another installation.
    """
    _check_alike(state.header, part.header)
    if isinstance(part.statistics, tuple):
        assert isinstance(state.statistics, MeanExtremes)
        for run in part.statistics:
            state.statistics.update([run])
    else:
        state.statistics.merge(part.statistics)  # type: ignore[arg-type]
    state.batches += part.batches
    state.samples += part.samples
    state.digest = add_digests([state.digest, part.digest])


def _check_alike(ours: Header, theirs: Header) -> None:
    for field in Header.__slots__:
        one, other = getattr(ours, field), getattr(theirs, field)
        if one != other:
            shown = "" if field in ("observed", "unmeasured") else f" ({one} and {other})"
            raise BackendError(
                f"the workers of the cluster differ in {field}{shown}; install the same "
                f"releases on each, and let them see the same model"
            )
