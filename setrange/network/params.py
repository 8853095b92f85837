# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The parameters of layers by name, each with the kinds that have it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypedDict

if TYPE_CHECKING:
    from setrange.model.weights import Weights
    from setrange.network.modes import MatrixOp as Matrix
    from setrange.network.modes import Mode, Op, PaddingMode, SampleMode

    Ints = tuple[int, ...]

__all__ = ["LayerParams", "NumberName", "WeightsName"]

#: Names of parameters that are numbers, and of those that are weights.
NumberName = Literal["alpha", "beta"]
WeightsName = Literal["kernel", "bias", "scale", "shift", "power"]


class LayerParams(TypedDict, total=False):
    """What kind-specific code needs of a layer; a kind has some of these.

    ``None`` as a value means that TensorRT gets it as an input of the layer, or not at all.
    """

    op: Op  # what an Activation, ElementWise, Fill, Pooling, Reduce, TopK or Unary layer does
    mode: Mode  # how a Gather, LoopOutput, Resize, Scale, Scatter, Slice, TripLimit layer does
    alpha: Any  # number: of an Activation or LRN; start, low or mean of a Fill
    beta: Any  # number: of an Activation or LRN; step, high or scale of a Fill
    axis: int  # the dimension that something is done along
    axes: Ints  # the dimensions of Reduce, Normalization or Slice
    weights: Weights  # the values of a Constant

    # Convolution, Deconvolution, Pooling, Padding, Fully Connected
    kernel: Weights | None
    bias: Any  # weights; a number of an LRN
    maps: int  # output channels
    groups: int  # of channels; of a Normalization, too
    kernel_size: Ints  # one number per spatial dimension, as in all of these
    stride: Any  # integers; of a Slice, too
    dilation: Ints
    pre_padding: Ints
    post_padding: Ints
    padding_mode: PaddingMode
    exclude_padding: bool  # an average does not count the padding
    blend: float  # how much of the average Pooling's max_average_blend takes

    # Scale: (x * scale + shift) ^ power
    shift: Weights | None
    scale: Weights | None
    power: Weights | None

    # Shuffle
    first_transpose: Ints
    second_transpose: Ints
    reshape: Ints
    zero_is_placeholder: bool  # a dimension of 0 copies the input's

    # Slice, Fill, Gather, Resize, GridSample
    start: Ints | None
    size: Any  # integers; the number of channels of an LRN
    dims: Ints | None  # of a Fill
    batch_dims: int  # leading dimensions that data and indices of a Gather share
    scales: tuple[float, ...]
    output_dims: Ints
    sample_mode: SampleMode
    align_corners: bool

    # Matrix Multiply, Einsum, Attention, Normalization, DynamicQuantize
    op0: Matrix
    op1: Matrix
    equation: str
    causal: bool  # a query looks at no key behind it
    epsilon: float
    block_size: int  # elements that share a scale

    # Reduce, TopK, Cumulative, ReverseSequence, Iterator, Conditional Output
    keepdims: bool
    k: int
    exclusive: bool  # an element is not part of its own sum
    reverse: bool
    batch_axis: int
    sequence_axis: int
    condition: Any  # the tensor that chooses between two branches

    # RNN and plugins
    hidden: int
    layers: int
    directions: int
    plugin: str
    version: str
    window: Any  # the window of a ModulatedDeformConv2d
    box_coding: int  # of the plugins for non-maximum suppression, as the next two
    score_activation: int
    clip_boxes: int
