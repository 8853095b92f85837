# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Ops of other tools that quantize and dequantize in one: one node, float to float.

``FakeQuantize(x, input_low, input_high, output_low, output_high)`` of OpenVINO and NNCF;
``Quant(x, scale, zero_point, bit_width)`` of Brevitas and QONNX (``IntQuant`` since 2024), and
its ``BipolarQuant(x, scale)``. Source: OpenVINO's specification of FakeQuantize-1; QONNX's
docs/qonnx-custom-ops.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from setrange.model.quantizer_node import QuantizerNode

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt
    from onnx import NodeProto

    #: A constant's numbers; ``None`` for a value that is none.
    Values = Callable[[str], npt.NDArray[Any] | None]

__all__ = ["FakeQuantizer", "fake_quantizer"]

#: Levels of 8 bits, with and without the least one.
_LEVELS_OF_8_BITS = (255, 256)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FakeQuantizer(QuantizerNode):
    """One node that rounds a value and gives it on as float.

    Attributes:
        low: Least value it lets through.
        high: Greatest value it lets through.
        scale: Size of a step, where it is INT8 with zero point 0; else ``None``.
        bits: Bits of its steps, e.g. ``"8 bits"`` or ``"17 levels"``.
        is_8_bit: It has 8 bits.
        channels: How many scales it has.
        why: Why it has no usable range; ``None`` where it has one.
    """

    low: float = 0.0
    high: float = 0.0
    scale: float | None = None
    bits: str = ""
    is_8_bit: bool = True
    channels: int = 1
    why: str | None = None


def fake_quantizer(node: NodeProto, index: int, values: Values) -> FakeQuantizer:
    """Read a node of ``FAKE_OPS``.

    Args:
        node: It has an input and an output.
        index: Its position.
        values: What reads constants.
    """
    if node.op_type == "FakeQuantize":
        return _of_bounds(node, index, values)
    return _of_scale(node, index, values)


def _of_bounds(node: NodeProto, index: int, values: Values) -> FakeQuantizer:
    given = [values(name) if name else None for name in node.input[1:5]]
    bounds = [array for array in given if array is not None and array.size]
    if len(bounds) < 4:
        return _unusable(node, index, "its limits are not constant")
    lows, highs, out_lows, out_highs = (array.astype("float64").reshape(-1) for array in bounds)
    low, high = float(lows.min()), float(highs.max())
    if not (math.isfinite(low) and math.isfinite(high)) or low >= high:
        return _unusable(node, index, f"its limits are {low:g} and {high:g}")
    if abs(out_lows.min() - low) > 1e-3 * (high - low) or abs(out_highs.max() - high) > 1e-3 * (
        high - low
    ):
        return _unusable(node, index, "it gives other values than it takes (output_low, _high)")
    levels = next((a.i for a in node.attribute if a.name == "levels"), 256)
    # 256 levels about 0 go from -128 to 127 steps, of which TensorRT uses -127 to 127.
    is_int8 = levels == 256 and math.isclose(-low, high * 128 / 127, rel_tol=1e-4)
    is_int8 = is_int8 or (levels == 255 and math.isclose(-low, high, rel_tol=1e-6))
    return FakeQuantizer(
        proto=node,
        index=index,
        low=low,
        high=high,
        scale=high / 127 if is_int8 else None,
        bits=f"{levels} levels",
        is_8_bit=levels in _LEVELS_OF_8_BITS,
        channels=max(lows.size, highs.size),
    )


def _of_scale(node: NodeProto, index: int, values: Values) -> FakeQuantizer:
    scales = _numbers(node, 1, values)
    if scales is None:
        return _unusable(node, index, "its scale is not constant")
    scale = float(scales.max())
    if not (math.isfinite(scale) and scales.min() > 0):
        return _unusable(node, index, f"its scale is {float(scales.min()):g}")
    if node.op_type == "BipolarQuant":
        return _of_steps(node, index, scale, scales.size, (-1, 1), 1)
    zeros, widths = _numbers(node, 2, values), _numbers(node, 3, values)
    if zeros is None or widths is None:
        return _unusable(node, index, "its zero point or bit width is not constant")
    bits, zero = float(widths.max()), float(zeros.reshape(-1)[0])
    if not 1 <= bits <= 64 or not math.isfinite(zero):
        return _unusable(node, index, f"it has {bits:g} bits and the zero point {zero:g}")
    flags = {a.name: a.i for a in node.attribute}
    is_signed, is_narrow = flags.get("signed", 1), flags.get("narrow", 0)
    least = -(2 ** (bits - 1)) + (1 if is_narrow else 0) if is_signed else 0
    most = 2 ** (bits - 1) - 1 if is_signed else 2**bits - (2 if is_narrow else 1)
    if is_signed and bits == 8 and zero == 0:
        least = -127
    return _of_steps(node, index, scale, scales.size, (least - zero, most - zero), bits)


def _of_steps(
    node: NodeProto,
    index: int,
    scale: float,
    channels: int,
    steps: tuple[float, float],
    bits: float,
) -> FakeQuantizer:
    least, most = steps
    return FakeQuantizer(
        proto=node,
        index=index,
        low=least * scale,
        high=most * scale,
        scale=scale if steps == (-127, 127) else None,
        bits=f"{bits:g} bits",
        is_8_bit=bits == 8,
        channels=channels,
        why=None if least < most else "it has no steps",
    )


def _numbers(node: NodeProto, slot: int, values: Values) -> npt.NDArray[Any] | None:
    name = node.input[slot] if len(node.input) > slot else ""
    array = values(name) if name else None
    return None if array is None or not array.size else array.astype("float64")


def _unusable(node: NodeProto, index: int, why: str) -> FakeQuantizer:
    return FakeQuantizer(proto=node, index=index, why=why)
