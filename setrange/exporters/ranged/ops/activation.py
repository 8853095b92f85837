# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Activations of which the parser makes several layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from setrange.exporters.ranged.registry import rewriting
from setrange.network import LayerKind

if TYPE_CHECKING:
    from setrange.exporters.ranged.draft import Draft
    from setrange.model.node import Node

_FUNCTIONS = (
    *("Abs", "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Ceil", "Cos", "Cosh", "Erf"),
    *("Exp", "Floor", "Log", "Neg", "Reciprocal", "Round", "Sign", "Sin", "Sinh", "Sqrt"),
    "Tan",
)


@rewriting("HardSwish")
def hard_swish(draft: Draft, node: Node) -> bool:
    """Multiply x by its hard sigmoid."""
    x, output = draft.operand(node.inputs[0]), node.outputs[0]
    gate = draft.add(
        "HardSigmoid",
        [x],
        f"{output}_gate",
        same=draft.inner(node, LayerKind.ACTIVATION),
        alpha=1 / 6,
        beta=0.5,
    )
    draft.add("Mul", [x, gate], output, final=True, main=True)
    return True


@rewriting("Mish")
def mish(draft: Draft, node: Node) -> bool:
    """Multiply x by the tanh of its softplus."""
    x, output = draft.operand(node.inputs[0]), node.outputs[0]
    inner = [draft.inner(node, LayerKind.ACTIVATION, number) for number in range(2)]
    soft = draft.add("Softplus", [x], f"{output}_softplus", same=inner[0])
    gate = draft.add("Tanh", [soft], f"{output}_gate", same=inner[1])
    draft.add("Mul", [x, gate], output, final=True, main=True)
    return True


@rewriting("Celu")
def celu(draft: Draft, node: Node) -> bool:
    """max(0, x) + min(0, alpha * (exp(x / alpha) - 1))."""
    rank, dtype = draft.rank(node.inputs[0]), draft.dtype(node.inputs[0])
    if rank is None or dtype is None:
        return False
    x, output = draft.operand(node.inputs[0]), node.outputs[0]

    def constant(name: str, value: float) -> str:
        return draft.constant_node(f"{output}_{name}", np.full((1,) * rank, value, dtype=dtype))

    def step(op: str, a: str, b: str, number: int) -> str:
        same = draft.inner(node, LayerKind.ELEMENTWISE, number)
        return draft.add(op, [a, b], f"{output}_step", same=same)

    zero, one = constant("zero", 0.0), constant("one", 1.0)
    alpha = constant("alpha", node.attr_float("alpha", 1.0))
    ratio = step("Div", x, alpha, 0)
    same = draft.inner(node, LayerKind.UNARY)
    power = draft.add("Exp", [ratio], f"{output}_power", same=same)
    above = step("Max", x, zero, 1)
    below = step("Min", zero, step("Mul", alpha, step("Sub", power, one, 2), 3), 4)
    draft.add("Add", [above, below], output, final=True, main=True)
    return True


@rewriting(*_FUNCTIONS)
def scalar(draft: Draft, node: Node) -> bool:
    """A function of a scalar as that of a vector (where the parser does so)."""
    name, output = node.inputs[0], node.outputs[0]
    tensor, result = draft.tensor(name), draft.tensor(output)
    if draft.rank(name) != 0 or tensor is None or not tensor.is_float:
        return False
    vector = draft.unsqueeze(draft.operand(name), [0], f"{name}_vector", of=tensor)
    computed = draft.add(node.op, [vector], f"{output}_vector", same=result, main=True)
    draft.squeeze(computed, [0], output, final=True)
    return True
