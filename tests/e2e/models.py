# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Models of the end-to-end tests."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


class ResNet18:
    """ResNet-18 as older PyTorch exports it: values are numbers, Linear is MatMul and Add.

    BatchNormalization is folded into the convolutions. 46 nodes end in ReLU ``86``; the tail
    is GlobalAveragePool ``87``, Flatten ``88``, MatMul ``90``, Add ``92``. Widths are a
    sixteenth of the real ones; names and structure are not affected.
    """

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self._next = 41
        self._random = np.random.default_rng(18)

    def build(self) -> onnx.ModelProto:
        value = self._node("Relu", self._conv("input", 3, 4, 7, 2))
        value = self._node(
            "MaxPool", value, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]
        )
        width = 4
        for stage in range(4):
            for block in range(2):
                inner = 4 << stage
                value = self._block(value, width, inner, 2 if stage and not block else 1)
                width = inner
        assert value == "86"
        self._add_node("GlobalAveragePool", ["86"], "87")
        self._add_node("Flatten", ["87"], "88", axis=1)
        weight = self._weight("89", (width, 10))
        self._add_node("MatMul", ["88", weight], "90")
        bias = self._weight("fc.bias", (10,))
        self._add_node("Add", ["90", bias], "92")
        graph = helper.make_graph(
            self.nodes,
            "torch-jit-export",
            [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, 64, 64])],
            [helper.make_tensor_value_info("92", TensorProto.FLOAT, [1, 10])],
            self.weights,
        )
        opset = helper.make_opsetid("", 9)
        return helper.make_model(graph, opset_imports=[opset], ir_version=4)

    def _block(self, source: str, inputs: int, outputs: int, stride: int) -> str:
        value = self._node("Relu", self._conv(source, inputs, outputs, 3, stride))
        value = self._conv(value, outputs, outputs, 3, 1)
        if inputs != outputs:
            source = self._conv(source, inputs, outputs, 1, stride)
        return self._node("Relu", self._node("Add", value, source))

    def _conv(self, source: str, inputs: int, outputs: int, kernel: int, stride: int) -> str:
        name = f"conv{len(self.weights)}"
        weight = self._weight(f"{name}.weight", (outputs, inputs, kernel, kernel))
        bias = self._weight(f"{name}.bias", (outputs,))
        pads = [kernel // 2] * 4
        return self._node(
            "Conv",
            source,
            weight,
            bias,
            kernel_shape=[kernel] * 2,
            strides=[stride] * 2,
            pads=pads,
        )

    def _weight(self, name: str, shape: tuple[int, ...]) -> str:
        values = self._random.normal(scale=0.1, size=shape).astype(np.float32)
        self.weights.append(numpy_helper.from_array(values, name))
        return name

    def _node(self, op: str, *inputs: str, **attributes: object) -> str:
        output = str(self._next)
        self._next += 1
        return self._add_node(op, list(inputs), output, **attributes)

    def _add_node(self, op: str, inputs: list[str], output: str, **attributes: object) -> str:
        self.nodes.append(helper.make_node(op, inputs, [output], **attributes))
        return output


def cyclic_graph() -> onnx.ModelProto:
    """Two nodes that wait for each other."""
    nodes = [
        helper.make_node("Add", ["input", "b"], ["a"], "first"),
        helper.make_node("Relu", ["a"], ["b"], "second"),
    ]
    graph = helper.make_graph(
        nodes,
        "cycle",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 4])],
        [helper.make_tensor_value_info("b", TensorProto.FLOAT, [1, 4])],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
