# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Estimated ranges as proposals: made when somebody asks, taken one by one or all at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.plan import make_plan

if TYPE_CHECKING:
    from setrange.editing.edited_model import EditedModel
    from setrange.editing.state import State
    from setrange.estimate.estimator import EstimateOptions, Estimator
    from setrange.plan import PlannedTensor

__all__ = ["Estimating"]


class Estimating:
    """The estimates of one model; the network is run once for all of them.

    Args:
        model: The model.
        options: How ranges are estimated.

    Attributes:
        proposals: By tensor: what ``--fill estimate`` gives, for those without a range.
        made_of: The state they were made of; ``None`` before the first time.
    """

    def __init__(self, model: EditedModel, options: EstimateOptions | None) -> None:
        self.model = model
        self._options = options
        self._estimator: Estimator | None = None
        self.proposals: dict[int, PlannedTensor] = {}
        self.made_of: State | None = None

    def run(self, state: State) -> None:
        """Estimate what a state leaves without a range.

        Raises:
            InputError: The scale of an input is not known.
            BackendError: ONNX Runtime is missing or fails.
        """
        if self._estimator is None:
            from setrange.estimate.estimator import Estimator

            self._estimator = Estimator(self.model.models.model, self._options)
        ranges = self.model.range_file(state)
        target = self.model.purpose_of(state).target
        known = self._plan(state, fill=self.model.fill, target=target)
        found = make_plan(
            self.model.network,
            ranges,
            fill="estimate",
            target=target,
            model=self.model.models,
            estimator=self._estimator,
        ).tensors
        self.proposals = {
            at: planned
            for at, planned in enumerate(found)
            if known[at].range is None and planned.range is not None
        }
        self.made_of = state

    def _plan(self, state: State, *, fill: str, target: str) -> tuple[PlannedTensor, ...]:
        plan = make_plan(
            self.model.network,
            self.model.range_file(state),
            fill=fill,
            target=target,
            model=self.model.models,
        )
        return tuple(plan.tensors)
