# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Make resnet50.onnx: the graph of the ONNX model zoo's Caffe2 ResNet-50, with random weights.

    python examples/make_resnet50.py resnet50.onnx

Every node and tensor has the name it has in the original, so NVIDIA's published ranges fit
(tests/data/nvidia-resnet50). The weights are seeded random numbers that keep activations at a
realistic size; the file has the original's 102 MB.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

#: (stage, blocks, channels inside a block); a block ends with four times as many.
STAGES = ((2, 3, 64), (3, 4, 128), (4, 6, 256), (5, 3, 512))


class Builder:
    """Collects nodes and weights; nodes are called n0, n1, ... in order."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: dict[str, np.ndarray] = {}
        self._random = np.random.default_rng(50)

    def node(self, op: str, inputs: list[str], output: str, **attributes: object) -> str:
        """Add a node and return its output."""
        name = f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [output], name, **attributes))
        return output

    def normal(self, name: str, shape: tuple[int, ...], deviation: float) -> str:
        """Add normally distributed weights and return their name."""
        values = self._random.standard_normal(shape, dtype=np.float32)
        self.weights[name] = values * np.float32(deviation)
        return name

    def conv_bn(
        self, source: str, name: str, shape: tuple[int, int, int], stride: int = 1
    ) -> str:
        """Convolution (outputs, inputs, kernel) and BatchNormalization."""
        outputs, inputs, kernel = shape
        deviation = (2 / (inputs * kernel * kernel)) ** 0.5
        weight = self.normal(f"{name}_w_0", (outputs, inputs, kernel, kernel), deviation)
        spatial: dict[str, object] = {"kernel_shape": [kernel] * 2, "strides": [stride] * 2}
        if not name.endswith("branch1"):
            spatial["pads"] = [kernel // 2] * 4
        convolved = self.node("Conv", [source, weight], f"{name}_1", **spatial)
        norm = name.replace("gpu_0/conv1", "gpu_0/res_conv1") + "_bn"
        self.weights[f"{norm}_s_0"] = np.full(outputs, 0.7, np.float32)
        self.normal(f"{norm}_b_0", (outputs,), 0.1)
        self.normal(f"{norm}_rm_0", (outputs,), 0.1)
        self.weights[f"{norm}_riv_0"] = np.ones(outputs, np.float32)
        parameters = [f"{norm}_{part}_0" for part in ("s", "b", "rm", "riv")]
        return self.node(
            "BatchNormalization", [convolved, *parameters], f"{norm}_1", epsilon=1e-5
        )

    def block(self, source: str, name: str, inputs: int, inner: int, stride: int) -> str:
        """A bottleneck; its first convolution has an input of another width or size."""
        outputs = 4 * inner
        a = self.conv_bn(source, f"{name}_branch2a", (inner, inputs, 1))
        a = self.node("Relu", [a], f"{name}_branch2a_bn_2")
        b = self.conv_bn(a, f"{name}_branch2b", (inner, inner, 3), stride)
        b = self.node("Relu", [b], f"{name}_branch2b_bn_2")
        c = self.conv_bn(b, f"{name}_branch2c", (outputs, inner, 1))
        if inputs != outputs:
            source = self.conv_bn(source, f"{name}_branch1", (outputs, inputs, 1), stride)
        total = self.node("Sum", [c, source], f"{name}_branch2c_bn_2")
        return self.node("Relu", [total], f"{name}_branch2c_bn_3")


def make_resnet50() -> onnx.ModelProto:
    """Return the model."""
    build = Builder()
    value = build.conv_bn("gpu_0/data_0", "gpu_0/conv1", (64, 3, 7), 2)
    value = build.node("Relu", [value], "gpu_0/res_conv1_bn_2")
    window: dict[str, object] = {"kernel_shape": [3, 3], "pads": [1] * 4, "strides": [2, 2]}
    value = build.node("MaxPool", [value], "gpu_0/pool1_1", **window)
    width = 64
    for stage, blocks, inner in STAGES:
        for index in range(blocks):
            stride = 2 if index == 0 and stage > 2 else 1
            value = build.block(value, f"gpu_0/res{stage}_{index}", width, inner, stride)
            width = 4 * inner
    value = build.node(
        "AveragePool", [value], "gpu_0/pool5_1", kernel_shape=[7, 7], strides=[1, 1]
    )
    build.weights["OC2_DUMMY_1"] = np.array([1, 2048], np.int64)
    value = build.node("Reshape", [value, "OC2_DUMMY_1"], "OC2_DUMMY_0")
    weight = build.normal("gpu_0/pred_w_0", (1000, 2048), 0.02)
    bias = build.normal("gpu_0/pred_b_0", (1000,), 0.01)
    value = build.node("Gemm", [value, weight, bias], "gpu_0/pred_1", transB=1)
    value = build.node("Softmax", [value], "gpu_0/softmax_1")
    weights = [numpy_helper.from_array(data, name) for name, data in build.weights.items()]
    data = helper.make_tensor_value_info("gpu_0/data_0", TensorProto.FLOAT, [1, 3, 224, 224])
    # IR version 3 lists the weights among the inputs.
    declared = [helper.make_tensor_value_info(w.name, w.data_type, w.dims) for w in weights]
    result = helper.make_tensor_value_info(value, TensorProto.FLOAT, [1, 1000])
    graph = helper.make_graph(build.nodes, "resnet50", [data, *declared], [result], weights)
    opset = helper.make_opsetid("", 9)
    return helper.make_model(graph, opset_imports=[opset], ir_version=3)


def main() -> None:
    """Write the model to the path given."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("path", type=Path, help="file to write, e.g. resnet50.onnx")
    onnx.save(make_resnet50(), parser.parse_args().path)


if __name__ == "__main__":
    main()
