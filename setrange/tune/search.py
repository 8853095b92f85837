# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The search: harm first, then ranges, then the cheapest fallbacks that reach the target.

Its order is fixed, and every figure is measured on the same batches: the same input gives the
same result.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from setrange.accuracy.changes import entry_name, planned_by_value
from setrange.accuracy.pairs import nodes_of, pairs_of
from setrange.errors import UsageError
from setrange.tune.candidates import Group, as_given, candidates, nearby
from setrange.tune.fallbacks import Fallbacks
from setrange.tune.measuring import Alone, InContext, OutOfBudgetError
from setrange.tune.scale_choice import ScaleChoice, narrowing
from setrange.tune.settings import Corrections, Settings
from setrange.tune.trials import Best
from setrange.tune.undoing import undo_harmful
from setrange.tune.weight_choice import WeightChoice

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from setrange.exporters.qdq import QdqModel
    from setrange.measure.histogram import Histogram
    from setrange.plan import Plan, PlannedTensor
    from setrange.tune.bias_choice import BiasChoice
    from setrange.tune.candidates import Candidate
    from setrange.tune.fallbacks import Move
    from setrange.tune.prices import PriceList
    from setrange.tune.trials import Trials

__all__ = ["Search"]

#: Tensors with less than this share of what is lost are not worth another range.
_LEAST_SHARE = 0.005
#: Nor those with less than this share of what may be lost.
_LEAST_OF_ALLOWED = 0.03

#: Weights are looked at one by one where together they lose more than this share of what the
#: target allows.
_WEIGHTS_MATTER = 0.05

#: Of two ranges whose loss differs by less than this the wider is taken.
_LUCK = 0.05

#: Ranges that gain less than this where all else is as in the result are luck.
_LEAST_GAIN = {"sqnr": 0.1, "equal": 0.001}

#: Tensors with more than this share of what is lost get ranges around the best one tried too.
_LARGE_SHARE = 0.05


@dataclass(slots=True, kw_only=True)
class Search:
    """One search.

    Attributes:
        trials: Scores, the best so far, the target and what may be done.
        plan: The plan of the ranges as given.
        made: The Q/DQ model of them, without shifts.
        histograms: Values of the activations, by name.
        prices: What nodes cost.
        narrowed: Activations that are shifted before their pair -> the square of what their
            steps are of those in ``made``.
        biases: Corrects biases; ``None``: they stay as they are.
        order: The moves that were found, in the order of what they buy for their price.
        apart: Activations that shared a scale in the ranges as given, and do not any more.
    """

    trials: Trials
    plan: Plan
    made: QdqModel
    histograms: Mapping[str, Histogram]
    prices: PriceList
    narrowed: Mapping[str, float] = field(default_factory=dict)
    biases: BiasChoice | None = None
    order: list[Move] = field(default_factory=list)
    apart: list[tuple[str, ...]] = field(default_factory=list)

    def run(self) -> bool:
        """Search; False where the time was over first. What is found is in ``best``."""
        given = self.made, self.narrowed
        self.apart.clear()
        try:
            self._search()
            planned = planned_by_value(self.plan)
            undo_harmful(
                self.trials,
                [
                    [entry_name(planned, value) for value in group]
                    for group in self._groups(self.made)
                ],
                self.apart,
            )
        except OutOfBudgetError:
            return False
        finally:
            self.made, self.narrowed = given  # another search begins there
        return True

    def _search(self) -> None:
        nothing = Settings()
        start = self.trials.score(nothing, "the ranges as given")
        if start is not None and start.share.macs < self.trials.limits.keep - 1e-12:
            raise UsageError(
                f"--keep-int8 {100 * self.trials.limits.keep:g}%: with the ranges as given "
                f"{100 * start.share.macs:.2f} % of the multiply-adds run in INT8; ask for less"
            )
        if self.trials.is_reached:
            return
        settings = self._choose_scales(nothing)
        if self.trials.is_reached:
            return
        alone = self._alone("activation")
        losses = self._losses("activation")
        chosen = self._choose_ranges(alone, losses)
        ranged = self._take_ranges(chosen, losses, settings)
        if self.trials.is_reached:
            return
        ranged = self._corrected(ranged)
        if self.trials.is_reached:
            return
        consumers = nodes_of(self.made)
        weights = None
        if self.trials.allowed_loss() is None or self._weights_matter():
            losses |= self._losses("weight")
            if self.trials.limits.weight_scales:
                weights = WeightChoice(
                    trials=self.trials, made=self.made, losses=losses, consumers=consumers
                )
                ranged = self._take_weights(weights, ranged)
                if self.trials.is_reached:
                    return
        fallbacks = Fallbacks(
            trials=self.trials,
            made=self.made,
            prices=self.prices,
            # Corrections for noise that a node in FP16 no longer makes are errors: they come
            # back for the nodes that are left.
            ranged=ranged.with_corrections(None),
            losses=losses,
            consumers=consumers,
            correct=self._corrected,
        )
        self.order = fallbacks.order
        fallbacks.run()
        assert self.trials.best is not None
        if not self.trials.is_reached:
            # Biases were corrected for noise that is gone with these nodes.
            self._corrected(self.trials.best.settings)
        self._polish(fallbacks, losses)
        is_over = self.trials.is_reached and not self.trials.best.settings.nodes
        if weights is not None and not is_over:
            changed = weights.in_context(self.trials.best.settings)
            if changed != self.trials.best.settings or self.trials.is_reached:
                fallbacks.again(changed)
        if self.biases is not None and not is_over:
            # Noise that is gone moved means, which were made up for further on.
            assert self.trials.best is not None
            changed = self._corrected(self.trials.best.settings)
            if changed != self.trials.best.settings or self.trials.is_reached:
                fallbacks.again(changed)
        if not self.trials.is_reached:
            fallbacks.fill(self.trials.best.settings)
        self._forget_unused()

    def _take_weights(self, weights: WeightChoice, settings: Settings) -> Settings:
        """Return settings with other scales of weights, before any node runs in FP16."""
        if self.biases is None:
            settings = weights.alone(settings)
            self.trials.score(settings, "other scales of weights")
            return settings
        tried = self._corrected(weights.by_error(settings))
        after = self.trials.score(tried, "scales of weights with the least error")
        before = self.trials.score(settings, "before")
        is_better = before and after and self.trials.is_better(after, before)
        return tried if is_better else settings

    def _choose_scales(self, settings: Settings) -> Settings:
        """Choose which values are shifted, and which share no scale any more."""
        limits, before = self.trials.limits, settings
        planned = planned_by_value(self.plan)
        choice = ScaleChoice(
            trials=self.trials, is_fixed=lambda value: self._is_fixed(value, planned)
        )
        if limits.asymmetric:
            settings = choice.shifted(settings)
        if limits.own_scales:
            groups = [group for group in self._groups(self.made) if len(group) > 1]
            settings = choice.apart(settings, groups)
            own = set(settings.own_scales)
            self.apart[:] = [group for group in groups if own.issuperset(group)]
        if settings != before:
            evaluator = self.trials.measuring.bench.evaluator
            bare = settings.with_corrections(Corrections.of({}))
            self.made = evaluator.made(bare, is_symmetric=True)
            self.narrowed = narrowing(evaluator.made(bare), self.made)
        return settings

    def _corrected(self, settings: Settings) -> Settings:
        return settings if self.biases is None else self.biases.better(settings)

    def _polish(self, fallbacks: Fallbacks, losses: Mapping[str, float]) -> None:
        """Choose ranges again where all else is as in the result, and look back once more.

        A range that is good alone need not be where others make noise too.
        """
        assert self.trials.best is not None
        settings = self.trials.best.settings
        if self.trials.limits.kind == "fp8" and settings.nodes:
            return  # a tensor may have a pair of each type, with a scale of each
        # On all kept samples: a choice among many is soon one for the few it is made on.
        measuring = self.trials.measuring
        context = InContext(measuring, settings, count=len(measuring.bench.batches))
        planned = planned_by_value(self.plan)
        groups = self._groups(context.made)
        weight = {group: sum(losses.get(value, 0.0) for value in group) for group in groups}
        total = sum(weight.values())
        scales: dict[str, float] = {}
        best, changed = context.quality(scales, settings), settings
        for group in sorted(groups, key=lambda group: -weight[group]):
            if weight[group] < _LARGE_SHARE / 5 * total:
                break
            if any(self._is_fixed(value, planned) for value in group):
                continue
            self.trials.tell(f"{self.trials.reached()}: ranges of {group[0]} again")
            tensors = self._group(group, context.made, planned)
            amax = tensors.largest * context.made.scales[group[0]]
            ways = [*candidates(tensors, amax), *nearby(None, tensors, amax)]
            if all(value in self.made.scales for value in group):
                ways.insert(0, as_given(tensors, self.made.scales[group[0]]))
            entries = [entry_name(planned, value) for value in group]
            bare = changed.without_ranges(entries)
            tried = [({**scales, **way.scales}, bare.with_ranges(way.new)) for way in ways]
            measuring.ahead(context.figure(*each) for each in tried)
            for taken in tried:
                found = context.quality(*taken)
                if found > best + _LEAST_GAIN[self.trials.metric]:
                    best = found
                    scales, changed = taken
        if changed != settings and self.trials.score(changed, "these ranges") is not None:
            fallbacks.again(changed)

    def _forget_unused(self) -> None:
        """Leave ranges as given where nothing takes them in INT8 any more."""
        assert self.trials.best is not None
        settings = self.trials.best.settings
        evaluator = self.trials.measuring.bench.evaluator
        left = set(evaluator.made(settings, is_symmetric=True).scales)
        planned = planned_by_value(self.plan)
        used = {entry_name(planned, value) for value in left}
        kept = tuple(new for new in settings.ranges if new.entry in used)
        if kept == settings.ranges:
            return
        fewer = dataclasses.replace(settings, ranges=kept)
        score = self.trials.measuring.score(fewer)
        if score is not None and not self.trials.is_better(self.trials.best.score, score):
            self.trials.best = Best(settings=fewer, score=score)

    def _alone(self, kind: str) -> Alone:
        return Alone(
            self.trials.measuring,
            kind,
            count=self.trials.few,
            metric=self.trials.metric,
            scales=self.made.scales,
        )

    def _losses(self, kind: str) -> dict[str, float]:
        """Return what is lost by each tensor of a kind alone."""
        alone = self._alone(kind)
        names = self._tensors(kind)
        self.trials.tell(f"harm of {len(names)} tensors")
        self.trials.measuring.ahead(alone.figure([name]) for name in names)
        losses = {}
        for number, name in enumerate(names, 1):
            self.trials.tell(f"harm of {name} ({number} of {len(names)})")
            losses[name] = self._lost(alone, name)
        return losses

    def _lost(
        self, alone: Alone, value: str, scales: Mapping[str, float] | None = None
    ) -> float:
        """Return what is lost by one tensor alone.

        Where values are shifted before their pair, their steps are smaller than those that this
        is measured with, and the noise goes with the square of the steps.
        """
        return alone.loss([value], scales) * self.narrowed.get(value, 1.0)

    # -- ranges -------------------------------------------------------------------------

    def _choose_ranges(self, alone: Alone, losses: dict[str, float]) -> list[Candidate]:
        """Return the best other range of each group of tensors; ``losses`` become theirs."""
        groups = self._groups(self.made)
        total = sum(losses.values())
        least = min(
            _LEAST_SHARE * total, _LEAST_OF_ALLOWED * (self.trials.allowed_loss() or math.inf)
        )
        weight = {group: sum(losses[value] for value in group) for group in groups}
        chosen = []
        planned = planned_by_value(self.plan)
        wanted = [
            group
            for group in sorted(groups, key=lambda group: -weight[group])
            if weight[group] >= least
            and not any(self._is_fixed(value, planned) for value in group)
        ]
        self.trials.tell(f"ranges of {len(wanted)} tensors")
        self.trials.measuring.ahead(
            alone.figure(group, way.scales)
            for group in wanted
            for way in candidates(*self._bounded(group, planned))
        )
        for group in wanted:
            self.trials.tell(f"ranges of {group[0]}")
            found = self._best_range(
                alone, group, planned, is_large=weight[group] >= _LARGE_SHARE * total
            )
            if found is not None:
                chosen.append(found)
                for value in group:
                    losses[value] = self._lost(alone, value, found.scales)
        return chosen

    def _best_range(
        self,
        alone: Alone,
        group: tuple[str, ...],
        planned: Mapping[str, PlannedTensor],
        *,
        is_large: bool,
    ) -> Candidate | None:
        tensors, amax = self._bounded(group, planned)
        best: Candidate | None = None
        least = alone.loss(group)

        def try_all(found: Iterable[Candidate]) -> None:
            nonlocal best, least
            for candidate in found:
                lost = alone.loss(group, candidate.scales)
                if lost < least * (1 - _LUCK):
                    best, least = candidate, lost

        try_all(candidates(tensors, amax))
        if is_large:
            more = list(nearby(best, tensors, amax))
            self.trials.measuring.ahead(alone.figure(group, way.scales) for way in more)
            try_all(more)
        return best

    def _bounded(
        self, group: Sequence[str], planned: Mapping[str, PlannedTensor]
    ) -> tuple[Group, float]:
        """Return the tensors of a scale, and the bound that is given for them."""
        tensors = self._group(group, self.made, planned)
        return tensors, tensors.largest * self.made.scales[group[0]]

    def _take_ranges(
        self, chosen: Sequence[Candidate], losses: dict[str, float], settings: Settings
    ) -> Settings:
        """Put all chosen ranges in force, or as many halves of them as help."""
        pending = [list(chosen)] if chosen else []
        while pending:
            part = pending.pop(0)
            tried = settings.with_ranges(new for item in part for new in item.new)
            score = self.trials.score(tried, f"other ranges for {len(part)} tensors")
            before = self.trials.score(settings, "before")
            if score and before and self.trials.is_better(score, before):
                settings = tried
            elif len(part) > 1:
                pending = [part[: len(part) // 2], part[len(part) // 2 :], *pending]
            else:
                alone = self._alone("activation")
                for value in part[0].scales:
                    losses[value] = self._lost(alone, value)
        return settings

    def _groups(self, made: QdqModel) -> list[tuple[str, ...]]:
        """Return the activations that share a scale, each group once."""
        found: dict[str, dict[str, None]] = {}
        for pair in pairs_of(made):
            if pair.kind == "activation":
                found.setdefault(pair.scale, {})[pair.value] = None
        return [tuple(group) for group in found.values()]

    def _group(
        self, values: Sequence[str], made: QdqModel, planned: Mapping[str, PlannedTensor]
    ) -> Group:
        return Group(
            histograms={value: self.histograms[value] for value in values},
            planned=planned,
            largest=made.types[values[0]].largest,
        )

    def _is_fixed(self, value: str, planned: Mapping[str, PlannedTensor]) -> bool:
        if self.trials.limits.is_locked(value):
            return True
        found = planned.get(value)
        return found is not None and any(
            self.trials.limits.is_locked(name)
            for name in (found.entry, found.tensor.name)
            if name
        )

    # -- weights ------------------------------------------------------------------------

    def _weights_matter(self) -> bool:
        names = self._tensors("weight")
        self.trials.tell("harm of all weights")
        allowed = self.trials.allowed_loss() or 0.0
        return bool(names) and self._alone("weight").loss(names) >= _WEIGHTS_MATTER * allowed

    def _tensors(self, kind: str) -> list[str]:
        return list(
            dict.fromkeys(pair.value for pair in pairs_of(self.made) if pair.kind == kind)
        )
