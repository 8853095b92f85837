# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Every figure of the search: from the state file, or measured, within the budget."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any, Protocol

from setrange.accuracy.costs import loss
from setrange.tune.evaluation import Score
from setrange.tune.figures import QualityAlone, QualityOfScales, ScoreOf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from setrange.tune.figures import Bench, Figure, QualityOfWeight
    from setrange.tune.journal import Journal
    from setrange.tune.settings import Settings

__all__ = ["Alone", "Clock", "Helpers", "InContext", "Measuring", "OutOfBudgetError"]


class OutOfBudgetError(Exception):
    """The time is over: what is best so far counts."""


class Clock:
    """The time that a search took, over all its runs.

    Args:
        budget: Seconds it may take.
        before: Seconds that interrupted runs took.
    """

    def __init__(self, budget: float, before: float = 0.0) -> None:
        self.budget = budget
        self._start = time.monotonic() - before

    @property
    def seconds(self) -> float:
        """Seconds so far."""
        return time.monotonic() - self._start

    def check(self) -> None:
        """Stop where time is over.

        Raises:
            OutOfBudgetError: It is.
        """
        if self.seconds > self.budget:
            raise OutOfBudgetError


class Helpers(Protocol):
    """Others who work out figures, several at a time."""

    def measured(self, figures: Sequence[Figure]) -> Iterator[Any]:
        """Yield what each figure is, in order."""


class Measuring:
    """Scores of settings and other figures on the search data, each worked out once.

    Args:
        bench: Works them out here.
        journal: Where they are kept.
        clock: How long all of it may take.
        helpers: Work out what can be asked for at once; ``None``: there are none.
    """

    def __init__(
        self, bench: Bench, journal: Journal, clock: Clock, helpers: Helpers | None = None
    ) -> None:
        self.bench = bench
        self.journal = journal
        self.clock = clock
        self._helpers = helpers
        self._asked: set[str] = set()

    @property
    def count(self) -> int:
        """Figures that the search asked for: the same whoever worked them out, and when."""
        return len(self._asked)

    def score_of(self, settings: Settings, count: int | None = None) -> ScoreOf:
        """Return what to ask for to get the score of settings; see ``score``."""
        of = len(self.bench.batches)
        return ScoreOf(settings, of if count is None else min(count, of), of)

    def score(self, settings: Settings, *, count: int | None = None) -> Score | None:
        """Return the score of settings; ``None`` where they leave nothing in INT8.

        Args:
            settings: The settings.
            count: How many of the batches are run; ``None``: all.

        Raises:
            OutOfBudgetError: There is no time left to work it out.
        """
        found = self._value(self.score_of(settings, count))
        return None if found is None else Score.from_dict(found)

    def quality(self, figure: QualityAlone | QualityOfScales | QualityOfWeight) -> float:
        """Return a figure that is a number.

        Raises:
            OutOfBudgetError: There is no time left for it.
        """
        return float(self._value(figure))

    def number(self, key: str, measure: Callable[[], float]) -> float:
        """Return a number of the state file, or measure it here.

        Raises:
            OutOfBudgetError: There is no time left for it.
        """
        return float(self.plain(key, measure))

    def plain(self, key: str, measure: Callable[[], Any]) -> Any:
        """Return plain values of the state file, or work them out here.

        Raises:
            OutOfBudgetError: There is no time left for it.
        """
        self._asked.add(key)
        if key not in self.journal:
            self.clock.check()
            self.journal.put(key, measure(), self.clock.seconds)
        return self.journal[key]

    def ahead(self, figures: Iterable[Figure]) -> None:
        """Let helpers work out what will be asked for next; without any it is done then.

        Raises:
            OutOfBudgetError: There is no time left for all of it.
        """
        if self._helpers is None:
            return
        wanted = {figure.key: figure for figure in figures}
        missing = [figure for key, figure in wanted.items() if key not in self.journal]
        if not missing:
            return
        self.clock.check()
        found = self._helpers.measured(missing)
        for figure, value in zip(missing, found, strict=True):
            self.journal.put(figure.key, value, self.clock.seconds)
            self.clock.check()

    def _value(self, figure: Figure) -> Any:
        return self.plain(figure.key, lambda: figure.measured(self.bench))


class Alone:
    """What is lost where only some tensors are in INT8, and all else is float.

    Args:
        measuring: Keeps the figures.
        kind: ``activation`` or ``weight``: which tensors.
        count: How many of the batches are run.
        metric: ``sqnr`` or ``equal``.
        scales: Activation -> scale, where none is asked for.
    """

    def __init__(
        self,
        measuring: Measuring,
        kind: str,
        *,
        count: int,
        metric: str,
        scales: Mapping[str, float],
    ) -> None:
        self._measuring = measuring
        self._kind = kind
        self._count = count
        self._metric = metric
        self._scales = scales

    def figure(
        self, values: Sequence[str], scales: Mapping[str, float] | None = None
    ) -> QualityAlone:
        """Return what to ask for; see ``loss``."""
        taken = {**self._scales, **(scales or {})}
        found = tuple(taken.get(value) for value in values)
        return QualityAlone(self._kind, self._count, tuple(values), found)

    def loss(self, values: Sequence[str], scales: Mapping[str, float] | None = None) -> float:
        """Return what is lost at the worst output, as a share of noise or of other values.

        Args:
            values: The tensors in INT8.
            scales: Activation -> scale, where it is not the model's own.

        Raises:
            OutOfBudgetError: There is no time left for it.
        """
        return loss(self._measuring.quality(self.figure(values, scales)), self._metric)


class InContext:
    """The quality of a Q/DQ model with other scales, all else as it is: one session.

    Where values are shifted before their pair, each range makes a model of its own, for another
    range is another shift too.

    Args:
        measuring: Keeps the figures.
        settings: What the model is made of.
        count: How many of the batches are run.

    Attributes:
        made: The Q/DQ model.
    """

    def __init__(self, measuring: Measuring, settings: Settings, *, count: int) -> None:
        self.made = measuring.bench.evaluator.made(settings, is_symmetric=True)
        self._measuring = measuring
        self._settings = settings
        self._count = count
        self._is_shifted = measuring.bench.evaluator.is_asymmetric(settings)

    def figure(
        self, scales: Mapping[str, float], changed: Settings
    ) -> QualityOfScales | ScoreOf:
        """Return what to ask for; see ``quality``."""
        if self._is_shifted:
            return self._measuring.score_of(changed, self._count)
        return QualityOfScales(self._settings, self._count, tuple(sorted(scales.items())))

    def quality(self, scales: Mapping[str, float], changed: Settings) -> float:
        """Return the quality at the worst output.

        Args:
            scales: Activation -> scale, where it is not the model's own.
            changed: The settings that make these scales.

        Raises:
            OutOfBudgetError: There is no time left for it.
        """
        figure = self.figure(scales, changed)
        if isinstance(figure, QualityOfScales):
            return self._measuring.quality(figure)
        score = self._measuring.score(changed, count=self._count)
        return -math.inf if score is None else score.quality
