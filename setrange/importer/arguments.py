# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A node's inputs and attributes, as an importer asks for them; what is missing is refused."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, TypeVar

from setrange.importer.context import ImporterContext
from setrange.importer.rejections import refuse
from setrange.model.types import DataType
from setrange.model.weights import Weights
from setrange.network import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from onnx import TensorProto

    from setrange.importer.value import Value

    Getter: TypeAlias = Callable[["NodeContext", int], Value]

T = TypeVar("T", bound=str)

_TYPE_NAMES = {dtype.label: dtype.trt for dtype in DataType if dtype.trt is not None}


class NodeContext(ImporterContext):
    """The state of an import, with what the node being imported has, and must have."""

    # -- inputs -------------------------------------------------------------------------

    def required(self, index: int) -> Tensor | Weights:
        """Return input ``index``; refuses a node that lacks it."""
        value = self.optional(index)
        if value is None:
            refuse(f"the node has no input {index}, which TensorRT requires")
        return value

    def optional(self, index: int) -> Value:
        """Return input ``index``, ``None`` where the node has none."""
        return self.inputs[index] if index < len(self.inputs) else None

    def present(self, index: int) -> bool:
        """True if the node has input ``index``, and values in it if it is an initializer."""
        value = self.optional(index)
        return value is not None and not (isinstance(value, Weights) and not value.count)

    def required_tensor(self, index: int) -> Tensor:
        """Return input ``index``, which must not be an initializer."""
        value = self.required(index)
        if not isinstance(value, Tensor):
            refuse(f"input {index} must not be an initializer")
        return value

    def required_weights(self, index: int) -> Weights:
        """Return input ``index``, which must be an initializer."""
        value = self.required(index)
        if not isinstance(value, Weights):
            refuse(f"input {index} must be an initializer")
        return value

    def input_tensor(self, index: int) -> Tensor:
        """Return input ``index`` as a tensor; an initializer becomes a Constant layer."""
        value = self.required(index)
        return value if isinstance(value, Tensor) else self.to_tensor(value)

    # -- types of inputs ----------------------------------------------------------------

    def type_name(self, value: Value) -> str:
        """The parser's name of a value's element type (``INT32``, ``HALF``, ...)."""
        if value is None:
            return "UNKNOWN TYPE"
        dtype = value.dtype
        if not isinstance(value, Tensor):
            if dtype == "float64":
                dtype = "float32"
            if dtype == "int64" and not self.profile.native_int64:
                dtype = "int32"
        return _TYPE_NAMES.get(dtype, "UNKNOWN TYPE")

    def refuse_types(self, value: Value, *invalid: str) -> None:
        """Refuse element types the op does not take (``notInvalidType``)."""
        name = self.type_name(value)
        if name in invalid:
            refuse(f"found unsupported input type of {name}")

    # -- attributes ---------------------------------------------------------------------

    def require_attribute(self, name: str) -> None:
        """Refuse a node that lacks an attribute."""
        if not self.node.has(name):
            refuse(f"the node has no attribute {name!r}, which TensorRT requires")

    def required_float(self, name: str) -> float:
        """Return a float attribute; refuses a node that lacks it."""
        self.require_attribute(name)
        return self.node.attr_float(name)

    def required_int(self, name: str) -> int:
        """Return an integer attribute; refuses a node that lacks it."""
        self.require_attribute(name)
        return self.node.attr_int(name)

    def required_ints(self, name: str) -> list[int]:
        """Return a list of integers; refuses a node that lacks it."""
        self.require_attribute(name)
        return self.node.attr_ints(name)

    def required_tensor_attr(self, name: str) -> TensorProto:
        """Return a tensor attribute; refuses a node that lacks it."""
        self.require_attribute(name)
        return self.node.attrs[name].t

    def one_of(self, name: str, values: Sequence[T], default: str = "") -> T:
        """Return a text attribute; refuses a node whose value is none of these."""
        given = self.node.attr_str(name, default)
        found = [value for value in values if value == given]
        if not found:
            rule = f"{name} of {self.node.op} must be one of {', '.join(values)}"
            refuse(f"{rule}; it is {given!r}")
        return found[0]


# -- what the parameters of an importer get ---------------------------------------------


def arguments(handler: Callable[..., Any], ctx: NodeContext) -> list[Any]:
    """What a handler's parameters after the context get, by their types (``op_types``)."""
    getters, rest = _plan(handler)
    given = []  # by a plain loop: this is done for each node
    for i, get in enumerate(getters):
        given.append(get(ctx, i))
    if rest is not None:
        given += [rest(ctx, i) for i in range(len(getters), len(ctx.inputs))]
    return given


@functools.cache
def _plan(handler: Callable[..., Any]) -> tuple[list[Getter], Getter | None]:
    """What a handler takes: for each input, and for all further ones."""
    getters: list[Getter] = []
    for parameter in list(inspect.signature(handler).parameters.values())[1:]:
        if parameter.kind is parameter.KEYWORD_ONLY:
            break
        getter = _GETTERS[str(parameter.annotation)]
        if parameter.kind is parameter.VAR_POSITIONAL:
            return getters, getter
        getters.append(getter)
    return getters, None


def _unless_absent(getter: Getter) -> Getter:
    return lambda ctx, index: None if ctx.optional(index) is None else getter(ctx, index)


_GETTERS: dict[str, Getter] = {
    "Tensor": NodeContext.input_tensor,
    "Weights": NodeContext.required_weights,
    "Computed": NodeContext.required_tensor,
    "Given": NodeContext.required,
    "Value": NodeContext.optional,
}
_GETTERS |= {f"{kind} | None": _unless_absent(getter) for kind, getter in _GETTERS.items()}
