# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""ConvTranspose: padding from output_shape, output padding as layers of its own."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from setrange.importer.helpers.convolution import convolve_by_tensor, set_dynamic
from setrange.importer.helpers.inputs import optional, required, required_weights
from setrange.importer.helpers.kernel_params import KernelParams, kernel_params
from setrange.importer.helpers.tensors import squeeze_tensor, unsqueeze_tensor
from setrange.importer.registry import importer
from setrange.importer.rejections import require
from setrange.importer.shape_tensor import shape_of
from setrange.model.weights import Weights
from setrange.network import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Shape

    #: (ctx, tensor, output padding) -> padded tensor
    Padder = Callable[[ImporterContext, Tensor, Sequence[int]], Tensor]


def _half(total: int) -> int:
    return int(total / 2)  # as C++: towards zero


def _fit_output_shape(node: Node, dims: Shape, window: KernelParams) -> KernelParams:
    """Padding that gives ``output_shape`` (``generatePadding``)."""
    kernel = window.kernel or ()
    rank = len(kernel)
    target = node.attr_ints("output_shape")
    offset = len(target) - rank
    require(offset >= 0, f"output_shape needs {rank} values")
    pre, post, extra = [], [], list(window.output_padding)
    for i in range(rank):
        extent = (kernel[i] - 1) * window.dilation[i] + 1
        total = window.stride[i] * (dims[2 + i] - 1) + extra[i] + extent - target[offset + i]
        pre.append(_half(total))
        post.append(total - _half(total))
        require(pre[i] >= 0, "output_shape asks for negative padding before the first element")
        if post[i] < 0:
            extra[i], post[i] = -post[i], 0
    return replace(window, pre=tuple(pre), post=tuple(post), output_padding=tuple(extra))


def _settle_output_padding(window: KernelParams) -> tuple[KernelParams, bool]:
    """Take output padding off the end padding; True if some is left."""
    post, extra = list(window.post), list(window.output_padding)
    left = False
    for i, wanted in enumerate(extra):
        taken = min(post[i], wanted)
        left = left or post[i] < wanted
        post[i] -= taken
        extra[i] -= taken
    return replace(window, post=tuple(post), output_padding=tuple(extra)), left


def _pad_by_slice(ctx: ImporterContext, tensor: Tensor, padding: Sequence[int]) -> Tensor:
    """Output padding as a Slice that fills (8.2 on)."""
    rank, dtype = tensor.rank, "int64" if ctx.profile.native_int64 else "int32"
    total = [0] * (rank - len(padding)) + list(padding)
    require(min(total) >= 0, "output_padding must not be negative")
    start = ctx.add_constant([0] * rank, dtype, (rank,))
    amount = ctx.add_constant(total, dtype, (rank,))
    size = ctx.net.add_elementwise(shape_of(ctx, tensor).tensor(ctx), amount, "sum").output
    layer = ctx.net.add_slice(tensor, None, None, (1,) * rank)
    layer.set_params(mode="fill")
    layer.set_input(1, start)
    layer.set_input(2, size)
    return ctx.register_inner(layer).output


def _pad_by_layer(ctx: ImporterContext, tensor: Tensor, padding: Sequence[int]) -> Tensor:
    """Output padding as a Padding layer, of the last two dimensions (to 8.0)."""
    require(
        len(padding) == 2 or padding[0] == 0,
        "TensorRT pads the output of a deconvolution in its last two dimensions only",
    )
    return ctx.net.add_padding(tensor, (0, 0), padding[-2:]).output


def _deconvolve(
    ctx: ImporterContext,
    node: Node,
    inputs: Sequence[Value],
    *,
    pad: Padder,
    optional_bias: bool = False,
    dilates: bool = True,
    asymmetric_3d: bool = True,
    pads_1d: bool = True,
) -> Sequence[Value]:
    """Deconvolution and what TensorRT's layer cannot do itself (``importConvTranspose``).

    Args:
        ctx: The import.
        node: The ConvTranspose node.
        inputs: Data, kernel and bias.
        pad: Adds output padding.
        optional_bias: An absent third input is no bias.
        dilates: Dilations are supported.
        asymmetric_3d: 3-D deconvolutions can be padded asymmetrically.
        pads_1d: ``output_padding`` works for 1-D; else the added dimension is padded.
    """
    tensor = ctx.to_tensor(required(inputs, 0))
    kernel = required(inputs, 1)
    absent = len(inputs) < 3 or (optional_bias and optional(inputs, 2) is None)
    bias = None if absent else required(inputs, 2)
    rank = tensor.rank
    require(3 <= rank <= 5, "TensorRT deconvolves 1, 2 or 3 spatial dimensions")
    shape = kernel.shape
    expand = rank == 3
    if expand:
        tensor = unsqueeze_tensor(ctx, tensor, (3,))
    if len(shape) == 3:
        if isinstance(kernel, Tensor):
            kernel = unsqueeze_tensor(ctx, kernel, (3,))
        shape = (*shape, 1)
    spatial = tensor.rank - 2
    require(spatial == len(shape) - 2, "input and kernel differ in their spatial dimensions")
    group = node.attr_int("group", 1)
    maps = shape[1] * group
    if isinstance(bias, Weights):
        require(bias.shape == (maps,), "ConvTranspose needs one bias per output channel")
    window = kernel_params(ctx, node, spatial, kernel=shape[-spatial:])
    require(
        window.kernel == shape[-spatial:], "kernel_shape does not agree with the kernel's shape"
    )
    require(
        dilates or set(window.dilation) == {1}, "TensorRT does not dilate deconvolutions here"
    )
    pads_output = False
    if node.attr_str("auto_pad", "NOTSET") == "NOTSET":
        if node.has("output_shape"):
            window = _fit_output_shape(node, tensor.shape, window)
        window, pads_output = _settle_output_padding(window)
    require(
        pads_1d or not (pads_output and expand and node.has("output_padding")),
        "this parser does not pad the output of a 1-D deconvolution",
    )
    require(
        asymmetric_3d or spatial != 3 or window.pre == window.post,
        "TensorRT pads 3-D deconvolutions symmetrically only",
    )
    layer = ctx.net.add_deconvolution(
        tensor,
        maps,
        shape[-spatial:],
        kernel=kernel if isinstance(kernel, Weights) else None,
        bias=bias if isinstance(bias, Weights) and not pads_output else None,
        groups=group,
        dilation=window.dilation,
        **window.layer_params(),
    )
    set_dynamic(layer, kernel, bias)
    output = ctx.register_layer(layer).output
    if pads_output:
        output = pad(ctx, output, window.output_padding)
        if isinstance(bias, Weights):
            dims = (1, bias.count, *[1] * spatial)
            constant = ctx.register_inner(ctx.net.add_constant(bias, dims)).output
            output = ctx.net.add_elementwise(output, constant, "sum").output
    return [squeeze_tensor(ctx, output, (3,)) if expand else output]


def _require_weights(inputs: Sequence[Value], *, kernel: bool) -> None:
    if kernel:
        required_weights(inputs, 1)
    if len(inputs) > 2:
        required_weights(inputs, 2)


def _deconv_7(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, dilates: bool
) -> Sequence[Value]:
    _require_weights(inputs, kernel=True)
    return _deconvolve(
        ctx,
        node,
        inputs,
        pad=_pad_by_layer,
        dilates=dilates,
        asymmetric_3d=False,
        pads_1d=False,
    )


for _since, _dilates in {"7.0": False, "7.1": True}.items():
    importer(
        "ConvTranspose", "TRT_Deconv", since=_since, source=f"{_since}:importConvTranspose"
    )(partial(_deconv_7, dilates=_dilates))


@importer("ConvTranspose", "TRT_Deconv", since="8.0", source="8.0-GA:importConvTranspose")
def deconv_80(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    _require_weights(inputs, kernel=False)
    if isinstance(optional(inputs, 1), Tensor):
        return convolve_by_tensor(ctx, node, inputs, deconvolve=True)
    return _deconvolve(ctx, node, inputs, pad=_pad_by_layer, asymmetric_3d=False, pads_1d=False)


def _deconv_82(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, asymmetric_3d: bool
) -> Sequence[Value]:
    _require_weights(inputs, kernel=False)
    return _deconvolve(
        ctx, node, inputs, pad=_pad_by_slice, asymmetric_3d=asymmetric_3d, pads_1d=False
    )


for _since, _asymmetric in {"8.2": False, "8.4": True}.items():
    importer(
        "ConvTranspose", "TRT_Deconv", since=_since, source=f"{_since}:importConvTranspose"
    )(partial(_deconv_82, asymmetric_3d=_asymmetric))

for _since, _optional in {"8.5": False, "10.10": True}.items():
    importer(
        "ConvTranspose", "TRT_Deconv", since=_since, source=f"{_since}:importConvTranspose"
    )(partial(_deconvolve, pad=_pad_by_slice, optional_bias=_optional))
