# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Attributes of sliding windows: kernel, stride, dilation, padding.

Source: onnx/onnx-tensorrt: onnx2trt_utils.cpp (to 8.6), importerUtils.cpp (10.x):
getKernelParams.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from setrange.importer.rejections import require

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.network.modes import PaddingMode

_CAFFE_MODES: dict[str, PaddingMode] = {
    "CAFFE_ROUND_DOWN": "caffe_round_down",
    "CAFFE_ROUND_UP": "caffe_round_up",
}


class KernelParams(NamedTuple):
    """A sliding window over the last ``len(kernel)`` dimensions."""

    kernel: tuple[int, ...] | None  #: Window size, if the node or the caller gave one.
    stride: tuple[int, ...]  #: Step.
    dilation: tuple[int, ...]  #: Distance of the window's elements.
    pre: tuple[int, ...]  #: Padding before the first element.
    post: tuple[int, ...]  #: Padding after the last one.
    output_padding: tuple[int, ...]  #: What ConvTranspose adds to its output.
    padding_mode: PaddingMode  #: TensorRT's ``PaddingMode`` in lower case.
    exclude_padding: bool  #: Averages do not count the padding.

    def with_unit_axis(self) -> KernelParams:
        """Append an axis the window does not move along (1-D imported as 2-D)."""
        return self._replace(
            kernel=None if self.kernel is None else (*self.kernel, 1),
            stride=(*self.stride, 1),
            dilation=(*self.dilation, 1),
            pre=(*self.pre, 0),
            post=(*self.post, 0),
            output_padding=(*self.output_padding, 0),
        )

    def layer_params(self) -> dict[str, Any]:
        """Stride and padding as layer parameters."""
        return {
            "stride": self.stride,
            "pre_padding": self.pre,
            "post_padding": self.post,
            "padding_mode": self.padding_mode,
        }


def _sized(values: Sequence[int], rank: int, default: int) -> tuple[int, ...]:
    return tuple(values[i] if i < len(values) else default for i in range(rank))


def kernel_params(
    ctx: ImporterContext,
    rank: int,
    *,
    kernel: Sequence[int] | None = None,
    exclude_padding: bool = False,
    ceil_mode: bool = False,
) -> KernelParams:
    """Read the node's attributes of a window over ``rank`` spatial dimensions.

    ``kernel`` is the size where the node has no ``kernel_shape``, ``exclude_padding`` counts
    where it has no ``count_include_pad``; ``ceil_mode`` rounds the output size up.
    """
    if ctx.node.has("kernel_shape"):
        kernel = _sized(ctx.node.attr_ints("kernel_shape"), rank, 1)
    if ctx.node.has("count_include_pad"):
        exclude_padding = ctx.node.attr_int("count_include_pad") != 1
    pre, post = (0,) * rank, (0,) * rank
    mode: PaddingMode = "explicit_round_up" if ceil_mode else "explicit_round_down"
    auto_pad = ctx.node.attr_str("auto_pad", "NOTSET")
    if auto_pad in ("SAME_LOWER", "SAME_UPPER"):
        allowed = ctx.profile.caffe_padding or not ctx.node.has("pads")
        require(allowed, f"attribute pads must be absent where auto_pad is {auto_pad}")
        mode = "same_lower" if auto_pad == "SAME_LOWER" else "same_upper"
    else:
        pads = ctx.node.attr_ints("pads")
        half = len(pads) // 2
        pre, post = _sized(pads[:half], rank, 0), _sized(pads[half : 2 * half], rank, 0)
        if auto_pad == "EXPLICIT_ROUND_UP":
            mode = "explicit_round_up"
        elif auto_pad in _CAFFE_MODES and ctx.profile.caffe_padding:
            mode = _CAFFE_MODES[auto_pad]
    return KernelParams(
        kernel=None if kernel is None else tuple(kernel),
        stride=_sized(ctx.node.attr_ints("strides"), rank, 1),
        dilation=_sized(ctx.node.attr_ints("dilations"), rank, 1),
        pre=pre,
        post=post,
        output_padding=_sized(ctx.node.attr_ints("output_padding"), rank, 0),
        padding_mode=mode,
        exclude_padding=exclude_padding,
    )
