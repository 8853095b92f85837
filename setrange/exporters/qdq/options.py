# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""How a Q/DQ model is made: one record of all that can be chosen."""

from __future__ import annotations

from dataclasses import dataclass

from setrange.errors import UsageError
from setrange.exporters.qdq.types import QUANTIZED_TYPES
from setrange.ranges.model import WEIGHT_SCALES

__all__ = ["PLACEMENTS", "RESIDUALS", "SCALINGS", "WEIGHTS", "QdqOptions"]

#: Where pairs go: where TensorRT wants them on a GPU; on everything that has a range.
PLACEMENTS = ("gpu", "all")

#: Values around a Concat share a scale, or each has its own.
SCALINGS = ("shared", "own")

#: How constants are written: float with a pair; INT8 with a DequantizeLinear.
WEIGHTS = ("float", "int8")


#: When the skip input of a residual Add has a pair: where it is INT8 for another node anyway;
#: always; never.
RESIDUALS = ("auto", "int8", "float")


@dataclass(frozen=True, slots=True, kw_only=True)
class QdqOptions:
    """How a Q/DQ model is made.

    Attributes:
        placement: One of ``PLACEMENTS``: where pairs go.
        weights: One of ``WEIGHTS``: how constants are written.
        quantize_small: Pairs on small convolutions and vector products too.
        residual: One of ``RESIDUALS``: when the skip input of a residual Add has a pair.
        fp16: Cast what stays float to FP16.
        dtype: One of ``QUANTIZED_TYPES``: what nodes are quantized to.
        weight_scales: One of ``WEIGHT_SCALES``: how scales of constants are chosen.
        asymmetric: Values of a one-sided range are shifted to its middle before a pair.
        scaling: One of ``SCALINGS``: whose scales are equal.

    Raises:
        UsageError: An option is none of its values.
    """

    placement: str = "gpu"
    weights: str = "float"
    quantize_small: bool = False
    residual: str = "auto"
    fp16: bool = False
    dtype: str = "int8"
    weight_scales: str = "max"
    asymmetric: bool = False
    scaling: str = "shared"

    def __post_init__(self) -> None:
        for name, value, known in (
            ("placement", self.placement, PLACEMENTS),
            ("weights", self.weights, WEIGHTS),
            ("dtype", self.dtype, tuple(QUANTIZED_TYPES)),
            ("weight_scales", self.weight_scales, WEIGHT_SCALES),
            ("residual", self.residual, RESIDUALS),
            ("scaling", self.scaling, SCALINGS),
        ):
            if value not in known:
                raise UsageError(
                    f"{name} {value!r} is not known; expected {' or '.join(known)}"
                )
