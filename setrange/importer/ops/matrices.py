# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""MatMul, Gemm and Einsum; Fully Connected layers stand for them up to 8.0.

Source: onnx/onnx-tensorrt 7.0 to 10.16: importMatMul, importGemm, importEinsum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from setrange.importer.op_context import NUMPY_BROADCAST, matrix_op, transposed
from setrange.importer.registry import history, removed, since
from setrange.importer.rejections import require
from setrange.model.weights import Weights
from setrange.network import LayerKind, Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.op_types import Computed, Given, Layer, Node, OpContext, Outputs
    from setrange.network.modes import MatrixOp


# -- Fully Connected layers -------------------------------------------------------------


def _fully_connected(
    ctx: OpContext,
    x: Tensor,
    maps: int,
    kernel: Weights,
    bias: Weights | None,
    axes: Sequence[int] = (2, 3),
) -> Tensor:
    """A matrix [N, C] through a Fully Connected layer; ``axes``: where dimensions are added."""
    layer = ctx.net.add_fully_connected(ctx.unsqueeze(x, axes), maps, kernel, bias)
    return ctx.squeeze(ctx.main(layer), (2, 3))


def _trt_fully_connected(ctx: OpContext, x: Computed, kernel: Weights) -> Outputs:
    bias = ctx.required_weights(2) if len(ctx.inputs) == 3 else None
    maps = ctx.required_int("channels")
    return ctx.main(ctx.net.add_fully_connected(x, maps, kernel, bias))


# -- MatMul -----------------------------------------------------------------------------


def _multiply(ctx: OpContext, a: Tensor, b: Tensor) -> Layer:
    a, b = ctx.broadcast(a, b)
    return ctx.net.add_matrix_multiply(a, b, matrix_op(a), matrix_op(b))


def _matmul_70(ctx: OpContext, a: Tensor, b: Tensor) -> Outputs:
    uniform = a.dtype == b.dtype != "int32"
    require(uniform, "MatMul takes two operands of one type, which is not INT32")
    return _multiply(ctx, a, b).output


def _matmul(
    ctx: OpContext,
    a: Tensor,
    b: Tensor,
    *,
    axes: tuple[int, ...],  # where the Fully Connected layer's input gets dimensions, if any
    zero_bias: bool,  # that layer has a bias of zeros
    knows_vectors: bool,  # a vector becomes a matrix, and leaves no dimension in the result
    checks_both: bool,  # both operands, not the first alone, must not be integers
) -> Outputs:
    """A Matrix Multiply layer, or a Fully Connected one for a matrix times an initializer."""
    for tensor in (a, b) if checks_both else (a,):
        ctx.refuse_types(tensor, "INT32", "INT64")
    weights = ctx.inputs[1]
    connects = isinstance(ctx.inputs[0], Tensor) and a.rank == b.rank == 2
    if axes and connects and isinstance(weights, Weights):
        maps = weights.shape[1]
        bias = Weights.of(np.zeros(maps, dtype=np.float32)) if zero_bias else None
        return _fully_connected(ctx, a, maps, transposed(weights), bias, axes)
    if not knows_vectors:
        # Here a node without a name lends none, unlike in the Fully Connected form.
        return ctx.name_layer(_multiply(ctx, a, b), ctx.node.name).output
    head, tail = 1 == a.rank < b.rank, 1 == b.rank < a.rank
    if tail:
        b = ctx.unsqueeze(b, (1,))
    output = ctx.main(_multiply(ctx, a, b))
    if head:
        output = ctx.squeeze(output, (0,))
    return ctx.squeeze(output, (output.rank - 1,)) if tail else output


_MATRIX_OPS: tuple[MatrixOp, ...] = ("none", "transpose", "vector")


def _trt_matmul(ctx: OpContext, a: Computed, b: Computed) -> Outputs:
    ops = (ctx.one_of(name, _MATRIX_OPS) for name in ("op_0", "op_1"))
    return ctx.main(ctx.net.add_matrix_multiply(a, b, *ops))


# -- Gemm -------------------------------------------------------------------------------


def _scaled(ctx: OpContext, tensor: Tensor, factor: float) -> Tensor:
    """Multiply by a constant (alpha or beta), unless it is 1."""
    if factor == 1.0:
        return tensor
    rank = tensor.rank if ctx.profile.ranked_factors else 0
    constant = ctx.add_constant([factor], "float32", (1,) * rank)
    left, right = ctx.broadcast(constant, tensor)
    return ctx.inner(ctx.net.add_elementwise(left, right, "prod"))


def _alpha_beta(node: Node) -> tuple[float, float]:
    return node.attr_float("alpha", 1.0), node.attr_float("beta", 1.0)


def _scaled_product(
    ctx: OpContext, a: Tensor, b: Tensor, *, transpose_b: bool, squeeze: bool = False
) -> Outputs:
    """Scaled product and, where there is a third input, scaled bias."""
    alpha, beta = _alpha_beta(ctx.node)
    a_op = matrix_op(a, transpose=bool(ctx.node.attr_int("transA")))
    layer = ctx.net.add_matrix_multiply(a, b, a_op, matrix_op(b, transpose=transpose_b))
    product = _scaled(ctx, ctx.main(layer), alpha)
    if len(ctx.inputs) < 3:
        return product
    addend = _scaled(ctx, ctx.input_tensor(2), beta)
    if squeeze:
        addend = ctx.reshape(addend, without_leading_ones(addend.shape))
    product, addend = ctx.broadcast(product, addend)
    return ctx.inner(ctx.net.add_elementwise(product, addend, "sum"))


def without_leading_ones(shape: Sequence[int]) -> tuple[int, ...]:
    start = next((i for i, d in enumerate(shape) if d != 1), len(shape))
    return tuple(shape[start:])


def _gemm(ctx: OpContext, a: Tensor, b: Tensor, *, checks_both: bool) -> Outputs:
    ctx.refuse_types(a, "INT32", "INT64")
    if checks_both:
        ctx.refuse_types(b, "INT32")
    require(a.rank == 2 and b.rank == 2, "the operands of Gemm must have two dimensions")
    transpose_b = bool(ctx.node.attr_int("transB"))
    return _scaled_product(ctx, a, b, transpose_b=transpose_b)


def _legacy_gemm(
    ctx: OpContext, a: Tensor, b: Given, *, constant_b: bool, rank: int, matrices: bool
) -> Outputs:
    """A Fully Connected layer where B and the bias are initializers, else a Matrix Multiply.

    ``constant_b``: B becomes a Constant layer that nothing uses. ``rank``: the dimensions of A
    that a Fully Connected layer needs. ``matrices``: A and B must be matrices.
    """
    if constant_b:
        ctx.to_tensor(b)
    ctx.refuse_types(a, "INT32")
    ctx.refuse_types(b, "INT32")
    if matrices:
        require(a.rank == 2 and b.rank == 2, "the operands of Gemm must have two dimensions")
    bias = ctx.inputs[2] if len(ctx.inputs) > 2 else None
    if isinstance(ctx.inputs[0], Tensor) and isinstance(b, Weights):
        connects = a.rank == rank and b.rank == 2 and _alpha_beta(ctx.node) == (1.0, 1.0)
        # The number of outputs is the bias's; before 8.0 it is read in any case.
        has_number = len(ctx.inputs) > 2 or (matrices and not connects)
        require(has_number, "this parser's Gemm needs a bias")
        if connects and isinstance(bias, Weights) and bias.rank == 1:
            kernel = b if ctx.node.attr_int("transB") else transposed(b)
            if rank == 2:
                return _fully_connected(ctx, a, bias.count, kernel, bias)
            return ctx.main(ctx.net.add_fully_connected(a, bias.count, kernel, bias))
    transpose_b = bool(ctx.node.attr_int("transB"))
    if isinstance(b, Weights):
        layer = ctx.net.add_constant(transposed(b) if transpose_b else b)
        if ctx.profile.names_layers:  # named, but not shared
            ctx.name_layer(layer, ctx.node.inputs[1])
        b, transpose_b = layer.output, False
    squeeze = ctx.opset < NUMPY_BROADCAST and not ctx.node.attr_int("broadcast")
    a = squeezed(ctx, a)
    return _scaled_product(ctx, a, b, transpose_b=transpose_b, squeeze=squeeze)


def squeezed(ctx: OpContext, tensor: Tensor) -> Tensor:
    """A without trailing ones, or flattened where more than two dimensions are left."""
    dims = list(tensor.shape)
    while len(dims) > 1 and dims[-1] == 1:
        dims.pop()
    if len(dims) > 2:
        dims = [-1]
    if len(dims) == tensor.rank:
        return tensor
    return ctx.net.add_shuffle(tensor, reshape=tuple(dims), zero_is_placeholder=False).output


# -- Einsum -----------------------------------------------------------------------------

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_ELLIPSIS = "..."
_VALID = frozenset(_LETTERS + "->., ")

#: The most inputs an Einsum layer takes.
_LAYER_INPUTS = 2


def _einsum(ctx: OpContext, *tensors: Tensor, splits: bool) -> Outputs:
    """One layer; ``splits``: a chain for more than two inputs, ellipses are spelled out."""
    require(tensors, "Einsum needs at least one input")
    require(ctx.node.has("equation"), "attribute equation is required")
    equation = ctx.node.attr_str("equation")
    many = len(tensors) > _LAYER_INPUTS
    wrong = sorted(set(equation) - _VALID)
    require(not wrong, f"the equation has invalid characters: {' '.join(wrong)}")
    if not splits:
        require(not many, f"TensorRT's Einsum takes {_LAYER_INPUTS} inputs at most")
    elif many or _ELLIPSIS in equation:
        equation = _explicit(tensors, equation)
    if many:
        return _chain(ctx, tensors, equation)
    return ctx.main(ctx.net.add(LayerKind.EINSUM, tensors, equation=equation))


def _parsed(equation: str) -> tuple[list[str], str, bool]:
    """(input subscripts, output subscripts, whether the output was given)."""
    left, arrow, output = equation.replace(" ", "").partition("->")
    return left.split(","), output, bool(arrow)


def _joined(inputs: Sequence[str], output: str) -> str:
    return f"{','.join(inputs)}->{output}"


def _letters(inputs: Sequence[str]) -> list[str]:
    return sorted({c for subscripts in inputs for c in subscripts if c.isalpha()})


def _explicit(tensors: Sequence[Tensor], equation: str) -> str:
    """Spell out ellipses and the output (``processEllipsisAndImplicitOutput``)."""
    inputs, output, given = _parsed(equation)
    complete = len(inputs) == len(tensors)
    require(complete, "the equation does not name as many inputs as there are")
    used = _letters(inputs)
    ellipsis = _ELLIPSIS in equation
    if not given:
        text = "".join(inputs)
        once = "".join(c for c in used if text.count(c) == 1)
        output = _ELLIPSIS + once if ellipsis else once
    if not ellipsis:
        return _joined(inputs, output)
    substitute = ""
    spelled = []
    for subscripts, tensor in zip(inputs, tensors, strict=True):
        if _ELLIPSIS in subscripts and not substitute:
            wanted = max(tensor.rank - len(subscripts) + len(_ELLIPSIS), 0)
            free = [c for c in _LETTERS if c not in used]
            substitute = "".join(free[:wanted])
        spelled.append(subscripts.replace(_ELLIPSIS, substitute, 1))
    return _joined(spelled, output.replace(_ELLIPSIS, substitute, 1))


def _chain(ctx: OpContext, tensors: Sequence[Tensor], equation: str) -> Tensor:
    """Two inputs at a time; intermediate results keep every letter."""
    inputs, output, _ = _parsed(equation)
    left, subscripts = tensors[0], inputs[0]
    for tensor, right in zip(tensors[1:-1], inputs[1:-1], strict=True):
        kept = "".join(_letters([subscripts, right]))
        equation = _joined([subscripts, right], kept)
        left = ctx.main(ctx.net.add(LayerKind.EINSUM, [left, tensor], equation=equation))
        subscripts = kept
    last = _joined([subscripts, inputs[-1]], output)
    return ctx.main(ctx.net.add(LayerKind.EINSUM, [left, tensors[-1]], equation=last))


# -- change log -------------------------------------------------------------------------

history(
    "TRT_FullyConnected",
    since("7.0", _trt_fully_connected),
    since("10.1", removed, symbol="onnxOpImporters.cpp"),
)
history(
    "MatMul",
    since("7.0", _matmul_70),
    since("7.1", _matmul, axes=(1, 2), zero_bias=True, knows_vectors=False, checks_both=True),
    since("7.2", axes=(2, 3)),
    since("8.0", zero_bias=False, knows_vectors=True),
    since("8.4", axes=()),
    since("8.5", checks_both=False),
)
history("TRT_MatMul", since("7.0", _trt_matmul))
history(
    "Gemm",
    since("7.0", _legacy_gemm, constant_b=True, rank=3, matrices=False),
    since("7.1", constant_b=False),
    since("7.2", rank=2),
    since("8.0", matrices=True),
    since("8.2", _gemm, checks_both=True),
    since("8.5", checks_both=False),
)
history(
    "Einsum",
    since("8.2", _einsum, splits=False),
    since("8.5", refuses="UINT8"),
    since("10.1", splits=True),
)
