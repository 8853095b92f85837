# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Estimates ranges that nobody gave: the network runs on made inputs, scaled to what is given.

What comes out is not yet a range: it is scaled by what the given ranges near each tensor say of
it, and cut by the interval bounds that follow from them.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from setrange.errors import InputError, UsageError
from setrange.estimate.estimates import Estimates
from setrange.estimate.estimating import estimates_of, ratios_of
from setrange.estimate.feeds import FAMILIES, Feeder, family_name
from setrange.estimate.kinds import InputKind
from setrange.estimate.observations import Budget, Prober
from setrange.estimate.scales import USUAL, USUAL_NUMBERS, Scale, candidates, plain
from setrange.measure.run_options import RuntimeOptions
from setrange.measure.session import check_runtime
from setrange.measure.subject import subject_of
from setrange.model.digest import BackgroundDigest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from setrange.estimate.kinds import Role
    from setrange.estimate.observations import Observations
    from setrange.fill.facts import Fact
    from setrange.fill.interval import Interval
    from setrange.measure.observed import Observed
    from setrange.model.loading import Model
    from setrange.network import Network, Tensor

__all__ = ["EstimateOptions", "Estimator"]

#: Given ranges that are needed to find an input's scale, or to make half the pictures do.
_FEW_ANCHORS = 3
_ENOUGH_ANCHORS = 5

#: Sets of inputs of each family, at least and at most.
_FEWEST_SETS, _MOST_SETS = 2, 32
#: Numbers in all pictures of a family: a large picture holds more of everything, so fewer of
#: them do; eight of 3 x 320 x 320. And products in all runs with other inputs, which cost a
#: weight each for every element.
_NUMBERS, _PRODUCTS = 8 * 3 * 320 * 320, 1e11

#: The family that an input's scale is first looked for with, and how far (in natural
#: logarithms) another scale must be off to be dropped then.
_FIRST_LOOK = (1,)
_CLEAR = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateOptions(RuntimeOptions):
    """How estimates are made: the scale and size of inputs, the time for it, what runs them.

    Attributes:
        scale: The scale of the inputs without a given range: a ``Scale``, or the smallest and
            the largest of their values. ``None`` finds it from the given ranges.
        seconds: When to stop making and running inputs; ``None`` stops when there are enough.
            With a limit the result may depend on the machine.
        size: Height and width of pictures, where the model leaves them free.
    """

    scale: Scale | tuple[float, float] | None = None
    seconds: float | None = None
    size: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if self.seconds is not None and not 0 < self.seconds < math.inf:
            raise UsageError(f"--seconds {self.seconds:g}: expected more than 0")
        if isinstance(self.scale, tuple):
            low, high = self.scale
            if not (math.isfinite(low) and math.isfinite(high) and low < high):
                raise UsageError(
                    f"scale ({low:g}, {high:g}): expected two finite numbers, the smaller first"
                )

    @property
    def input_scale(self) -> Scale | None:
        """The scale, whichever way it was given."""
        return plain(*self.scale) if isinstance(self.scale, tuple) else self.scale


@dataclass(slots=True)
class _Run:
    """A model that is ready to run."""

    prober: Prober
    feeder: Feeder
    kept: dict[tuple[object, ...], Observations] = field(default_factory=dict)


class Estimator:
    """Estimates ranges of one model. What was run once is kept for other given ranges.

    Args:
        model: The model.
        options: See there.
        tell: Is told how many made inputs were run.

    Attributes:
        provider: The execution provider in use; empty before anything was run.
        version: Of ONNX Runtime; empty before.
    """

    def __init__(
        self,
        model: Model,
        options: EstimateOptions | None = None,
        *,
        tell: Callable[[int], None] = lambda _count: None,
    ) -> None:
        self._model = model
        self._options = options or EstimateOptions()
        self._tell = tell
        self._runs: dict[Network, _Run] = {}
        self._started = 0.0
        self.provider = self.version = ""

    def estimate(self, network: Network, facts: Mapping[Tensor, Fact]) -> Estimates:
        """Estimate the ranges of a network that are not known.

        Args:
            network: What a parser makes of the model.
            facts: The known ranges: given ones, and what safe rules derived of them.

        Returns:
            An estimate for each missing tensor that has an ONNX name.

        Raises:
            InputError: The scale of an input is not known.
            BackendUnavailableError: ONNX Runtime is not installed.
            BackendError: ONNX Runtime fails on made inputs.
        """
        missing = [t for t in network.tensors() if t.needs_range and t not in facts]
        if not missing:
            return Estimates()
        check_runtime(self._options.provider)
        run = self._run_of(network)
        self._started = time.monotonic()
        observed = {item.name: item for item in run.prober.subject.observed}
        anchors = {
            tensor: fact.interval
            for tensor, fact in facts.items()
            if fact.is_given
            and not tensor.is_network_input
            and (tensor.onnx_value or "") in observed
        }
        scales, sources = self._scales(run, network, facts, anchors, observed)
        found = self._observe(run, scales, len(anchors))
        weak = _weak(run.feeder.roles)
        return estimates_of(
            network,
            facts,
            found,
            observed,
            anchors,
            missing=missing,
            input_scales=scales,
            is_weak=bool(weak),
        ).described(
            inputs=tuple(
                _note(role, scales, sources, run.feeder.shapes) for role in run.feeder.roles
            ),
            family_names=tuple(
                family_name(run.feeder.roles, family) for family in range(FAMILIES)
            ),
            sets=found.sets,
            wanted=found.wanted,
            weak=weak,
        )

    def _run_of(self, network: Network) -> _Run:
        if network not in self._runs:
            digest = BackgroundDigest(self._model.path)
            subject = subject_of(self._model, network, digest)
            feeder = Feeder(
                self._model, list(subject.inputs.items.values()), self._options.size
            )
            prober = Prober(
                self._model,
                subject,
                feeder,
                threads=self._options.threads,
                provider=self._options.provider,
            )
            self._runs = {network: _Run(prober, feeder)}  # one at a time is in memory
            self.provider, self.version = prober.provider, prober.version
        return self._runs[network]

    def _scales(
        self,
        run: _Run,
        network: Network,
        facts: Mapping[Tensor, Fact],
        anchors: Mapping[Tensor, Interval],
        observed: Mapping[str, Observed],
    ) -> tuple[dict[str, Scale], dict[str, str]]:
        """The scale of each input that has one, and in words where it is from."""
        said = {t.onnx_value or t.name: facts[t].interval for t in network.inputs if t in facts}
        choices: dict[str, list[Scale]] = {}
        sources: dict[str, str] = {}
        for role in run.feeder.roles:
            name = role.input.name
            if not role.kind.has_scale or role.input.dtype.kind != "f":
                continue
            bounds = said.get(name)
            if bounds is not None:
                choices[name] = candidates(bounds.lo, bounds.hi)
                sources[name] = "given"
            elif self._options.input_scale is not None:
                choices[name], sources[name] = [self._options.input_scale], "given"
            elif len(anchors) >= _FEW_ANCHORS:
                choices[name] = list(USUAL if role.kind is InputKind.PICTURE else USUAL_NUMBERS)
                sources[name] = f"found from {len(anchors)} given ranges"
            else:
                raise _unknown_scale(role, self._model)
        chosen = {name: scales[0] for name, scales in choices.items()}
        if len(anchors) >= _FEW_ANCHORS:
            for name, scales in choices.items():
                if len(scales) > 1:
                    chosen[name] = self._best(run, chosen, name, scales, anchors, observed)
                    if sources[name] == "given":
                        sources[name] = f"as {len(anchors)} given ranges say"
        return chosen, sources

    def _best(
        self,
        run: _Run,
        others: Mapping[str, Scale],
        name: str,
        scales: list[Scale],
        anchors: Mapping[Tensor, Interval],
        observed: Mapping[str, Observed],
    ) -> Scale:
        """The scale with which the estimates of what was given are nearest to it.

        One picture drops those that are far off, all of them decide between the others.
        """

        def miss(scale: Scale, *, is_short: bool) -> float:
            tried = {**others, name: scale}
            if is_short:
                found = run.prober.observe(tried, Budget(sets=1), _FIRST_LOOK)
            else:
                found = self._observe(run, tried, len(anchors))
            logs = ratios_of(found, anchors, observed).values()
            return sum(map(abs, logs)) / len(logs) if logs else math.inf

        misses = {scale: miss(scale, is_short=True) for scale in scales}
        least = min(misses.values())
        left = [scale for scale, value in misses.items() if value <= least + _CLEAR]
        if len(left) <= 1:
            return left[0] if left else scales[0]
        return min(left, key=lambda scale: miss(scale, is_short=False))

    def _observe(self, run: _Run, scales: dict[str, Scale], anchors: int) -> Observations:
        sets = self._sets(run.feeder)
        if anchors >= _ENOUGH_ANCHORS:
            sets = max(_FEWEST_SETS, sets // 2)
        key = (sets, *sorted(scales.items(), key=lambda item: item[0]))
        if key not in run.kept:
            seconds = self._options.seconds
            if seconds is not None:  # what looking for a scale took is gone
                seconds -= time.monotonic() - self._started
            budget = Budget(sets=sets, seconds=seconds)
            run.kept[key] = run.prober.observe(scales, budget, tell=self._tell)
        return run.kept[key]

    def _sets(self, feeder: Feeder) -> int:
        """How many sets of each family are worth their time."""
        elements = max(1, feeder.elements)
        if feeder.has_pictures:
            enough = round(_NUMBERS / elements)
        else:
            weights = sum(math.prod(tensor.dims) for tensor in self._model.graph.initializer)
            enough = int(_PRODUCTS / (max(1, weights) * elements))
        return max(_FEWEST_SETS, min(enough, _MOST_SETS))


def _unknown_scale(role: Role, model: Model) -> InputError:
    name = role.input.name
    return InputError(
        f"{model.path}: the scale of input {name!r} is not known, so nothing can be estimated; "
        f'add its range to the ranges ("{name}": [0, 1] for pictures divided by 255), give '
        f"--input-range 0..1, or give the ranges of {_FEW_ANCHORS} tensors inside the network"
    )


def _note(
    role: Role,
    scales: Mapping[str, Scale],
    sources: Mapping[str, str],
    shapes: Mapping[str, tuple[int, ...]],
) -> str:
    """What an input was fed, in a phrase: ``images [1, 3, 320, 320] 0..1 (given)``."""
    name = role.input.name
    is_free = not all(isinstance(size, int) for size in role.input.shape[1:])
    size = f" {list(shapes[name])}" if is_free else ""
    if name in scales:
        return f"{name}{size} {scales[name].name} ({sources[name]})"
    return f"{name}{size} ({role.kind.value})"


def _weak(roles: list[Role]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(role.kind.value for role in roles if role.kind.is_weak))
