# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Einsum: one layer, or a chain of them for more than two inputs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from setrange.importer.helpers.inputs import required
from setrange.importer.helpers.tensors import require_not_type
from setrange.importer.registry import importer
from setrange.importer.rejections import require

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Layer, Tensor

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_ELLIPSIS = "..."
_VALID = frozenset(_LETTERS + "->., ")

#: The most inputs an Einsum layer takes.
_LAYER_INPUTS = 2


def _equation(node: Node) -> str:
    require(node.has("equation"), "attribute equation is required")
    return node.attr_str("equation")


def _operands(ctx: ImporterContext, node: Node, inputs: Sequence[Value]) -> list[Tensor]:
    require(inputs, "Einsum needs at least one input")
    return [ctx.to_tensor(required(inputs, i)) for i in range(len(inputs))]


def _add(ctx: ImporterContext, tensors: Sequence[Tensor], equation: str) -> Layer:
    return ctx.register_layer(ctx.net.add_einsum(tensors, equation))


def _single(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, checks_uint8: bool
) -> Sequence[Value]:
    """The equation goes to the layer as it is (to 8.6)."""
    if checks_uint8:
        require_not_type(ctx, required(inputs, 0), "UINT8")
    equation = _equation(node)
    invalid = sorted(set(equation) - _VALID)
    require(not invalid, f"the equation has invalid characters: {' '.join(invalid)}")
    tensors = _operands(ctx, node, inputs)
    require(
        len(tensors) <= _LAYER_INPUTS, f"TensorRT's Einsum takes {_LAYER_INPUTS} inputs at most"
    )
    return [_add(ctx, tensors, equation).output]


for _since, _checks in {"8.2": False, "8.5": True}.items():
    importer("Einsum", since=_since, source=f"{_since}-GA:importEinsum")(
        partial(_single, checks_uint8=_checks)
    )


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
    require(
        len(inputs) == len(tensors), "the equation does not name as many inputs as there are"
    )
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


def _chain(ctx: ImporterContext, tensors: Sequence[Tensor], equation: str) -> Tensor:
    """Two inputs at a time; intermediate results keep every letter."""
    inputs, output, _ = _parsed(equation)
    left, subscripts = tensors[0], inputs[0]
    for tensor, right in zip(tensors[1:-1], inputs[1:-1], strict=True):
        kept = "".join(_letters([subscripts, right]))
        left = _add(ctx, [left, tensor], _joined([subscripts, right], kept)).output
        subscripts = kept
    last = _joined([subscripts, inputs[-1]], output)
    return _add(ctx, [left, tensors[-1]], last).output


@importer("Einsum", since="10.1", source="10.1-GA:importEinsum")
def einsum(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    require_not_type(ctx, required(inputs, 0), "UINT8")
    equation = _equation(node)
    tensors = _operands(ctx, node, inputs)
    many = len(tensors) > _LAYER_INPUTS
    if many or _ELLIPSIS in equation:
        equation = _explicit(tensors, equation)
    if many:
        return [_chain(ctx, tensors, equation)]
    return [_add(ctx, tensors, equation).output]
