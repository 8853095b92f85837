# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Adding layers to the predicted network, with TensorRT's shape and type rules.

The methods mirror ``INetworkDefinition::add*``: each appends one layer and counts its
number; names are the context's business. Parameters use TensorRT's own words in lower case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from setrange.importer import inference as infer
from setrange.importer import inference_data as infer_data
from setrange.importer.builder_compute import ComputeBuilder
from setrange.importer.builder_control import ControlBuilder
from setrange.network import Layer, LayerKind, Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.model.weights import Weights
    from setrange.network import Shape

__all__ = ["NetworkBuilder"]

_COMPARISONS = frozenset({"equal", "greater", "less"})


class NetworkBuilder(ComputeBuilder, ControlBuilder):
    """Appends layers to a network."""

    def add_input(self, name: str, dtype: str, shape: Shape) -> Tensor:
        """Add a network input."""
        tensor = Tensor(name=name, dtype=dtype, shape=shape)
        tensor.shape = self.network.with_free_dims(tensor, shape)
        tensor.onnx_value = name
        self.network.inputs.append(tensor)
        return tensor

    def add_constant(self, weights: Weights, shape: Shape | None = None) -> Layer:
        """Constant with the weights' shape (or another of the same volume)."""
        dims = weights.shape if shape is None else shape
        return self.add(
            LayerKind.CONSTANT,
            [],
            dtypes=(self.trt_dtype(weights.dtype),),
            infer_shapes=lambda _: [dims],
            weights=weights,
        )

    def add_activation(
        self, tensor: Tensor, op: str, alpha: float | None = None, beta: float | None = None
    ) -> Layer:
        """Activation ``op``: relu, sigmoid, tanh, leaky_relu, clip, ..."""
        return self.add(LayerKind.ACTIVATION, [tensor], op=op, alpha=alpha, beta=beta)

    def add_cast(self, tensor: Tensor, dtype: str) -> Layer:
        """Cast layer (10.x)."""
        return self.add(LayerKind.CAST, [tensor], dtypes=(dtype,))

    def add_concatenation(self, tensors: Sequence[Tensor], axis: int = 0) -> Layer:
        """Concatenation along ``axis``."""
        return self.add(
            LayerKind.CONCATENATION,
            tensors,
            infer_shapes=infer.infer_concatenation,
            axis=axis,
        )

    def add_cumulative(
        self, tensor: Tensor, axis: Tensor, op: str, *, exclusive: bool, reverse: bool
    ) -> Layer:
        """Cumulative ``op``: sum (10.10 on)."""
        return self.add(
            LayerKind.CUMULATIVE, [tensor, axis], op=op, exclusive=exclusive, reverse=reverse
        )

    def add_elementwise(self, a: Tensor, b: Tensor, op: str) -> Layer:
        """ElementWise ``op``: sum, prod, max, min, sub, div, pow, floor_div, and, equal, ..."""
        return self.add(
            LayerKind.ELEMENTWISE,
            [a, b],
            dtypes=("bool" if op in _COMPARISONS else a.dtype,),
            infer_shapes=infer.infer_elementwise,
            op=op,
        )

    def add_fill(self, dims: Sequence[int] | None, op: str, **params: Any) -> Layer:
        """Fill ``op``: linspace, random_uniform, random_normal; ``dims`` = ``None``: input 0.

        Params: ``alpha`` and ``beta`` (start and step, low and high, mean and scale), which
        may be inputs 1 and 2.
        """
        return self.add(
            LayerKind.FILL,
            [],
            dtypes=("float32",),
            infer_shapes=infer_data.infer_fill,
            dims=None if dims is None else tuple(dims),
            op=op,
            **params,
        )

    def add_gather(
        self,
        data: Tensor,
        indices: Tensor,
        axis: int = 0,
        *,
        mode: str = "default",
        batch_dims: int = 0,
    ) -> Layer:
        """Gather; ``mode``: default, element, nd."""
        return self.add(
            LayerKind.GATHER,
            [data, indices],
            infer_shapes=infer.infer_gather,
            axis=axis,
            mode=mode,
            batch_dims=batch_dims,
        )

    def add_grid_sample(self, tensor: Tensor, grid: Tensor, **params: Any) -> Layer:
        """GridSample; params: ``mode``, ``sample_mode``, ``align_corners``."""
        return self.add(
            LayerKind.GRID_SAMPLE,
            [tensor, grid],
            infer_shapes=infer_data.infer_grid_sample,
            **params,
        )

    def add_identity(self, tensor: Tensor, dtype: str | None = None) -> Layer:
        """Identity; with ``dtype`` it casts (``setOutputType``)."""
        return self.add(LayerKind.IDENTITY, [tensor], dtypes=(dtype or tensor.dtype,))

    def add_nms(self, boxes: Tensor, scores: Tensor, max_boxes: Tensor) -> Layer:
        """NMS; outputs are int32 (batch, class, box) rows and their number.

        Inputs 3 and 4 are the optional thresholds.
        """
        return self.add(
            LayerKind.NMS,
            [boxes, scores, max_boxes],
            dtypes=("int32", "int32"),
            infer_shapes=infer_data.infer_nms,
        )

    def add_non_zero(self, tensor: Tensor) -> Layer:
        """NonZero: int32 indices, one row per dimension."""
        return self.add(
            LayerKind.NON_ZERO,
            [tensor],
            dtypes=("int32",),
            infer_shapes=infer_data.infer_non_zero,
        )

    def add_one_hot(self, indices: Tensor, values: Tensor, depth: Tensor, axis: int) -> Layer:
        """OneHot along a new dimension ``axis``; ``values`` are (off, on)."""
        return self.add(
            LayerKind.ONE_HOT,
            [indices, values, depth],
            dtypes=(values.dtype,),
            infer_shapes=infer_data.infer_one_hot,
            axis=axis,
        )

    def add_parametric_relu(self, tensor: Tensor, slope: Tensor) -> Layer:
        """Parametric ReLU; the slope broadcasts to the input's shape."""
        return self.add(LayerKind.PARAMETRIC_RELU, [tensor, slope])

    def add_ragged_softmax(self, tensor: Tensor, bounds: Tensor) -> Layer:
        """Ragged Softmax: each row up to its bound."""
        return self.add(LayerKind.RAGGED_SOFTMAX, [tensor, bounds])

    def add_reduce(
        self, tensor: Tensor, op: str, axes: Sequence[int], *, keepdims: bool
    ) -> Layer:
        """Reduce ``op``: sum, prod, max, min, avg; ``axes`` are non-negative."""
        return self.add(
            LayerKind.REDUCE,
            [tensor],
            infer_shapes=infer.infer_reduce,
            op=op,
            axes=tuple(sorted(set(axes))),
            keepdims=keepdims,
        )

    def add_resize(self, tensor: Tensor, **params: Any) -> Layer:
        """Resize; params: ``mode`` (nearest, linear, cubic), ``scales`` or ``output_dims``;
        dynamic dimensions are input 1.
        """  # noqa: D205
        return self.add(
            LayerKind.RESIZE, [tensor], infer_shapes=infer_data.infer_resize, **params
        )

    def add_reverse_sequence(
        self, tensor: Tensor, lengths: Tensor, *, batch_axis: int, sequence_axis: int
    ) -> Layer:
        """ReverseSequence."""
        return self.add(
            LayerKind.REVERSE_SEQUENCE,
            [tensor, lengths],
            batch_axis=batch_axis,
            sequence_axis=sequence_axis,
        )

    def add_scatter(
        self, data: Tensor, indices: Tensor, updates: Tensor, mode: str, axis: int = 0
    ) -> Layer:
        """Scatter ``mode``: element, nd."""
        return self.add(LayerKind.SCATTER, [data, indices, updates], mode=mode, axis=axis)

    def add_select(self, condition: Tensor, then: Tensor, other: Tensor) -> Layer:
        """Select."""
        return self.add(
            LayerKind.SELECT,
            [condition, then, other],
            dtypes=(then.dtype,),
            infer_shapes=infer.infer_elementwise,
        )

    def add_shape(self, tensor: Tensor) -> Layer:
        """Shape of a tensor."""
        return self.add(
            LayerKind.SHAPE,
            [tensor],
            dtypes=(self.index_dtype,),
            infer_shapes=infer.infer_shape,
        )

    def add_shuffle(self, tensor: Tensor, **params: Any) -> Layer:
        """Shuffle; params: ``first_transpose``, ``reshape``, ``second_transpose``,
        ``zero_is_placeholder``; dynamic dimensions are input 1.
        """  # noqa: D205
        return self.add(LayerKind.SHUFFLE, [tensor], infer_shapes=infer.infer_shuffle, **params)

    def add_slice(
        self,
        tensor: Tensor,
        start: Sequence[int] | None,
        size: Sequence[int] | None,
        stride: Sequence[int] | None,
    ) -> Layer:
        """Slice; ``None`` = set as input 1, 2 or 3 later.

        Further params: ``mode`` (default, wrap, clamp, fill, reflect), ``axes`` (10.3 on; or
        input 5); input 4 is the value to fill with.
        """
        return self.add(
            LayerKind.SLICE,
            [tensor],
            infer_shapes=infer.infer_slice,
            start=None if start is None else tuple(start),
            size=None if size is None else tuple(size),
            stride=None if stride is None else tuple(stride),
        )

    def add_softmax(self, tensor: Tensor, axis: int) -> Layer:
        """Softmax over ``axis``."""
        return self.add(LayerKind.SOFTMAX, [tensor], axis=axis)

    def add_squeeze(self, tensor: Tensor, axes: Tensor | None) -> Layer:
        """Squeeze (10.7 on); without ``axes`` all dimensions of 1 (11.4 on)."""
        inputs = [tensor] if axes is None else [tensor, axes]
        return self.add(LayerKind.SQUEEZE, inputs, infer_shapes=infer.infer_squeeze)

    def add_topk(self, tensor: Tensor, op: str, k: int, axis: int) -> Layer:
        """TopK ``op``: max, min; outputs are values and int32 indices."""
        return self.add(
            LayerKind.TOPK,
            [tensor],
            dtypes=(tensor.dtype, "int32"),
            infer_shapes=infer.infer_topk,
            op=op,
            k=k,
            axis=axis,
        )

    def add_unary(self, tensor: Tensor, op: str) -> Layer:
        """Unary ``op``: exp, log, sqrt, recip, abs, neg, sin, ..., not, erf, floor, ceil."""
        # The parser never asks for the type of this one; TensorRT's own is BOOL.
        dtypes = ("bool",) if op in ("isinf", "isnan") else (tensor.dtype,)
        return self.add(LayerKind.UNARY, [tensor], dtypes=dtypes, op=op)

    def add_unsqueeze(self, tensor: Tensor, axes: Tensor) -> Layer:
        """Unsqueeze (10.7 on)."""
        return self.add(LayerKind.UNSQUEEZE, [tensor, axes], infer_shapes=infer.infer_unsqueeze)
