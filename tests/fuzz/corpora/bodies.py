# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Models with If, Loop and Scan, whose bodies do not fit: captured, missing, nested."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
from onnx import GraphProto, NodeProto, TensorProto, helper, numpy_helper

from tests.fuzz.command_line import run_on_model
from tests.fuzz.corpus import Corpus

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence
    from pathlib import Path

_UNARY = ("Relu", "Sigmoid", "Identity", "Exp", "Transpose", "Softmax", "Neg", "Cast")
_BINARY = ("Add", "Mul", "MatMul", "Sub", "Concat", "Gather", "Reshape")
_TYPES = (TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL, TensorProto.FLOAT16, 0)


def _value(
    rng: random.Random, name: str, dtype: int = TensorProto.FLOAT
) -> onnx.ValueInfoProto:
    if rng.random() < 0.05:
        dtype = rng.choice(_TYPES)
    shape = rng.choice((None, [2, 2], [2, 2], [2, 2], [-1, 2], ["N", 2]))
    if name in ("c", "n") and rng.random() < 0.9:
        shape = []
    return helper.make_tensor_value_info(name, dtype, shape)


class _Writer:
    """Makes graphs with names of their own."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.made = 0

    def name(self) -> str:
        self.made += 1
        # Now and then a name that is taken already.
        return f"v{self.rng.randrange(self.made) if self.rng.random() < 0.03 else self.made}"

    def nodes(self, seen: list[str], count: int, depth: int) -> list[NodeProto]:
        nodes = []
        for _ in range(count):
            if depth and self.rng.random() < 0.5:
                node = self.control(seen, depth)
            elif self.rng.random() < 0.5:
                op = self.rng.choice(_UNARY)
                attributes = {"to": 1} if op == "Cast" else {}
                node = helper.make_node(op, [self.taken(seen)], [self.name()], **attributes)
            else:
                op = self.rng.choice(_BINARY)
                attributes = {"axis": 0} if op in ("Concat", "Gather") else {}
                takes = [self.taken(seen), self.taken(seen)]
                node = helper.make_node(op, takes, [self.name()], **attributes)
            if self.rng.random() < 0.3:
                node.name = self.rng.choice(("n", "a/b", f"n{self.made}"))
            nodes.append(node)
            seen += [name for name in node.output if name]
        return nodes

    def taken(self, seen: Sequence[str]) -> str:
        if self.rng.random() < 0.02:
            return self.rng.choice(("", "nowhere", "y"))
        return self.rng.choice(seen[-8:])

    def body(
        self, seen: Sequence[str], inputs: list[str], outputs: int, depth: int
    ) -> GraphProto:
        rng = self.rng
        inner = [*seen, *inputs]
        initializers = []
        if rng.random() < 0.3:
            initializers.append(self.tensor())
            inner.append(initializers[-1].name)
        nodes = self.nodes(inner, rng.choice((0, 1, 2, 4)), depth - 1)
        given = [self.taken(inner) for _ in range(outputs)]
        if rng.random() < 0.05:
            given = given[:-1] if rng.random() < 0.5 else [*given, self.taken(inner)]
        return helper.make_graph(
            nodes,
            rng.choice(("", "b")),
            [_value(rng, name) for name in inputs],
            [_value(rng, name) for name in given],
            initializer=initializers,
        )

    def tensor(self) -> TensorProto:
        name = self.name()
        made = numpy_helper.from_array(np.ones((2, 2), np.float32), name)
        if self.rng.random() < 0.2:
            made.ClearField("raw_data")
            made.data_location = TensorProto.EXTERNAL
            place = self.rng.choice(
                ("w.bin", "../secret", "/dev/zero", "", "missing", "m.onnx")
            )
            made.external_data.add(key="location", value=place)
        return made

    def control(self, seen: list[str], depth: int) -> NodeProto:
        rng, count = self.rng, self.rng.choice((1, 1, 2))
        op = rng.choice(("If", "Loop", "Scan"))
        outputs = [self.name() for _ in range(count)]
        states = [self.taken(seen) for _ in range(count)]
        if op == "If":
            takes = [rng.choice(("c", "c", "c", "k", "x"))]
            bodies = {
                "then_branch": self.body(seen, [], count, depth),
                "else_branch": self.body(seen, [], count, depth),
            }
        elif op == "Loop":
            takes = [rng.choice(("n", "n", "", "x")), rng.choice(("c", "k", "")), *states]
            inner = [self.name(), self.name(), *(self.name() for _ in states)]
            bodies = {"body": self.body(seen, inner, 1 + count, depth)}
            if rng.random() < 0.8:
                del bodies["body"].output[0]
                bodies["body"].output.insert(0, _value(rng, inner[1], TensorProto.BOOL))
        else:
            takes = states
            bodies = {"body": self.body(seen, [self.name() for _ in states], count, depth)}
        if rng.random() < 0.05:
            bodies.pop(rng.choice(sorted(bodies)))
        node = helper.make_node(op, takes, outputs, **bodies)
        if op == "Scan" and rng.random() < 0.9:
            scanned = rng.choice((0, 1, count, count + 1, -1))
            node.attribute.append(helper.make_attribute("num_scan_inputs", scanned))
        return node


def _attack(rng: random.Random, folder: Path) -> None:
    writer = _Writer(rng)
    seen = ["x", "w"]
    nodes = writer.nodes(seen, rng.choice((1, 2, 3)), rng.choice((1, 1, 2, 3, 6)))
    levels = rng.choice((0, 0, 0, 5, 30))
    for _ in range(levels):  # all of it inside one body after the other
        inside = helper.make_graph(nodes, "b", [], [_value(rng, seen[-1])])
        name = writer.name()
        nodes = [helper.make_node("If", ["c"], [name], then_branch=inside, else_branch=inside)]
        seen.append(name)
        if len(helper.make_graph(nodes, "g", [], []).SerializeToString()) > 10_000:
            break
    graph = helper.make_graph(
        [*nodes, helper.make_node("Relu", [seen[-1]], ["y"])],
        "g",
        [
            _value(rng, "x"),
            _value(rng, "c", TensorProto.BOOL),
            _value(rng, "n", TensorProto.INT64),
        ],
        [_value(rng, "y")],
        [
            numpy_helper.from_array(np.ones((2, 2), np.float32), "w"),
            numpy_helper.from_array(np.array(rng.random() < 0.5), "k"),
        ],
    )
    opset = helper.make_opsetid("", rng.choice((8, 11, 13, 16, 18, 21)))
    path = folder / "m.onnx"
    path.write_bytes(
        helper.make_model(graph, opset_imports=[opset], ir_version=8).SerializeToString()
    )
    (folder / "w.bin").write_bytes(bytes(rng.choice((0, 16, 16, 100))))
    run_on_model(rng, path)


CORPORA = [Corpus(name="commands/bodies", attack=_attack, weight=0.3)]
