# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Constants behind ops that only move them: still weights, with their axes followed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from setrange.model.constants import DTYPE_NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from setrange.model.node import Node
    from setrange.model.weights import Weights

__all__ = ["MovedConstant", "axis_before", "moved"]


class MovedConstant(NamedTuple):
    """A value that holds a constant's numbers, all of them, maybe in another layout.

    Attributes:
        constant: The constant.
        dtype: Element type of the value.
        shape: Dimensions of the value.
        axes: For each axis of the value the constant's axis it is, or ``None``.
        is_in_order: True where the numbers lie as in the constant.
    """

    constant: Weights
    dtype: str
    shape: tuple[int, ...]
    axes: tuple[int | None, ...]
    is_in_order: bool = True

    @classmethod
    def of(cls, constant: Weights) -> MovedConstant:
        """The constant itself."""
        return cls(
            constant=constant,
            dtype=constant.dtype,
            shape=constant.shape,
            axes=tuple(range(constant.rank)),
        )


def moved(
    node: Node, source: MovedConstant, constants: Mapping[str, Weights]
) -> MovedConstant | None:
    """Return what a node makes of a moved constant; ``None`` if it does more than move it."""
    if node.op == "Identity":
        return source
    if node.op == "Cast":
        return _cast(node, source)
    if node.op == "Transpose":
        return _laid_out(source, node.attr_ints("perm", range(len(source.shape))[::-1]))
    shape = _new_shape(node, source.shape, constants)
    if shape is None or math.prod(shape) != math.prod(source.shape):
        return None
    return _reshaped(source, shape)


def axis_before(before: MovedConstant, after: MovedConstant, axis: int) -> int:
    """Return which axis of a node's input is ``axis``, one of the constant's, of its output."""
    return before.axes.index(after.axes[axis])


def _cast(node: Node, source: MovedConstant) -> MovedConstant | None:
    dtype = DTYPE_NAMES.get(node.attr_int("to"), "")
    if not (source.constant.is_float and dtype in ("float32", "float16")):
        return None
    return MovedConstant(
        constant=source.constant,
        dtype=dtype,
        shape=source.shape,
        axes=source.axes,
        is_in_order=source.is_in_order,
    )


def _laid_out(source: MovedConstant, order: Sequence[int]) -> MovedConstant:
    return MovedConstant(
        constant=source.constant,
        dtype=source.dtype,
        shape=tuple(source.shape[i] for i in order),
        axes=tuple(source.axes[i] for i in order),
        is_in_order=source.is_in_order and list(order) == sorted(order),
    )


def _reshaped(source: MovedConstant, shape: tuple[int, ...]) -> MovedConstant:
    """An axis survives where as many numbers lie before it as before, and it is as long."""
    places = {
        (math.prod(source.shape[:i]), dim): source.axes[i] for i, dim in enumerate(source.shape)
    }
    return MovedConstant(
        constant=source.constant,
        dtype=source.dtype,
        shape=shape,
        axes=tuple(places.get((math.prod(shape[:i]), dim)) for i, dim in enumerate(shape)),
        is_in_order=source.is_in_order,
    )


def _new_shape(
    node: Node, shape: tuple[int, ...], constants: Mapping[str, Weights]
) -> tuple[int, ...] | None:
    if node.op == "Flatten":
        axis = node.attr_int("axis", 1) % (len(shape) + 1)
        return math.prod(shape[:axis]), math.prod(shape[axis:])
    if node.op not in ("Reshape", "Squeeze", "Unsqueeze"):
        return None
    numbers = _numbers(node, constants)
    if node.op == "Squeeze":
        axes = [a % len(shape) for a in numbers or [i for i, d in enumerate(shape) if d == 1]]
        return tuple(dim for i, dim in enumerate(shape) if i not in axes)
    if numbers is None:
        return None
    if node.op == "Unsqueeze":
        rank = len(shape) + len(numbers)
        axes, rest = [a % rank for a in numbers], iter(shape)
        return tuple(1 if i in axes else next(rest) for i in range(rank))
    keeps_zero = bool(node.attr_int("allowzero"))
    dims = [shape[i] if d == 0 and not keeps_zero else d for i, d in enumerate(numbers)]
    known = math.prod(d for d in dims if d != -1)
    return tuple(math.prod(shape) // max(1, known) if d == -1 else d for d in dims)


def _numbers(node: Node, constants: Mapping[str, Weights]) -> list[int] | None:
    """The axes or dimensions a node is given, as an attribute or a constant."""
    name = "shape" if node.op == "Reshape" else "axes"
    if node.has(name):
        return node.attr_ints(name)
    constant = constants.get(node.inputs[1]) if len(node.inputs) > 1 else None
    return None if constant is None else constant.ints()
