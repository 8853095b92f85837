# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Range, the random ops, window functions and STFT: Fill layers and arithmetic on them."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.importer import shape_tensor as st
from setrange.importer.registry import CHANGELOG, LISTS_OF_RTX_17, history, since
from setrange.importer.rejections import refuse, require
from setrange.importer.shape_tensor import ShapeTensor
from setrange.importer.shape_value import INT32_MAX
from setrange.model.weights import Weights

if TYPE_CHECKING:
    import numpy.typing as npt

    from setrange.importer.op_types import (
        Computed,
        Given,
        Layer,
        OpContext,
        Outputs,
        Tensor,
    )
    from setrange.network.modes import ElementwiseOp, FillOp, UnaryOp


def _add_fill(ctx: OpContext, shape: ShapeTensor, op: FillOp, **params: float) -> Layer:
    """Add a Fill layer of ``shape`` (a vector); ``op`` as in ``NetworkBuilder.add_fill``."""
    dims = st.to_dims(ctx, shape, "fill output", 0, INT32_MAX)
    layer = ctx.net.add_fill(dims, op, **params)
    st.set_shape_input(ctx, layer, 0, shape)
    return ctx.register_helper(layer, "ONNXTRT_ShapeFill")


# -- Range ------------------------------------------------------------------------------


def _range_layer(
    ctx: OpContext,
    start: ShapeTensor,
    limit: ShapeTensor,
    delta: ShapeTensor,
    count_dtype: str | None = None,
) -> Layer:
    """Fill layer of max(0 - floor((start - limit) / delta), 0) elements."""
    zero = st.shape_scalar(0)
    quotient = st.floor_div(ctx, st.sub(ctx, start, limit), delta)
    if count_dtype is not None:
        quotient = st.cast(ctx, quotient, count_dtype)
    count = st.maximum(ctx, st.sub(ctx, zero, quotient), zero)
    return ctx.register_layer(_add_fill(ctx, st.convert_to_1d(ctx, count), "linspace"))


def _set_range(
    ctx: OpContext, layer: Layer, start: ShapeTensor, delta: ShapeTensor, *, static: bool = True
) -> None:
    """Start and step as parameters where they are known and may be, else as inputs."""
    if static and start.all_known and delta.all_known:
        layer.set_params(alpha=start[0], beta=delta[0])
    else:
        layer.set_input(1, start.tensor(ctx))
        layer.set_input(2, st.convert_to_1d(ctx, delta).tensor(ctx))


def _range_70(ctx: OpContext, first: Given, last: Given, step: Given) -> Outputs:
    values = (first, last, step)
    constants = [value for value in values if isinstance(value, Weights)]
    if len(constants) == 3 and first.dtype == "float32":
        return _constant_float_range(ctx, *(_first(weights) for weights in constants))
    is_int32 = ctx.type_name(first) == "INT32"
    require(is_int32, "Range takes FLOAT inputs only if all are constant, else INT32")
    start, limit, delta = (st.shape_tensor(ctx, value) for value in values)
    layer = _range_layer(ctx, start, limit, delta)
    _set_range(ctx, layer, start, delta)
    layer.output.dtype = "int32"
    return layer.output


def _first(weights: Weights) -> float:
    values = weights.floats()
    require(values, "an input is empty")
    return values[0]


def _constant_float_range(ctx: OpContext, start: float, limit: float, delta: float) -> Tensor:
    require(delta != 0, "the step is zero")
    steps = (limit - start) / delta
    require(math.isfinite(steps), f"{start:g} to {limit:g} in steps of {delta:g} never ends")
    size = max(math.ceil(steps), 0)
    require(size != 0, "ranges of no elements are not supported")
    require(size <= INT32_MAX, "the number of elements must fit in INT32")
    layer = ctx.register_layer(_add_fill(ctx, st.shape_vector(size), "linspace"))
    layer.set_params(alpha=start, beta=delta)
    return layer.output


def _range(
    ctx: OpContext,
    first: Given,
    last: Given,
    step: Given,
    *,
    wide: bool,  # integers are computed as INT64
    checks_limit: bool,  # all inputs, not start and step alone, must be of one type
    takes_vectors: bool,  # integers may be vectors of one element
) -> Outputs:
    kind, values = ctx.type_name(first), (first, last, step)
    others = (last, step) if checks_limit else (step,)
    uniform = all(ctx.type_name(value) == kind for value in others)
    require(uniform, "start, limit and delta must be of one type")
    known = ("INT32", "INT64", "FLOAT") if wide else ("INT32", "FLOAT")
    require(kind in known, f"Range takes {', '.join(known)} inputs only")
    if kind == "FLOAT" or not wide:
        start, limit, delta = (st.shape_tensor(ctx, value) for value in values)
        count = "int64" if wide else "int32" if start.is_float else None
    else:
        tensors = [ctx.cast(ctx.to_tensor(value), "int64") for value in values]
        if takes_vectors:
            tensors = [_as_scalar(ctx, tensor) for tensor in tensors]
        start, limit, delta = (ShapeTensor.of_tensor(tensor) for tensor in tensors)
        count = None if kind == "INT64" else "int64"
    layer = _range_layer(ctx, start, limit, delta, count)
    narrow = wide and kind == "INT32"
    if narrow and isinstance(first, Weights) and isinstance(step, Weights):
        require(first.count == step.count == 1, "start and delta must be single values")
        layer.set_params(alpha=first.ints()[0], beta=step.ints()[0])
    else:
        _set_range(ctx, layer, start, delta, static=kind != "INT64")
    if kind != "FLOAT":
        layer.output.dtype = kind.lower()
    return layer.output


def _as_scalar(ctx: OpContext, tensor: Tensor) -> Tensor:
    if tensor.rank != 1:
        return tensor
    require(tensor.shape[0] in (1, -1), "start, limit and delta must be single values")
    return ctx.squeeze(tensor, [0])


# -- random ops -------------------------------------------------------------------------

#: ONNX data types that random ops make; the rest is refused.
_RANDOM_TYPES = {1: "float32", 10: "float16"}


def _random_of_shape(ctx: OpContext, *, op: FillOp) -> Outputs:
    require(ctx.node.has("shape"), f"{ctx.node.op} needs the attribute shape")
    return _random(ctx, st.shape_vector(*ctx.node.attr_ints("shape")), "float32", op)


def _random_like(ctx: OpContext, x: Computed, *, op: FillOp) -> Outputs:
    require(len(ctx.inputs) == 1, f"{ctx.node.op} takes exactly one input")
    return _random(ctx, st.shape_of(ctx, x), x.dtype, op)


def _random(ctx: OpContext, shape: ShapeTensor, dtype: str, op: FillOp) -> Tensor:
    low, high = ("low", "high") if op == "random_uniform" else ("mean", "scale")
    alpha, beta = ctx.node.attr_float(low, 0.0), ctx.node.attr_float(high, 1.0)
    layer = ctx.register_layer(_add_fill(ctx, shape, op, alpha=alpha, beta=beta))
    if ctx.node.has("dtype"):
        wanted = _RANDOM_TYPES.get(ctx.node.attr_int("dtype"))
        if wanted is None:
            refuse(f"{ctx.node.op} makes FLOAT and FLOAT16 only")
        dtype = wanted
    layer.output.dtype = dtype
    return layer.output


# -- window functions -------------------------------------------------------------------


class _Window:
    """The elements 0 .. N-1 and functions of them (``generateWindow``, ``windowHelper``)."""

    def __init__(self, ctx: OpContext, length: Tensor) -> None:
        node = ctx.node
        require(node.attr_int("output_datatype", 1) == 1, f"{node.op} makes FLOAT only")
        self.ctx = ctx
        self.periodic = node.attr_int("periodic", 1) != 0
        self.length = length
        require(length.rank == 0, f"{node.op}: the length must be a scalar")
        shape = st.convert_to_1d(ctx, ShapeTensor.of_tensor(length))
        self.steps = _add_fill(ctx, shape, "linspace", alpha=0.0, beta=1.0).output

    def constant(self, value: float) -> Tensor:
        return self.ctx.add_constant([value], "float32", (1,))

    def scaled(self, factor: float, tensor: Tensor) -> Tensor:
        """Factor * tensor."""
        return self.named(self.constant(factor), tensor, "prod")

    def named(self, a: Tensor, b: Tensor, op: ElementwiseOp) -> Tensor:
        """Combine two tensors in a layer named after the node, where the parser does that."""
        return self.ctx.inner(self.ctx.net.add_elementwise(a, b, op))

    def trigonometric(self, factor: float, op: UnaryOp) -> Tensor:
        """op(factor * n / N), with N - 1 for a symmetric window."""
        ctx, length = self.ctx, self.length
        numerator = ctx.combine(self.constant(factor), self.steps, "prod")
        if not self.periodic:
            one = ctx.cast(ctx.add_constant([1], "int32", ()), length.dtype)
            length = ctx.combine(length, one, "sub")
        _, divisor = ctx.broadcast(self.steps, ctx.cast(length, "float32"))
        return ctx.net.add_unary(ctx.combine(numerator, divisor, "div"), op).output


def _hann_window(ctx: OpContext, length: Tensor) -> Outputs:
    window = _Window(ctx, length)
    sine = window.trigonometric(math.pi, "sin")
    return window.named(sine, sine, "prod")


def _cosine_window(
    ctx: OpContext, length: Tensor, *, constant: float, factors: tuple[float, ...]
) -> Outputs:
    """Constant - factor * cos(2 pi n / N) + factor * cos(4 pi n / N) ..."""
    window = _Window(ctx, length)
    waves = [
        window.scaled(factor, window.trigonometric(2 * i * math.pi, "cos"))
        for i, factor in enumerate(factors, start=1)
    ]
    total = window.constant(constant)
    ops: tuple[ElementwiseOp, ...] = ("sub", "sum")
    for wave, op in zip(waves, ops, strict=False):
        total = window.named(total, wave, op)
    return total


# -- STFT -------------------------------------------------------------------------------


def _stft(
    ctx: OpContext,
    signal: Tensor,
    frame_step: Weights,
    window: Weights | None,
    frame_length: Weights | None,
) -> Outputs:
    """Two convolutions (real and imaginary part), joined and transposed."""
    real = signal.rank == 2 or (signal.rank == 3 and signal.shape[2] == 1)
    require(real, "STFT takes real signals only")
    if signal.rank == 3:
        signal = ctx.squeeze(signal, [2])
    require(signal.dtype == "float32", "STFT takes FLOAT signals only")
    step = _single(frame_step, "frame_step")
    length = 0 if frame_length is None else _single(frame_length, "frame_length")
    require(length != 0 or window is not None, "STFT needs frame_length or a window")
    if length == 0 and window is not None:
        require(window.rank > 0, "the window must be 1-D")
        length = window.shape[0]
    if window is None:
        ctx.reserve_temporary_name()
    require(length > 0 and step > 0, "the frame length and step must be positive")
    bins = length // 2 + 1 if ctx.node.attr_int("onesided", 1) == 1 else length
    kernels = [
        Weights(
            "float32",
            (bins, 1, 1, length),
            partial(_dft_kernel, op, bins, length, window),
            name=ctx.reserve_temporary_name(),
        )
        for op in ("cos", "sin")
    ]
    frames = ctx.unsqueeze(signal, [1, 2])
    convolve = partial(ctx.net.add_convolution, frames, bins, (1, length), bias=None)
    parts = [ctx.inner(convolve(kernel=kernel, stride=(1, step))) for kernel in kernels]
    joined = ctx.inner(ctx.net.add_concatenation(parts, 2))
    return ctx.inner(ctx.net.add_shuffle(joined, first_transpose=(0, 3, 1, 2)))


def _single(weights: Weights, what: str) -> int:
    require(weights.count >= 1, f"{what} is empty")
    return weights.ints()[0]


def _dft_kernel(op: str, bins: int, length: int, window: Weights | None) -> npt.NDArray[Any]:
    """Cos or sin of -2 pi k w / n times the window, for frequencies w and samples k."""
    angle = -2 * np.pi * np.outer(np.arange(bins), np.arange(length)) / length
    wave = np.cos(angle) if op == "cos" else np.sin(angle)
    if window is not None:
        wave = wave * window.data().reshape(-1)[:length]
    return wave.astype(np.float32).reshape(bins, 1, 1, length)


# -- change log -------------------------------------------------------------------------

history(
    "Range",
    since("7.0", _range_70),
    since("8.4", _range, wide=False, checks_limit=True, takes_vectors=False),
    since("10.1", wide=True, checks_limit=False),
    since("10.7", checks_limit=True),
    since("11.4", takes_vectors=True, **LISTS_OF_RTX_17),
)
for _op, _fill, _release in (
    ("RandomUniform", "random_uniform", "7.0"),
    ("RandomNormal", "random_normal", "8.5"),
):
    history(_op, since(_release, _random_of_shape, op=_fill))
    history(f"{_op}Like", since(_release, _random_like, op=_fill))
_READ_LATER = {"read_at": "10.7", "why": CHANGELOG}
history("HannWindow", since("10.4", _hann_window, **_READ_LATER))
for _op, _constant, _factors in (
    ("HammingWindow", 25 / 46, (1 - 25 / 46,)),
    ("BlackmanWindow", 0.42, (0.5, 0.08)),
):
    history(
        _op,
        since("10.4", _cosine_window, constant=_constant, factors=_factors, **_READ_LATER),
    )
history("STFT", since("10.5", _stft, **_READ_LATER))
