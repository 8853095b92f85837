# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""From ranges to plan and Q/DQ model, as often as it takes to try changes."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from setrange.errors import BackendError
from setrange.estimate.estimates import Estimates, Kept
from setrange.exporters.qdq import make_qdq
from setrange.importer.model_at import ModelAt
from setrange.plan import make_plan

if TYPE_CHECKING:
    from setrange.estimate.estimates import Estimate
    from setrange.exporters.qdq import QdqModel
    from setrange.importer.parser import ParserOptions
    from setrange.model.loading import Model
    from setrange.network import Network
    from setrange.plan import Plan
    from setrange.ranges.model import RangeFile

__all__ = ["Quantizer", "Recipe"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What another process needs to make the same Q/DQ model; it can be pickled.

    Attributes:
        ranges: The ranges, by tensor.
        trt: TensorRT release.
        parser: How its parser is set up.
        fill: How ranges are filled.
        placement: Where pairs go.
        dtype: What nodes are quantized to.
        estimates: What was estimated, by name of the tensor.
        how: The rest of what ``make_qdq`` takes.
        scales: Those of the pairs; whoever gets others has another setrange or model.
    """

    ranges: RangeFile
    trt: str
    parser: ParserOptions | None
    fill: str
    placement: str
    dtype: str
    estimates: dict[str, Estimate]
    how: dict[str, Any]
    scales: dict[str, float]

    def made(self, model: Model) -> QdqModel:
        """Return the Q/DQ model.

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
            placement=self.placement,
            dtype=self.dtype,
            estimates=Estimates(by_tensor=by_tensor),
            **self.how,
        )
        _, made = quantizer(self.ranges)
        if dict(made.scales) != self.scales:
            raise BackendError(
                f"{model.path}: a worker of the cluster makes another Q/DQ model of it; let "
                f"all see the same model, and install the same releases on each"
            )
        return made


class Quantizer:
    """Makes plan and Q/DQ model of ranges, again and again.

    Args:
        models: The float model.
        network: What TensorRT's parser makes of it.
        fill: How ranges are filled.
        placement: Where pairs go.
        dtype: What nodes are quantized to.
        estimates: Those of the first plan, for ``fill="estimate"``: they stay what they are.
        **how: The rest of what ``make_qdq`` takes.
    """

    def __init__(
        self,
        models: ModelAt,
        network: Network,
        *,
        fill: str = "safe",
        placement: str = "gpu",
        dtype: str = "int8",
        estimates: Estimates | None = None,
        **how: Any,
    ) -> None:
        self.dtype = dtype
        self._how = how
        self.models = models
        self.model = models.model
        self.network = network
        self.fill = fill
        self.placement = placement
        self._estimates = Estimates() if estimates is None else estimates
        self._estimator = Kept(self._estimates)

    @property
    def weight_scales(self) -> str:
        """How scales of weights are chosen."""
        return str(self._how.get("weight_scales", "max"))

    def with_weight_scales(self, choice: str) -> Quantizer:
        """Return one that is the same but for how scales of weights are chosen."""
        other = copy.copy(self)
        other._how = {**self._how, "weight_scales": choice}
        return other

    def __call__(self, ranges: RangeFile) -> tuple[Plan, QdqModel]:
        """Return the plan of ranges by tensor, and the model.

        Raises:
            SetrangeError: The ranges cannot be used, or no pair is left.
        """
        plan = make_plan(
            self.network,
            ranges,
            fill=self.fill,
            model=self.models,
            estimator=self._estimator,
        )
        return plan, self.quantized(plan)

    def quantized(self, plan: Plan) -> QdqModel:
        """Return the Q/DQ model of a plan.

        Raises:
            SetrangeError: No pair is left.
        """
        return make_qdq(
            plan,
            self.model,
            placement=self.placement,
            dtype=self.dtype,
            **self._how,
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
            placement=self.placement,
            dtype=self.dtype,
            estimates={t.name: found for t, found in self._estimates.by_tensor.items()},
            how=self._how,
            scales=dict(made.scales),
        )
