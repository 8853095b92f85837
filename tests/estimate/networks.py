# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Small models with fixed weights, of each kind of input that estimates know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["conv_net", "features_net", "save_model", "series_net", "tokens_net"]

#: Values of ``conv_net`` from its input to its output.
CONV_NET = ("images", "c1", "r1", "c2", "s2", "m2", "cat", "c3", "r3", "mean", "flat", "out")


def save_model(
    path: Path,
    nodes: Sequence[onnx.NodeProto],
    inputs: Sequence[tuple[str, int, Sequence[int | str]]],
    outputs: Sequence[tuple[str, Sequence[int | str]]],
    weights: dict[str, np.ndarray],
) -> Path:
    graph = helper.make_graph(
        list(nodes),
        "g",
        [helper.make_tensor_value_info(*one) for one in inputs],
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, shape) for n, shape in outputs],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    proto.ir_version = 8
    onnx.checker.check_model(proto)
    onnx.save(proto, path)
    return path


def conv_net(
    path: Path, *, seed: int = 0, size: Sequence[int | str] = (24, 24), batch: int | str = 1
) -> Path:
    """Convolutions, a SiLU, a Concat and a classifier at the end."""
    chance = np.random.default_rng(seed)

    def filters(out: int, into: int, side: int) -> np.ndarray:
        spread = 1.0 / np.sqrt(into * side * side)
        return (chance.normal(size=(out, into, side, side)) * spread * 1.6).astype(np.float32)

    weights = {
        "w1": filters(8, 3, 3),
        "b1": chance.normal(size=8).astype(np.float32) * 0.1,
        "w2": filters(8, 8, 3),
        "w3": filters(12, 16, 1),
        "wf": (chance.normal(size=(12, 5)) * 0.5).astype(np.float32),
        "bf": np.zeros(5, dtype=np.float32),
    }
    pads = {"pads": [1, 1, 1, 1]}
    nodes = [
        helper.make_node("Conv", ["images", "w1", "b1"], ["c1"], "/c1", **pads),
        helper.make_node("Relu", ["c1"], ["r1"], "/r1"),
        helper.make_node("Conv", ["r1", "w2"], ["c2"], "/c2", **pads),
        helper.make_node("Sigmoid", ["c2"], ["s2"], "/s2"),
        helper.make_node("Mul", ["c2", "s2"], ["m2"], "/m2"),
        helper.make_node("Concat", ["r1", "m2"], ["cat"], "/cat", axis=1),
        helper.make_node("Conv", ["cat", "w3"], ["c3"], "/c3"),
        helper.make_node("Relu", ["c3"], ["r3"], "/r3"),
        helper.make_node("GlobalAveragePool", ["r3"], ["mean"], "/mean"),
        helper.make_node("Flatten", ["mean"], ["flat"], "/flat"),
        helper.make_node("Gemm", ["flat", "wf", "bf"], ["out"], "/fc"),
    ]
    shape = (batch, 3, *size)
    return save_model(
        path, nodes, [("images", TensorProto.FLOAT, shape)], [("out", (batch, 5))], weights
    )


def tokens_net(path: Path) -> Path:
    """A table of 50 words, a mask, and a product."""
    chance = np.random.default_rng(1)
    weights = {
        "table": chance.normal(size=(50, 16)).astype(np.float32),
        "w": chance.normal(size=(16, 4)).astype(np.float32),
        "axis": np.array([2], dtype=np.int64),
    }
    nodes = [
        helper.make_node("Gather", ["input_ids", "table"], ["e"], "/e", axis=0),
        helper.make_node("Cast", ["attention_mask"], ["mf"], "/mf", to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mf", "axis"], ["mu"], "/mu"),
        helper.make_node("Mul", ["e", "mu"], ["em"], "/em"),
        helper.make_node("MatMul", ["em", "w"], ["out"], "/mm"),
    ]
    nodes[0].input[:] = ["table", "input_ids"]
    shape = ("batch", "sequence")
    inputs = [(name, TensorProto.INT64, shape) for name in ("input_ids", "attention_mask")]
    return save_model(path, nodes, inputs, [("out", (*shape, 4))], weights)


def series_net(path: Path, *, more: bool = False) -> Path:
    """A 1-D convolution over six sensors and any time; ``more`` adds a sum behind it."""
    chance = np.random.default_rng(2)
    weights = {"w": chance.normal(size=(4, 6, 5)).astype(np.float32)}
    nodes = [
        helper.make_node("Conv", ["sensors", "w"], ["c"], "/c", pads=[2, 2]),
        helper.make_node("Tanh", ["c"], ["t"], "/t"),
        helper.make_node("Mul", ["t", "c"], ["out"], "/m"),
    ]
    if more:
        nodes.append(helper.make_node("Add", ["out", "c"], ["double"], "/d"))
        nodes.append(helper.make_node("Mul", ["double", "t"], ["last"], "/l"))
    outputs = ["out", "last"] if more else ["out"]
    inputs = [("sensors", TensorProto.FLOAT, (1, 6, "time"))]
    return save_model(path, nodes, inputs, [(o, (1, 4, "time")) for o in outputs], weights)


def features_net(path: Path) -> Path:
    """Two products over a row of a table."""
    chance = np.random.default_rng(3)
    weights = {
        "w1": chance.normal(size=(10, 8)).astype(np.float32),
        "w2": chance.normal(size=(8, 1)).astype(np.float32),
    }
    nodes = [
        helper.make_node("MatMul", ["row", "w1"], ["h"], "/h"),
        helper.make_node("Relu", ["h"], ["r"], "/r"),
        helper.make_node("MatMul", ["r", "w2"], ["out"], "/out"),
    ]
    return save_model(
        path, nodes, [("row", TensorProto.FLOAT, ("n", 10))], [("out", ("n", 1))], weights
    )
