# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Activations of recurrent ops, with their parameters.

Source: onnx/onnx-tensorrt 7.0 to 10.10: OnnxAttrs.cpp (activationStringToEnum),
getActivationDefaultAlpha, getActivationDefaultBeta, parseLSTMActivationValues.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from setrange.importer.rejections import refuse, require

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.model.node import Node
    from setrange.network.modes import ActivationOp

__all__ = ["Activation", "recurrent_activations"]

#: TensorRT's operation, alpha, beta.
Activation: TypeAlias = "tuple[ActivationOp, float, float]"

#: ONNX name -> TensorRT's operation, default alpha, default beta.
_KNOWN: dict[str, Activation] = {
    "Relu": ("relu", 0.0, 0.0),
    "Tanh": ("tanh", 0.0, 0.0),
    "Sigmoid": ("sigmoid", 0.0, 0.0),
    "LeakyRelu": ("leaky_relu", 0.01, 0.0),
    "ThresholdedRelu": ("thresholded_relu", 1.0, 0.0),
    "ScaledTanh": ("scaled_tanh", 1.0, 1.0),
    "HardSigmoid": ("hard_sigmoid", 0.2, 0.5),
    "Elu": ("elu", 1.0, 0.0),
    "Softsign": ("softsign", 0.0, 0.0),
    "Softplus": ("softplus", 0.0, 0.0),
}


def recurrent_activations(
    node: Node, defaults: Sequence[str], *, by_need: bool = False
) -> list[Activation]:
    """Return the activations of one direction.

    Args:
        node: LSTM, GRU or RNN.
        defaults: ONNX names of the activations of one direction, if the node gives none.
        by_need: Given values go to the activations that take one, in order (LSTM from 8.0
            on); else to the first ones.

    Raises:
        ParserRefusedError: Too few or unknown activations, or a backward pass that differs
            from the forward pass.
    """
    count = len(defaults)
    directions = 2 if node.attr_str("direction", "forward") == "bidirectional" else 1
    given = node.attr_strs("activations")
    names = given if node.has("activations") else [*defaults] * directions
    require(len(names) >= count * directions, f"{node.op} needs {count} activations")
    known: list[Activation] = []
    for name in names:
        if name not in _KNOWN:
            refuse(f"unknown activation {name!r}")
        known.append(_KNOWN[name])
    assign = _by_need if by_need else _from_front
    alphas = assign([a for _, a, _ in known], node.attr_floats("activation_alpha"))
    betas = assign([b for _, _, b in known], node.attr_floats("activation_beta"))
    result = [(op, a, b) for (op, _, _), a, b in zip(known, alphas, betas, strict=True)]
    require(
        directions == 1 or result[:count] == result[count : 2 * count],
        f"the activations of both directions of {node.op} must be the same",
    )
    return result[:count]


def _from_front(defaults: list[float], given: list[float]) -> list[float]:
    return [*given, *defaults[len(given) :]][: len(defaults)]


def _by_need(defaults: list[float], given: list[float]) -> list[float]:
    values = iter(given)
    return [default if default == 0 else next(values, default) for default in defaults]
