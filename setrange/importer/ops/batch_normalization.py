# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""BatchNormalization: one Scale layer, or element by element where a layer makes an input.

Source: onnx/onnx-tensorrt: importBatchNormalization, batchnormFallback, scaleHelper.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.importer import shape_tensor as st
from setrange.importer.registry import history, since
from setrange.importer.rejections import require
from setrange.model.weights import Weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from setrange.importer.op_types import Given, Node, OpContext, Outputs, Tensor

_EPSILON = 1e-5


def _parameters(ctx: OpContext) -> list[Given]:
    """Scale, bias, mean and variance."""
    return [ctx.required(i) for i in range(1, 5)]


def _require_vectors(*values: Given) -> None:
    require(
        all(value.rank == 1 for value in values),
        "scale, bias, mean and variance of BatchNormalization must have shape (C,)",
    )


def _refuse_training(node: Node) -> None:
    require(not node.attr_int("training_mode"), "TensorRT does not support training_mode 1")


def _as_weights(values: Sequence[Given]) -> list[Weights]:
    """The parameters if all of them are initializers, else nothing."""
    weights = [value for value in values if isinstance(value, Weights)]
    return weights if len(weights) == len(values) else []


def _batch_norm_70(
    ctx: OpContext, x: Tensor, *, known_shapes: bool, vector_scale: bool
) -> Outputs:
    """Fold FLOAT initializers only.

    ``known_shapes``: reshapes to known dimensions, and 3-D runs as 4-D. ``vector_scale``: the
    scale alone must be a vector, folded or not.
    """
    parameters = _parameters(ctx)
    if vector_scale:
        _require_vectors(parameters[0])
    weights = _as_weights(parameters)
    if not weights or any(w.dtype != "float32" for w in weights):
        return _by_elements(ctx, x, parameters)
    if not vector_scale:
        _require_vectors(*weights)
    x, back = ctx.as_4d(x, wanted=known_shapes)
    return back(_fold(ctx, x, weights, known_shapes=known_shapes))


def _batch_norm_85(ctx: OpContext, x: Tensor) -> Outputs:
    parameters = _parameters(ctx)
    _require_vectors(*parameters)
    _refuse_training(ctx.node)
    weights = _as_weights(parameters)
    if not weights:
        return _by_elements(ctx, x, parameters)
    for value in weights:
        if value.dtype != "float32":  # converted to FLOAT, as a temporary
            ctx.reserve_temporary_name()
    return _fold(ctx, x, weights)


def _batch_norm_101(ctx: OpContext, x: Tensor, *, knows_strong_types: bool) -> Outputs:
    """Fold initializers in their common type, in FLOAT where they differ.

    ``knows_strong_types``: in a strongly typed network, other types are cast, not folded.
    """
    _refuse_training(ctx.node)
    casts = knows_strong_types and ctx.strongly_typed
    parameters = _parameters(ctx)
    _require_vectors(*parameters)
    weights = _as_weights(parameters)
    if not weights:
        return _by_elements(ctx, x, parameters, half=True, casts=casts)
    types = {ctx.type_name(x)} | {ctx.type_name(value) for value in weights}
    floats = len(types) > 1 or types <= {"FLOAT", "HALF", "BF16"}
    require(floats, "BatchNormalization takes FLOAT, HALF or BF16")
    if len(types) > 1 and casts:
        return _by_elements(ctx, x, parameters, half=True, casts=True)
    dtype = weights[0].dtype if len(types) == 1 else "float32"
    return _fold(ctx, x, weights, dtype=dtype, own_counter=True)


def _fold(
    ctx: OpContext,
    x: Tensor,
    weights: Sequence[Weights],
    *,
    dtype: str = "float32",
    own_counter: bool = False,
    known_shapes: bool = False,
) -> Tensor:
    reserve = ctx.reserve_refittable_name if own_counter else ctx.reserve_temporary_name
    names = [reserve() for _ in range(2)]
    epsilon = ctx.node.attr_float("epsilon", _EPSILON)
    factor, offset = folded(weights, epsilon, dtype, names)
    rank = x.rank

    def scaled(tensor: Tensor) -> Tensor:
        return ctx.main(ctx.net.add_scale(tensor, "channel", offset, factor, None))

    if rank in (4, 5):
        return scaled(x)
    if known_shapes:
        shape = x.shape
        flat = (*shape, *[1] * (4 - rank)) if rank < 4 else (*shape[:3], math.prod(shape[3:]))
        return ctx.reshape(scaled(ctx.reshape(x, flat)), shape)
    dims = st.shape_of(ctx, x)
    if rank < 4:
        x = ctx.unsqueeze(x, range(rank, 4))
    else:
        rest = st.product(ctx, dims, 3, rank, 1)
        head = st.gather(ctx, dims, st.iota_shape_vector(3))
        x = st.reshape(ctx, x, st.concat(ctx, head, rest))
    return st.reshape(ctx, scaled(x), dims)


def folded(
    weights: Sequence[Weights], epsilon: float, dtype: str, names: Sequence[str | None]
) -> tuple[Weights, Weights]:
    """(scale, shift) that stand for scale, bias, mean and variance; computed on demand."""
    scale, bias, mean, variance = weights
    equal = len({w.count for w in weights}) == 1
    require(equal, "scale, bias, mean and variance of BatchNormalization differ in length")

    def factor() -> npt.NDArray[Any]:
        spread = np.sqrt(variance.data().astype(np.float32) + np.float32(epsilon))
        result: npt.NDArray[Any] = scale.data().astype(np.float32) / spread
        return result

    def offset() -> npt.NDArray[Any]:
        centre = mean.data().astype(np.float32) * factor()
        result: npt.NDArray[Any] = bias.data().astype(np.float32) - centre
        return result

    return (
        Weights(dtype, scale.shape, factor, name=names[0]),
        Weights(dtype, bias.shape, offset, name=names[1]),
    )


def _by_elements(
    ctx: OpContext,
    x: Tensor,
    parameters: Sequence[Given],
    *,
    half: bool = False,
    casts: bool = False,
) -> Tensor:
    """Compute element by element (``batchnormFallback``).

    ``half``: epsilon has variance's type; ``casts``: parameters get the input's type.
    """
    tensors = [ctx.to_tensor(value) for value in parameters]
    if x.rank > 1:
        tensors = [ctx.unsqueeze(tensor, (0, *range(2, x.rank))) for tensor in tensors]
    dtype = tensors[3].dtype if half and tensors[3].dtype in ("float16", "bf16") else "float32"
    epsilon = ctx.add_constant([ctx.node.attr_float("epsilon", _EPSILON)], dtype, (1,) * x.rank)
    if casts:
        tensors = [ctx.cast(tensor, x.dtype) for tensor in tensors]
        epsilon = ctx.cast(epsilon, x.dtype)
    scale, bias, mean, variance = tensors
    divisor = ctx.net.add_unary(ctx.combine(variance, epsilon, "sum"), "sqrt").output
    quotient = ctx.combine(ctx.combine(x, mean, "sub"), divisor, "div")
    scaled = ctx.combine(scale, quotient, "prod")
    return ctx.main(ctx.net.add_elementwise(scaled, bias, "sum"))


# -- change log -------------------------------------------------------------------------

history(
    "BatchNormalization",
    since("7.0", _batch_norm_70, known_shapes=True, vector_scale=False),
    since("7.2", known_shapes=False),
    since("8.0", vector_scale=True),
    since("8.5", _batch_norm_85),
    since("10.1", _batch_norm_101, knows_strong_types=False),
    since("10.16", knows_strong_types=True),
)
