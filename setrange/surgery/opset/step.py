# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""One step of an opset: which ops change with it, and what keeps their function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from setrange.model.constants import DTYPE_NAMES
from setrange.model.making import make_tensor
from setrange.model.types import EXTERNAL, DataType
from setrange.model.unused_names import Names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from onnx import AttributeProto, NodeProto, TensorProto

__all__ = ["ADAPTERS", "Adapter", "CannotRaiseError", "Raising", "adapter", "attribute"]


class CannotRaiseError(Exception):
    """An op has no form in the next opset that computes the same; says why."""


class Raising:
    """The facts about a model that opset adapters use.

    Attributes:
        types: Value -> element type (``onnx.TensorProto.DataType``), where it is known.
        shapes: Value -> dimensions, -1 where unknown, of the values whose rank is known.
        constants: The constants of the model, by value.
        added: Constants that adapters made; they become initializers of the main graph.
    """

    def __init__(
        self,
        types: Mapping[str, int],
        shapes: Mapping[str, tuple[int, ...]],
        constants: Mapping[str, TensorProto],
        names: Iterable[str],
    ) -> None:
        self.types = dict(types)
        self.shapes = shapes
        self.constants = constants
        self.added: list[TensorProto] = []
        self._names = Names(names)

    def ints(self, label: str, values: Iterable[int]) -> str:
        """Make a constant of int64 dimensions, axes or bounds; return its name."""
        return self._constant(label, np.array(list(values), dtype=np.int64))

    def floats(self, label: str, values: Iterable[float]) -> str:
        """Make a constant of float32 numbers; return its name."""
        return self._constant(label, np.array(list(values), dtype=np.float32))

    def scalar_like(self, label: str, value: float, like: str) -> str:
        """Make a scalar of the element type of another value; return its name."""
        dtype = DTYPE_NAMES.get(self.types.get(like, DataType.FLOAT32), "float32")
        known = dtype if dtype in ("float16", "float64") else "float32"
        return self._constant(label, np.array(value, dtype=known))

    def name(self, label: str) -> str:
        """Return a name that nothing of the model has."""
        return self._names.fresh(label)

    def numbers(self, value: str) -> list[float] | None:
        """The numbers of a small constant, or ``None`` where a value is none."""
        from onnx import numpy_helper

        tensor = self.constants.get(value)
        if tensor is None or tensor.data_location == EXTERNAL:
            return None
        try:
            return [float(x) for x in numpy_helper.to_array(tensor).reshape(-1)]
        except (TypeError, ValueError, KeyError):
            return None

    def _constant(self, label: str, values: Any) -> str:
        name = self.name(label)
        self.added.append(make_tensor(values, name))
        self.types[name] = self.added[-1].data_type
        return name


class Adapter(Protocol):
    """What makes the older form of a node the newer one.

    The node may be changed in place; the nodes that stand for it are returned.
    """

    def __call__(self, node: NodeProto, model: Raising, /) -> list[NodeProto]:
        """Return the nodes that stand for a node."""
        ...


#: (op, opset from which it reads otherwise) -> what keeps its function.
ADAPTERS: dict[tuple[str, int], Adapter] = {}


def adapter(*ops: str, since: int) -> Callable[[Adapter], Adapter]:
    """Register what keeps the function of ops that read otherwise from an opset on."""

    def register(adapt: Adapter) -> Adapter:
        for op in ops:
            if (op, since) in ADAPTERS:
                raise ValueError(f"{op} has an adapter for opset {since} already")
            ADAPTERS[op, since] = adapt
        return adapt

    return register


def attribute(node: NodeProto, name: str) -> AttributeProto | None:
    """Return an attribute of a node, or ``None``."""
    return next((attr for attr in node.attribute if attr.name == name), None)
