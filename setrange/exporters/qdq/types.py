# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The types a pair quantizes to: INT8, and FP8 of four exponent and three mantissa bits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from setrange.model.types import DataType

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["FP8", "INT8", "QUANTIZED_TYPES", "QuantizedType", "fp8_bytes", "fp8_values"]


class QuantizedType(NamedTuple):
    """The quantized type of a Q/DQ pair, with its largest value.

    Attributes:
        name: As users write it.
        onnx_type: onnx.TensorProto.DataType.
        largest: The number that the largest magnitude of a range becomes: scale = amax /
            largest.
        opset: The oldest opset that can hold such pairs.
    """

    name: str
    onnx_type: int
    largest: float
    opset: int

    def rounded(self, scaled: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return values, divided by their scale already, as the type holds them.

        Args:
            scaled: The values; what is in there afterwards is of no use.

        Returns:
            Integers of int8 clamped to ±127, or one byte each of FP8 (uint8).
        """
        kept = np.clip(scaled, -self.largest, self.largest, out=scaled)
        if self.name == "int8":
            steps: npt.NDArray[Any] = np.rint(kept, out=kept).astype(np.int8)
            return steps
        return fp8_bytes(kept.astype(np.float32, copy=False))

    def held(self, scaled: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return values, divided by their scale already, as numbers that the type holds."""
        if self.name == "int8":
            return np.clip(np.rint(scaled), -self.largest, self.largest)
        return fp8_values(self.rounded(scaled))

    def zero_bytes(self, count: int) -> bytes:
        """Zero points, as an initializer holds them: all bytes are 0 in both types."""
        return bytes(count)


def fp8_bytes(values: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Return finite values within ±448 as bytes of E4M3: half to even, subnormals too.

    Source: Micikevicius and others, FP8 Formats for Deep Learning, 2022, section 3.
    """
    magnitude = np.abs(values).astype(np.float64)
    # The exponent of each value; below 2^-6 the steps stay 2^-9.
    exponent = np.frexp(np.maximum(magnitude, 2.0**-6))[1] - 1
    step = np.ldexp(1.0, exponent - 3)
    steps = np.rint(magnitude / step).astype(np.int64)
    # 16 steps are 8 of the next exponent.
    grown = steps == 16
    steps = np.where(grown, 8, steps)
    exponent = np.where(grown, exponent + 1, exponent)
    normal = steps >= 8
    bits = np.where(normal, ((exponent + 7) << 3) | (steps - 8), steps)
    sign = np.where(np.signbit(values), 0x80, 0)
    result: npt.NDArray[np.uint8] = (bits | sign).astype(np.uint8)
    return result


def fp8_values(codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Return the numbers that bytes of E4M3 stand for; the two NaN as NaN."""
    table = np.empty(256, dtype=np.float32)
    for code in range(256):
        exponent, mantissa = (code >> 3) & 0xF, code & 7
        value = np.ldexp(1 + mantissa / 8, exponent - 7) if exponent else np.ldexp(mantissa, -9)
        if code & 0x7F == 0x7F:
            value = np.nan
        table[code] = -value if code & 0x80 else value
    values: npt.NDArray[np.float32] = table[codes]
    return values


INT8 = QuantizedType(name="int8", onnx_type=int(DataType.INT8), largest=127.0, opset=13)
FP8 = QuantizedType(name="fp8", onnx_type=int(DataType.FLOAT8E4M3FN), largest=448.0, opset=19)

QUANTIZED_TYPES = {kind.name: kind for kind in (INT8, FP8)}
