# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""From ranges to plan and Q/DQ model, as often as it takes to try changes."""

from __future__ import annotations

import copy
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from setrange.accuracy.bias import corrected_biases
from setrange.errors import BackendError
from setrange.estimate.estimates import Estimates, Kept
from setrange.exporters.qdq import QdqDraft, finish_qdq
from setrange.exporters.qdq.draft import ReadyModel
from setrange.formats.reading import read_ranges
from setrange.importer.model_at import ModelAt
from setrange.model.loading import load_model
from setrange.plan import make_plan, plan_model, raise_if_blocked
from setrange.ranges.choices import choices_of
from setrange.ranges.model import RangeFile
from setrange.resolver.module_ranges import ranges_of_tensors

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from setrange.accuracy.bias import Biases
    from setrange.estimate.estimates import Estimate
    from setrange.exporters.qdq import QdqModel, QdqOptions
    from setrange.importer.parser import ParserOptions
    from setrange.measure.data import DataOptions
    from setrange.measure.run_options import RunOptions
    from setrange.model.loading import Model
    from setrange.network import Network
    from setrange.plan import Plan

__all__ = ["FirstModel", "Quantizer", "Recipe", "first_model"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What another process needs to make the same Q/DQ model; it can be pickled.

    Attributes:
        ranges: The ranges, by tensor.
        trt: TensorRT release.
        parser: How its parser is set up.
        fill: How ranges are filled.
        options: How the Q/DQ model is made.
        estimates: What was estimated, by name of the tensor.
        scales: Those of the pairs; whoever gets others has another setrange or model.
        biases: What is added to the biases.
    """

    ranges: RangeFile
    trt: str
    parser: ParserOptions | None
    fill: str
    options: QdqOptions
    estimates: dict[str, Estimate]
    scales: dict[str, float]
    biases: Biases

    def made(self, model: Model) -> QdqModel:
        """Return the Q/DQ model.

        Raises:
            SetrangeError: It cannot be made, or is another one.
        """
        return self.first(model)[1]

    def first(self, model: Model) -> tuple[Quantizer, QdqModel]:
        """Return what makes Q/DQ models of ranges, and the one of the ranges here.

        Raises:
            SetrangeError: It cannot be made, or is another one.
        """
        models = ModelAt(model, self.parser)
        network = models.network(self.trt)
        by_tensor = {
            tensor: self.estimates[tensor.name]
            for tensor in network.tensors()
            if tensor.name in self.estimates
        }
        quantizer = Quantizer(
            models,
            network,
            fill=self.fill,
            options=self.options,
            estimates=Estimates(by_tensor=by_tensor),
            biases=self.biases,
        )
        _, made = quantizer(self.ranges)
        if dict(made.scales) != self.scales:
            raise BackendError(
                f"{model.path}: a worker of the cluster makes another Q/DQ model of it; let "
                f"all see the same model, and install the same releases on each"
            )
        return quantizer, made


#: Plans that are kept: a search goes back and forth between a few.
_MOST_PLANS = 4


class Quantizer:
    """Makes plan and Q/DQ model of ranges, again and again.

    Args:
        models: The float model.
        network: What TensorRT's parser makes of it.
        fill: How ranges are filled.
        options: How the Q/DQ model is made.
        estimates: Those of the first plan, for ``fill="estimate"``: they stay what they are.
        biases: What is added to the biases, whatever the ranges are.

    Attributes:
        biases: The same.
    """

    def __init__(
        self,
        models: ModelAt,
        network: Network,
        *,
        fill: str = "safe",
        options: QdqOptions,
        estimates: Estimates | None = None,
        biases: Biases | None = None,
    ) -> None:
        self.options = options
        self.biases = biases or {}
        self._is_restored = False
        self._is_symmetric = False
        self.models = models
        self.model = models.model
        self.network = network
        self.fill = fill
        self._estimates = Estimates() if estimates is None else estimates
        self._estimator = Kept(self._estimates)
        self._ready = ReadyModel(self.model)
        self._planned: deque[tuple[RangeFile, Plan]] = deque(maxlen=_MOST_PLANS)

    def symmetric(self) -> Quantizer:
        """Return one that shifts no values before their pair, and is the same else."""
        other = copy.copy(self)
        other.options = replace(self.options, asymmetric=False)
        other._is_symmetric = True
        return other

    def for_single_pairs(self) -> Quantizer:
        """Return one of whose models each pair can be changed or taken out alone.

        No bias makes up for other pairs there: shifts are given back behind their pair (see
        ``finish_qdq``), and biases are not corrected.
        """
        other = copy.copy(self)
        other._is_restored, other.biases = True, {}
        return other

    def __call__(self, ranges: RangeFile) -> tuple[Plan, QdqModel]:
        """Return the plan of ranges by tensor, and the model.

        Raises:
            SetrangeError: The ranges cannot be used, or no pair is left.
        """
        plan = self.plan(ranges)
        return plan, self.quantized(plan)

    def plan(self, ranges: RangeFile) -> Plan:
        """Return the plan of ranges by tensor.

        Raises:
            SetrangeError: The ranges cannot be used.
        """
        # What is said of nodes changes no range, and ranges take long to work out.
        choices = choices_of(ranges)
        nothing: dict[str, Any] = {key: {} for key in (*choices, "precision_sources")}
        alone = replace(ranges, **nothing)
        for known, plan in self._planned:
            if known == alone:
                return replace(plan, **choices)
        plan = make_plan(
            self.network,
            ranges,
            fill=self.fill,
            model=self.models,
            estimator=self._estimator,
        )
        self._planned.append((alone, plan))
        return plan

    def draft(self, plan: Plan) -> QdqDraft:
        """Return the Q/DQ model of a plan as it is to come."""
        if self._is_symmetric:
            plan = replace(plan, asymmetric=())
        return QdqDraft.of(plan, self.model, self.options, self._ready)

    def corrected(self, plan: Plan, correct: Callable[[QdqDraft], Biases]) -> QdqModel:
        """Return the Q/DQ model of a plan with corrected biases, which all others then have.

        Args:
            plan: The plan.
            correct: Finds what is added to the biases of a draft.

        Raises:
            SetrangeError: What ``correct`` raises; or no pair is left.
        """
        self.biases = correct(self.draft(plan))
        return self.quantized(plan)

    def quantized(self, plan: Plan) -> QdqModel:
        """Return the Q/DQ model of a plan.

        Raises:
            SetrangeError: No pair is left.
        """
        return finish_qdq(
            self.draft(plan),
            biases=self.biases,
            is_restored=self._is_restored,
        )

    def recipe(self, ranges: RangeFile, made: QdqModel) -> Recipe:
        """Return how another process makes the same.

        Args:
            ranges: The ranges, by tensor.
            made: The Q/DQ model of them.
        """
        return Recipe(
            ranges=ranges,
            trt=self.network.trt,
            parser=self.models.options,
            fill=self.fill,
            options=self.options,
            estimates={t.name: found for t, found in self._estimates.by_tensor.items()},
            scales=dict(made.scales),
            biases=self.biases,
        )


class FirstModel(NamedTuple):
    """The Q/DQ model of ranges as they were given, and what makes others."""

    quantizer: Quantizer
    ranges: RangeFile
    plan: Plan
    made: QdqModel

    def corrected(self, data: DataOptions, run: RunOptions) -> FirstModel:
        """Return the same with biases that are corrected by samples.

        Raises:
            SetrangeError: The data cannot be used, or ONNX Runtime is missing or fails.
        """
        made = self.quantizer.corrected(
            self.plan, lambda draft: corrected_biases(draft, data, run)
        )
        return self._replace(made=made)


def first_model(
    model: str | Path,
    ranges: str | Path | RangeFile,
    options: QdqOptions,
    *,
    trt: str | None,
    fill: str,
    allow_missing: bool,
) -> FirstModel:
    """Return the Q/DQ model of ranges, which come by tensor, and what makes others.

    Args:
        model: The float ONNX model.
        ranges: A ranges file of any known format, or one that was read.
        options: How the Q/DQ model is made.
        trt: TensorRT release whose tensors the ranges name.
        fill: How missing ranges are filled.
        allow_missing: Nodes without a range may stay float.

    Raises:
        SetrangeError: Ranges or model cannot be used, or a node lacks a range.
    """
    file = ranges if isinstance(ranges, RangeFile) else read_ranges(ranges)
    models = ModelAt.of(load_model(model))
    plan = plan_model(models, file, trt=trt, fill=fill)
    raise_if_blocked(plan, allow_missing=True)
    quantizer = Quantizer(
        models, plan.network, fill=fill, options=options, estimates=plan.estimates
    )
    made = quantizer.quantized(plan)
    made.raise_if_missing(allow_missing=allow_missing)
    return FirstModel(quantizer, ranges_of_tensors(file, models.model), plan, made)
