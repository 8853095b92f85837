# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""From ranges to plan and Q/DQ model, as often as it takes to try changes."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from setrange.estimate.estimates import Estimates, Kept
from setrange.exporters.qdq import make_qdq
from setrange.plan import make_plan

if TYPE_CHECKING:
    from setrange.exporters.qdq import QdqModel
    from setrange.importer.model_at import ModelAt
    from setrange.network import Network
    from setrange.plan import Plan
    from setrange.ranges.model import RangeFile

__all__ = ["Quantizer"]


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
        self._estimator = Kept(Estimates() if estimates is None else estimates)

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
