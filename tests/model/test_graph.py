# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The index and the editor that everything that rewrites models shares."""

from __future__ import annotations

from onnx import GraphProto, NodeProto, TensorProto, helper

from setrange.model.graph import (
    SHAPE_READERS,
    GraphEdit,
    GraphIndex,
    ProducerIndex,
    Use,
    constant_tensors,
    declared_types,
    used_values,
)
from setrange.model.node import Node


def graph() -> GraphProto:
    """x -> a -> (b, c), with an If whose branch takes a, and a Shape that reads c."""
    branch = helper.make_graph(
        [helper.make_node("Neg", ["a"], ["n"])],
        "branch",
        [],
        [helper.make_tensor_value_info("n", TensorProto.FLOAT, None)],
    )
    value = helper.make_tensor("v", TensorProto.BOOL, [], [True])
    nodes = [
        helper.make_node("Relu", ["x"], ["a"], "first"),
        helper.make_node("Add", ["a", "a"], ["b"], "second"),
        helper.make_node("Split", ["a"], ["", "c"], "third"),
        helper.make_node("Constant", [], ["yes"], "fourth", value=value),
        helper.make_node("If", ["yes"], ["d"], "fifth", then_branch=branch, else_branch=branch),
        helper.make_node("Shape", ["c"], ["e"], "sixth"),
    ]
    info = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [2]) for n in ("x", "w", "b")]
    weights = [helper.make_tensor("w", TensorProto.FLOAT, [2], [1.0, 2.0])]
    return helper.make_graph(nodes, "g", info[:2], info[2:], weights)


def index(proto: GraphProto, ignored: frozenset[str] = frozenset()) -> GraphIndex:
    nodes = [Node(node, i) for i, node in enumerate(proto.node)]
    return GraphIndex(nodes, (value.name for value in proto.output), ignored=ignored)


def names(nodes: list[Node]) -> list[str]:
    return [node.name for node in nodes]


def chain(proto: GraphProto) -> list[str]:
    return [f"{node.op_type}({', '.join(node.input)})" for node in proto.node]


def relu(source: str, result: str) -> NodeProto:
    return helper.make_node("Relu", [source], [result])


def test_producers_and_consumers() -> None:
    found = index(graph())
    producer = found.producer("a")
    assert producer is not None
    assert producer.name == "first"
    assert found.producer("x") is None
    assert found.producer("") is None
    assert found.uses("a") == [Use(1, 0), Use(1, 1), Use(2, 0)]
    assert names(found.consumers("a")) == ["second", "third"]
    assert found.consumers("d") == []


def test_values_that_are_produced_twice() -> None:
    protos = [relu("x", "a"), relu("x", ""), relu("a", "a"), relu("a", ""), relu("a", "b")]
    nodes = [Node(proto, i) for i, proto in enumerate(protos)]
    assert ProducerIndex(nodes).twins == [("a", nodes[0], nodes[2])]
    found = ProducerIndex(nodes, counts_empty=True)
    assert found.twins == [("a", nodes[0], nodes[2]), ("", nodes[1], nodes[3])]
    assert found.producer("") is nodes[3]


def test_what_is_seen_outside() -> None:
    found = index(graph())
    assert found.is_output("b")
    assert found.is_seen_outside("a")  # by the bodies of the If
    assert not found.is_output("a")
    assert found.only_consumer("a") is None
    assert not found.is_seen_outside("x")


def test_readers_of_dimensions_can_be_ignored() -> None:
    only = index(graph()).only_consumer("c")
    assert only is not None
    assert only.name == "sixth"
    assert index(graph(), SHAPE_READERS).only_consumer("c") is None


def test_nodes_go_before_behind_and_in_the_place_of_others() -> None:
    proto = graph()
    edit = GraphEdit(proto, {"x", "a", "a_1"})
    assert edit.fresh_name("a") == "a_2"
    edit.insert_before(1, [relu("a", "a_2")])
    edit.set_use(Use(1, 1), "a_2")
    edit.insert_after(0, [relu("a", "p")])
    edit.insert_before(1, [relu("a_2", "q")])
    edit.replace(2, [relu("a", "r"), relu("r", "c")])
    edit.remove(5)
    edit.append([relu("b", "z")])
    assert len(proto.node) == 6  # nothing is changed yet but inputs
    edit.apply()
    assert chain(proto) == [
        "Relu(x)", "Relu(a)", "Relu(a)", "Relu(a_2)", "Add(a, a_2)", "Relu(a)", "Relu(r)",
        "Constant()", "If(yes)", "Relu(b)",
    ]  # fmt: skip


def test_values_are_renamed_in_new_nodes_and_in_bodies_too() -> None:
    proto = graph()
    edit = GraphEdit(proto)
    edit.insert_after(0, [relu("a", "new")])
    edit.rename({"a": "renamed", "new": "newer"})
    edit.apply()
    assert [*proto.node[0].output, *proto.node[1].input, *proto.node[1].output] == [
        "renamed",
        "renamed",
        "newer",
    ]
    assert chain(proto)[2] == "Add(renamed, renamed)"
    assert {a.g.node[0].input[0] for a in proto.node[5].attribute} == {"renamed"}


def test_values_that_are_gone_take_their_nodes_and_inputs_along() -> None:
    proto = graph()
    GraphEdit(proto).apply(without={"w", "yes"})
    assert [value.name for value in proto.input] == ["x"]
    assert "Constant()" not in chain(proto)


def test_what_a_graph_says_of_its_values() -> None:
    proto = graph()
    assert set(constant_tensors(proto)) == {"w", "yes"}
    assert declared_types(proto) == {"x": 1, "w": 1, "b": 1}
    assert used_values(list(proto.node), ["b"]) >= {"x", "a", "yes", "c", "b", "n"}
