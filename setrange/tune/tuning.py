# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``tune``: from ranges, a model, data and a target to ranges that reach it."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import TYPE_CHECKING

from setrange.accuracy.session import Loader, taken_outputs
from setrange.accuracy.simulation import Kept, with_only
from setrange.errors import InputError, ModelError, UsageError
from setrange.measure.batches import check_batch
from setrange.measure.histogram import Histogram
from setrange.measure.inputs import Inputs
from setrange.measure.validity import check_valid
from setrange.model.streamed import embedded
from setrange.model.writing import skeleton_of
from setrange.plan.precision import node_names
from setrange.ranges.patterns import fits
from setrange.tune.bias_choice import BiasChoice
from setrange.tune.evaluation import Evaluator
from setrange.tune.figures import Bench
from setrange.tune.journal import Journal
from setrange.tune.judging import Judge, nothing_to_judge
from setrange.tune.measuring import Clock, Measuring, OutOfBudgetError
from setrange.tune.on_cluster import BenchOpener, ClusterHelpers
from setrange.tune.outcome import apply_options, tuned_ranges
from setrange.tune.path import path_to
from setrange.tune.prices import PriceList
from setrange.tune.ranking import Ranking
from setrange.tune.results import TuneReport
from setrange.tune.samples import BatchSource, FloatModel, LabelBook, Part, check_apart
from setrange.tune.scale_choice import narrowing
from setrange.tune.search import Search
from setrange.tune.settings import FOR_SINGLE_PAIRS, Settings
from setrange.tune.shared_constants import SharedConstants
from setrange.tune.state_head import state_head
from setrange.tune.trials import Limits, Trials
from setrange.tune.worst_first import count_for_ranking, worst_first

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from setrange.accuracy.quantizer import Quantizer
    from setrange.cluster.cluster import Cluster
    from setrange.exporters.qdq import QdqModel
    from setrange.measure.data import DataOptions
    from setrange.plan import Plan
    from setrange.ranges.model import RangeFile
    from setrange.tune.evaluation import TunedBatch
    from setrange.tune.options import TuneOptions
    from setrange.tune.results import Judged, Step
    from setrange.tune.trials import Best

__all__ = ["Tuning"]

#: What is kept of the search data for scores.
_MOST_SAMPLES = 16
_MOST_BYTES = 1 << 27

#: Metrics that a few samples tell; shares of right answers need more.
_SMOOTH = ("sqnr", "cosine")
_MOST_OF_SHARES = 64

#: Searches, each for more than the one before.
_MOST_SEARCHES = 4


class Tuning:
    """One search for ranges and fallbacks.

    Args:
        quantizer: Makes plan and Q/DQ model of ranges.
        ranges: The ranges, by tensor.
        plan: Their plan.
        made: Their Q/DQ model.
        data: The search data, and the judging data unless others are given.
        judge: Other judging data.
        options: What is wanted, and what may be done.

    Raises:
        SetrangeError: The options do not fit the model.
    """

    def __init__(
        self,
        quantizer: Quantizer,
        ranges: RangeFile,
        plan: Plan,
        made: QdqModel,
        data: DataOptions,
        judge: DataOptions | None,
        options: TuneOptions,
    ) -> None:
        check_valid(made.float_model)
        self._names = taken_outputs(made.float_model)
        if not self._names:
            raise ModelError(
                f"{quantizer.model.path}: has no output that is a tensor to compare"
            )
        self._ranking = Ranking.of(made.float_model, self._names)
        self._quantizer = quantizer
        self._ranges = ranges
        self._plan = plan
        self._made = made
        # What is measured of single tensors is measured without shifts and corrections.
        bare = dataclasses.replace(plan, bias_corrections={})
        self._plain = quantizer.symmetric().quantized(bare)
        self._options = options
        self._function = options.target.function()
        self._check_locks()
        self._loader = Loader(
            model=quantizer.model, threads=options.run.threads, provider=options.run.provider
        )
        inputs = Inputs.of(quantizer.model).along(data.batch_axis)
        check_batch(inputs, options.run.batch)
        holdout = 0.0 if judge is not None else options.holdout
        book = None if options.labels is None else LabelBook(options.labels)
        source = BatchSource(
            data=data,
            inputs=inputs,
            size=options.run.batch,
            part=Part(holdout=holdout, is_judging=False),
            labels=book,
        )
        self._searched = source
        self._judging = None
        if judge is not None:
            check_apart(data, judge)
            path = options.judge_labels
            if book is not None and path is None:
                raise UsageError("--judge needs --judge-labels FILE where there are --labels")
            self._judging = dataclasses.replace(
                source,
                data=judge,
                inputs=Inputs.of(quantizer.model).along(judge.batch_axis),
                part=Part(holdout=0.0, is_judging=True),
                labels=None if path is None else LabelBook(path),
            )
        elif holdout:
            self._judging = dataclasses.replace(
                source, part=Part(holdout=holdout, is_judging=True)
            )
        self._float: FloatModel | None = None
        self._evaluator: Evaluator | None = None
        self.search: Search | None = None
        self.trials: Trials | None = None
        self.journal: Journal | None = None
        self._is_all_kept = True
        self._on_path: list[Settings] = []
        self._judge: Judge | None = None
        self._clock = Clock(options.budget)

    def _kept(self) -> Kept:
        is_smooth = self._options.target.name in _SMOOTH
        most = _MOST_SAMPLES if is_smooth else _MOST_OF_SHARES
        return Kept(most_samples=most, most_bytes=_MOST_BYTES)

    @property
    def budget(self) -> float:
        """Seconds that the search may take."""
        return self._options.budget

    # -- the search ---------------------------------------------------------------------

    def prepare(
        self,
        state: Path | None,
        *,
        is_resumed: bool,
        tell: Callable[[str, float], None] = lambda _doing, _seconds: None,
        cluster: Cluster | None = None,
    ) -> int:
        """Run the float model over the search data; return how many figures are known.

        Args:
            state: The state file, or ``None``.
            is_resumed: It is read first.
            tell: Is told what is being done, and after how many seconds.
            cluster: Its workers help with the search.

        Raises:
            SetrangeError: Data, labels or the state file cannot be used.
        """
        model = self._made.float_model
        fed = {value.name for value in model.graph.input}
        compared = self._ranking.all
        taps = [n for n in self._made.scales if n not in fed and n not in compared]
        outputs = [*compared, *taps]
        position = {name: number for number, name in enumerate(outputs)}
        session = self._loader.load(
            with_only(skeleton_of(model.proto), outputs),
            [embedded(tensor, model.base) for tensor in model.graph.initializer],
            model.base,
        )
        self._float = FloatModel(
            session=session, names=self._names, ranked=self._ranking.positions
        )
        histograms = {name: Histogram() for name in self._made.scales}
        kept, digest, samples = self._kept(), hashlib.sha256(), 0
        seen: set[int] = set()
        for batch, values, digests in self._searched.with_float(self._float):
            for name, histogram in histograms.items():
                at = position.get(name)
                histogram.update(batch.feeds[name] if at is None else values[at])
            kept.offer(batch)
            digest.update(hashlib.sha256(repr(digests).encode()).digest())
            seen.update(digests)
            samples += batch.samples
            tell(f"float: {samples} samples", self._clock.seconds)
        if not samples:
            raise InputError("the data hold no sample to search with; expected at least one")
        self._check_judging()
        batches: list[TunedBatch] = list(kept.batches)  # type: ignore[arg-type]
        self._is_all_kept = samples == kept.samples
        head = state_head(
            self._quantizer,
            self._ranges,
            self._made,
            self._options,
            self._ranking,
            self._searched,
            digest.hexdigest(),
        )
        self.journal = Journal(head, state)
        known = self.journal.resume() if is_resumed else 0
        self._clock = Clock(self._options.budget, self.journal.seconds)
        prices = PriceList.measured(model, self._loader, batches[0].feeds, batches[0].label)
        judged = None
        if self._options.labels is not None:
            judged = self._float.judged(batches[0].wanted)
        constants = SharedConstants(model, self._ranking.all, self._loader)
        self._evaluator = Evaluator(
            self._quantizer,
            self._ranges,
            constants,
            ranking=self._ranking,
            target=self._options.target,
            prices=prices,
            function=self._function,
            judged=judged,
        )
        self._judge = Judge(
            self._evaluator,
            self._float,
            self._searched,
            self._judging,
            seen=seen,
            kept=self._kept(),
        )
        options = self._options
        batches = worst_first(self._evaluator, batches)
        helpers = None if cluster is None else self._helpers(cluster, batches, prices, judged)
        bench = Bench(
            self._evaluator,
            self._evaluator.made(FOR_SINGLE_PAIRS, is_symmetric=True),
            names=self._ranking.values,
            batches=batches,
            loader=self._loader,
            constants=constants,
        )
        self.trials = Trials(
            measuring=Measuring(bench, self.journal, self._clock, helpers),
            target=options.target,
            limits=Limits(
                is_locked=self._is_locked,
                names=frozenset(name for name in node_names(self._quantizer.model) if name),
                kind=options.fallback,
                keep=options.keep,
                weight_scales=options.weight_scales,
                own_scales=options.own_scales,
                asymmetric=options.asymmetric,
            ),
            metric="sqnr" if any(a.dtype.kind == "f" for a in batches[0].wanted) else "equal",
            few=count_for_ranking(batches),
            ranks_apart=self._ranking.is_apart,
            tell=lambda doing: tell(doing, self._clock.seconds),
        )
        self.search = Search(
            trials=self.trials,
            plan=self._plan,
            made=self._plain,
            narrowed=narrowing(self._made, self._plain),
            histograms=histograms,
            prices=prices,
        )
        if options.correct_bias:
            self.search.biases = BiasChoice(
                trials=self.trials,
                quantizer=self._quantizer,
                ranges=self._ranges,
                source=self._searched,
                run=options.run,
            )
        return known

    def _helpers(
        self,
        cluster: Cluster,
        batches: Sequence[TunedBatch],
        prices: PriceList,
        judged: int | None,
    ) -> ClusterHelpers:
        opener = BenchOpener(
            recipe=self._quantizer.recipe(self._ranges, self._made),
            ranking=self._ranking,
            batches=tuple(batches),
            target=self._options.target,
            prices=prices,
            judged=judged,
            run=self._options.run,
        )
        return ClusterHelpers(cluster, self._quantizer.model, opener)

    def _check_judging(self) -> None:
        """Look for judging data before hours of search.

        Raises:
            InputError: There are none.
        """
        if self._judging is None:
            return
        if next(self._judging.batches(), None) is None:
            raise nothing_to_judge()

    def run(self) -> bool:
        """Search; False where the budget ended it. What is found is in ``best``.

        Scores are of the samples that are kept. Where a result that is good enough for these is
        not for all data of the search, the search goes on for as much more.
        """
        assert self.search is not None
        assert self.trials is not None
        wanted = self._options.target
        held: Best | None = None  # what the search before found
        try:
            for number in range(_MOST_SEARCHES):
                if not self.search.run():
                    return False
                best = self.trials.best
                if best is None or not self.trials.reaches(best.score):
                    break
                missed = self._missed(best)
                if missed <= 0 or number == _MOST_SEARCHES - 1:
                    break
                held = best
                stricter = self.trials.target.value + (-missed if wanted.is_cost else missed)
                self.trials.aim_at(dataclasses.replace(wanted, value=stricter))
        except OutOfBudgetError:
            return False
        finally:
            self._take_back(held)
            self.trials.target = wanted
        return True

    def _take_back(self, held: Best | None) -> None:
        """Take what a search before found where the last one did not get as far."""
        assert self.trials is not None
        best = self.trials.best
        if held is not None and (best is None or self.trials.is_better(held.score, best.score)):
            self.trials.best = held

    def _missed(self, best: Best) -> float:
        """Return by how much all data of the search miss the target, with a bit for luck."""
        assert self.trials is not None
        assert self._evaluator is not None
        assert self._float is not None
        if self._is_all_kept:
            return 0.0
        evaluator, model, wanted = self._evaluator, self._float, self._options.target

        def measure() -> float:
            batches = (batch for batch, _, _ in self._searched.with_float(model))
            value = evaluator.evaluate(best.settings, batches).value
            return wanted.value if value is None else value

        self.trials.tell(f"{self.trials.reached()}: all data of the search")
        found = self.trials.measuring.number(f"whole {best.settings.key}", measure)
        missed = found - wanted.value if wanted.is_cost else wanted.value - found
        return 1.2 * missed

    def best(self) -> Best | None:
        """Return the best settings so far; ``None`` before the first score."""
        return None if self.trials is None else self.trials.best

    def apply_options(self) -> list[str]:
        """Return what ``apply`` is to be told besides, for the Q/DQ model that was judged."""
        return apply_options(self._quantizer.options)

    def plan(self, best: Best) -> Plan:
        """Return the plan of a result."""
        return self._quantizer.plan(best.settings.applied(self._ranges))

    def result(self, best: Best, path: Sequence[Step] = ()) -> RangeFile:
        """Return the tuned ranges.

        Args:
            best: The settings.
            path: What each step bought.
        """
        how = self._quantizer.options
        return tuned_ranges(self._ranges, best, path, self._options.target, how)

    # -- afterwards ---------------------------------------------------------------------

    def path(self, best: Best) -> tuple[Step, ...]:
        """Return the steps from the ranges as given to a result, each with its score."""
        assert self.trials is not None
        assert self.search is not None
        found = path_to(best, self.search.order, self.trials)
        self._on_path = [settings for _, settings in found]
        return tuple(step for step, _ in found)

    def judged(
        self, best: Best, on_samples: Callable[[int], None] = lambda _count: None
    ) -> tuple[Judged, Judged | None]:
        """Return both ranges on all search data and on the judging data.

        Raises:
            SetrangeError: There are no judging data.
        """
        assert self._judge is not None
        return self._judge.judged(best, on_samples)

    def judged_path(self, path: Sequence[Step]) -> tuple[Step, ...]:
        """Return the steps with their scores on the first of the judging data too.

        Args:
            path: What ``path`` returned, after ``judged``.
        """
        assert self._judge is not None
        return self._judge.judged_path(path, self._on_path)

    def report(
        self,
        best: Best,
        path: tuple[Step, ...],
        judged: tuple[Judged, Judged | None],
        *,
        out: str,
        is_complete: bool,
    ) -> TuneReport:
        """Return what was found."""
        assert self.trials is not None
        assert self.journal is not None
        target = self._options.target
        last = (judged[1] or judged[0]).after
        return TuneReport(
            model=str(self._quantizer.model.path),
            ranges=self._ranges.path,
            out=out,
            target=target.name,
            wanted=target.value,
            is_cost=target.is_cost,
            reached=self.trials.reaches(last),
            fallback=self._options.fallback,
            new_ranges=best.settings.ranges,
            weight_scales=dict(best.settings.weight_scales),
            bias_corrections=best.settings.corrected,
            own_scales=best.settings.own_scales,
            asymmetric=best.settings.asymmetric,
            nodes=tuple(name for name, _ in best.settings.precision),
            search=judged[0],
            judging=judged[1],
            path=path,
            evaluations=self.trials.measuring.count,
            seconds=round(self._clock.seconds, 1),
            is_complete=is_complete,
        )

    # -- parts --------------------------------------------------------------------------

    def _is_locked(self, name: str) -> bool:
        return any(fits(lock, name) for lock in self._options.locks)

    def _check_locks(self) -> None:
        """Refuse a lock that fits nothing: what it was for would be changed."""
        names = {node.name for node in self._made.skeleton.graph.node} | set(
            self._ranges.entries
        )
        for planned in self._plan.tensors:
            names |= {planned.tensor.name, planned.tensor.onnx_value or ""}
        for lock in self._options.locks:
            if not any(fits(lock, name) for name in names if name):
                raise UsageError(
                    f"--lock {lock}: fits no tensor and no node of "
                    f"{self._quantizer.model.path.name}; expected a name or a glob, such as "
                    f"'/head/*'"
                )
