# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Window functions and STFT (10.7 on)."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

from setrange.importer.helpers.broadcast import broadcast_tensors
from setrange.importer.helpers.fill import add_fill
from setrange.importer.helpers.inputs import optional, required, required_weights
from setrange.importer.helpers.tensors import cast_helper, squeeze_tensor, unsqueeze_tensor
from setrange.importer.registry import importer
from setrange.importer.rejections import require
from setrange.importer.shape_tensor import ShapeTensor, convert_to_1d
from setrange.model.weights import Weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Tensor
    from setrange.network.modes import UnaryOp


class _Window:
    """The elements 0 .. N-1 and functions of them (``generateWindow``, ``windowHelper``)."""

    def __init__(self, ctx: ImporterContext, node: Node, inputs: list[Value]) -> None:
        require(node.attr_int("output_datatype", 1) == 1, f"{node.op} makes FLOAT only")
        self.ctx = ctx
        self.periodic = node.attr_int("periodic", 1) != 0
        self.length = ctx.to_tensor(required(inputs, 0))
        require(self.length.rank == 0, f"{node.op}: the length must be a scalar")
        shape = convert_to_1d(ctx, ShapeTensor.of_tensor(self.length))
        self.steps = add_fill(ctx, shape, "linspace", alpha=0.0, beta=1.0).output

    def constant(self, value: float) -> Tensor:
        return self.ctx.add_constant([value], "float32", (1,))

    def scaled(self, factor: float, tensor: Tensor, *, named: bool = True) -> Tensor:
        """Factor * tensor."""
        layer = self.ctx.net.add_elementwise(self.constant(factor), tensor, "prod")
        return (self.ctx.register_inner(layer) if named else layer).output

    def trigonometric(self, factor: float, op: UnaryOp) -> Tensor:
        """op(factor * n / N), with N - 1 for a symmetric window."""
        ctx = self.ctx
        numerator = self.scaled(factor, self.steps, named=False)
        length = self.length
        if not self.periodic:
            one = cast_helper(ctx, ctx.add_constant([1], "int32", ()), length.dtype)
            length = ctx.net.add_elementwise(length, one, "sub").output
        _, divisor = broadcast_tensors(ctx, self.steps, cast_helper(ctx, length, "float32"))
        angle = ctx.net.add_elementwise(numerator, divisor, "div").output
        return ctx.net.add_unary(angle, op).output


@importer("HannWindow", since="10.4", source="10.7:importHannWindow")
def hann_window(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    sine = _Window(ctx, node, inputs).trigonometric(math.pi, "sin")
    return [ctx.register_inner(ctx.net.add_elementwise(sine, sine, "prod")).output]


@importer("HammingWindow", since="10.4", source="10.7:importHammingWindow")
def hamming_window(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    window = _Window(ctx, node, inputs)
    alpha = 25 / 46
    wave = window.scaled(1 - alpha, window.trigonometric(2 * math.pi, "cos"))
    layer = ctx.net.add_elementwise(window.constant(alpha), wave, "sub")
    return [ctx.register_inner(layer).output]


@importer("BlackmanWindow", since="10.4", source="10.7:importBlackmanWindow")
def blackman_window(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    window = _Window(ctx, node, inputs)
    first = window.scaled(0.5, window.trigonometric(2 * math.pi, "cos"))
    second = window.scaled(0.08, window.trigonometric(4 * math.pi, "cos"))
    rest = ctx.net.add_elementwise(window.constant(0.42), first, "sub")
    layer = ctx.net.add_elementwise(ctx.register_inner(rest).output, second, "sum")
    return [ctx.register_inner(layer).output]


def _int64(inputs: list[Value], index: int) -> int:
    weights = required_weights(inputs, index)
    require(weights.count >= 1, f"STFT: input {index} is empty")
    return weights.ints()[0]


@importer("STFT", since="10.5", source="10.7:importSTFT")
def stft(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    """Two convolutions (real and imaginary part), joined and transposed."""
    signal = ctx.to_tensor(required(inputs, 0))
    require(
        signal.rank == 2 or (signal.rank == 3 and signal.shape[2] == 1),
        "STFT takes real signals only",
    )
    if signal.rank == 3:
        signal = squeeze_tensor(ctx, signal, [2])
    require(signal.dtype == "float32", "STFT takes FLOAT signals only")
    step = _int64(inputs, 1)
    window = None if optional(inputs, 2) is None else required_weights(inputs, 2)
    length = 0 if optional(inputs, 3) is None else _int64(inputs, 3)
    require(length != 0 or window is not None, "STFT needs frame_length or a window")
    if length == 0 and window is not None:
        require(window.rank > 0, "STFT: the window must be 1-D")
        length = window.shape[0]
    if window is None:
        ctx.reserve_temporary_name()
    require(length > 0 and step > 0, "STFT: the frame length and step must be positive")
    bins = length // 2 + 1 if node.attr_int("onesided", 1) == 1 else length
    kernels = [
        Weights(
            "float32",
            (bins, 1, 1, length),
            partial(_dft_kernel, op, bins, length, window),
            name=ctx.reserve_temporary_name(),
        )
        for op in ("cos", "sin")
    ]
    frames = unsqueeze_tensor(ctx, signal, [1, 2])
    parts = [
        ctx.register_inner(
            ctx.net.add_convolution(
                frames, bins, (1, length), kernel=kernel, bias=None, stride=(1, step)
            )
        ).output
        for kernel in kernels
    ]
    joined = ctx.register_inner(ctx.net.add_concatenation(parts, 2)).output
    layer = ctx.net.add_shuffle(joined, first_transpose=(0, 3, 1, 2))
    return [ctx.register_inner(layer).output]


def _dft_kernel(op: str, bins: int, length: int, window: Weights | None) -> npt.NDArray[Any]:
    """Cos or sin of -2 pi k w / n times the window, for frequencies w and samples k."""
    import numpy as np

    angle = -2 * np.pi * np.outer(np.arange(bins), np.arange(length)) / length
    wave = np.cos(angle) if op == "cos" else np.sin(angle)
    if window is not None:
        wave = wave * window.data().reshape(-1)[:length]
    return wave.astype(np.float32).reshape(bins, 1, 1, length)
