# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A read-only view of an ONNX node with typed attribute access."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.model.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from onnx import AttributeProto, GraphProto, NodeProto, TensorProto

__all__ = ["Node"]


class Node:
    """An ONNX node.

    Attributes:
        op: Op type.
        domain: Op domain; ``""`` is ONNX's own.
        name: Node name as in the file; may be empty.
        inputs: Value names; ``""`` = absent optional input.
        outputs: Value names; ``""`` = output not used.
        index: Position in its graph.
        bound: Attributes of the calling node, for nodes inside a local function.
    """

    __slots__ = (
        "_attrs",
        "_origin",
        "bound",
        "domain",
        "index",
        "inputs",
        "name",
        "op",
        "outputs",
        "proto",
    )

    def __init__(
        self,
        proto: NodeProto,
        index: int,
        bound: Mapping[str, AttributeProto] | None = None,
    ) -> None:
        self.proto = proto
        self.op: str = proto.op_type
        self.domain: str = proto.domain
        self.name: str = proto.name
        self.inputs: list[str] = list(proto.input)
        self.outputs: list[str] = list(proto.output)
        self.index = index
        self.bound = bound
        self._attrs: dict[str, AttributeProto] | None = None
        self._origin: Origin | None = None

    @property
    def label(self) -> str:
        """The name the parser uses: the node's, else ``node_of_<first output>``."""
        if self.name or not self.outputs:
            return self.name
        return f"node_of_{self.outputs[0]}"

    @property
    def origin(self) -> Origin:
        """This node as the origin of layers (one object per node)."""
        if self._origin is None:
            self._origin = Origin(
                node=self.name, op=self.op, outputs=tuple(self.outputs), index=self.index
            )
        return self._origin

    @property
    def attrs(self) -> dict[str, AttributeProto]:
        """Attributes by name; references to a local function's attributes are resolved.

        A reference to an attribute the function was not given is an attribute of value 0,
        as in the parser.
        """
        if self._attrs is None:
            bound = self.bound or {}
            self._attrs = {
                attr.name: bound.get(attr.ref_attr_name, attr) if attr.ref_attr_name else attr
                for attr in self.proto.attribute
            }
        return self._attrs

    @property
    def has_bodies(self) -> bool:
        """True for nodes that hold graphs: If, Loop, Scan."""
        return any(attr.HasField("g") or attr.graphs for attr in self.proto.attribute)

    def has(self, name: str) -> bool:
        """True if the attribute is present."""
        return name in self.attrs

    def attr_int(self, name: str, default: int = 0) -> int:
        """Integer attribute."""
        attr = self.attrs.get(name)
        return default if attr is None else int(attr.i)

    def attr_float(self, name: str, default: float = 0.0) -> float:
        """Float attribute."""
        attr = self.attrs.get(name)
        return default if attr is None else float(attr.f)

    def attr_str(self, name: str, default: str = "") -> str:
        """String attribute."""
        attr = self.attrs.get(name)
        return default if attr is None else attr.s.decode("utf-8", "replace")

    def attr_ints(self, name: str, default: Sequence[int] = ()) -> list[int]:
        """List of integers."""
        attr = self.attrs.get(name)
        return list(default) if attr is None else [int(i) for i in attr.ints]

    def attr_floats(self, name: str, default: Sequence[float] = ()) -> list[float]:
        """List of floats."""
        attr = self.attrs.get(name)
        return list(default) if attr is None else [float(f) for f in attr.floats]

    def attr_strs(self, name: str, default: Sequence[str] = ()) -> list[str]:
        """List of strings."""
        attr = self.attrs.get(name)
        return (
            list(default)
            if attr is None
            else [s.decode("utf-8", "replace") for s in attr.strings]
        )

    def attr_tensor(self, name: str) -> TensorProto | None:
        """Tensor attribute, or ``None``."""
        attr = self.attrs.get(name)
        return None if attr is None else attr.t

    def attr_graph(self, name: str) -> GraphProto | None:
        """Subgraph attribute, or ``None``."""
        attr = self.attrs.get(name)
        return None if attr is None else attr.g

    def __repr__(self) -> str:
        return f"Node({self.op}, {self.label!r})"
