# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Layers with weights: convolutions, matrix products, Scale.

Weights are read only where an interval bound is wanted, and never copied whole in float64.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from setrange.fill.facts import Rank
from setrange.fill.interval import ZERO, Interval, multiply, power, repeated
from setrange.fill.registry import propose, rule
from setrange.fill.rules.elementwise import PRODUCTS, before_fused
from setrange.fill.rules.functions import as_function
from setrange.fill.rules.source import interval_of
from setrange.network import LayerKind
from setrange.network.trace import constant_values, producer

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from setrange.fill.facts import Proposal, Ranges, Why
    from setrange.model.weights import Weights
    from setrange.network import Layer, Tensor
    from setrange.network.params import WeightsName

__all__ = ["bound_of_first_channels"]


def _spread(
    kernel: npt.NDArray[Any], axes: tuple[int, ...]
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Sums of the positive and of the negative weights (both >= 0), in float64."""
    import numpy as np

    if kernel.dtype.itemsize < 4:
        kernel = kernel.astype(np.float32)
    total = np.asarray(np.sum(kernel, axis=axes, dtype=np.float64))
    absolute = np.asarray(np.sum(np.abs(kernel), axis=axes, dtype=np.float64))
    return (absolute + total) / 2, (absolute - total) / 2


def _weighted_sum(
    x: Interval,
    kernel: npt.NDArray[Any],
    axes: tuple[int, ...],
    bias: npt.NDArray[Any] | None,
) -> Interval:
    """Interval of sum(w * x) + b over ``axes``, the widest of all output channels."""
    import numpy as np

    with np.errstate(invalid="ignore"):  # infinite weights give no bound
        positive, negative = _spread(kernel, axes)
        low = positive * x.lo - negative * x.hi
        high = positive * x.hi - negative * x.lo
        if bias is not None:
            shift = bias.reshape(-1).astype(np.float64)
            low, high = low.reshape(-1) + shift, high.reshape(-1) + shift
        return Interval(float(np.min(low)), float(np.max(high)))


def _kernel(layer: Layer) -> npt.NDArray[Any] | None:
    """The kernel, whether it is weights of the layer or a constant tensor."""
    weights: Weights | None = layer.params.get("kernel")
    if weights is not None and weights.count:
        return weights.data()
    return constant_values(layer.input_at(1))


def _bias(layer: Layer) -> tuple[bool, npt.NDArray[Any] | None]:
    """Whether the bias is known, and its values (``None`` = none)."""
    tensor = layer.input_at(2)
    weights = layer.params.get("bias") if tensor is None else tensor.constant
    if weights is None or not weights.count:
        return tensor is None or weights is not None, None
    return True, weights.data()


def _why(layer: Layer) -> Why:
    return "bound: sum |weights| x amax + |bias| of {}", layer


@rule(LayerKind.CONVOLUTION, LayerKind.FULLY_CONNECTED)
def _convolution(layer: Layer, ranges: Ranges) -> Iterable[Proposal]:
    def bound(x: Interval) -> Interval | None:
        kernel, (known, bias) = _kernel(layer), _bias(layer)
        if kernel is None or not known:
            return None
        if layer.kind is LayerKind.FULLY_CONNECTED:
            kernel = kernel.reshape(layer.params["maps"], -1)
        # Padding puts zeros beside the values.
        axes = tuple(range(1, kernel.ndim))
        return _weighted_sum(x.union(ZERO), kernel, axes, bias)

    return propose(ranges, layer.output, Rank.BOUND, [layer.input_at(0)], bound, _why(layer))


def bound_of_first_channels(layer: Layer, x: Interval, count: int) -> Interval | None:
    """The bound of a convolution's first output channels; that of all is no narrower.

    It is nearly free: little of the weights is read.

    Args:
        layer: Any layer.
        x: The range of its input.
        count: How many channels.

    Returns:
        ``None`` where the layer has no such bound.
    """
    if layer.kind is not LayerKind.CONVOLUTION:
        return None
    operand, (known, bias) = layer.input_at(1), _bias(layer)
    weights = _weights(layer, "kernel") or (None if operand is None else operand.constant)
    if weights is None or not weights.count or not known or not weights.shape:
        return None
    kernel = weights.first_rows(count)
    if bias is not None:
        bias = bias.reshape(-1)[: len(kernel)]
    return _weighted_sum(x.union(ZERO), kernel, tuple(range(1, kernel.ndim)), bias)


@rule(LayerKind.DECONVOLUTION)
def _deconvolution(layer: Layer, ranges: Ranges) -> Iterable[Proposal]:
    def bound(x: Interval) -> Interval | None:
        kernel, (known, bias) = _kernel(layer), _bias(layer)
        groups = layer.params.get("groups", 1)
        if kernel is None or not known or kernel.shape[0] % groups:
            return None
        # [C_in, C_out / groups, ...]: an output takes a part of the taps, hence the zero.
        grouped = kernel.reshape(groups, kernel.shape[0] // groups, *kernel.shape[1:])
        axes = (1, *range(3, grouped.ndim))
        return _weighted_sum(x.union(ZERO), grouped, axes, bias)

    return propose(ranges, layer.output, Rank.BOUND, [layer.input_at(0)], bound, _why(layer))


@rule(LayerKind.MATRIX_MULTIPLY)
def _matrix_multiply(layer: Layer, ranges: Ranges) -> Iterable[Proposal]:
    a, b = layer.input_at(0), layer.input_at(1)

    def bound(x: Interval, y: Interval) -> Interval | None:
        for tensor, other, axis in ((b, x, _inner(layer, 1)), (a, y, _inner(layer, 0))):
            weights = constant_values(tensor)
            if weights is not None:
                return _weighted_sum(other, weights, (axis,), None)
        length = -1 if a is None else a.shape[_inner(layer, 0)]
        return repeated(multiply(x, y), length) if length >= 0 else None

    return propose(ranges, layer.output, Rank.BOUND, [a, b], bound, _why(layer))


def _inner(layer: Layer, index: int) -> int:
    """The axis of operand ``index`` that is summed over."""
    op = layer.params.get(f"op{index}", "none")
    if op == "vector":
        return -1
    return -1 if (op == "none") == (index == 0) else -2


def _weights(layer: Layer, name: WeightsName) -> Weights | None:
    weights: Weights | None = layer.params.get(name)
    return weights if weights is not None and weights.count else None


@rule(LayerKind.SCALE)
def _scale(layer: Layer, ranges: Ranges) -> Iterable[Proposal]:
    data = layer.input_at(0)
    if data is not None and ranges.feeds_only(data, layer):
        yield from _before_scale(layer, ranges, data)
    yield from as_function(layer, ranges)
    why = "bound: scale and shift of {}", layer

    def bound(x: Interval) -> Interval | None:
        return _affine(layer, x)

    yield from propose(ranges, layer.output, Rank.BOUND, [data], bound, why)


def _before_scale(layer: Layer, ranges: Ranges, data: Tensor) -> Iterable[Proposal]:
    """What TensorRT fuses with a BatchNormalization, and a product before its bias."""
    yield from before_fused(layer, ranges, data)
    product = producer(data)
    shift = _weights(layer, "shift")
    if product is None or product.kind not in PRODUCTS or shift is None:
        return
    if _weights(layer, "power") is not None or not _is_one(_weights(layer, "scale")):
        return
    why = "amax of the output of {} + amax of its bias", layer

    def unbiased(y: Interval) -> Interval | None:
        bias = interval_of(shift)
        return None if bias is None else y.minus(bias)

    yield from propose(ranges, data, Rank.UNBIASED, [layer.output], unbiased, why)


def _is_one(scale: Weights | None) -> bool:
    return scale is None or interval_of(scale) == (1.0, 1.0)


def _affine(layer: Layer, x: Interval) -> Interval | None:
    """(x * scale + shift) ^ power, the widest of all channels."""
    import numpy as np

    scale, shift, exponent = (_weights(layer, name) for name in ("scale", "shift", "power"))
    factor = np.float64(1.0) if scale is None else scale.data().reshape(-1).astype(np.float64)
    with np.errstate(invalid="ignore"):
        ends = factor * x.lo, factor * x.hi
        low, high = np.minimum(*ends), np.maximum(*ends)
        if shift is not None:
            bias = shift.data().reshape(-1).astype(np.float64)
            low, high = low + bias, high + bias
    result = Interval(float(np.min(low)), float(np.max(high)))
    if exponent is None:
        return result
    bounds = interval_of(exponent)
    return power(result, bounds.lo) if bounds is not None and bounds.lo == bounds.hi else None
