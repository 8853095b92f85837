# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Small models that ask for much: computed sizes, wide and deep graphs, calls of calls."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper

from tests.fuzz.command_line import run_on_model
from tests.fuzz.corpus import Corpus

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

_SIZES = (0, 1, -1, 2, 3, 4, 7, 8, 1000, 10**5, 10**6, 10**9, 2**31, 10**12, 2**62, -(2**63))
_FLOATS = (0.0, 1.0, -1.0, 0.5, 2.0, 1e-45, 1e38, math.inf, -math.inf, math.nan)

#: Ops on sizes, with their numbers of inputs.
_ON_SIZES = (
    *(("Mul", 2), ("Mul", 2), ("Add", 2), ("Sub", 2), ("Div", 2), ("Pow", 2), ("Mod", 2)),
    *(("Max", 2), ("Neg", 1), ("Abs", 1), ("Concat", 2), ("Concat", 3), ("Gather", 2)),
    *(("Slice", 3), ("Cast", 1), ("Unsqueeze", 2), ("Squeeze", 1), ("Reshape", 2)),
    *(("Tile", 2), ("Expand", 2), ("Range", 3), ("ConstantOfShape", 1), ("Pad", 2)),
    *(("ReduceProd", 1), ("ReduceSum", 1), ("Where", 3), ("Equal", 2), ("OneHot", 3)),
    *(
        ("NonZero", 1),
        ("Transpose", 1),
        ("EyeLike", 1),
        ("Shape", 1),
        ("Size", 1),
        ("Floor", 1),
    ),
    *(("CumSum", 2), ("TopK", 2), ("Split", 1), ("HannWindow", 1), ("MatMul", 2)),
)

#: Ops on data that take sizes: the inputs behind the data.
_OF_SIZES = (
    *(("Reshape", 1), ("Expand", 1), ("Tile", 1), ("Pad", 1), ("Slice", 2), ("Slice", 4)),
    *(("TopK", 1), ("Resize", 2), ("Upsample", 1), ("Gather", 1), ("OneHot", 2), ("Split", 1)),
    *(("Unsqueeze", 1), ("Squeeze", 1), ("ReduceSum", 1), ("CenterCropPad", 1), ("Add", 1)),
    *(("MatMul", 1), ("STFT", 1), ("ScatterND", 2), ("GatherElements", 1), ("Conv", 1)),
)


def _input(name: str, shape: list[int], dtype: int = TensorProto.FLOAT) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, dtype, shape)


def _model(
    rng: random.Random,
    nodes: list[NodeProto],
    initializers: list[TensorProto],
    inputs: list[onnx.ValueInfoProto],
    result: str,
    functions: list[onnx.FunctionProto] | None = None,
) -> onnx.ModelProto:
    output = helper.make_tensor_value_info(result, TensorProto.FLOAT, None)
    graph = helper.make_graph(nodes, "g", inputs, [output], initializer=initializers)
    opset = rng.choice((7, 9, 10, 11, 13, 13, 13, 17, 18, 21))
    opsets = [helper.make_opsetid("", opset)]
    if functions:
        opsets.append(helper.make_opsetid("own", 1))
    return helper.make_model(
        graph, opset_imports=opsets, ir_version=8, functions=functions or []
    )


# -- recipes ----------------------------------------------------------------------------


def _sizes(rng: random.Random) -> onnx.ModelProto:
    """Arithmetic on sizes, and a layer that takes what came of it."""
    values = ["s", "k", "one", "t0"]
    initializers = [
        numpy_helper.from_array(np.array([1], np.int64), "one"),
        numpy_helper.from_array(
            np.array([rng.choice(_SIZES) for _ in range(rng.choice((1, 1, 2, 4)))], np.int64),
            "k",
        ),
    ]
    if rng.random() < 0.3:
        numbers = [rng.choice(_FLOATS) for _ in range(rng.choice((1, 2)))]
        initializers.append(numpy_helper.from_array(np.array(numbers, np.float32), "f"))
        values.append("f")
    inputs = [
        _input("x", [rng.choice((1, 2, 7, 10**5, 2**31 - 1)) for _ in range(2)]),
        _input("s", [rng.choice((1, 2, 10**4, 3 * 10**8))], TensorProto.INT64),
    ]
    nodes = [helper.make_node("Shape", ["x"], ["t0"])]
    squares = rng.random() < 0.3
    for i in range(1, rng.choice((1, 2, 4, 8, 40))):
        op, count = rng.choice(_ON_SIZES)
        taken = [values[-1] if squares else rng.choice(values[-6:]) for _ in range(count)]
        attributes = {"Cast": {"to": rng.choice((1, 6, 7, 9))}, "Concat": {"axis": 0}}
        nodes.append(helper.make_node(op, taken, [f"t{i}"], **attributes.get(op, {})))
        values.append(f"t{i}")
    op, count = rng.choice(_OF_SIZES)
    data = "x" if rng.random() < 0.8 else rng.choice(values)
    gives = ["y", "y2"] if op in ("TopK", "Split") else ["y"]
    nodes.append(
        helper.make_node(op, [data, *(rng.choice(values[-3:]) for _ in range(count))], gives)
    )
    return _model(rng, nodes, initializers, inputs, "y")


def _wide(rng: random.Random) -> onnx.ModelProto:
    """One node, or one list of the graph, with many entries."""
    count = rng.choice((10, 100, 300, 1000, 3000))
    op = rng.choice(("Concat", "Sum", "Max", "Split", "Relu", "Einsum", "Nothing", "Loop"))
    takes, gives = ["x"] * count, ["y"]
    attributes: dict[str, object] = {"axis": 0} if op in ("Concat", "Split") else {}
    if op == "Split":
        takes = ["x"]
        gives = ["y", *(rng.choice((f"o{i}", "")) for i in range(count))]
    elif op == "Einsum":
        attributes = {"equation": ",".join(["ij"] * count) + "->ij"}
    nodes = [helper.make_node(op, takes, gives, **attributes)]
    model = _model(rng, nodes, [], [_input("x", [count, 2])], "y")
    graph, alike = model.graph, rng.random() < 0.5
    for i in range(rng.choice((0, 0, count))):
        name = "n" if alike else f"n{i}"
        match count % 7:
            case 0:
                graph.initializer.append(numpy_helper.from_array(np.float32(i), name))
            case 1:
                graph.value_info.append(_input(name, [1]))
            case 2:
                graph.input.append(_input(name, [1]))
            case 3:
                model.metadata_props.add(key=name, value="v")
            case 4:
                graph.node.append(helper.make_node("Relu", ["x"], [name]))
            case 5:
                graph.node[0].attribute.append(helper.make_attribute(name, i))
            case _:
                graph.output.append(_input("y", [1]))
    return model


def _long(rng: random.Random) -> onnx.ModelProto:
    """A chain of one kind of node, all named alike or not at all, forwards or backwards."""
    count = rng.choice((10, 100, 300, 1000))
    op = rng.choice(("Relu", "Identity", "Transpose", "Add", "Mul", "Exp", "Cast", "Softmax"))
    other = ["w"] if op in ("Add", "Mul") else []
    attributes = {"to": 1} if op == "Cast" else {}
    name = rng.choice(("", "n"))
    start = rng.choice(("x", "w"))
    nodes = [
        helper.make_node(
            op, [f"t{i}" if i else start, *other], [f"t{i + 1}"], name, **attributes
        )
        for i in range(count)
    ]
    if rng.random() < 0.2:
        nodes.reverse()
    weights = numpy_helper.from_array(np.ones((2, 2), np.float32), "w")
    return _model(rng, nodes, [weights], [_input("x", [2, 2])], f"t{count}")


def _calls(rng: random.Random) -> onnx.ModelProto:
    """Local functions that call each other, some of them twice, or themselves."""
    depth = rng.choice((1, 3, 10, 30, 80))
    opsets = [helper.make_opsetid("", 13), helper.make_opsetid("own", 1)]
    functions = []
    for level in range(depth):
        inner = f"F{level + 1}" if level + 1 < depth or rng.random() < 0.1 else "Relu"
        domain = "own" if inner.startswith("F") else ""
        takes = "a"
        body = []
        for call in range(rng.choice((1, 1, 2, 3))):
            body.append(helper.make_node(inner, [takes], [f"b{call}"], domain=domain))
            takes = rng.choice(("a", f"b{call}"))
        functions.append(
            helper.make_function("own", f"F{level}", ["a"], [body[-1].output[0]], body, opsets)
        )
    if rng.random() < 0.1:
        functions[-1].node[0].op_type, functions[-1].node[0].domain = "F0", "own"
    nodes = [helper.make_node("F0", ["x"], ["y"], domain="own")] * rng.choice((1, 1, 5))
    return _model(rng, nodes, [], [_input("x", [2, 2])], "y", functions)


_RECIPES: tuple[Callable[[random.Random], onnx.ModelProto], ...] = (
    *(_sizes, _sizes, _sizes, _sizes, _sizes, _sizes),
    *(_calls, _calls),
    _wide,
    _long,
)


def _attack(rng: random.Random, folder: Path) -> None:
    path = folder / "m.onnx"
    path.write_bytes(rng.choice(_RECIPES)(rng).SerializeToString())
    run_on_model(rng, path)


CORPORA = [Corpus(name="commands/bombs", attack=_attack, weight=0.3)]
