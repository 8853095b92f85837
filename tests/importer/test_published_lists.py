# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A layer list that TensorRT 10.16.0 printed: names and shapes, from NVIDIA's cookbook.

The model is the digit classifier of NVIDIA/trt-samples-for-hackathon-cn, as PyTorch wrote it;
the list is cookbook/07-Tool/Polygraphy/Inspect/result-02.log there.
"""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from setrange.errors import ParserRefusedError
from setrange.importer.parser import import_model
from setrange.versions import TrtVersion
from tests.importer.graphs import imported, model_of

#: Layer, its tensors and their shapes; N is the batch.
PRINTED = """
node_conv2d                      conv2d N,32,28,28
node_relu                        relu N,32,28,28
node_max_pool2d                  max_pool2d N,32,14,14
node_conv2d_1                    conv2d_1 N,64,14,14
node_relu_1                      relu_1 N,64,14,14
node_max_pool2d_1                max_pool2d_1 N,64,7,7
node_view                        view N,3136
gemm1.weight                     gemm1.weight_output 1024,3136
node_linear                      node_linear_output N,1024
gemm1.bias                       gemm1.bias_output 1024
ONNXTRT_Broadcast                ONNXTRT_Broadcast_output 1,1024
node_linear_1                    linear N,1024
node_relu_2                      relu_2 N,1024
gemm2.weight                     gemm2.weight_output 10,1024
node_linear_1_2                  node_linear_1_2_output N,10
gemm2.bias                       gemm2.bias_output 10
ONNXTRT_Broadcast_4              ONNXTRT_Broadcast_4_output 1,10
node_linear_1_5                  y N,10
node_softmax                     node_softmax_output N,10
ONNXTRT_ShapeShuffle_7           softmax N,10
ONNXTRT_ShapeTensor              ONNXTRT_ShapeTensor_output 2
ONNXTRT_castHelper               ONNXTRT_castHelper_output 2
node_argmax                      node_argmax_output N,1 | node_argmax_output (1) N,1
ONNXTRT_castHelper_8             ONNXTRT_castHelper_8_output N,1
(Unnamed Layer* 24) [Constant]   (Unnamed Layer* 24) [Constant]_output 1
ONNXTRT_squeezeTensor            ONNXTRT_squeezeTensor_output N
ONNXTRT_castHelper_9             z N
"""


def digits() -> onnx.ModelProto:
    """The model as the list shows it, with weights of its own."""
    shapes = {
        "conv1.weight": (32, 1, 5, 5),
        "conv1.bias": (32,),
        "conv2.weight": (64, 32, 5, 5),
        "conv2.bias": (64,),
        "gemm1.weight": (1024, 3136),
        "gemm1.bias": (1024,),
        "gemm2.weight": (10, 1024),
        "gemm2.bias": (10,),
    }
    weights = [
        numpy_helper.from_array(np.zeros(shape, np.float32), name)
        for name, shape in shapes.items()
    ]
    weights.append(numpy_helper.from_array(np.array([-1, 3136], np.int64), "val_1"))

    def node(op: str, inputs: str, output: str, name: str, **attributes: object) -> None:
        nodes.append(
            helper.make_node(op, inputs.split(), [output], name=name, **attributes)  # type: ignore[arg-type]
        )

    nodes: list[onnx.NodeProto] = []
    conv = {"pads": [2, 2, 2, 2], "strides": [1, 1], "dilations": [1, 1], "group": 1}
    pool = {"kernel_shape": [2, 2], "strides": [2, 2], "pads": [0, 0, 0, 0]}
    node("Conv", "x conv1.weight conv1.bias", "conv2d", "node_conv2d", **conv)
    node("Relu", "conv2d", "relu", "node_relu")
    node("MaxPool", "relu", "max_pool2d", "node_max_pool2d", **pool)
    node("Conv", "max_pool2d conv2.weight conv2.bias", "conv2d_1", "node_conv2d_1", **conv)
    node("Relu", "conv2d_1", "relu_1", "node_relu_1")
    node("MaxPool", "relu_1", "max_pool2d_1", "node_max_pool2d_1", **pool)
    node("Reshape", "max_pool2d_1 val_1", "view", "node_view", allowzero=1)
    node("Gemm", "view gemm1.weight gemm1.bias", "linear", "node_linear", transB=1)
    node("Relu", "linear", "relu_2", "node_relu_2")
    node("Gemm", "relu_2 gemm2.weight gemm2.bias", "y", "node_linear_1", transB=1)
    node("Softmax", "y", "softmax", "node_softmax", axis=1)
    node("ArgMax", "softmax", "z", "node_argmax", axis=1, keepdims=0)
    graph = helper.make_graph(
        nodes,
        "main_graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["nBS", 1, 28, 28])],
        [
            helper.make_tensor_value_info("y", TensorProto.FLOAT, ["nBS", 10]),
            helper.make_tensor_value_info("z", TensorProto.INT64, ["nBS"]),
        ],
        weights,
    )
    opsets = [helper.make_opsetid("", 18)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10)


@pytest.mark.parametrize("release", ["10.16.0", "10.16.2", "11.0"])
def test_the_layers_that_nvidia_printed(release: str) -> None:
    network = import_model(model_of(digits()), TrtVersion.parse(release))
    predicted = []
    for layer in network.layers:
        tensors = (
            f"{t.name} {','.join('N' if dim < 0 else str(dim) for dim in t.shape)}"
            for t in layer.outputs
        )
        predicted.append(f"{layer.name:32} {' | '.join(tensors)}")
    printed = [line for line in PRINTED.splitlines() if line]
    assert predicted == printed


#: What public logs of TensorRT 10.16.2 and 11.0.0 register for two Gemms, in this order. They
#: name ONNXTRT_ShapeShuffle_0 and _3 too, which the list above does not print.
REGISTERED = (
    *("node_linear", "gemm1.bias", "ONNXTRT_Broadcast", "node_linear_1"),
    *("node_linear_1_2", "gemm2.bias", "ONNXTRT_Broadcast_4", "node_linear_1_5"),
)


@pytest.mark.parametrize("release", ["10.16.2", "11.0"])
def test_the_names_of_two_gemms_in_a_log(release: str) -> None:
    network = import_model(model_of(digits()), TrtVersion.parse(release))
    gemms = [
        layer.name for layer in network.layers if layer.origin and layer.origin.op == "Gemm"
    ]
    assert [name for name in gemms if not name.endswith(".weight")] == list(REGISTERED)
    older = import_model(model_of(digits()), TrtVersion.parse("10.10"))
    assert "node_linear_1_5" not in [layer.name for layer in older.layers]


def test_a_release_without_ranges_says_what_its_names_are_for() -> None:
    codes = [
        [
            finding.code
            for finding in import_model(model_of(digits()), TrtVersion.parse(v)).findings
        ]
        for v in ("10.16", "11.4")
    ]
    assert codes == [[], ["SR305"]]


def test_weights_per_channel_tell_the_channels() -> None:
    graph = """(float[1,C,3,3] x) => (float[1,C,3,3] y)
        <float[2] a = {1,1}, float[2] b = {0,0}, float[2] c = {0,0}, float[2] d = {1,1}> {
        y = BatchNormalization(x, a, b, c, d)
    }"""
    assert imported(graph, "10.16").outputs[0].shape == (1, 2, 3, 3)


def test_a_deconvolution_of_dynamic_channels_is_refused() -> None:
    graph = """(float[1,C,3,3] x) => (float[1,2,4,4] y) <float[1,2,2,2] w = {1.0}> {
        y = ConvTranspose(x, w)
    }"""
    with pytest.raises(ParserRefusedError, match="dynamic channels"):
        imported(graph, "10.16")
