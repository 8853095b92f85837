# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Constants in float16, cast while they are written."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from setrange.model.constants import weights_from_tensor
from setrange.model.messages import messages
from setrange.model.streamed import StreamedTensor
from setrange.model.types import DataType
from setrange.model.weights import Weights

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from onnx import TensorProto

    from setrange.model.node import Node

__all__ = ["ENDLESS", "LARGEST", "float_constants", "half_tensor", "vanishes"]

#: Largest finite float16.
LARGEST = 65504.0

#: A number of this size or more stands for infinity: the fill of a mask, an open bound.
ENDLESS = 1e9

#: What such a number becomes: a score can still be added to it.
_ENDLESS_HALF = 32768.0

#: Numbers up to this round to 0: half of the smallest float16.
_VANISHING = 2.0**-25


def vanishes(constant: Weights) -> bool:
    """True for a constant that is not 0 and would be 0 in float16: an epsilon."""
    return 0 < constant.amax() <= _VANISHING


def float_constants(
    nodes: Iterable[Node], initializers: Iterable[TensorProto | StreamedTensor], base: Path
) -> dict[str, Weights]:
    """Return the float32 initializers and the values of float Constant nodes, by name."""
    constants = {
        tensor.name: weights_from_tensor(tensor, base)
        for tensor in initializers
        if not isinstance(tensor, StreamedTensor)
    }
    for node in nodes:
        if node.op != "Constant":
            continue
        name, tensor = node.outputs[0], node.attr_tensor("value")
        if tensor is not None:
            constants[name] = weights_from_tensor(tensor, base, name)
        elif node.has("value_float"):
            constants[name] = Weights.of(np.float32(node.attr_float("value_float")).reshape(()))
        elif node.has("value_floats"):
            constants[name] = Weights.of(np.array(node.attr_floats("value_floats"), np.float32))
    return {name: found for name, found in constants.items() if found.dtype == "float32"}


def half_tensor(
    constant: Weights, name: str, *, is_scale: bool, is_bound: bool
) -> StreamedTensor:
    """Return a float32 constant as a float16 initializer; its values are read when written.

    Args:
        constant: The float32 values.
        name: The name it gets.
        is_scale: A scale of a pair: it stays positive.
        is_bound: A bound: one beyond float16 bounds nothing, and becomes the largest number.
    """
    least = float(np.finfo(np.float16).smallest_subnormal) if is_scale else -math.inf
    endless = LARGEST if is_bound else _ENDLESS_HALF
    return StreamedTensor(
        head=messages().TensorProto(
            name=name, data_type=int(DataType.FLOAT16), dims=constant.shape
        ),
        size=2 * constant.count,
        parts=partial(_parts, constant, least, endless),
    )


def _parts(constant: Weights, least: float, endless: float) -> Iterator[bytes]:
    is_large = LARGEST < constant.amax() < math.inf
    for _, rows in constant.slices():
        values = np.maximum(rows, least) if least > 0 else rows
        if is_large:
            limit = np.where(np.abs(values) < ENDLESS, LARGEST, endless)
            values = np.clip(values, -limit, limit)
        yield values.astype(np.float16).tobytes()
