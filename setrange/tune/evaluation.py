# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""How good settings are: the Q/DQ model they make, run on batches, as ``verify`` runs it."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from setrange.accuracy.comparison import OutputComparison
from setrange.accuracy.metrics import METRICS, chosen_metric
from setrange.accuracy.noise import NO_NOISE
from setrange.accuracy.simulation import KeptBatch
from setrange.tune.prices import Share

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from setrange.accuracy.quantizer import Quantizer
    from setrange.accuracy.results import OutputResult
    from setrange.exporters.qdq import QdqModel
    from setrange.measure.session import Session
    from setrange.ranges.model import RangeFile
    from setrange.tune.prices import PriceList
    from setrange.tune.ranking import Ranking
    from setrange.tune.settings import Settings
    from setrange.tune.shared_constants import SharedConstants
    from setrange.tune.target import JudgeFunction, Target

__all__ = ["Evaluator", "Score", "Side", "Tally", "TunedBatch"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TunedBatch(KeptBatch):
    """A batch with what the float model gives for it.

    Attributes:
        labels: Class of each row, where there are labels.
        ranked: What the float model gives for the values that candidates are ranked by.
    """

    labels: npt.NDArray[Any] | None = None
    ranked: list[npt.NDArray[Any]] = field(default_factory=list)

    def for_ranking(self) -> KeptBatch:
        """Return the batch with the values that candidates are ranked by."""
        return KeptBatch(
            feeds=self.feeds, wanted=self.ranked, label=self.label, samples=self.samples
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What settings are worth.

    Attributes:
        value: The metric of the target, at the worst output; ``None`` where there is none.
        quality: SQNR of the worst output in dB, or the share of equal values: what the search
            ranks by, whatever the target is. Of an output behind a Softmax it is that of the
            values before; see ``Ranking``.
        share: How much runs in 8 bits.
        is_lost: Values that are finite in float are not finite: no target is met.
    """

    value: float | None
    quality: float
    share: Share
    is_lost: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Score:
        """Return the score that ``to_dict`` was called on."""
        return cls(**{**value, "share": Share(**value["share"])})


class Tally:
    """What is counted over batches: the outputs side by side, and the user's function.

    Args:
        ranking: Outputs of the model, and values to rank by.
        judged: The output that labels are for.
        function: The user's function.
    """

    def __init__(
        self, ranking: Ranking, judged: int | None, function: JudgeFunction | None
    ) -> None:
        names = ranking.outputs
        self._names = names
        self._positions = ranking.positions if ranking.is_apart else ()
        self._ranked = [OutputComparison(ranking.all[i]) for i in self._positions]
        self._judged = judged
        self._function = function
        self._outputs = [OutputComparison(name) for name in names]
        self._sum = 0.0
        self._samples = 0

    def add(self, batch: TunedBatch, got: Sequence[npt.NDArray[Any]]) -> None:
        """Add what the INT8 model gives for a batch: outputs, then values to rank by."""
        for output, wanted, position in zip(
            self._ranked, batch.ranked, self._positions, strict=False
        ):
            output.add(wanted, got[position])
        got = got[: len(self._names)]
        for number, (output, a, b) in enumerate(
            zip(self._outputs, batch.wanted, got, strict=True)
        ):
            output.add(a, b, batch.labels if number == self._judged else None)
        if self._function is not None:
            floats = dict(zip(self._names, batch.wanted, strict=True))
            found = self._function(floats, dict(zip(self._names, got, strict=True)))
            self._sum += found * batch.samples
        self._samples += batch.samples

    def results(self) -> list[OutputResult]:
        """Return what there is of each output."""
        return [output.result() for output in self._outputs]

    def score(self, target: Target, share: Share) -> Score:
        """Return the score.

        Raises:
            UsageError: No output has the target's metric.
        """
        results = self.results()
        if self._function is None:
            value = chosen_metric(target.name, results, option="--target").worst(results)
        else:
            value = self._sum / self._samples
        return Score(
            value=value,
            quality=_quality([output.result() for output in self._ranked] or results),
            share=share,
            is_lost=any(result.lost for result in results),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """The INT8 model of some settings, running, and what was counted so far.

    Attributes:
        session: The Q/DQ model.
        tally: What was counted.
        target: What is wanted.
        share: How much of it runs in 8 bits.
    """

    session: Session
    tally: Tally
    target: Target
    share: Share

    def add(self, batch: TunedBatch) -> None:
        """Run a batch."""
        self.tally.add(batch, self.session.run(batch.feeds, batch.label))

    def score(self) -> Score:
        """Return the score so far."""
        return self.tally.score(self.target, self.share)


class Evaluator:
    """Makes the Q/DQ model of settings and runs it; holds nothing that grows.

    Scores may be worked out in other processes, each with an evaluator of its own.

    Args:
        quantizer: Makes plan and Q/DQ model of ranges.
        file: The ranges that settings change.
        constants: Makes sessions.
        ranking: Outputs of the model, and values to rank by.
        target: What accuracy is wanted.
        prices: What nodes cost.
        function: The user's function, where the target is one.
        judged: The output that labels are for.

    Attributes:
        ranking: As given.
    """

    def __init__(
        self,
        quantizer: Quantizer,
        file: RangeFile,
        constants: SharedConstants,
        *,
        ranking: Ranking,
        target: Target,
        prices: PriceList,
        function: JudgeFunction | None,
        judged: int | None,
    ) -> None:
        self._quantizer = quantizer
        self._file = file
        self._constants = constants
        self.ranking = ranking
        self._target = target
        self._prices = prices
        self._function = function
        self._judged = judged
        self._lock = threading.Lock()

    def made(self, settings: Settings, *, is_symmetric: bool = False) -> QdqModel:
        """Return the Q/DQ model of settings.

        Args:
            settings: The settings.
            is_symmetric: No value is shifted before its pair, whatever ``apply`` would do.

        Raises:
            InputError: Nothing is left in INT8.
        """
        quantizer = self._quantizer.symmetric() if is_symmetric else self._quantizer
        with self._lock:  # a worker of a cluster may have several threads
            return quantizer(settings.applied(self._file))[1]

    def is_asymmetric(self, settings: Settings) -> bool:
        """True where values may be shifted before their pair."""
        given = self._quantizer.options.asymmetric or bool(self._file.asymmetric)
        return given or bool(settings.asymmetric)

    def evaluate(self, settings: Settings, batches: Iterable[TunedBatch]) -> Score:
        """Return how good settings are on batches.

        Raises:
            InputError: Nothing is left in INT8, or the user's function failed.
        """
        side = self.side(settings)
        for batch in batches:
            side.add(batch)
        return side.score()

    def side(self, settings: Settings) -> Side:
        """Return the running model of settings, to be fed batch by batch.

        Raises:
            InputError: Nothing is left in INT8.
        """
        made = self.made(settings)
        return Side(
            session=self._constants.quantized(made),
            tally=Tally(self.ranking, self._judged, self._function),
            target=self._target,
            share=self._prices.in_8_bits(made),
        )


def _quality(results: Sequence[OutputResult]) -> float:
    for name in ("sqnr", "equal"):
        value = METRICS[name].worst(results)
        if value is not None:
            return -NO_NOISE if any(result.lost for result in results) else value
    return -NO_NOISE
