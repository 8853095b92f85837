# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Runs a model over made inputs, and keeps each family's extremes of every value."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.errors import BackendError
from setrange.estimate.feeds import FAMILIES, Feeder, family_name
from setrange.measure.measuring import open_measuring
from setrange.text.shell import command_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import numpy.typing as npt

    from setrange.estimate.scales import Scale
    from setrange.measure.measuring import ExtremesOf, ValuesOf
    from setrange.measure.subject import Subject
    from setrange.model.loading import Model

__all__ = ["Budget", "Observations", "Prober"]

#: Other sizes of free dimensions that are tried, where a model does not take the usual ones.
_ATTEMPTS = 6

#: By how much the largest family may widen what the second largest says.
_MOST_WIDENED = 1.5

#: From here on a value is a mask: the same as when ranges are measured.
_MASK = 1e30


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How much is run.

    Attributes:
        sets: Sets of inputs of each family, 1 or more.
        seconds: When to stop all the same, after one set of each family; ``None``: never.
    """

    sets: int
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Observations:
    """What made inputs led to.

    Attributes:
        low: float64 of shape [families, values]: the smallest element of each value.
        high: The largest.
        index: Value name -> its place.
        sets: Sets of inputs of each family that were run.
        wanted: How many were to be run; more than ``sets`` where time was short.
        is_widest: The largest family counts alone: each may be what real inputs are.
    """

    low: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]
    index: dict[str, int]
    sets: int
    wanted: int
    is_widest: bool = False

    def bounds(self, value: str) -> tuple[float, float] | None:
        """Return bounds between the two largest of the families' extremes, on each side.

        Not the largest alone: one odd family, such as flat pictures before a normalization,
        must not widen a range without end.

        Returns:
            The bounds; ``None`` where the value was empty, not finite or a mask.
        """
        place = self.index[value]
        found = -self._upper(-self.low[:, place]), self._upper(self.high[:, place])
        if not (math.isfinite(found[0]) and math.isfinite(found[1])):
            return None
        if max(map(abs, found)) >= _MASK or found[0] > found[1]:
            return None
        return found

    def _upper(self, extremes: npt.NDArray[np.float64]) -> float:
        largest: list[float] = [0.0, *np.sort(extremes).tolist()][-2:]
        second, first = largest
        if self.is_widest or len(extremes) == 1:
            return first
        if second <= 0:
            return second + (first - second) / 2
        return second * min(math.sqrt(first / second), _MOST_WIDENED)

    def spread(self, value: str) -> float:
        """Return how much the families differ: standard deviation of log2 of their amax."""
        place = self.index[value]
        amax = np.maximum(-self.low[:, place], self.high[:, place])
        amax = amax[np.isfinite(amax) & (amax > 0)]
        return float(np.log2(amax).std()) if amax.size else 0.0


class Prober:
    """Runs one model over made inputs.

    Args:
        model: The model.
        subject: What is measured of it.
        feeder: Makes its inputs.
        threads: Threads of one operator; ``None``: as many as there are cores.
        provider: ONNX Runtime execution provider.

    Attributes:
        subject: What is measured after all: ONNX Runtime may know that a value is no float.
        provider: The provider in use.
        version: Of ONNX Runtime.

    Raises:
        BackendUnavailableError: ONNX Runtime is not installed.
        ModelError: ONNX Runtime refuses the model.
    """

    def __init__(
        self,
        model: Model,
        subject: Subject,
        feeder: Feeder,
        *,
        threads: int | None = None,
        provider: str = "CPU",
    ) -> None:
        self._measuring: ValuesOf | ExtremesOf
        self._measuring, self.subject = open_measuring(
            subject, "extremes", threads=threads, provider=provider
        )
        self._feeder = feeder
        self._model = model
        self._is_fitted = False
        self.provider = self._measuring.session.provider
        self.version = self._measuring.session.version

    def observe(
        self,
        scales: Mapping[str, Scale],
        budget: Budget,
        families: Iterable[int] = range(FAMILIES),
        tell: Callable[[int], None] = lambda _count: None,
    ) -> Observations:
        """Run over sets of made inputs, one of each family in turn.

        Args:
            scales: By input.
            budget: How many.
            families: Which families.
            tell: Is told how many sets are done.

        Raises:
            BackendError: ONNX Runtime fails on them.
        """
        chosen = list(families)
        bases = self.subject.bases
        low = np.full((len(chosen), len(bases)), np.inf)
        high = np.full((len(chosen), len(bases)), -np.inf)
        started, done = time.monotonic(), 0
        for number in range(budget.sets):
            spent = time.monotonic() - started
            # Another round takes as long as those before it.
            limit = math.inf if budget.seconds is None else budget.seconds
            if number and spent * (number + 1) / number > limit:
                break
            for row, family in enumerate(chosen):
                found = self._run(scales, family, number)
                low[row] = np.fmin(low[row], found[:, 0])
                high[row] = np.fmax(high[row], found[:, 1])
                tell(number * len(chosen) + row + 1)
            done = number + 1
        return Observations(
            low=low,
            high=high,
            index={base: place for place, base in enumerate(bases)},
            sets=done,
            wanted=budget.sets,
            is_widest=self._feeder.is_of_tokens,
        )

    def _run(
        self, scales: Mapping[str, Scale], family: int, number: int
    ) -> npt.NDArray[np.float64]:
        """Minimum and maximum of each value, on one set of inputs."""
        label = f"{family_name(self._feeder.roles, family)} {number + 1}"
        if not self._is_fitted:
            self._fit(scales, label)
        outputs: list[Any] = self._measuring.run(
            self._feeder.feeds(scales, family, number), label
        )
        return np.array(outputs, dtype=np.float64).reshape(-1, 2)

    def _fit(self, scales: Mapping[str, Scale], label: str) -> None:
        """Find sizes of free dimensions that the model takes."""
        first: BackendError | None = None
        for attempt in range(_ATTEMPTS):
            self._feeder.shapes = self._feeder.shapes_for(attempt)
            try:
                self._measuring.run(self._feeder.feeds(scales, 0, 0), label)
            except BackendError as error:
                first = first or error
                if not self._feeder.has_free_sizes:
                    break
            else:
                self._is_fitted = True
                return
        self._feeder.shapes = self._feeder.shapes_for(0)
        shown = ", ".join(
            f"{name} {list(shape)}" for name, shape in self._feeder.shapes.items()
        )
        collect = ["setrange", "collect", str(self._model.path), "--data", "PLACE"]
        raise BackendError(
            f"{self._model.path}: ONNX Runtime fails on made inputs ({shown}): {first}; give "
            f"--input-size H,W if the size is wrong, or measure the ranges on data: "
            f"{command_line(collect)}"
        ) from first
