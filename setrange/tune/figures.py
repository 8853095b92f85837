# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The figures that a search asks for, and what works them out, here or on a worker."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from setrange.accuracy.simulation import Kept
from setrange.accuracy.switchable_pairs import SwitchablePairs, weight_scales_of
from setrange.errors import InputError
from setrange.tune.rounded_weight import RoundedWeight
from setrange.tune.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from setrange.accuracy.session import Loader
    from setrange.exporters.qdq import QdqModel
    from setrange.ranges.model import WeightScale
    from setrange.tune.evaluation import Evaluator, Score, TunedBatch
    from setrange.tune.shared_constants import SharedConstants

__all__ = ["Bench", "Figure", "QualityAlone", "QualityOfScales", "QualityOfWeight", "ScoreOf"]

#: Sessions whose pairs have switches that are kept: of activations, of weights, of a result.
_MOST_BOARDS = 3


class Figure(Protocol):
    """Something to be measured; it can be pickled."""

    @property
    def key(self) -> str:
        """A text that is the same for the same figure and for no other."""

    def measured(self, bench: Bench) -> Any:
        """Work it out; plain values."""


@dataclass(frozen=True, slots=True)
class ScoreOf:
    """The score of settings; ``None`` where they leave nothing in INT8.

    Attributes:
        settings: The settings.
        count: How many of the batches are run.
        of: How many there are.
    """

    settings: Settings
    count: int
    of: int

    @property
    def key(self) -> str:
        """See ``Figure``."""
        some = "" if self.count == self.of else f"{self.count} "
        return f"score {some}{self.settings.key}"

    def measured(self, bench: Bench) -> dict[str, Any] | None:
        """See ``Figure``."""
        found = bench.score(self.settings, self.count)
        return None if found is None else found.to_dict()


@dataclass(frozen=True, slots=True)
class QualityAlone:
    """The quality where only some tensors are in INT8, and all else is float.

    Attributes:
        kind: ``activation`` or ``weight``: which tensors.
        count: How many of the batches are run.
        values: The tensors.
        scales: That of each; ``None`` of weights, which have their own.
    """

    kind: str
    count: int
    values: tuple[str, ...]
    scales: tuple[float | None, ...]

    @property
    def key(self) -> str:
        """See ``Figure``."""
        return f"alone {self.kind} {list(zip(self.values, self.scales, strict=True))}"

    def measured(self, bench: Bench) -> float:
        """See ``Figure``."""
        if self.kind == "weight" and len(self.values) == 1:
            return bench.rounded(self.values[0], None, self.count)
        board = bench.board(None, self.kind, self.count)
        pairs = zip(self.values, self.scales, strict=True)
        other = {value: scale for value, scale in pairs if scale is not None}
        return board.quality(self.values, {**bench.made.scales, **other})


@dataclass(frozen=True, slots=True)
class QualityOfWeight:
    """The quality where only one weight is in INT8, by other scales, and all else is float.

    Attributes:
        value: The weight.
        choice: How its scales are chosen.
        count: How many of the batches are run.
    """

    value: str
    choice: WeightScale
    count: int

    @property
    def key(self) -> str:
        """See ``Figure``."""
        return f"alone weight {[(self.value, self.choice)]}"

    def measured(self, bench: Bench) -> float:
        """See ``Figure``."""
        return bench.rounded(self.value, self.choice, self.count)


@dataclass(frozen=True, slots=True)
class QualityOfScales:
    """The quality of a Q/DQ model with other scales, all else as it is.

    Attributes:
        settings: What the model is made of.
        count: How many of the batches are run.
        scales: Activation and scale, where it is not the model's own.
    """

    settings: Settings
    count: int
    scales: tuple[tuple[str, float], ...]

    @property
    def key(self) -> str:
        """See ``Figure``."""
        return f"context {self.count} {self.settings.key} {sorted(self.scales)}"

    def measured(self, bench: Bench) -> float:
        """See ``Figure``."""
        board = bench.board(self.settings, "activation", self.count)
        return board.quality(None, {**board.scales, **dict(self.scales)})


class Bench:
    """Works figures out; what it holds does not grow.

    Args:
        evaluator: Works out scores.
        made: The Q/DQ model of the ranges as given, without shifts.
        names: Values that are ranked by.
        batches: The search data that are kept.
        loader: Makes sessions.
        constants: Makes those of models of other weights.

    Attributes:
        evaluator, made, batches: As given.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        made: QdqModel,
        *,
        names: Sequence[str],
        batches: Sequence[TunedBatch],
        loader: Loader,
        constants: SharedConstants,
    ) -> None:
        self.evaluator = evaluator
        self.made = made
        self.batches = batches
        self._names = names
        self._loader = loader
        self._boards: OrderedDict[tuple[str, str, int], SwitchablePairs] = OrderedDict()
        self._rounded = RoundedWeight(made, names, constants)
        self._weight_scales: dict[WeightScale | None, Mapping[str, npt.NDArray[Any]]] = {}
        self._lock = threading.Lock()

    def score(self, settings: Settings, count: int) -> Score | None:
        """Return the score of settings on the first batches; ``None``: nothing is in INT8."""
        try:
            return self.evaluator.evaluate(settings, self.batches[:count])
        except InputError as error:
            if "there is no place for a Q/DQ pair" not in str(error):
                raise
            return None

    def rounded(self, value: str, choice: WeightScale | None, count: int) -> float:
        """Return the quality where one weight is in INT8, and all else is float.

        Args:
            value: The weight.
            choice: How its scales are chosen; ``None``: as given.
            count: How many of the batches are run.
        """
        scales = self._scales_of_weights(choice)
        if self._rounded.takes(value):
            batches = [batch.for_ranking() for batch in self.batches[:count]]
            return self._rounded.quality(value, scales[value], batches)
        return self.board(None, "weight", count).quality([value], None, scales)

    def _scales_of_weights(self, choice: WeightScale | None) -> Mapping[str, npt.NDArray[Any]]:
        with self._lock:
            if choice not in self._weight_scales:
                made = self.made
                if choice is not None:
                    settings = Settings().with_weights(["*"], choice)
                    made = self.evaluator.made(settings, is_symmetric=True)
                self._weight_scales[choice] = weight_scales_of(made)
            return self._weight_scales[choice]

    def board(self, settings: Settings | None, kind: str, count: int) -> SwitchablePairs:
        """Return a session whose pairs have switches, or whose scales are fed.

        Args:
            settings: What the model is made of; ``None``: the ranges as given, with the pairs
                of the other kind taken out.
            kind: ``activation`` or ``weight``: pairs that have a switch.
            count: How many of the batches are run.
        """
        with self._lock:  # a worker of a cluster may have several threads
            return self._board(settings, kind, count)

    def _board(self, settings: Settings | None, kind: str, count: int) -> SwitchablePairs:
        key = (kind, "" if settings is None else settings.key, count)
        if key not in self._boards:
            while len(self._boards) >= _MOST_BOARDS:
                self._boards.popitem(last=False)
            kept = Kept(
                most_samples=0,
                most_bytes=0,
                batches=[b.for_ranking() for b in self.batches[:count]],
            )
            self._boards[key] = SwitchablePairs(
                self.made
                if settings is None
                else self.evaluator.made(settings, is_symmetric=True),
                self._names,
                kept,
                self._loader,
                kind=kind,
                is_rest_float=settings is None,
                with_weight_scales=kind == "weight",
            )
        self._boards.move_to_end(key)
        return self._boards[key]
