# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Steps that the importers of convolutions and deconvolutions share.

Source: onnx/onnx-tensorrt: importConv; 8.0-GA: convDeconvMultiInput.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from setrange.importer.helpers.inputs import required, required_weights
from setrange.importer.helpers.kernel_params import kernel_params
from setrange.importer.helpers.tensors import squeeze_tensor, unsqueeze_tensor
from setrange.importer.rejections import require
from setrange.network import Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Layer

__all__ = ["MISMATCH", "check_channels", "convolve_by_tensor", "set_dynamic", "spatial_rank"]

#: Why kernel_shape, the kernel and the input do not fit.
MISMATCH: Final = "kernel_shape, the kernel's shape and the input's shape do not agree"


def spatial_rank(tensor: Tensor) -> int:
    """Number of spatial dimensions; refuses those TensorRT does not convolve."""
    require(
        tensor.rank in (4, 5),
        f"TensorRT convolves 1, 2 or 3 spatial dimensions, the input has rank {tensor.rank}",
    )
    return tensor.rank - 2


def check_channels(tensor: Tensor, channels: int, group: int) -> None:
    """Refuse an input whose channels a kernel of ``channels`` per group does not fit."""
    have = tensor.shape[1]
    require(
        have in (-1, channels * group),
        f"the input has {have} channels, the kernel takes {channels} in {group} groups",
    )


def set_dynamic(layer: Layer, kernel: Value, bias: Value) -> None:
    """Pass a kernel and a bias that layers compute as inputs 1 and 2."""
    if isinstance(kernel, Tensor):
        layer.set_input(1, kernel)
    if isinstance(bias, Tensor):
        layer.set_input(2, bias)


def convolve_by_tensor(
    ctx: ImporterContext,
    node: Node,
    inputs: Sequence[Value],
    *,
    deconvolve: bool = False,
    one_dimensional: bool = True,
) -> Sequence[Value]:
    """Kernel from a layer, bias from an initializer (7.0 to 8.4).

    ``kernel_shape`` must be given: those parsers do not read it off the kernel.

    Source: 8.0-GA:convDeconvMultiInput, 8.2-GA:convMultiInput.
    """
    tensor = ctx.to_tensor(required(inputs, 0))
    kernel = ctx.to_tensor(required(inputs, 1))
    given = kernel.shape
    expand = one_dimensional and tensor.rank == 3
    if expand:
        tensor = unsqueeze_tensor(ctx, tensor, (3,))
    if one_dimensional and kernel.rank == 3:
        kernel = unsqueeze_tensor(ctx, kernel, (3,))
    rank = spatial_rank(tensor)
    require(rank == kernel.rank - 2, MISMATCH)
    window = kernel_params(ctx, node, rank)
    require(window.kernel == kernel.shape[-rank:], MISMATCH)
    group = node.attr_int("group", 1)
    check_channels(tensor, given[0] if deconvolve else given[1] * group, 1)
    bias = required_weights(inputs, 2) if len(inputs) == 3 else None
    add = ctx.net.add_deconvolution if deconvolve else ctx.net.add_convolution
    layer = add(
        tensor,
        given[1] * group if deconvolve else given[0],
        kernel.shape[-rank:],
        kernel=None,
        bias=bias,
        groups=group,
        dilation=window.dilation,
        **window.layer_params(),
    )
    layer.set_input(1, kernel)
    output = ctx.register_layer(layer).output
    return [squeeze_tensor(ctx, output, (3,)) if expand else output]
