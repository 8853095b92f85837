# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""BatchNormalization: one Scale layer, or element by element where a layer makes an input."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from setrange.importer.helpers.inputs import required
from setrange.importer.helpers.scale import scale_channels, scale_channels_7
from setrange.importer.helpers.tensors import (
    cast_helper,
    squeeze_tensor,
    type_name,
    unsqueeze_tensor,
)
from setrange.importer.registry import importer
from setrange.importer.rejections import require
from setrange.model.weights import Weights

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Tensor

    Scaler = Callable[[ImporterContext, Tensor, Weights, Weights], Tensor]

_EPSILON = 1e-5
_HALF_TYPES = ("float16", "bf16")


def _parameters(inputs: Sequence[Value]) -> list[Weights | Tensor]:
    """Scale, bias, mean and variance."""
    return [required(inputs, i) for i in range(1, 5)]


def _require_vectors(values: Sequence[Weights | Tensor]) -> None:
    require(
        all(value.rank == 1 for value in values),
        "scale, bias, mean and variance of BatchNormalization must have shape (C,)",
    )


def _as_weights(values: Sequence[Weights | Tensor]) -> list[Weights] | None:
    weights = [value for value in values if isinstance(value, Weights)]
    return weights if len(weights) == len(values) else None


def _folded(
    weights: Sequence[Weights], epsilon: float, dtype: str, names: Sequence[str | None]
) -> tuple[Weights, Weights]:
    """(scale, shift) that stand for scale, bias, mean and variance; computed on demand."""
    scale, bias, mean, variance = weights
    require(
        len({w.count for w in weights}) == 1,
        "scale, bias, mean and variance of BatchNormalization differ in length",
    )

    def factor() -> npt.NDArray[Any]:
        import numpy as np

        spread = np.sqrt(variance.data().astype(np.float32) + np.float32(epsilon))
        result: npt.NDArray[Any] = scale.data().astype(np.float32) / spread
        return result

    def offset() -> npt.NDArray[Any]:
        import numpy as np

        centre = mean.data().astype(np.float32) * factor()
        result: npt.NDArray[Any] = bias.data().astype(np.float32) - centre
        return result

    return (
        Weights(dtype, scale.shape, factor, name=names[0]),
        Weights(dtype, bias.shape, offset, name=names[1]),
    )


def _fold(
    ctx: ImporterContext,
    node: Node,
    tensor: Tensor,
    weights: Sequence[Weights],
    *,
    dtype: str = "float32",
    own_counter: bool = False,
    scale: Scaler = scale_channels,
) -> Tensor:
    reserve = ctx.reserve_refittable_name if own_counter else ctx.reserve_temporary_name
    names = [reserve() for _ in range(2)]
    epsilon = node.attr_float("epsilon", _EPSILON)
    factor, offset = _folded(weights, epsilon, dtype, names)
    return scale(ctx, tensor, offset, factor)


def _by_elements(
    ctx: ImporterContext,
    node: Node,
    inputs: Sequence[Value],
    *,
    half: bool = False,
    casts: bool = False,
) -> list[Value]:
    """Element by element (``batchnormFallback``).

    ``half``: epsilon has variance's type; ``casts``: parameters get the input's type.
    """
    tensor = ctx.to_tensor(required(inputs, 0))
    parameters = [ctx.to_tensor(value) for value in _parameters(inputs)]
    rank = tensor.rank
    if rank > 1:
        axes = (0, *range(2, rank))
        parameters = [unsqueeze_tensor(ctx, p, axes) for p in parameters]
    scale, bias, mean, variance = parameters
    dtype = variance.dtype if half and variance.dtype in _HALF_TYPES else "float32"
    epsilon = ctx.add_constant([node.attr_float("epsilon", _EPSILON)], dtype, (1,) * rank)
    if casts:
        scale, bias, mean, variance = (
            cast_helper(ctx, p, tensor.dtype) for p in (scale, bias, mean, variance)
        )
        epsilon = cast_helper(ctx, epsilon, tensor.dtype)
    add = ctx.net.add_elementwise
    divisor = ctx.net.add_unary(add(variance, epsilon, "sum").output, "sqrt").output
    dividend = add(tensor, mean, "sub").output
    scaled = add(scale, add(dividend, divisor, "div").output, "prod").output
    return [ctx.register_layer(add(scaled, bias, "sum")).output]


def _batch_norm_7(
    ctx: ImporterContext,
    node: Node,
    inputs: list[Value],
    *,
    scale: Scaler,
    expand: bool,
) -> Sequence[Value]:
    """7.x folds FLOAT initializers only; ``expand``: 3-D runs as 4-D around the Scale."""
    weights = _as_weights(_parameters(inputs))
    if weights is None or any(w.dtype != "float32" for w in weights):
        return _by_elements(ctx, node, inputs)
    tensor = ctx.to_tensor(required(inputs, 0))
    expand = expand and tensor.rank == 3
    if expand:
        tensor = unsqueeze_tensor(ctx, tensor, (3,))
    _require_vectors(weights)
    output = _fold(ctx, node, tensor, weights, scale=scale)
    return [squeeze_tensor(ctx, output, (3,)) if expand else output]


importer("BatchNormalization", since="7.0", source="7.0:importBatchNormalization")(
    partial(_batch_norm_7, scale=scale_channels_7, expand=True)
)
importer("BatchNormalization", since="7.2", source="7.2.1:importBatchNormalization")(
    partial(_batch_norm_7, scale=scale_channels, expand=False)
)


@importer("BatchNormalization", since="8.0", source="8.0-GA:importBatchNormalization")
def batch_norm_80(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    parameters = _parameters(inputs)
    _require_vectors(parameters[:1])
    weights = _as_weights(parameters)
    if weights is None or any(w.dtype != "float32" for w in weights):
        return _by_elements(ctx, node, inputs)
    return [_fold(ctx, node, ctx.to_tensor(required(inputs, 0)), weights)]


@importer("BatchNormalization", since="8.5", source="8.5-GA:importBatchNormalization")
def batch_norm_85(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    parameters = _parameters(inputs)
    _require_vectors(parameters)
    require(
        not node.attr_int("training_mode"),
        "TensorRT does not support training_mode 1 in BatchNormalization",
    )
    weights = _as_weights(parameters)
    if weights is None:
        return _by_elements(ctx, node, inputs)
    for value in weights:
        if value.dtype != "float32":  # converted to FLOAT, as a temporary
            ctx.reserve_temporary_name()
    return [_fold(ctx, node, ctx.to_tensor(required(inputs, 0)), weights)]


def _batch_norm_10(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, knows_strong_types: bool
) -> Sequence[Value]:
    """Folds initializers in their common type, in FLOAT where they differ.

    ``knows_strong_types``: in a strongly typed network, other types are cast, not folded.
    """
    casts = knows_strong_types and ctx.strongly_typed
    parameters = _parameters(inputs)
    _require_vectors(parameters)
    weights = _as_weights(parameters)
    if weights is None:
        return _by_elements(ctx, node, inputs, half=True, casts=casts)
    data = required(inputs, 0)
    types = {type_name(ctx, value) for value in (data, *weights)}
    require(
        len(types) > 1 or types <= {"FLOAT", "HALF", "BF16"},
        "BatchNormalization takes FLOAT, HALF or BF16",
    )
    if len(types) > 1 and casts:
        return _by_elements(ctx, node, inputs, half=True, casts=True)
    dtype = weights[0].dtype if len(types) == 1 else "float32"
    tensor = ctx.to_tensor(data)
    return [_fold(ctx, node, tensor, weights, dtype=dtype, own_counter=True)]


for _since, _knows in {"10.1": False, "10.16": True}.items():
    importer("BatchNormalization", since=_since, source=f"{_since}:importBatchNormalization")(
        partial(_batch_norm_10, knows_strong_types=_knows)
    )
