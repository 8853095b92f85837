# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Adding layers to the predicted network, with TensorRT's shape and type rules.

The methods mirror ``INetworkDefinition::add*``: each appends one layer and counts its
number; names are the context's business. Kinds that a single op makes are added by their name
(``add``). Parameters use TensorRT's own words in lower case (``network.params``); how shapes
and values follow from them, ``layers.table`` says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from setrange.importer.layers.table import LAYERS
from setrange.network import Layer, LayerKind, Network, Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from typing_extensions import Unpack

    from setrange.model.origin import Origin
    from setrange.model.weights import Weights
    from setrange.network import Shape
    from setrange.network.modes import (
        ActivationOp,
        ElementwiseOp,
        FillOp,
        GatherMode,
        LoopOutputMode,
        MatrixOp,
        PoolingOp,
        ReduceOp,
        ScaleMode,
        TopKOp,
        TripLimitMode,
        UnaryOp,
    )
    from setrange.network.params import LayerParams

_COMPARISONS = frozenset({"equal", "greater", "less"})


class NetworkBuilder:
    """Appends layers to a network."""

    def __init__(
        self, network: Network, *, index_dtype: str, trt_dtype: Callable[[str], str]
    ) -> None:
        self.network = network
        self.origin: Origin | None = None  #: The node that layers are made for at the moment.
        self.index_dtype = index_dtype  #: What Shape layers give (``int32`` or ``int64``).
        self.trt_dtype = trt_dtype  #: ONNX element type -> TensorRT's.

    def add(
        self,
        kind: LayerKind,
        inputs: Sequence[Tensor | None],
        *,
        dtypes: Sequence[str] | None = None,
        infer_shapes: Callable[[Layer], Sequence[Shape]] | None = None,
        **params: Unpack[LayerParams],
    ) -> Layer:
        """Append a layer; inputs are in order, ``None`` = absent optional input.

        ``dtypes`` and ``infer_shapes``: element types and shapes of the outputs, where they are
        not as those of other layers of this kind.
        """
        spec = LAYERS[kind]
        dtypes = spec.dtypes if dtypes is None else dtypes
        if dtypes is None:
            first = inputs[0] if inputs else None
            dtypes = ("float32" if first is None else first.dtype,)
        return Layer(
            self.network,
            kind,
            inputs,
            dtypes,
            params=params,
            infer=infer_shapes or spec.infer,
            fold=spec.fold,
            origin=self.origin,
        )

    def add_input(self, name: str, dtype: str, shape: Shape) -> Tensor:
        """Add a network input."""
        tensor = Tensor(name=name, dtype=dtype, shape=shape)
        tensor.shape = self.network.with_free_dims(tensor, shape)
        tensor.onnx_value = name
        self.network.inputs.append(tensor)
        return tensor

    # -- constants, and what calculates with elements -----------------------------------

    def add_constant(self, weights: Weights, shape: Shape | None = None) -> Layer:
        """Constant with the weights' shape (or another of the same volume)."""
        dims = weights.shape if shape is None else shape
        dtype = self.trt_dtype(weights.dtype)
        return self.add(
            LayerKind.CONSTANT,
            [],
            dtypes=(dtype,),
            infer_shapes=lambda _: [dims],
            weights=weights,
        )

    def add_activation(
        self,
        tensor: Tensor,
        op: ActivationOp,
        alpha: float | None = None,
        beta: float | None = None,
    ) -> Layer:
        """Activation ``op``: relu, sigmoid, tanh, leaky_relu, clip, ..."""
        return self.add(LayerKind.ACTIVATION, [tensor], op=op, alpha=alpha, beta=beta)

    def add_cast(self, tensor: Tensor, dtype: str) -> Layer:
        """Cast layer (10.x)."""
        return self.add(LayerKind.CAST, [tensor], dtypes=(dtype,))

    def add_elementwise(self, a: Tensor, b: Tensor, op: ElementwiseOp) -> Layer:
        """ElementWise ``op``: sum, prod, max, min, sub, div, pow, floor_div, and, equal, ..."""
        dtype = "bool" if op in _COMPARISONS else a.dtype
        return self.add(LayerKind.ELEMENTWISE, [a, b], dtypes=(dtype,), op=op)

    def add_identity(self, tensor: Tensor, dtype: str | None = None) -> Layer:
        """Identity; with ``dtype`` it casts (``setOutputType``)."""
        return self.add(LayerKind.IDENTITY, [tensor], dtypes=(dtype or tensor.dtype,))

    def add_reduce(
        self, tensor: Tensor, op: ReduceOp, axes: Sequence[int], *, keepdims: bool
    ) -> Layer:
        """Reduce ``op``: sum, prod, max, min, avg; ``axes`` are non-negative."""
        dims = tuple(sorted(set(axes)))
        return self.add(LayerKind.REDUCE, [tensor], op=op, axes=dims, keepdims=keepdims)

    def add_select(self, condition: Tensor, then: Tensor, other: Tensor) -> Layer:
        """Select."""
        return self.add(LayerKind.SELECT, [condition, then, other], dtypes=(then.dtype,))

    def add_unary(self, tensor: Tensor, op: UnaryOp) -> Layer:
        """Unary ``op``: exp, log, sqrt, recip, abs, neg, sin, ..., not, erf, floor, ceil."""
        # The parser never asks for the type of this one; TensorRT's own is BOOL.
        dtypes = ("bool",) if op in ("isinf", "isnan") else (tensor.dtype,)
        return self.add(LayerKind.UNARY, [tensor], dtypes=dtypes, op=op)

    # -- layers that make, pick, place or resample elements ------------------------------

    def add_concatenation(self, tensors: Sequence[Tensor], axis: int = 0) -> Layer:
        """Concatenation along ``axis``."""
        return self.add(LayerKind.CONCATENATION, tensors, axis=axis)

    def add_fill(self, dims: Sequence[int] | None, op: FillOp, **params: Any) -> Layer:
        """Fill ``op``: linspace, random_uniform, random_normal; ``dims`` = ``None``: input 0.

        Params: ``alpha`` and ``beta`` (start and step, low and high, mean and scale), which
        may be inputs 1 and 2.
        """
        given = None if dims is None else tuple(dims)
        return self.add(LayerKind.FILL, [], dims=given, op=op, **params)

    def add_gather(
        self,
        data: Tensor,
        indices: Tensor,
        axis: int = 0,
        *,
        mode: GatherMode = "default",
        batch_dims: int = 0,
    ) -> Layer:
        """Gather; ``mode``: default, element, nd."""
        return self.add(
            LayerKind.GATHER, [data, indices], axis=axis, mode=mode, batch_dims=batch_dims
        )

    def add_resize(self, tensor: Tensor, **params: Unpack[LayerParams]) -> Layer:
        """Resize to ``output_dims``, by ``scales``, or to dimensions that are input 1.

        Params: those two, and ``mode`` (nearest, linear, cubic).
        """
        return self.add(LayerKind.RESIZE, [tensor], **params)

    def add_shape(self, tensor: Tensor) -> Layer:
        """Shape of a tensor."""
        return self.add(LayerKind.SHAPE, [tensor], dtypes=(self.index_dtype,))

    def add_shuffle(self, tensor: Tensor, **params: Unpack[LayerParams]) -> Layer:
        """Shuffle: transpose, reshape, transpose; dynamic dimensions are input 1.

        Params: ``first_transpose``, ``reshape``, ``second_transpose``,
        ``zero_is_placeholder``.
        """
        return self.add(LayerKind.SHUFFLE, [tensor], **params)

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
        parts = [None if dims is None else tuple(dims) for dims in (start, size, stride)]
        return self.add(
            LayerKind.SLICE, [tensor], start=parts[0], size=parts[1], stride=parts[2]
        )

    def add_topk(self, tensor: Tensor, op: TopKOp, k: int, axis: int) -> Layer:
        """TopK ``op``: max, min; outputs are values and int32 indices."""
        dtypes = (tensor.dtype, "int32")
        return self.add(LayerKind.TOPK, [tensor], dtypes=dtypes, op=op, k=k, axis=axis)

    # -- windows, matrix products, normalization, quantization ---------------------------

    def add_convolution(
        self,
        tensor: Tensor,
        maps: int,
        kernel_size: Sequence[int],
        kind: LayerKind = LayerKind.CONVOLUTION,
        **params: Any,
    ) -> Layer:
        """A (de)convolution with ``maps`` output channels; ``kernel``, ``bias`` are weights.

        Further params: ``stride``, ``dilation``, ``pre_padding``, ``post_padding``,
        ``padding_mode``, ``groups``; dynamic kernel and bias are inputs 1 and 2.
        """
        return self.add(kind, [tensor], maps=maps, kernel_size=tuple(kernel_size), **params)

    def add_fully_connected(
        self, tensor: Tensor, maps: int, kernel: Weights, bias: Weights | None
    ) -> Layer:
        """Fully Connected (up to 8.x)."""
        return self.add(
            LayerKind.FULLY_CONNECTED, [tensor], maps=maps, kernel=kernel, bias=bias
        )

    def add_matrix_multiply(
        self, a: Tensor, b: Tensor, op0: MatrixOp = "none", op1: MatrixOp = "none"
    ) -> Layer:
        """Matrix Multiply; ``op``: none, transpose, vector."""
        return self.add(LayerKind.MATRIX_MULTIPLY, [a, b], op0=op0, op1=op1)

    def add_padding(self, tensor: Tensor, pre: Sequence[int], post: Sequence[int]) -> Layer:
        """Padding of the last two dimensions (up to 8.0's Pad); negative values crop."""
        before, after = tuple(pre), tuple(post)
        return self.add(LayerKind.PADDING, [tensor], pre_padding=before, post_padding=after)

    def add_pooling(
        self, tensor: Tensor, op: PoolingOp, kernel_size: Sequence[int], **params: Any
    ) -> Layer:
        """Pooling ``op``: max, average; params as ``add_convolution``."""
        window = tuple(kernel_size)
        return self.add(LayerKind.POOLING, [tensor], op=op, kernel_size=window, **params)

    def add_scale(
        self,
        tensor: Tensor,
        mode: ScaleMode,
        shift: Weights | None,
        scale: Weights | None,
        power: Weights | None,
    ) -> Layer:
        """Scale ``mode``: uniform, channel, elementwise; y = (x * scale + shift) ^ power."""
        return self.add(
            LayerKind.SCALE, [tensor], mode=mode, shift=shift, scale=scale, power=power
        )

    # -- loops, conditionals, assertions --------------------------------------------------

    def add_iterator(self, tensor: Tensor, axis: int = 0, *, reverse: bool = False) -> Layer:
        """One slice of a tensor along ``axis`` per iteration of a loop."""
        return self.add(LayerKind.ITERATOR, [tensor], axis=axis, reverse=reverse)

    def add_loop_output(self, tensor: Tensor, mode: LoopOutputMode, axis: int = 0) -> Layer:
        """One output of a loop; ``mode``: last_value, concatenate, reverse.

        All but the last value need the length as input 1.
        """
        return self.add(LayerKind.LOOP_OUTPUT, [tensor], mode=mode, axis=axis)

    def add_recurrence(self, initial: Tensor) -> Layer:
        """A value carried from one iteration to the next, which is input 1."""
        return self.add(LayerKind.RECURRENCE, [initial])

    def add_trip_limit(self, tensor: Tensor, mode: TripLimitMode = "count") -> Layer:
        """How long a loop runs; ``mode``: count, while. It has no output."""
        return self.add(LayerKind.TRIP_LIMIT, [tensor], mode=mode)
