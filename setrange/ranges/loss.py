# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What a conversion could not keep, as data."""

from __future__ import annotations

import enum
from typing import NamedTuple

__all__ = ["Loss", "LossKind"]


class LossKind(str, enum.Enum):
    """Why something was lost."""

    #: min and max differ in size; the format (or TensorRT) takes the larger for both sides.
    ASYMMETRIC = "asymmetric"
    #: The source counts 128 steps, TensorRT 127.
    STEPS_128 = "128 steps"
    #: One value per channel; the largest was taken.
    PER_CHANNEL = "per channel"
    #: Not an 8-bit integer encoding.
    NOT_8_BIT = "not 8 bit"
    #: A weight or bias entry: TensorRT quantizes those itself.
    PARAMETER = "parameter"
    #: 0, infinite or null: no usable range.
    NO_RANGE = "no range"
    #: The format cannot hold the tensor's name.
    NAME = "name"
    #: The wanted TensorRT release, or the model, has no such tensor.
    COUNTERPART = "no counterpart"
    #: Several ranges for one tensor; the widest was taken.
    CONFLICT = "conflict"
    #: A field of the file the format has no place for.
    FIELD = "field"


class Loss(NamedTuple):
    """One property of the ranges that a conversion could not keep.

    Attributes:
        name: Tensor (or file field) it is about.
        kind: Why.
        message: What was lost and what was done instead.
    """

    name: str
    kind: LossKind
    message: str

    def to_dict(self) -> dict[str, str]:
        """Return the JSON form."""
        return {"name": self.name, "kind": self.kind.value, "message": self.message}
