# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A node's inputs and attributes, as an importer asks for them; what is missing is refused."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, TypeVar

from setrange.importer.rejections import refuse, require
from setrange.model.weights import Weights
from setrange.network import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from onnx import TensorProto

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node

    Getter: TypeAlias = Callable[[ImporterContext, Sequence[Value], int], Value]

__all__ = [
    "arguments",
    "one_of",
    "optional",
    "present",
    "require_one_output",
    "required",
    "required_float",
    "required_int",
    "required_ints",
    "required_tensor",
    "required_tensor_attr",
    "required_weights",
]

T = TypeVar("T", bound=str)


def arguments(
    handler: Callable[..., Any], ctx: ImporterContext, node: Node, inputs: list[Value]
) -> list[Any]:
    """What a handler's positional parameters get, by their types (see ``op_types``)."""
    whole, getters, rest = _plan(handler)
    everything = (ctx, node, inputs)
    given: list[Any] = []  # by plain loops: this is done for each node
    for i in whole:
        given.append(everything[i])  # noqa: PERF401
    for i, get in enumerate(getters):
        given.append(get(ctx, inputs, i))
    if rest is not None:
        given += [rest(ctx, inputs, i) for i in range(len(getters), len(inputs))]
    return given


@functools.cache
def _plan(handler: Callable[..., Any]) -> tuple[list[int], list[Getter], Getter | None]:
    """What a handler takes: of the node as a whole, for each input, for all further ones."""
    whole: list[int] = []
    getters: list[Getter] = []
    for parameter in inspect.signature(handler).parameters.values():
        kind = str(parameter.annotation)
        if parameter.kind is parameter.KEYWORD_ONLY:
            break
        if parameter.kind is parameter.VAR_POSITIONAL:
            return whole, getters, _GETTERS[kind]
        if kind in _WHOLE:
            whole.append(_WHOLE[kind])
        else:
            getters.append(_GETTERS[kind])
    return whole, getters, None


def required(inputs: Sequence[Value], index: int) -> Tensor | Weights:
    """Return input ``index``; refuses a node that lacks it."""
    value = inputs[index] if index < len(inputs) else None
    if value is None:
        refuse(f"the node has no input {index}, which TensorRT requires")
    return value


def optional(inputs: Sequence[Value], index: int) -> Value:
    """Return input ``index``, ``None`` where the node has none."""
    return inputs[index] if index < len(inputs) else None


def present(inputs: Sequence[Value], index: int) -> bool:
    """True if the node has input ``index``, and values in it if it is an initializer."""
    value = optional(inputs, index)
    return value is not None and not (isinstance(value, Weights) and not value.count)


def required_tensor(inputs: Sequence[Value], index: int) -> Tensor:
    """Return input ``index``, which must not be an initializer."""
    value = required(inputs, index)
    if not isinstance(value, Tensor):
        refuse(f"input {index} must not be an initializer")
    return value


def required_weights(inputs: Sequence[Value], index: int) -> Weights:
    """Return input ``index``, which must be an initializer."""
    value = required(inputs, index)
    if not isinstance(value, Weights):
        refuse(f"input {index} must be an initializer")
    return value


def _tensor(ctx: ImporterContext, inputs: Sequence[Value], index: int) -> Tensor:
    value = required(inputs, index)
    return value if isinstance(value, Tensor) else ctx.to_tensor(value)


def _unless_absent(getter: Getter) -> Getter:
    def get(ctx: ImporterContext, inputs: Sequence[Value], index: int) -> Value:
        return None if optional(inputs, index) is None else getter(ctx, inputs, index)

    return get


#: What is not of one input: the context (0), the node (1) and all inputs (2).
_WHOLE = {
    "OpContext": 0,
    "Node": 1,
    "list[Value]": 2,
}
_GETTERS: dict[str, Getter] = {
    "Tensor": _tensor,
    "Weights": lambda ctx, inputs, i: required_weights(inputs, i),
    "Computed": lambda ctx, inputs, i: required_tensor(inputs, i),
    "Given": lambda ctx, inputs, i: required(inputs, i),
    "Value": lambda ctx, inputs, i: optional(inputs, i),
}
_GETTERS |= {f"{kind} | None": _unless_absent(getter) for kind, getter in _GETTERS.items()}


def _require(node: Node, name: str) -> None:
    if not node.has(name):
        refuse(f"the node has no attribute {name!r}, which TensorRT requires")


def required_float(node: Node, name: str) -> float:
    """Return a float attribute; refuses a node that lacks it."""
    _require(node, name)
    return node.attr_float(name)


def required_int(node: Node, name: str) -> int:
    """Return an integer attribute; refuses a node that lacks it."""
    _require(node, name)
    return node.attr_int(name)


def required_ints(node: Node, name: str) -> list[int]:
    """Return a list of integers; refuses a node that lacks it."""
    _require(node, name)
    return node.attr_ints(name)


def required_tensor_attr(node: Node, name: str) -> TensorProto:
    """Return a tensor attribute; refuses a node that lacks it."""
    tensor = node.attr_tensor(name)
    if tensor is None:
        refuse(f"the node has no attribute {name!r}, which TensorRT requires")
    return tensor


def one_of(node: Node, name: str, values: Sequence[T], default: str = "") -> T:
    """Return a text attribute; refuses a node whose value is none of these."""
    given = node.attr_str(name, default)
    found = [value for value in values if value == given]
    if not found:
        refuse(f"{name} of {node.op} must be one of {', '.join(values)}; it is {given!r}")
    return found[0]


def require_one_output(node: Node) -> None:
    """Refuse a node with more outputs than one that have names."""
    require(not any(node.outputs[1:]), f"TensorRT supports one output of {node.op} only")
