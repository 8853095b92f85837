# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Conv, ConvTranspose and DeformConv.

Source: onnx/onnx-tensorrt: importConv, importConvTranspose; 8.0-GA: convDeconvMultiInput.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from setrange.importer import shape_tensor as st
from setrange.importer.helpers.kernel_params import KernelParams, kernel_params
from setrange.importer.layers.computing import window_extent
from setrange.importer.registry import history, since
from setrange.importer.rejections import require
from setrange.model.weights import Weights
from setrange.network import LayerKind, Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.op_types import Given, Layer, Node, OpContext, Outputs, Shape, Value

_MISMATCH = "kernel_shape, the kernel's shape and the input's shape do not agree"


def _spatial_rank(tensor: Tensor) -> int:
    """Number of spatial dimensions; refuses those TensorRT does not convolve."""
    require(
        tensor.rank in (4, 5),
        f"TensorRT convolves 1, 2 or 3 spatial dimensions, the input has rank {tensor.rank}",
    )
    return tensor.rank - 2


def _check_channels(tensor: Tensor, channels: int, group: int) -> None:
    """Refuse an input whose channels a kernel of ``channels`` per group does not fit."""
    have = tensor.shape[1]
    require(
        have in (-1, channels * group),
        f"the input has {have} channels, the kernel takes {channels} in {group} groups",
    )


def _constant_bias(ctx: OpContext) -> Weights | None:
    return ctx.required_weights(2) if len(ctx.inputs) == 3 else None


def _add(
    ctx: OpContext,
    tensor: Tensor,
    maps: int,
    kernel: Given,
    bias: Value,
    window: KernelParams,
    group: int,
    *,
    deconvolve: bool = False,
) -> Layer:
    """A (de)convolution; a kernel or bias that layers compute is input 1 or 2."""
    layer = ctx.net.add_convolution(
        tensor,
        maps,
        window.kernel or (),
        LayerKind.DECONVOLUTION if deconvolve else LayerKind.CONVOLUTION,
        kernel=kernel if isinstance(kernel, Weights) else None,
        bias=bias if isinstance(bias, Weights) else None,
        groups=group,
        dilation=window.dilation,
        **window.layer_params(),
    )
    for i, value in enumerate((kernel, bias), start=1):
        if isinstance(value, Tensor):
            layer.set_input(i, value)
    return ctx.register_layer(layer)


# -- Conv -------------------------------------------------------------------------------


def _by_weights(ctx: OpContext, *, scalar_bias: bool = True) -> Tensor:
    """Kernel and bias are initializers (``importConv``)."""
    tensor, back = ctx.as_4d(ctx.input_tensor(0))
    kernel = ctx.required_weights(1)
    shape = (*kernel.shape, 1) if kernel.rank == 3 else kernel.shape
    rank = _spatial_rank(tensor)
    require(rank == len(shape) - 2, _MISMATCH)
    bias = _constant_bias(ctx)
    if bias is not None:
        one_dimensional = bias.rank == 1 or (scalar_bias and not bias.rank)
        require(one_dimensional, "the bias of Conv must be one-dimensional")
        require(bias.count == shape[0], "Conv needs one bias per output channel")
    window = kernel_params(ctx, rank, kernel=shape[-rank:])
    require(window.kernel == shape[-rank:], _MISMATCH)
    group = ctx.node.attr_int("group", 1)
    _check_channels(tensor, shape[1], group)
    return back(_add(ctx, tensor, shape[0], kernel, bias, window, group).output)


def _by_tensor(ctx: OpContext, *, deconvolve: bool, one_dimensional: bool) -> Tensor:
    """Kernel from a layer, bias from an initializer (7.0 to 8.4).

    ``kernel_shape`` must be given: those parsers do not read it off the kernel.
    """
    tensor = ctx.input_tensor(0)
    kernel = ctx.input_tensor(1)
    given = kernel.shape
    tensor, back = ctx.as_4d(tensor, wanted=one_dimensional)
    kernel, _ = ctx.as_4d(kernel, wanted=one_dimensional)
    rank = _spatial_rank(tensor)
    require(rank == kernel.rank - 2, _MISMATCH)
    window = kernel_params(ctx, rank)
    require(window.kernel == kernel.shape[-rank:], _MISMATCH)
    group = ctx.node.attr_int("group", 1)
    channels, maps = given[1] * group, given[0]
    if deconvolve:
        channels, maps = maps, channels
    _check_channels(tensor, channels, 1)
    bias = _constant_bias(ctx)
    layer = _add(ctx, tensor, maps, kernel, bias, window, group, deconvolve=deconvolve)
    return back(layer.output)


def _by_inputs(ctx: OpContext, *, kernel_from_shape: bool) -> Tensor:
    """Kernel or bias from a layer (8.5 on: ``convMultiInput``)."""
    tensor, kernel = ctx.input_tensor(0), ctx.required(1)
    expand = tensor.rank == 3
    tensor, back = ctx.as_4d(tensor)
    rank = _spatial_rank(tensor)
    given = kernel.shape
    require(len(given) >= 3, _MISMATCH)
    window = kernel_params(ctx, rank, kernel=given[-rank:] if kernel_from_shape else None)
    shape = (*given[:3], 1) if expand else given
    if expand and isinstance(kernel, Tensor):
        kernel = ctx.unsqueeze(kernel, (3,))
        shape = kernel.shape
    require(rank == len(shape) - 2 and window.kernel == shape[-rank:], _MISMATCH)
    bias = ctx.required(2) if len(ctx.inputs) == 3 else None
    group = ctx.node.attr_int("group", 1)
    _check_channels(tensor, given[1], group)
    return back(_add(ctx, tensor, given[0], kernel, bias, window, group).output)


def _conv_70(
    ctx: OpContext,
    *,
    tensor_input: bool = True,  # the input must not be an initializer
    tensor_kernel: bool = True,  # the kernel need not be an initializer
    one_dimensional: bool = False,  # it may be one for 1-D then, too
    scalar_bias: bool = False,  # a bias may be 0-D
) -> Outputs:
    if isinstance(ctx.required(1), Tensor):
        rule = "a kernel that is no initializer needs an explicit-precision network"
        require(tensor_kernel, rule)
        return _by_tensor(ctx, deconvolve=False, one_dimensional=one_dimensional)
    if tensor_input:
        ctx.required_tensor(0)
    return _by_weights(ctx, scalar_bias=scalar_bias)


def _conv(ctx: OpContext, *, kernel_from_shape: bool) -> Outputs:
    """``kernel_from_shape``: a node without ``kernel_shape`` takes it from the kernel."""
    kernel, bias = ctx.required(1), ctx.optional(2)
    absent = len(ctx.inputs) > 2 and bias is None
    if absent or isinstance(kernel, Tensor) or isinstance(bias, Tensor):
        return _by_inputs(ctx, kernel_from_shape=kernel_from_shape)
    return _by_weights(ctx)


# -- ConvTranspose ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _DeconvolutionRules:
    """What ConvTranspose does in one release."""

    constant_kernel: bool = True  #: The kernel must be an initializer.
    simple_tensors: bool = False  #: A kernel from a layer is convolved without what follows.
    constant_bias: bool = True  #: The bias must be an initializer.
    optional_bias: bool = False  #: An absent third input is no bias.
    dilates: bool = False  #: Dilations are supported.
    slices: bool = False  #: Output padding is a Slice that fills (else a Padding layer).
    asymmetric_3d: bool = False  #: 3-D deconvolutions can be padded asymmetrically.
    pads_1d: bool = False  #: ``output_padding`` works for 1-D; else it is refused.


def _deconvolve(
    ctx: OpContext, x: Given, kernel: Given, *, rules: _DeconvolutionRules
) -> Outputs:
    """Deconvolution and what TensorRT's layer cannot do itself (``importConvTranspose``)."""
    if rules.constant_kernel:
        ctx.required_weights(1)
    if rules.constant_bias and len(ctx.inputs) > 2:
        ctx.required_weights(2)
    if rules.simple_tensors and isinstance(kernel, Tensor):
        return _by_tensor(ctx, deconvolve=True, one_dimensional=True)
    tensor = ctx.to_tensor(x)
    absent = len(ctx.inputs) < 3 or (rules.optional_bias and ctx.optional(2) is None)
    bias = None if absent else ctx.required(2)
    require(3 <= tensor.rank <= 5, "TensorRT deconvolves 1, 2 or 3 spatial dimensions")
    shape, expand = kernel.shape, tensor.rank == 3
    tensor, back = ctx.as_4d(tensor)
    if len(shape) == 3:
        if isinstance(kernel, Tensor):
            kernel = ctx.unsqueeze(kernel, (3,))
        shape = (*shape, 1)
    spatial = tensor.rank - 2
    require(spatial == len(shape) - 2, "input and kernel differ in their spatial dimensions")
    group = ctx.node.attr_int("group", 1)
    maps = shape[1] * group
    if isinstance(bias, Weights):
        require(bias.shape == (maps,), "ConvTranspose needs one bias per output channel")
    window = kernel_params(ctx, spatial, kernel=shape[-spatial:])
    fits = window.kernel == shape[-spatial:]
    require(fits, "kernel_shape does not agree with the kernel's shape")
    undilated = rules.dilates or set(window.dilation) == {1}
    require(undilated, "TensorRT does not dilate deconvolutions here")
    pads_output = False
    if ctx.node.attr_str("auto_pad", "NOTSET") == "NOTSET":
        if ctx.node.has("output_shape"):
            window = _fit_output_shape(ctx.node, tensor.shape, window)
        window, pads_output = _settle_output_padding(window)
    pads_1d = rules.pads_1d or not (pads_output and expand and ctx.node.has("output_padding"))
    require(pads_1d, "this parser does not pad the output of a 1-D deconvolution")
    symmetric = rules.asymmetric_3d or spatial != 3 or window.pre == window.post
    require(symmetric, "TensorRT pads 3-D deconvolutions symmetrically only")
    late_bias = bias if pads_output and isinstance(bias, Weights) else None
    early_bias = None if late_bias is not None else bias
    layer = _add(ctx, tensor, maps, kernel, early_bias, window, group, deconvolve=True)
    output = layer.output
    if pads_output:
        pad = _pad_by_slice if rules.slices else _pad_by_layer
        output = pad(ctx, output, window.output_padding)
    if late_bias is not None:
        dims = (1, late_bias.count, *[1] * spatial)
        constant = ctx.inner(ctx.net.add_constant(late_bias, dims))
        output = ctx.combine(output, constant, "sum")
    return back(output)


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
        pre.append(int(total / 2))  # as C++: towards zero
        post.append(total - pre[i])
        require(pre[i] >= 0, "output_shape asks for negative padding before the first element")
        if post[i] < 0:
            extra[i], post[i] = -post[i], 0
    return window._replace(pre=tuple(pre), post=tuple(post), output_padding=tuple(extra))


def _settle_output_padding(window: KernelParams) -> tuple[KernelParams, bool]:
    """Take output padding off the end padding; True if some is left."""
    taken = [min(pair) for pair in zip(window.post, window.output_padding, strict=True)]
    post = tuple(a - b for a, b in zip(window.post, taken, strict=True))
    extra = tuple(a - b for a, b in zip(window.output_padding, taken, strict=True))
    return window._replace(post=post, output_padding=extra), any(d > 0 for d in extra)


def _pad_by_slice(ctx: OpContext, tensor: Tensor, padding: Sequence[int]) -> Tensor:
    """Output padding as a Slice that fills (8.2 on)."""
    rank, dtype = tensor.rank, "int64" if ctx.profile.native_int64 else "int32"
    total = [0] * (rank - len(padding)) + list(padding)
    require(min(total) >= 0, "output_padding must not be negative")
    start = ctx.add_constant([0] * rank, dtype, (rank,))
    amount = ctx.add_constant(total, dtype, (rank,))
    size = ctx.combine(st.shape_of(ctx, tensor).tensor(ctx), amount, "sum")
    layer = ctx.slice_by_tensors(tensor, start, size)
    layer.set_params(mode="fill")
    return ctx.inner(layer)


def _pad_by_layer(ctx: OpContext, tensor: Tensor, padding: Sequence[int]) -> Tensor:
    """Output padding as a Padding layer, of the last two dimensions (to 8.0)."""
    require(
        len(padding) == 2 or padding[0] == 0,
        "TensorRT pads the output of a deconvolution in its last two dimensions only",
    )
    return ctx.net.add_padding(tensor, (0, 0), padding[-2:]).output


# -- DeformConv -------------------------------------------------------------------------


def _deform_conv(ctx: OpContext, x: Given, w: Given, offset: Given) -> Outputs:
    """The ModulatedDeformConv2d plugin on data, offset, mask, kernel and bias."""
    types = {ctx.type_name(ctx.required(i)) for i in range(max(3, min(len(ctx.inputs), 5)))}
    uniform = types in ({"FLOAT"}, {"HALF"})
    require(uniform, "DeformConv takes inputs of one type, FLOAT or HALF")
    tensors = [ctx.to_tensor(value) for value in (x, w, offset)]
    rank = tensors[0].rank
    require(rank in (3, 4), f"TensorRT's DeformConv does not take {rank} dimensions")
    require(all(t.rank == rank for t in tensors), "DeformConv's inputs must have equal ranks")
    (data, back), (kernel, _), (offsets, _) = (ctx.as_4d(tensor) for tensor in tensors)
    window = _deform_window(ctx, w.shape, rank - 2)
    if len(ctx.inputs) > 4:
        mask, _ = ctx.as_4d(ctx.input_tensor(4))
    else:  # ones of the offset's shape
        shape = st.shape_of(ctx, offsets).tensor(ctx)
        mask = ctx.repeat(ctx.to_tensor(ctx.temporary([1.0], data.dtype)), shape)
    operands = [data, offsets, mask, kernel]
    if len(ctx.inputs) > 3:
        operands.append(ctx.input_tensor(3))
    layer = ctx.net.add(
        LayerKind.PLUGIN_V2_DYNAMIC,
        operands,
        infer_shapes=_infer_deform_conv,
        plugin="ModulatedDeformConv2d",
        window=window.with_unit_axis() if rank == 3 else window,
    )
    return back(ctx.main(layer))


def _deform_window(ctx: OpContext, kernel: Shape, rank: int) -> KernelParams:
    for name, sides in (("kernel_shape", 1), ("pads", 2)):
        agrees = not ctx.node.has(name) or len(ctx.node.attr_ints(name)) // sides == rank
        require(agrees, f"{name} does not agree with the input's rank")
    window = kernel_params(ctx, rank, kernel=kernel[2 : 2 + rank])
    require(window.pre == window.post, "TensorRT pads DeformConv symmetrically only")
    return window


def _infer_deform_conv(layer: Layer) -> list[Shape]:
    data, weight = layer.inputs[0], layer.inputs[3]
    if data is None or weight is None:
        return [()]
    window: KernelParams = layer.params["window"]
    extents = [
        window_extent(
            data.shape[2 + i],
            size,
            window.stride[i],
            window.dilation[i],
            2 * window.pre[i],
            "explicit_round_down",
        )
        for i, size in enumerate(window.kernel or ())
    ]
    return [(data.shape[0], weight.shape[0], *extents)]


# -- change log -------------------------------------------------------------------------

history(
    ("Conv", "TRT_Conv"),
    since("7.0", _conv_70),
    since("7.1", tensor_input=False, tensor_kernel=False),
    since("8.0", tensor_kernel=True, one_dimensional=True, scalar_bias=True),
    since("8.5", _conv, kernel_from_shape=False),
    since("10.4", kernel_from_shape=True),
)
history(
    ("ConvTranspose", "TRT_Deconv"),
    since("7.0", _deconvolve, _DeconvolutionRules()),
    since("7.1", dilates=True),
    since("8.0", constant_kernel=False, simple_tensors=True),
    since("8.2", simple_tensors=False, slices=True),
    since("8.4", asymmetric_3d=True),
    since("8.5", constant_bias=False, pads_1d=True),
    since("10.10", optional_bias=True),
)
history("DeformConv", since("10.1", _deform_conv, symbol="modulatedDeformableConvPluginHelper"))
