# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Which tensors cost most, and what helps: tried, not guessed, within a budget of seconds."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from setrange.accuracy.changes import float_change, range_changes
from setrange.accuracy.costs import CostMeter, loss
from setrange.accuracy.pairs import nodes_of
from setrange.accuracy.results import Blame, Suggestion
from setrange.accuracy.switchable_pairs import SwitchablePairs
from setrange.errors import InputError
from setrange.ranges.model import INT8_STEPS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from setrange.accuracy.changes import Remedy
    from setrange.accuracy.results import Cost, TensorResult
    from setrange.accuracy.session import Loader
    from setrange.accuracy.simulation import Kept
    from setrange.exporters.qdq import QdqModel
    from setrange.measure.histogram import Histogram
    from setrange.plan import Plan
    from setrange.ranges.model import RangeFile

__all__ = ["MOST_BYTES", "MOST_SAMPLES", "Blamer"]

#: What is kept of the data for it, and what it is cut down to where time is short.
MOST_SAMPLES = 64
_FEWEST_SAMPLES = 4
MOST_BYTES = 1 << 26

#: Share of the budget for finding out who costs what; the rest is for what helps.
_FOR_COSTS = 0.6

#: Suggestions, at most.
_MOST_SUGGESTIONS = 5

#: Tensors with less of the noise than this are not worth a change.
_LEAST_SHARE = 0.02

#: Differences below this are luck: another rounding of a few values changes as much.
_LUCK = {"sqnr": 0.25, "equal": 0.001}

#: Gains below this are not worth a change.
_LEAST_GAIN = {"sqnr": 0.5, "equal": 0.002}

_LEAST_GAIN_OF_ALL = {"sqnr": 1.0, "equal": 0.005}

#: From here on accuracy seldom suffers: a node in FP16 costs more speed than it is worth.
_GOOD_ENOUGH = {"sqnr": 30.0, "equal": 1.0}

#: A range that gains this much of what float gains is enough: float costs speed.
_ENOUGH = 0.5


@dataclass(slots=True, kw_only=True)
class _Now:
    """The Q/DQ model with all suggestions that were accepted so far."""

    ranges: RangeFile
    plan: Plan
    board: SwitchablePairs
    made: QdqModel
    quality: float


class Blamer:
    """Measures what each range costs, and tries remedies, within a budget of time.

    Args:
        made: The Q/DQ model.
        plan: Its plan.
        ranges: The ranges of the plan.
        remake: Makes plan and Q/DQ model of other ranges.
        tensors: The quantized tensors, the most suspicious first.
        histograms: Values of the activations, by name.
        kept: The samples to try on.
        names: Outputs to compare.
        loader: Makes sessions.
        metric: What quality is: ``sqnr``, or ``equal`` where no output is float.
        budget: Seconds.
        tell: Is told what is going on.
        target: Quality from which no node need run in FP16 or FP32; ``None`` = 30 dB.
    """

    def __init__(
        self,
        made: QdqModel,
        plan: Plan,
        ranges: RangeFile,
        *,
        remake: Callable[[RangeFile], tuple[Plan, QdqModel]],
        tensors: Sequence[TensorResult],
        histograms: Mapping[str, Histogram],
        kept: Kept,
        names: Sequence[str],
        loader: Loader,
        metric: str,
        budget: float,
        tell: Callable[[str, float], None],
        target: float | None = None,
    ) -> None:
        self._start = time.monotonic()
        self._remake = remake
        self._tensors = tensors
        self._histograms = histograms
        self._kept = kept
        self._names = names
        self._loader = loader
        self._metric = metric
        self._target = _GOOD_ENOUGH[self._metric] if target is None else target
        self._budget = budget
        self._tell = tell
        board = SwitchablePairs(made, names, kept, loader)
        self._fit_to_budget(board)
        self._now = _Now(
            ranges=ranges, plan=plan, board=board, made=made, quality=board.quality()
        )

    def run(self) -> Blame:
        """Measure what tensors cost, then try what helps the worst."""
        now = self._now
        whole = now.quality
        meter = CostMeter(
            now.made, self._names, self._kept, self._loader, metric=self._metric, whole=whole
        )
        deadline = self._start + _FOR_COSTS * self._budget
        costs = meter.measure(self._tensors, now.board, deadline=deadline, say=self._say)
        suggestions, is_done = self._suggestions([cost for cost in costs if cost.name])
        return Blame(
            metric=self._metric,
            samples=self._kept.samples,
            budget=self._budget,
            whole=whole,
            costs=tuple(costs),
            tensors=meter.wanted,
            suggestions=tuple(suggestions),
            is_complete=meter.is_complete and is_done,
        )

    def _fit_to_budget(self, board: SwitchablePairs) -> None:
        """Drop samples that would leave no time for all activations."""
        batches = self._kept.batches
        start = time.monotonic()
        board.quality()
        seconds = (time.monotonic() - start) * len(board.values) / len(batches)
        affordable = _FOR_COSTS * self._budget / max(seconds, 1e-9)
        while len(batches) > max(affordable, 1) and self._kept.samples > _FEWEST_SAMPLES:
            batches.pop()

    def _suggestions(self, costs: Sequence[Cost]) -> tuple[list[Suggestion], bool]:
        """Try what helps the worst; False with them where time ran out."""
        found: list[Suggestion] = []
        waiting = list(costs)
        while waiting and len(found) < _MOST_SUGGESTIONS:
            before, later = len(found), []
            for cost in waiting:
                if self._is_over():
                    return found, False
                least = _LEAST_SHARE * self._loss(self._now.quality)
                matters = self._loss(cost.alone) >= least and len(found) < _MOST_SUGGESTIONS
                suggestion = self._suggestion(cost) if matters else None
                if suggestion is None:
                    later.append(cost)
                else:
                    found.append(suggestion)
            # What was hidden behind another may show now.
            waiting = later if len(found) > before else []
        if self._now.quality < self._target:
            if self._is_over():
                return found, False
            everything = self._all_ranges()
            if everything is not None:
                found.append(everything)
        return found, True

    def _suggestion(self, cost: Cost) -> Suggestion | None:
        """Try what may help a tensor, and keep the best of it for what comes after."""
        now, least = self._now, _LEAST_GAIN[self._metric]
        self._say(f"what helps {cost.name}")
        best, values = None, [cost.name]
        if cost.kind == "activation":
            # Values that share a scale are rounded alike: one alone changes nothing.
            values = now.board.sharing(cost.name)
            others = [value for value in now.board.values if value not in values]
            possible = now.board.quality(others, now.made.scales, offsets=now.made.offsets)
            if not values or possible - now.quality < least:
                return None
            best = self._best_range(values)
            if best is not None and best[1] - now.quality >= least:
                left = self._loss(now.quality) - self._loss(possible)
                if self._loss(now.quality) - self._loss(best[1]) >= _ENOUGH * left:
                    return self._accept(cost.name, *best)
        is_good = now.quality >= self._target
        kept_float = None if is_good or self._is_over() else self._in_float(values)
        if kept_float is not None:
            change, made, board, plan = kept_float
            after = board.quality()
            if after - now.quality >= least and (best is None or after > best[1]):
                return self._accept(cost.name, change, after, (made, board, plan))
        if best is not None and best[1] - now.quality >= least:
            return self._accept(cost.name, *best)
        return None

    def _all_ranges(self) -> Suggestion | None:
        """Where many ranges are bad, none of them alone makes a difference: try all at once."""
        self._say("other ranges for all activations")
        now = self._now
        values = {name: self._histograms[name] for name in now.made.scales}
        best = self._best(range_changes(now.ranges, now.plan, values))
        if best is None or best[1] - now.quality < _LEAST_GAIN_OF_ALL[self._metric]:
            return None
        return self._accept("", *best)

    def _best_range(self, values: Sequence[str]) -> tuple[Remedy, float] | None:
        now = self._now
        histograms = {value: self._histograms[value] for value in values}
        # What is shifted reaches as far as its middle and half of its range.
        scale = now.made.scales[values[0]]
        scale += abs(now.made.offsets.get(values[0], 0.0)) / INT8_STEPS
        return self._best(range_changes(now.ranges, now.plan, histograms, scale))

    def _best(self, changes: Iterable[Remedy]) -> tuple[Remedy, float] | None:
        """The best change of ranges; of two that are as good the one that comes first."""
        best: tuple[Remedy, float] | None = None
        for change in changes:
            if best is not None and self._is_over():
                break
            try:
                made = self._remake(change.ranges)[1]
            except InputError:
                continue
            board = self._board_of(made)
            quality = board.quality(scales=made.scales, offsets=made.offsets)
            if best is None or quality > best[1] + _LUCK[self._metric]:
                best = (change, quality)
        return best

    def _in_float(
        self, values: Sequence[str]
    ) -> tuple[Remedy, QdqModel, SwitchablePairs, Plan] | None:
        now = self._now
        consumers = nodes_of(now.made)
        nodes = {node: None for value in values for node in consumers.get(value, ())}
        change = float_change(now.ranges, now.made, list(nodes))
        if change is None:
            return None
        try:
            plan, made = self._remake(change.ranges)
        except InputError:  # nothing would be left in INT8
            return None
        board = SwitchablePairs(made, self._names, self._kept, self._loader)
        return change, made, board, plan

    def _board_of(self, made: QdqModel) -> SwitchablePairs:
        """The board there is, or another one for a model with a shift that it has not."""
        if self._now.board.fits(made):
            return self._now.board
        return SwitchablePairs(made, self._names, self._kept, self._loader)

    def _accept(
        self,
        tensor: str,
        change: Remedy,
        quality: float,
        remade: tuple[QdqModel, SwitchablePairs, Plan] | None = None,
    ) -> Suggestion:
        now = self._now
        if remade is None:
            plan, made = self._remake(change.ranges)
            board = self._board_of(made)
        else:
            made, board, plan = remade
        self._now = _Now(
            ranges=change.ranges, plan=plan, board=board, made=made, quality=quality
        )
        return Suggestion(
            tensor=tensor,
            change=change.kind,
            why=change.why,
            entries=change.entries,
            before=now.quality,
            after=quality,
        )

    def _loss(self, quality: float) -> float:
        return loss(quality, self._metric)

    def _elapsed(self) -> float:
        return time.monotonic() - self._start

    def _is_over(self) -> bool:
        return self._elapsed() > self._budget

    def _say(self, doing: str) -> None:
        self._tell(doing, self._elapsed())
