# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Every figure of the search: from the state file, or measured, within the budget."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from setrange.accuracy.costs import loss
from setrange.accuracy.simulation import Kept
from setrange.accuracy.switchable_pairs import SwitchablePairs
from setrange.errors import InputError
from setrange.tune.evaluation import Score

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from setrange.accuracy.session import Loader
    from setrange.exporters.qdq import QdqModel
    from setrange.tune.evaluation import Evaluator, TunedBatch
    from setrange.tune.journal import Journal
    from setrange.tune.settings import Settings

__all__ = ["Alone", "Clock", "InContext", "Measuring", "OutOfBudgetError"]


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


class Measuring:
    """Scores of settings on the search data, each worked out once.

    Args:
        evaluator: Works them out.
        batches: The search data that are kept.
        journal: Where they are kept.
        clock: How long all of it may take.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        batches: Sequence[TunedBatch],
        journal: Journal,
        clock: Clock,
    ) -> None:
        self.evaluator = evaluator
        self.batches = batches
        self.journal = journal
        self.clock = clock

    def score(self, settings: Settings, *, count: int | None = None) -> Score | None:
        """Return the score of settings; ``None`` where they leave nothing in INT8.

        Args:
            settings: The settings.
            count: How many of the batches are run; ``None``: all.

        Raises:
            OutOfBudgetError: There is no time left to work it out.
        """
        batches = self.batches[:count]
        some = "" if len(batches) == len(self.batches) else f"{len(batches)} "
        key = f"score {some}{settings.key}"
        if key not in self.journal:
            self.clock.check()
            try:
                made = self.evaluator.evaluate(settings, batches).to_dict()
            except InputError as error:
                if "there is no place for a Q/DQ pair" not in str(error):
                    raise
                made = None
            self.journal.put(key, made, self.clock.seconds)
        found = self.journal[key]
        return None if found is None else Score.from_dict(found)

    def number(self, key: str, measure: Callable[[], float]) -> float:
        """Return a number of the state file, or measure it.

        Raises:
            OutOfBudgetError: There is no time left for it.
        """
        if key not in self.journal:
            self.clock.check()
            self.journal.put(key, measure(), self.clock.seconds)
        return float(self.journal[key])


class Alone:
    """What is lost where only some tensors are in INT8, and all else is float.

    Args:
        measuring: Keeps the figures.
        made: The Q/DQ model.
        kind: ``activation`` or ``weight``: which tensors.
        names: Outputs of the model.
        batches: What to run it on.
        loader: Makes the session, when it is needed first.
        metric: ``sqnr`` or ``equal``.
    """

    def __init__(
        self,
        measuring: Measuring,
        made: QdqModel,
        kind: str,
        *,
        names: Sequence[str],
        batches: Sequence[TunedBatch],
        loader: Loader,
        metric: str,
    ) -> None:
        self._measuring = measuring
        self._made = made
        self._kind = kind
        self._names = names
        self._batches = batches
        self._loader = loader
        self._metric = metric
        self._opened: SwitchablePairs | None = None

    def loss(self, values: Sequence[str], scales: Mapping[str, float] | None = None) -> float:
        """Return what is lost at the worst output, as a share of noise or of other values.

        Args:
            values: The tensors in INT8.
            scales: Activation -> scale, where it is not the model's own.

        Raises:
            OutOfBudgetError: There is no time left for it.
        """
        own = self._made.scales
        taken = {**own, **(scales or {})}
        said = [(value, taken.get(value)) for value in values]
        quality = self._measuring.number(
            f"alone {self._kind} {said}", lambda: self._board().quality(values, taken)
        )
        return loss(quality, self._metric)

    def _board(self) -> SwitchablePairs:
        if self._opened is None:
            kept = Kept(most_samples=0, most_bytes=0, batches=list(self._batches))
            self._opened = SwitchablePairs(
                self._made, self._names, kept, self._loader, kind=self._kind, is_rest_float=True
            )
        return self._opened


class InContext:
    """The quality of a Q/DQ model with other scales, all else as it is: one session.

    Args:
        measuring: Keeps the figures.
        settings: What the model is made of.
        names: Outputs of the model.
        batches: What to run it on.
        loader: Makes the session, when it is needed first.

    Attributes:
        made: The Q/DQ model.
    """

    def __init__(
        self,
        measuring: Measuring,
        settings: Settings,
        *,
        names: Sequence[str],
        batches: Sequence[TunedBatch],
        loader: Loader,
    ) -> None:
        self.made = measuring.evaluator.made(settings)
        self._measuring = measuring
        self._key = settings.key
        self._names = names
        self._batches = batches
        self._loader = loader
        self._opened: SwitchablePairs | None = None

    def quality(self, scales: Mapping[str, float]) -> float:
        """Return the quality at the worst output.

        Args:
            scales: Activation -> scale, where it is not the model's own.

        Raises:
            OutOfBudgetError: There is no time left for it.
        """
        key = f"context {len(self._batches)} {self._key} {sorted(scales.items())}"
        taken = {**self.made.scales, **scales}
        return self._measuring.number(key, lambda: self._board().quality(None, taken))

    def _board(self) -> SwitchablePairs:
        if self._opened is None:
            kept = Kept(most_samples=0, most_bytes=0, batches=list(self._batches))
            self._opened = SwitchablePairs(self.made, self._names, kept, self._loader)
        return self._opened
