# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What ``tune`` found, as data; ``to_dict`` is the stable ``tune --json`` object."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from setrange.ranges.model import WeightScale
    from setrange.tune.evaluation import Score
    from setrange.tune.settings import NewRange

__all__ = ["Judged", "Step", "TuneReport"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The ranges as given and the tuned ones on the same data.

    Attributes:
        samples: Samples run.
        before: Score of the ranges as given.
        after: Score of the tuned ones.
        copies: Of judging data, samples that are equal to one of the search data.
    """

    samples: int
    before: Score
    after: Score
    copies: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One point of the way from the ranges as given to the result.

    Attributes:
        change: ``start``, ``asymmetric``, ``own_scales``, ``ranges``, ``weights``,
            ``precision`` or ``biases``.
        names: Tensors that are shifted, share no scale or have another range; nodes with
            other scales of weights, nodes that run in FP16, or with corrected biases.
        score: What is reached with it and all steps before, on the search data.
        judged: The same on the first of the judging data; ``None`` where that was not asked
            for.
    """

    change: str
    names: tuple[str, ...]
    score: Score
    judged: Score | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TuneReport:
    """The result of a search.

    Attributes:
        model: Path of the model.
        ranges: Path of the ranges file that was tuned.
        out: Path of the result.
        target: Name of the metric.
        wanted: What it must reach.
        is_cost: True where less is better.
        reached: The verdict, on the judging data.
        fallback: What nodes fall back to.
        new_ranges: Other ranges, by entry.
        weight_scales: Node -> how the scales of its weights are chosen, where that is other.
        bias_corrections: Nodes whose biases are corrected.
        own_scales: Tensors that share no scale any more.
        asymmetric: Tensors that are shifted before their pair.
        nodes: Nodes that fall back to FP16.
        search: Both on the data the search saw.
        judging: Both on data the search never saw; ``None`` where there are none.
        path: The steps, each on top of those before.
        evaluations: Figures that were measured.
        seconds: Time the search took.
        is_complete: False where the budget ended it.
    """

    model: str
    ranges: str
    out: str
    target: str
    wanted: float
    is_cost: bool
    reached: bool
    fallback: str
    new_ranges: tuple[NewRange, ...]
    weight_scales: dict[str, WeightScale]
    bias_corrections: tuple[str, ...]
    own_scales: tuple[str, ...]
    asymmetric: tuple[str, ...]
    nodes: tuple[str, ...]
    search: Judged
    judging: Judged | None
    path: tuple[Step, ...]
    evaluations: int
    seconds: float
    is_complete: bool

    def to_dict(self) -> dict[str, Any]:
        """Return the stable ``tune --json`` object; every attribute under its own name."""
        return {"setrange": 1, **asdict(self)}
