# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The benchmark's two models, random weights: ResNet-18 and a transformer of 24 layers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from pathlib import Path


class Builder:
    """Nodes and weights of a graph in the making."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self.random = np.random.default_rng(0)

    def node(self, op: str, inputs: list[str], output: str, **attributes: object) -> str:
        self.nodes.append(helper.make_node(op, inputs, [output], f"{output}_n", **attributes))
        return output

    def weight(self, name: str, *shape: int, scale: float) -> str:
        values = (self.random.standard_normal(shape) * scale).astype(np.float32)
        return self.constant(name, values)

    def constant(self, name: str, values: object) -> str:
        self.weights.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def save(self, path: Path, shapes: dict[str, list[int]], output: str) -> Path:
        values = {
            name: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
            for name, shape in shapes.items()
        }
        graph = helper.make_graph(
            self.nodes, path.stem, [values["input"]], [values[output]], self.weights
        )
        opset = [helper.make_opsetid("", 13)]
        onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), path)
        return path


def resnet18(path: Path) -> Path:
    """49 nodes, 46.7 MB, 224 x 224."""
    b = Builder()

    def conv(x: str, ins: int, outs: int, k: int, stride: int, *, relu: bool = True) -> str:
        name = f"conv{sum(n.op_type == 'Conv' for n in b.nodes)}"
        weights = b.weight(f"{name}.w", outs, ins, k, k, scale=math.sqrt(2 / (ins * k * k)))
        inputs = [x, weights, b.weight(f"{name}.b", outs, scale=0.01)]
        y = b.node(
            "Conv", inputs, name, kernel_shape=[k, k], strides=[stride] * 2, pads=[k // 2] * 4
        )
        return b.node("Relu", [y], f"{name}.relu") if relu else y

    x = conv("input", 3, 64, 7, 2)
    x = b.node("MaxPool", [x], "pool", kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    ins = 64
    for stage in range(4):
        outs = 64 << stage
        for block in range(2):
            stride = 2 if stage and not block else 1
            y = conv(x, ins, outs, 3, stride)
            y = conv(y, outs, outs, 3, 1, relu=False)
            skip = conv(x, ins, outs, 1, stride, relu=False) if stride == 2 else x
            total = b.node("Add", [y, skip], f"block{stage}{block}.sum")
            x, ins = b.node("Relu", [total], f"block{stage}{block}"), outs
    x = b.node("Flatten", [b.node("GlobalAveragePool", [x], "mean")], "flat")
    weights = [b.weight("fc.w", 1000, 512, scale=0.05), b.weight("fc.b", 1000, scale=0.1)]
    b.node("Gemm", [x, *weights], "output", transB=1)
    return b.save(path, {"input": [1, 3, 224, 224], "output": [1, 1000]}, "output")


def transformer(path: Path, layers: int = 24, length: int = 64, width: int = 256) -> Path:
    """1,177 nodes, 76 MB: everything decomposed, as older exporters write it."""
    b = Builder()
    heads, hidden = 4, 4 * width
    scalars = {"two": 2.0, "eps": 1e-5, "root2": math.sqrt(2), "one": 1.0, "half": 0.5}
    scalars["root"] = math.sqrt(width / heads)
    for name, value in scalars.items():
        b.constant(name, np.float32(value))
    b.constant("split", np.array([1, length, heads, width // heads]))
    b.constant("join", np.array([1, length, width]))

    def norm(x: str, name: str) -> str:
        mean = b.node("ReduceMean", [x], f"{name}.mean", axes=[-1])
        centred = b.node("Sub", [x, mean], f"{name}.centred")
        square = b.node("Pow", [centred, "two"], f"{name}.square")
        variance = b.node("ReduceMean", [square], f"{name}.variance", axes=[-1])
        shifted = b.node("Add", [variance, "eps"], f"{name}.shifted")
        deviation = b.node("Sqrt", [shifted], f"{name}.deviation")
        unit = b.node("Div", [centred, deviation], f"{name}.unit")
        scale = b.constant(f"{name}.scale", np.ones(width, np.float32))
        bias = b.constant(f"{name}.bias", np.zeros(width, np.float32))
        return b.node("Add", [b.node("Mul", [unit, scale], f"{name}.scaled"), bias], name)

    def linear(x: str, name: str, ins: int, outs: int) -> str:
        y = b.node(
            "MatMul", [x, b.weight(f"{name}.w", ins, outs, scale=ins**-0.5)], f"{name}.mm"
        )
        return b.node("Add", [y, b.weight(f"{name}.b", outs, scale=0.02)], name)

    x = "input"
    for i in range(layers):
        n, parts = norm(x, f"l{i}.norm1"), []
        for part, perm in (("q", [0, 2, 1, 3]), ("k", [0, 2, 3, 1]), ("v", [0, 2, 1, 3])):
            y = b.node(
                "Reshape", [linear(n, f"l{i}.{part}", width, width), "split"], f"l{i}.{part}s"
            )
            parts.append(b.node("Transpose", [y], f"l{i}.{part}t", perm=perm))
        scores = b.node(
            "Div", [b.node("MatMul", parts[:2], f"l{i}.qk"), "root"], f"l{i}.scores"
        )
        attention = b.node("Softmax", [scores], f"l{i}.attention", axis=-1)
        mixed = b.node("MatMul", [attention, parts[2]], f"l{i}.mixed")
        y = b.node("Transpose", [mixed], f"l{i}.back", perm=[0, 2, 1, 3])
        y = linear(b.node("Reshape", [y, "join"], f"l{i}.joined"), f"l{i}.out", width, width)
        x = b.node("Add", [x, y], f"l{i}.res1")
        y = linear(norm(x, f"l{i}.norm2"), f"l{i}.up", width, hidden)
        erf = b.node("Erf", [b.node("Div", [y, "root2"], f"l{i}.by")], f"l{i}.erf")
        gate = b.node("Mul", [y, b.node("Add", [erf, "one"], f"l{i}.erf1")], f"l{i}.gate")
        y = linear(b.node("Mul", [gate, "half"], f"l{i}.gelu"), f"l{i}.down", hidden, width)
        x = b.node("Add", [x, y], f"l{i}.res2")
    b.node("Tanh", [x], "output")
    shape = [1, length, width]
    return b.save(path, {"input": shape, "output": shape}, "output")
