# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Which estimates matter most: those to measure or to give first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.network.trace import COPIES

if TYPE_CHECKING:
    from setrange.network import Tensor
    from setrange.plan.plan import Plan, PlannedTensor

__all__ = ["most_important"]

#: From here on the second dimension holds channels.
_PICTURE_RANK = 4
#: Steps to an output, for what reaches none.
_FAR = 1000


def most_important(plan: Plan, count: int) -> list[PlannedTensor]:
    """Return the estimates that matter most: of wide layers, near the outputs, and doubtful.

    Copies and what else follows from an estimate is not among them.

    Args:
        plan: The plan.
        count: How many at most.
    """
    steps = _steps_to_outputs(plan)

    def weight(planned: PlannedTensor) -> float:
        shape = planned.tensor.shape
        # The channels: the second dimension of a picture, the last one of anything else.
        width = shape[1] if len(shape) >= _PICTURE_RANK else shape[-1] if shape else 1
        return max(width, 1) * planned.doubt / (1 + steps.get(planned.tensor, _FAR))

    found = [
        planned
        for planned in plan.tensors
        if planned.doubt > 1
        and planned.tensor.onnx_value
        and (planned.tensor.layer is None or planned.tensor.layer.kind not in COPIES)
    ]
    return sorted(found, key=weight, reverse=True)[:count]


def _steps_to_outputs(plan: Plan) -> dict[Tensor, int]:
    """Layers between each tensor and the nearest output of the network."""
    steps = dict.fromkeys(plan.network.outputs, 0)
    frontier = list(steps)
    while frontier:
        before = []
        for tensor in frontier:
            for other in () if tensor.layer is None else tensor.layer.inputs:
                if other is not None and other not in steps:
                    steps[other] = steps[tensor] + 1
                    before.append(other)
        frontier = before
    return steps
