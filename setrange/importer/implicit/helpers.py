# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Shapes, constants and layer patterns of the implicit-batch parser (TensorRT 6.0).

Source: onnx/onnx-tensorrt 6.0: trt_utils.hpp, onnx2trt_utils.hpp, builtin_op_importers.cpp.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.importer.rejections import refuse, require
from setrange.model.weights import Weights
from setrange.network import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.network import Shape
    from setrange.network.modes import ScaleMode

__all__ = [
    "add_scale",
    "broadcast_pair",
    "combine_elementwise",
    "convert_axis",
    "expand_dims",
    "flatten_from",
    "fold_unary",
    "infer_rest",
    "int_values",
    "move_dimension",
    "remove_batch",
    "reshape_tensor",
    "scale_op",
    "squeeze_trailing",
    "to_tensor",
    "transpose_tensor",
    "volume",
    "weights_of",
    "with_shape",
]


def volume(shape: Sequence[int]) -> int:
    """Number of elements; 0 for a scalar, as this parser counts."""
    return math.prod(shape) if len(shape) else 0


def remove_batch(dims: Sequence[int]) -> Shape:
    """Drop the first dimension; what would be a scalar becomes (1,)."""
    require(len(dims) > 0, "a scalar has no batch dimension")
    return tuple(dims[1:]) or (1,)


def expand_dims(shape: Sequence[int], rank: int) -> Shape:
    """Prepend dimensions of 1."""
    return (1,) * (rank - len(shape)) + tuple(shape)


def squeeze_trailing(shape: Sequence[int]) -> Shape:
    """Drop trailing dimensions of 1, keeping at least one."""
    dims = list(shape)
    while len(dims) > 1 and dims[-1] == 1:
        dims.pop()
    return tuple(dims)


def convert_axis(axis: int, rank: int) -> int:
    """ONNX axis -> TensorRT axis without the batch dimension."""
    converted = axis + rank if axis < 0 else axis - 1
    require(0 <= converted < rank, f"axis {axis} is the batch dimension or outside rank {rank}")
    return converted


def infer_rest(dims: Sequence[int], total: int) -> Shape:
    """Replace the one -1 of a reshape by what is left of ``total`` elements."""
    negative = [i for i, d in enumerate(dims) if d < 0]
    require(all(dims[i] == -1 for i in negative), "a dimension of the new shape is below -1")
    require(len(negative) <= 1, "more than one dimension of the new shape is -1")
    result = list(dims)
    if negative:
        known = -volume(dims)
        require(known != 0, "the new shape has a dimension of 0")
        result[negative[0]] = total // known
    return tuple(result)


def weights_of(value: Value, what: str) -> Weights:
    """The value as weights; this parser demands initializers in many places."""
    if not isinstance(value, Weights):
        refuse(f"{what} must be an initializer")
    return value


def int_values(value: Value, what: str) -> list[int]:
    """Integer values of an initializer."""
    return weights_of(value, what).ints()


def with_shape(weights: Weights, shape: Sequence[int]) -> Weights:
    """The same values under another shape."""
    return weights.derived(lambda data: data, weights.dtype, tuple(shape))


def to_tensor(ctx: ImporterContext, value: Value) -> Tensor:
    """The tensor, or a new Constant layer (this parser shares none)."""
    if isinstance(value, Tensor):
        return value
    if value is None:
        refuse("a required input is absent")
    return ctx.net.add_constant(value).output


def reshape_tensor(ctx: ImporterContext, tensor: Tensor, shape: Sequence[int]) -> Tensor:
    """Reshape, unless the shape is that already."""
    if tuple(shape) == tensor.shape:
        return tensor
    return ctx.net.add_shuffle(tensor, reshape=tuple(shape)).output


def flatten_from(ctx: ImporterContext, tensor: Tensor, axis: int) -> Tensor:
    """Merge the dimensions after ``axis`` into it, keeping the rank."""
    shape = tensor.shape
    merged = math.prod(shape[axis:])
    return reshape_tensor(
        ctx, tensor, shape[:axis] + (merged,) + (1,) * (len(shape) - axis - 1)
    )


def _moves_data(shape: Sequence[int], perm: Sequence[int]) -> bool:
    previous = 0
    for source in perm:
        if shape[source] != 1:
            if source < previous:
                return True
            previous = source
    return False


def transpose_tensor(ctx: ImporterContext, tensor: Tensor, perm: Sequence[int]) -> Tensor:
    """Transpose, as a plain reshape where no data moves."""
    shape = tensor.shape
    if _moves_data(shape, perm):
        return ctx.net.add_shuffle(tensor, first_transpose=tuple(perm)).output
    return ctx.net.add_shuffle(tensor, reshape=tuple(shape[i] for i in perm)).output


def move_dimension(ctx: ImporterContext, tensor: Tensor, source: int, target: int) -> Tensor:
    """Move one dimension to another place."""
    perm = list(range(tensor.rank))
    perm.pop(source)
    perm.insert(target, source)
    return transpose_tensor(ctx, tensor, perm)


def broadcast_pair(ctx: ImporterContext, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Give the lower-rank tensor the other's rank, matching dimensions greedily."""
    if a.rank == b.rank:
        return a, b
    small, large = (b, a) if a.rank > b.rank else (a, b)
    dims = [1] * large.rank
    i = 0
    for j, extent in enumerate(large.shape):
        if i < small.rank and small.shape[i] == extent:
            dims[j] = extent
            i += 1
    reshaped = reshape_tensor(ctx, small, dims)
    return (a, reshaped) if small is b else (reshaped, b)


def add_scale(
    ctx: ImporterContext,
    tensor: Tensor,
    mode: ScaleMode,
    *,
    shift: Weights | None = None,
    scale: Weights | None = None,
    power: Weights | None = None,
) -> Tensor:
    """A Scale layer; tensors that are not 3-D or 4-D are reshaped around it."""
    original = tensor.shape
    reshaped = len(original) not in (3, 4)
    if reshaped:
        dims = list(original) + [1] * (3 - len(original))
        tensor = reshape_tensor(ctx, tensor, [*dims[:2], math.prod(dims[2:])])
    types = {w.dtype for w in (shift, scale, power) if w is not None and w.count}
    require(len(types) == 1, "the weights of a Scale layer differ in type, or are empty")
    result = ctx.net.add_scale(tensor, mode, shift, scale, power).output
    return reshape_tensor(ctx, result, original) if reshaped else result


def _legacy_broadcast(ctx: ImporterContext, inputs: list[Value]) -> list[Value]:
    """Opset < 7: append dimensions of 1 to the second operand by the ``axis`` attribute."""
    node = ctx.node
    left, right = inputs
    if node is None or left is None or right is None:
        refuse("a required input is absent")
    rank, other = left.rank, right.rank
    on = node.has("axis") and node.has("broadcast") and node.attr_int("broadcast")
    if other >= rank or not on:
        return inputs
    axis = node.attr_int("axis")
    if axis < 0:
        axis += 1 + rank
    if isinstance(right, Tensor):
        require(axis == 0, "batch dimensions of tensors must be aligned")
    else:
        if axis == 0:
            require(
                right.rank > 0 and right.shape[0] == 1, "weights must broadcast over the batch"
            )
        axis -= 1
    missing = rank - (axis + other)
    require(missing >= 0, "the operand has too many dimensions for its axis")
    if missing == 0:
        return inputs
    shape = right.shape + (1,) * missing
    if isinstance(right, Tensor):
        return [left, reshape_tensor(ctx, right, shape)]
    return [left, with_shape(right, shape)]


def combine_elementwise(
    ctx: ImporterContext, inputs: list[Value], op: Any, *, legacy: bool = False
) -> list[Value]:
    """Combine all inputs left to right (``combineTensorsElementwise``)."""
    require(inputs, "elementwise needs at least one input")
    if ctx.opset < 7 and legacy:
        require(len(inputs) == 2, "elementwise with legacy broadcasting takes two inputs")
        inputs = _legacy_broadcast(ctx, inputs)
    present = [v for v in inputs if v is not None]
    require(len(present) == len(inputs), "a required input is absent")
    rank = max(v.rank for v in present)
    tensor_rank = max((v.rank for v in present if isinstance(v, Tensor)), default=-1)
    tensors = []
    for value in present:
        if isinstance(value, Tensor):
            tensors.append(reshape_tensor(ctx, value, expand_dims(value.shape, tensor_rank)))
            continue
        shape = expand_dims(value.shape, rank)
        if len(shape) == tensor_rank + 1:
            require(
                shape[:1] == (1,), "weights of an elementwise op must have batch dimension 1"
            )
            shape = remove_batch(shape)
        tensors.append(ctx.net.add_constant(value, shape).output)
    combined = tensors[0]
    if len(tensors) == 1:
        return [ctx.net.add_identity(combined).output]
    for tensor in tensors[1:]:
        require(tensor.rank == combined.rank, "elementwise operands differ in rank")
        combined = ctx.net.add_elementwise(combined, tensor, op).output
    return [combined]


_SCALE_OPS = {"sum": "shift", "prod": "scale", "pow": "power"}


def scale_op(ctx: ImporterContext, inputs: list[Value], op: str) -> list[Value]:
    """Tensor with weights: a Scale layer where the shape allows (``importScaleOp``)."""
    tensor = next((v for v in inputs[:2] if isinstance(v, Tensor)), None)
    weights = next((v for v in inputs[:2] if isinstance(v, Weights)), None)
    if tensor is None or weights is None:
        refuse("a required input is absent")
    shape = squeeze_trailing(weights.shape)
    mode = _scale_mode(shape, tensor.shape)
    if mode == "elementwise" and volume(shape) != volume(tensor.shape):
        return combine_elementwise(ctx, inputs, op, legacy=True)
    scaled = {_SCALE_OPS[op]: with_shape(weights, shape)}
    return [add_scale(ctx, tensor, mode, **scaled)]


def _scale_mode(weights: Shape, tensor: Shape) -> ScaleMode:
    if len(weights) == 1:
        if weights[0] == 1:
            return "uniform"
        if weights == tensor[:1]:
            return "channel"
    return "elementwise"


_FOLDED: dict[str, Callable[..., npt.NDArray[Any]]] = {
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "recip": np.reciprocal,
    "abs": np.abs,
    "neg": np.negative,
}


def fold_unary(ctx: ImporterContext, value: Value, op: Any) -> list[Value]:
    """A Unary layer; weights are computed at parse time instead."""
    if isinstance(value, Tensor):
        return [ctx.net.add_unary(value, op).output]
    weights = weights_of(value, "the input")
    require(weights.dtype == "float32", "only FLOAT weights can be computed at parse time")
    function = _FOLDED[op]

    def step(data: npt.NDArray[Any]) -> npt.NDArray[Any]:
        with np.errstate(all="ignore"):
            return function(data)

    made = weights.derived(step, "float32", weights.shape)
    made.name = made.initializer = None
    return [made]
