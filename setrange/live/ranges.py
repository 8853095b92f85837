# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Setting a plan's ranges on the tensors of a live network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from setrange.errors import EngineBuildError, InputError
from setrange.ranges.float32 import SMALLEST_SCALE, amax_of_scale, float32_scale, to_float32

if TYPE_CHECKING:
    from collections.abc import Mapping

    from setrange.plan import Plan, PlannedTensor

__all__ = ["applied_amax", "set_ranges"]


def applied_amax(planned: PlannedTensor) -> float | None:
    """Return the float32 bound to set on both sides, or ``None`` for a tensor without range.

    It is 127 x scale where the source gave an exact scale, as trtexec does with a cache.
    """
    if planned.range is None:
        return None
    if float32_scale(planned.range.amax, planned.scale) < SMALLEST_SCALE:
        return amax_of_scale(SMALLEST_SCALE)
    if planned.scale is not None:
        return amax_of_scale(to_float32(planned.scale))
    return to_float32(planned.range.amax)


def set_ranges(plan: Plan, tensors: Mapping[str, Any]) -> int:
    """Set every range of a plan, and read it back.

    Args:
        plan: Ranges of the network.
        tensors: ``ITensor`` by name.

    Returns:
        How many were set.

    Raises:
        InputError: The plan has a range for a tensor that the network does not have.
        EngineBuildError: TensorRT did not take a range.
    """
    count = 0
    for planned in plan.tensors:
        amax = applied_amax(planned)
        if amax is None:
            continue
        name = planned.tensor.name
        if name not in tensors:
            raise InputError(
                f"the plan has a range for {name!r}, but TensorRT made no such tensor; make "
                f"the plan for this model and this TensorRT"
            )
        _set(tensors[name], name, amax)
        count += 1
    return count


def _set(tensor: Any, name: str, amax: float) -> None:
    if tensor.set_dynamic_range(-amax, amax) is False:
        raise EngineBuildError(
            f"TensorRT refuses the range ±{amax!r} of {name!r}; see its log above"
        )
    read = tensor.dynamic_range
    if read is None or tuple(map(to_float32, read)) != (-amax, amax):
        raise EngineBuildError(
            f"the range of {name!r} was set to ±{amax!r}, but TensorRT reads back {read}; "
            f"please report it"
        )
