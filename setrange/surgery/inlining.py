# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Local functions, put in place of their calls: Q/DQ pairs go into the main graph only."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from setrange.errors import ModelError, UnsupportedError
from setrange.model.graph import GraphEdit
from setrange.model.subgraphs import subgraphs
from setrange.model.unused_names import Names
from setrange.model.writing import skeleton_of
from setrange.surgery.opset import same_function

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from onnx import AttributeProto, FunctionProto, GraphProto, NodeProto

    from setrange.model.loading import Model

__all__ = ["MOST_NODES", "Inlined", "inlined"]

#: Nodes that a model may grow to: functions that call each other grow exponentially.
MOST_NODES = 100_000
#: How deep functions may call each other.
_MOST_LEVELS = 100


class Inlined(NamedTuple):
    """A model whose local functions were put in place of their calls.

    Attributes:
        model: The model; the given one where it has no functions.
        origins: Value of a function's body, as it is called now -> its name in the function,
            and how many values of that name were made before it.
    """

    model: Model
    origins: Mapping[str, tuple[str, int]]


def inlined(model: Model) -> Inlined:
    """Return a model with its local functions in place of their calls.

    Raises:
        ModelError: A function calls itself, or the functions make a model too large.
        UnsupportedError: A function has another opset than the model, which matters for it.
    """
    if not model.proto.functions:
        return Inlined(model=model, origins={})
    proto = skeleton_of(model.proto)
    proto.graph.initializer.extend(model.graph.initializer)
    work = _Inlining(model)
    work.graph(proto.graph, {}, 0)
    del proto.functions[:]
    opsets = {entry.domain: entry.version for entry in proto.opset_import}
    for function in model.proto.functions:
        for entry in function.opset_import:
            if entry.domain not in opsets:
                opsets[entry.domain] = entry.version
                proto.opset_import.add(domain=entry.domain, version=entry.version)
    return Inlined(model=model.changed(proto), origins=work.origins(proto.graph))


class _Inlining:
    def __init__(self, model: Model) -> None:
        self._model = model
        self._functions = {
            (f.domain, f.name, getattr(f, "overload", "")): f for f in model.proto.functions
        }
        self._names = Names(model.value_names() | {node.name for node in model.graph.node})
        self._count = 0
        self._old: dict[str, str] = {}

    def graph(self, graph: GraphProto, names: Mapping[str, str], level: int) -> None:
        """Replace the calls of a graph, in place; outer values have these names."""
        edit = GraphEdit(graph)
        for position, node in enumerate(graph.node):
            edit.replace(position, self._nodes(node, names, level))
        edit.apply()
        for value in graph.output:
            value.name = names.get(value.name, value.name)

    def _nodes(
        self, node: NodeProto, names: Mapping[str, str], level: int
    ) -> Sequence[NodeProto]:
        """The nodes that stand for one, its values renamed."""
        for values in (node.input, node.output):
            for i, name in enumerate(values):
                values[i] = names.get(name, name)
        self._count += 1
        if self._count > MOST_NODES:
            raise ModelError(
                f"{self._model.path}: its local functions make more than {MOST_NODES} nodes; "
                f"export the model without functions"
            )
        for body in subgraphs(node):
            self.graph(body, names, level)
        function = self._functions.get(
            (node.domain, node.op_type, getattr(node, "overload", ""))
        )
        return [node] if function is None else self._body(node, function, level)

    def _body(self, call: NodeProto, function: FunctionProto, level: int) -> list[NodeProto]:
        from onnx import helper

        if level >= _MOST_LEVELS:
            raise ModelError(
                f"{self._model.path}: function {function.name!r} is called by itself, or "
                f"{_MOST_LEVELS} functions deep; export the model without functions"
            )
        self._check_opset(function)
        given = {attr.name: attr for attr in call.attribute}
        given = {**{attr.name: attr for attr in function.attribute_proto}, **given}
        names = dict.fromkeys(function.input, "")
        names.update(zip(function.input, call.input, strict=False))
        outputs = dict(zip(function.output, call.output, strict=False))
        ends = {name: new for name, new in outputs.items() if new}
        copies: list[NodeProto] = []
        for name, new in ends.items():
            if name in names:  # a parameter that is handed on
                copies.append(helper.make_node("Identity", [names[name]], [new]))
        made: list[NodeProto] = []
        for inner in function.node:
            twin = type(inner).FromString(inner.SerializeToString())
            _bind(twin, given)
            if twin.name:
                twin.name = self._names.fresh(twin.name)
            for name in twin.output:
                if name and name not in names:
                    names[name] = ends.get(name) or self._value(name)
            self._rename_bodies(twin, names)
            made += self._nodes(twin, names, level + 1)
        return [*made, *copies]

    def _value(self, name: str) -> str:
        """A name for a value of a function's body: its own, unless something has it."""
        new = self._names.fresh(name)
        self._old[new] = name
        return new

    def origins(self, graph: GraphProto) -> dict[str, tuple[str, int]]:
        """Number values of one name in the order of the nodes that make them."""
        counts: dict[str, int] = {}
        numbered = {}
        for node in graph.node:
            for new in node.output:
                if new in self._old:
                    name = self._old[new]
                    numbered[new] = (name, counts.get(name, 0))
                    counts[name] = counts.get(name, 0) + 1
        return numbered

    def _rename_bodies(self, node: NodeProto, names: dict[str, str]) -> None:
        """Values that bodies of If, Loop and Scan make get names of their own too."""
        for body in subgraphs(node):
            for tensor in body.initializer:
                names[tensor.name] = tensor.name = self._names.fresh(tensor.name)
            for value in body.input:
                names[value.name] = value.name = self._names.fresh(value.name)
            for inner in body.node:
                for name in inner.output:
                    if name:
                        names[name] = self._names.fresh(name)

    def _check_opset(self, function: FunctionProto) -> None:
        own = next((e.version for e in function.opset_import if e.domain in ("", "ai.onnx")), 0)
        have = self._model.opset()
        if own and own != have and not same_function(function.node, own, have):
            raise UnsupportedError(
                f"{self._model.path}: function {function.name!r} has opset {own}, the model "
                f"{have}, and its ops read otherwise there; export the model without functions"
            )


def _bind(node: NodeProto, given: Mapping[str, AttributeProto]) -> None:
    """Give attributes that refer to those of the call their values."""
    attributes = list(node.attribute)
    del node.attribute[:]
    for attr in attributes:
        if not attr.ref_attr_name:
            node.attribute.append(attr)
            for graph in [*([attr.g] if attr.HasField("g") else []), *attr.graphs]:
                for inner in graph.node:
                    _bind(inner, given)
        elif attr.ref_attr_name in given:
            twin = node.attribute.add()
            twin.CopyFrom(given[attr.ref_attr_name])
            twin.name = attr.name
