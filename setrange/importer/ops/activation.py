# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Activations that are one layer, and PRelu."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from setrange.importer.helpers.attributes import required_float
from setrange.importer.helpers.broadcast import (
    NUMPY_BROADCAST,
    activation_helper,
    broadcast_tensors,
)
from setrange.importer.helpers.inputs import required
from setrange.importer.helpers.tensors import require_not_type
from setrange.importer.registry import importer
from setrange.importer.rejections import refuse, require

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network.modes import ActivationOp

#: An attribute and its default; no default = the attribute is required.
_Attribute = tuple[str, "float | None"]


def _activation(
    ctx: ImporterContext,
    node: Node,
    inputs: list[Value],
    *,
    op: ActivationOp,
    attributes: Sequence[_Attribute],
) -> Sequence[Value]:
    values = [
        required_float(node, name) if default is None else node.attr_float(name, default)
        for name, default in attributes
    ]
    return activation_helper(ctx, inputs, op, *values)


_ACTIVATIONS: tuple[tuple[str, ActivationOp, list[_Attribute]], ...] = (
    ("Elu", "elu", [("alpha", 1.0)]),
    ("HardSigmoid", "hard_sigmoid", [("alpha", 0.2), ("beta", 0.5)]),
    ("LeakyRelu", "leaky_relu", [("alpha", 0.01)]),
    ("ParametricSoftplus", "softplus", [("alpha", None), ("beta", None)]),
    ("Relu", "relu", []),
    ("ScaledTanh", "scaled_tanh", [("alpha", None), ("beta", None)]),
    ("Selu", "selu", [("alpha", 1.6732), ("gamma", 1.0507)]),
    ("Sigmoid", "sigmoid", []),
    ("Softplus", "softplus", []),
    ("Softsign", "softsign", []),
    ("Tanh", "tanh", []),
    ("ThresholdedRelu", "thresholded_relu", [("alpha", 1.0)]),
)

for _op, _kind, _attributes in _ACTIVATIONS:
    importer(_op, since="7.0", source=f"7.0:import{_op}")(
        partial(_activation, op=_kind, attributes=_attributes)
    )


@importer("Gelu", since="10.1", source="10.1-GA:importGelu")
def gelu(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    approximate = node.attr_str("approximate", "none")
    kinds: dict[str, ActivationOp] = {"none": "gelu_erf", "tanh": "gelu_tanh"}
    kind = kinds.get(approximate)
    if kind is None:
        refuse(f"Gelu does not know the approximation {approximate!r}")
    return activation_helper(ctx, inputs, kind)


def _prelu(
    ctx: ImporterContext, node: Node, inputs: list[Value], *, any_opset: bool
) -> Sequence[Value]:
    """``any_opset``: before opset 7 a slope of another rank is left as it is."""
    for index in (0, 1):
        require_not_type(ctx, required(inputs, index), "INT32", "INT64")
    require(len(inputs) == 2, "PRelu takes two inputs")
    tensor = ctx.to_tensor(inputs[0])
    slope = ctx.to_tensor(inputs[1])
    if not any_opset or ctx.opset >= NUMPY_BROADCAST:
        tensor, slope = broadcast_tensors(ctx, tensor, slope)
    return [ctx.register_layer(ctx.net.add_parametric_relu(tensor, slope)).output]


importer("PRelu", since="7.0", source="7.0:importPRelu")(partial(_prelu, any_opset=True))
importer("PRelu", since="7.1", source="7.1:importPRelu")(partial(_prelu, any_opset=False))
