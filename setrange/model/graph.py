# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The graph of a model as everything that rewrites models sees it: an index, and an editor.

The index answers who produces and who consumes a value, with what the bodies of If, Loop and
Scan take of it. The editor collects changes by the position of nodes, so that an index stays
right while changes are decided upon, and makes them together at the end.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from setrange.model.subgraphs import captured_values, subgraphs
from setrange.model.unused_names import Names

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from onnx import GraphProto, NodeProto, TensorProto

    from setrange.model.node import Node

__all__ = [
    "SHAPE_READERS",
    "GraphEdit",
    "GraphIndex",
    "ProducerIndex",
    "Use",
    "constant_tensors",
    "declared_types",
    "drop_inputs",
    "producers_of",
    "sources_of",
    "used_values",
]

#: Ops that look at dimensions only: they take no values.
SHAPE_READERS = frozenset({"Shape", "Size"})


class Use(NamedTuple):
    """One input of one node: input ``slot`` of the node at position ``node``."""

    node: int
    slot: int


class ProducerIndex:
    """Who produces the values of a graph.

    Args:
        nodes: The nodes, in file order; each knows its position.
        counts_empty: The empty name of unused outputs counts as that of a value.

    Attributes:
        nodes: As given.
        twins: Values that are produced twice: the name, and the producers before and after.
    """

    def __init__(self, nodes: Sequence[Node], *, counts_empty: bool = False) -> None:
        self.nodes = nodes
        self.twins: list[tuple[str, Node, Node]] = []
        self._positions: dict[str, int] = {}
        for node in nodes:
            for name in node.outputs:
                if not name and not counts_empty:
                    continue
                if name in self._positions:
                    self.twins.append((name, nodes[self._positions[name]], node))
                self._positions[name] = node.index

    def producer(self, value: str) -> Node | None:
        """The node that produces a value; ``None`` for inputs and initializers."""
        position = self._positions.get(value)
        return None if position is None else self.nodes[position]


def producers_of(nodes: Iterable[NodeProto]) -> dict[str, NodeProto]:
    """Value -> the node of a file that produces it; for where positions do not matter."""
    return {name: node for node in nodes for name in node.output if name}


def sources_of(
    value: str, producers: Mapping[str, NodeProto], movers: Collection[str]
) -> Iterator[NodeProto | None]:
    """Yield what makes a value, behind ops that only move it.

    Args:
        value: The value.
        producers: Of ``producers_of``.
        movers: Ops that give elements of their first input; Concat gives those of all inputs.

    Yields:
        Each source once; ``None``: a value that no node produces.
    """
    waiting, seen = [value], {value}
    for name in waiting:
        producer = producers.get(name)
        if producer is None or producer.op_type not in movers:
            yield producer
            continue
        moved = producer.input if producer.op_type == "Concat" else producer.input[:1]
        waiting += [other for other in moved if other not in seen]
        seen.update(moved)


class GraphIndex(ProducerIndex):
    """Who produces and consumes the values of a graph.

    Args:
        nodes: The nodes, in file order; each knows its position.
        outputs: Names of the graph's outputs.
        ignored: Ops that are no consumers, such as ``SHAPE_READERS``.

    Attributes:
        outputs: As given.
        captured: Values that bodies of If, Loop and Scan take.
    """

    def __init__(
        self, nodes: Sequence[Node], outputs: Iterable[str], *, ignored: Collection[str] = ()
    ) -> None:
        super().__init__(nodes)
        self.outputs = frozenset(outputs)
        self.captured = captured_values(node.proto for node in nodes)
        self._uses: dict[str, list[Use]] = defaultdict(list)
        for node in nodes:
            for slot, name in enumerate(node.inputs):
                if name and node.op not in ignored:
                    self._uses[name].append(Use(node.index, slot))

    def uses(self, value: str) -> Sequence[Use]:
        """Where nodes of this graph take a value; bodies are not among them."""
        return self._uses.get(value, ())

    def consumers(self, value: str) -> list[Node]:
        """The nodes that take a value, each once."""
        return [self.nodes[i] for i in dict.fromkeys(use.node for use in self.uses(value))]

    def only_consumer(self, value: str) -> Node | None:
        """The one node that takes a value nobody else sees, or ``None``."""
        if self.is_seen_outside(value):
            return None
        uses = self.uses(value)
        # Not by way of consumers(): a value may have many, and be asked about once for each.
        if not uses or any(use.node != uses[0].node for use in uses):
            return None
        return self.nodes[uses[0].node]

    def is_output(self, value: str) -> bool:
        """True for an output of the graph."""
        return value in self.outputs

    def is_seen_outside(self, value: str) -> bool:
        """True for an output of the graph, and for what a body of one of its nodes takes."""
        return value in self.outputs or value in self.captured

    def consumed(self) -> Iterator[str]:
        """Every value that a node of this graph takes."""
        return iter(self._uses)


class GraphEdit:
    """Changes of one graph, collected by the position of nodes, and made by ``apply``.

    Args:
        graph: The graph, which is changed. Nodes that are inserted are not counted.
        names: Names that are taken, of values and of nodes: all of the model, or those that
            the editor of another graph of it goes on with.
    """

    def __init__(self, graph: GraphProto, names: Iterable[str] | Names = ()) -> None:
        self._graph = graph
        self._nodes = list(graph.node)
        self._names = names if isinstance(names, Names) else Names(names)
        self._instead: dict[int, list[NodeProto]] = {}
        self._before: dict[int, list[NodeProto]] = defaultdict(list)
        self._after: dict[int, list[NodeProto]] = defaultdict(list)

    def fresh_name(self, label: str) -> str:
        """Return a name like this one that nothing has; from now on it is taken."""
        return self._names.fresh(label)

    def insert_before(self, position: int, nodes: Iterable[NodeProto]) -> None:
        """Put nodes before one (or at the end), behind those that were put there already."""
        self._before[position] += nodes

    def insert_after(self, position: int, nodes: Iterable[NodeProto]) -> None:
        """Put nodes behind one, behind those that were put there already."""
        self._after[position] += nodes

    def append(self, nodes: Iterable[NodeProto]) -> None:
        """Put nodes at the end."""
        self.insert_after(len(self._nodes), nodes)

    def replace(self, position: int, nodes: Iterable[NodeProto]) -> None:
        """Put nodes in the place of one."""
        self._instead[position] = list(nodes)

    def remove(self, position: int) -> None:
        """Take a node out; what was put before or behind it stays."""
        self.replace(position, ())

    def set_use(self, use: Use, value: str) -> None:
        """Let one input of a node take another value."""
        self._nodes[use.node].input[use.slot] = value

    def rename(self, names: Mapping[str, str]) -> None:
        """Give values other names wherever nodes and their bodies have them.

        That includes the nodes that were put in so far. Outputs of the graph keep theirs.
        """
        for node in self.nodes():
            _rename(node, names)

    def nodes(self) -> list[NodeProto]:
        """The nodes as they will be, in order."""
        made: list[NodeProto] = []
        for position, node in enumerate(self._nodes):
            made += self._before.get(position, ())
            made += self._instead.get(position, (node,))
            made += self._after.get(position, ())
        end = len(self._nodes)
        return [*made, *self._before.get(end, ()), *self._after.get(end, ())]

    def apply(self, *, without: Collection[str] = ()) -> None:
        """Make the changes.

        Args:
            without: Values that nothing has any more: nodes with one among their outputs, and
                inputs of that name, are taken out too.
        """
        nodes = self.nodes()
        if without:
            nodes = [node for node in nodes if not any(name in without for name in node.output)]
        del self._graph.node[:]
        self._graph.node.extend(nodes)
        drop_inputs(self._graph, without)


def _rename(node: NodeProto, names: Mapping[str, str]) -> None:
    for values in (node.input, node.output):
        for i, name in enumerate(values):
            values[i] = names.get(name, name)
    for graph in subgraphs(node):
        for value in graph.output:
            value.name = names.get(value.name, value.name)
        for inner in graph.node:
            _rename(inner, names)


def drop_inputs(graph: GraphProto, names: Collection[str]) -> None:
    """Take these out of a graph's inputs: old models list their initializers there too."""
    if any(value.name in names for value in graph.input):
        kept = [value for value in graph.input if value.name not in names]
        del graph.input[:]
        graph.input.extend(kept)


def used_values(nodes: Collection[NodeProto], outputs: Iterable[str] = ()) -> set[str]:
    """Return every value that nodes or their bodies take, and the outputs of their graph."""
    return {name for node in nodes for name in node.input} | captured_values(nodes) | {*outputs}


def constant_tensors(graph: GraphProto) -> dict[str, TensorProto]:
    """Return the constants of a graph by value: initializers, and tensors of Constant nodes."""
    constants = {tensor.name: tensor for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant" and node.output:
            for attr in node.attribute:
                if attr.name == "value" and not attr.ref_attr_name:
                    constants[node.output[0]] = attr.t
    return constants


def declared_types(graph: GraphProto) -> dict[str, int]:
    """Return the element type of each value for which the file says it."""
    return {
        value.name: value.type.tensor_type.elem_type
        for value in (*graph.value_info, *graph.input, *graph.output)
        if value.type.tensor_type.elem_type
    }
