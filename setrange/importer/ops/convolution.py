# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Conv: 1-D runs as 2-D; weights are parameters, or inputs where a layer computes them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from setrange.importer.helpers.convolution import (
    MISMATCH,
    check_channels,
    convolve_by_tensor,
    set_dynamic,
    spatial_rank,
)
from setrange.importer.helpers.inputs import optional, required, required_weights
from setrange.importer.helpers.kernel_params import kernel_params
from setrange.importer.helpers.tensors import squeeze_tensor, unsqueeze_tensor
from setrange.importer.registry import importer
from setrange.importer.rejections import refuse, require
from setrange.model.weights import Weights
from setrange.network import Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Shape


def _by_weights(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, scalar_bias: bool = True
) -> Sequence[Value]:
    """Kernel and bias are initializers (``importConv``)."""
    tensor = ctx.to_tensor(required(inputs, 0))
    kernel = required_weights(inputs, 1)
    expand = tensor.rank == 3
    if expand:
        tensor = unsqueeze_tensor(ctx, tensor, (3,))
    shape = (*kernel.shape, 1) if kernel.rank == 3 else kernel.shape
    rank = spatial_rank(tensor)
    require(rank == len(shape) - 2, MISMATCH)
    bias = required_weights(inputs, 2) if len(inputs) == 3 else None
    if bias is not None:
        one_dimensional = bias.rank == 1 or (scalar_bias and not bias.rank)
        require(one_dimensional, "the bias of Conv must be one-dimensional")
        require(bias.count == shape[0], "Conv needs one bias per output channel")
    window = kernel_params(ctx, node, rank, kernel=shape[-rank:])
    require(window.kernel == shape[-rank:], MISMATCH)
    group = node.attr_int("group", 1)
    check_channels(tensor, shape[1], group)
    layer = ctx.net.add_convolution(
        tensor,
        shape[0],
        shape[-rank:],
        kernel=kernel,
        bias=bias,
        groups=group,
        dilation=window.dilation,
        **window.layer_params(),
    )
    output = ctx.register_layer(layer).output
    return [squeeze_tensor(ctx, output, (3,)) if expand else output]


def _by_inputs(
    ctx: ImporterContext, node: Node, inputs: Sequence[Value], *, kernel_from_shape: bool
) -> Sequence[Value]:
    """Kernel or bias from a layer (8.5 on: ``convMultiInput``)."""
    tensor = ctx.to_tensor(required(inputs, 0))
    kernel = required(inputs, 1)
    expand = tensor.rank == 3
    if expand:
        tensor = unsqueeze_tensor(ctx, tensor, (3,))
    rank = spatial_rank(tensor)
    given: Shape = kernel.shape
    require(len(given) >= 3, MISMATCH)
    window = kernel_params(ctx, node, rank, kernel=given[-rank:] if kernel_from_shape else None)
    if isinstance(kernel, Tensor):
        if expand:
            kernel = unsqueeze_tensor(ctx, kernel, (3,))
        shape = kernel.shape
    else:
        shape = (*given[:3], 1) if expand else given
    require(rank == len(shape) - 2 and window.kernel == shape[-rank:], MISMATCH)
    bias = required(inputs, 2) if len(inputs) == 3 else None
    group = node.attr_int("group", 1)
    check_channels(tensor, given[1], group)
    layer = ctx.net.add_convolution(
        tensor,
        given[0],
        shape[-rank:],
        kernel=kernel if isinstance(kernel, Weights) else None,
        bias=bias if isinstance(bias, Weights) else None,
        groups=group,
        dilation=window.dilation,
        **window.layer_params(),
    )
    set_dynamic(layer, kernel, bias)
    output = ctx.register_layer(layer).output
    return [squeeze_tensor(ctx, output, (3,)) if expand else output]


@importer("Conv", "TRT_Conv", since="7.0", source="7.0:importConv")
def conv_70(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    if not isinstance(required(inputs, 1), Tensor):
        require(isinstance(required(inputs, 0), Tensor), "the input must not be an initializer")
        return _by_weights(ctx, node, inputs, scalar_bias=False)
    return convolve_by_tensor(ctx, node, inputs, one_dimensional=False)


@importer("Conv", "TRT_Conv", since="7.1", source="7.1:importConv")
def conv_71(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    if isinstance(required(inputs, 1), Tensor):
        refuse("a kernel that is no initializer needs an explicit-precision network")
    return _by_weights(ctx, node, inputs, scalar_bias=False)


@importer("Conv", "TRT_Conv", since="8.0", source="8.0-GA:importConv")
def conv_80(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    if isinstance(required(inputs, 1), Tensor):
        return convolve_by_tensor(ctx, node, inputs)
    return _by_weights(ctx, node, inputs)


def _conv(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, kernel_from_shape: bool
) -> Sequence[Value]:
    absent = len(inputs) > 2 and inputs[2] is None
    dynamic = isinstance(required(inputs, 1), Tensor) or isinstance(optional(inputs, 2), Tensor)
    if dynamic or absent:
        return _by_inputs(ctx, node, inputs, kernel_from_shape=kernel_from_shape)
    return _by_weights(ctx, node, inputs)


for _since, _from_shape in {"8.5": False, "10.4": True}.items():
    importer("Conv", "TRT_Conv", since=_since, source=f"{_since}:importConv")(
        partial(_conv, kernel_from_shape=_from_shape)
    )
