# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Q/DQ ops: layers, names and refusals per parser version."""

from __future__ import annotations

import pytest

from tests.importer.graphs import imported, layers, refused

QDQ = (
    "(float[1,3,8,8] x) => (float[o] y) <float s = {0.1}, int8 z = {0}>"
    " { [q] t = QuantizeLinear (x, s, z) [d] y = DequantizeLinear (t, s, z) }"
)


def test_7_makes_scale_layers_and_renames_tensors() -> None:
    network = imported(QDQ, "7.2")
    assert [x.name for x in network.layers] == [
        "q_quantize_scale_node",
        "d_dequantize_scale_node",
    ]
    assert network.inputs[0].name == "q_input_weight_tensor"
    assert network.layers[0].output.name == "d_input_weight_tensor"
    assert [x.output.dtype for x in network.layers] == ["int8", "float32"]
    assert network.layers[1].params["scale"].floats() == pytest.approx([10.0])


def test_names_from_8_0_to_8_6() -> None:
    assert layers(QDQ, "8.0") == [
        "Constant (Unnamed Layer* 0) [Constant] []",
        "Constant (Unnamed Layer* 1) [Constant] []",
        "Quantize q_quantize_scale_node [1, 3, 8, 8]",
        "Constant (Unnamed Layer* 3) [Constant] []",
        "Constant (Unnamed Layer* 4) [Constant] []",
        "Dequantize d_quantize_scale_node [1, 3, 8, 8]",
    ]
    assert layers(QDQ, "8.2")[-1] == "Dequantize d_dequantize_scale_node [1, 3, 8, 8]"
    assert layers(QDQ, "8.4") == [
        "Constant s []",
        "Constant z []",
        "Quantize q [1, 3, 8, 8]",
        "Dequantize d [1, 3, 8, 8]",
    ]


def test_10_makes_a_zero_point_per_node() -> None:
    assert layers(QDQ, "10.10") == [
        "Constant s []",
        "Constant tmp_weight []",
        "Quantize q [1, 3, 8, 8]",
        "Constant tmp_weight_0 []",
        "Dequantize d [1, 3, 8, 8]",
    ]


def test_two_inputs_are_enough_in_10() -> None:
    graph = QDQ.replace(", z)", ")").replace(", int8 z = {0}", "")
    for trt in ("7.2", "8.0", "8.6"):
        assert "input" in refused(graph, trt)
    assert layers(graph, "10.1") == [
        "Constant s []",
        "Quantize q [1, 3, 8, 8]",
        "Dequantize d [1, 3, 8, 8]",
    ]


@pytest.mark.parametrize("trt", ["8.0", "8.6", "10.1", "10.10"])
def test_zero_points_must_be_zero_and_scales_positive(trt: str) -> None:
    assert "zero point" in refused(QDQ.replace("z = {0}", "z = {5}"), trt)
    assert "positive" in refused(QDQ.replace("s = {0.1}", "s = {-0.1}"), trt)


PER_CHANNEL = (
    "(float[1,3,8,8] x) => (float[o] y)"
    " <int8[4,3,1,1] w = {1}, float[4] s = {1, 1, 1, 1}, int8[4] z = {0, 0, 0, 0}>"
    " { [d] t = DequantizeLinear <axis = 0> (w, s, z)"
    "   [c] y = Conv <kernel_shape = [1, 1]> (x, t) }"
)


def test_per_channel_weights_feed_the_convolution() -> None:
    network = imported(PER_CHANNEL, "8.6")
    assert [x.name for x in network.layers] == ["w", "s", "z", "d", "c"]
    assert network.layers[0].output.dtype == "int8"
    assert network.layers[3].params["axis"] == 0


@pytest.mark.parametrize("trt", ["8.6", "10.10"])
def test_scales_must_fit_the_axis(trt: str) -> None:
    assert "4 scales" in refused(PER_CHANNEL.replace("axis = 0", "axis = 1"), trt)


def test_uint8_zero_points() -> None:
    graph = QDQ.replace("int8 z", "uint8 z")
    # As an initializer it is INT32 by then, or stays UINT8 from 10.10 on: INT8 in any case.
    for trt in ("8.6", "10.1", "10.10"):
        assert imported(graph, trt).layers[-1].output.dtype == "float32"
    assert "UINT8" in refused("(uint8[2] x) => (float[o] y) <float s = {1}>"
                              " { y = DequantizeLinear (x, s) }", "10.10")  # fmt: skip


def test_zero_points_are_seen_through_identities_in_10() -> None:
    graph = (
        "(float[1,32] x) => (int8[o] y) <float s = {1}, int8 z = {0}>"
        " { [i] k = Identity (z) [q] y = QuantizeLinear (x, s, k) }"
    )
    names = [x.name for x in imported(graph, "10.10").layers]
    assert names == ["z", "i", "s", "tmp_weight", "q"]
    assert [t.name for t in imported(graph, "8.6").layers[-1].inputs if t][2] == "k"


def test_output_dtype_of_dequantize_from_10_10_on() -> None:
    graph = (
        "(float[1,32] x) => (float16[o] y) <float s = {1}>"
        " { [q] t = QuantizeLinear (x, s)"
        "   [d] y = DequantizeLinear <output_dtype = 10> (t, s) }"
    )
    assert "output_dtype" in refused(graph, "10.7", 21)
    assert imported(graph, "10.10", 21).layers[-1].output.dtype == "float16"


def test_blocked_4_bit_weights() -> None:
    graph = (
        "(float16[1,4] x) => (float16[o] y)"
        " <float16[4,4] w = {1}, float16[4,2] s = {1, 1, 1, 1, 1, 1, 1, 1}>"
        " { [q] t = TRT_INT4QuantizeLinear <axis = 1> (w, s)"
        "   [d] u = TRT_INT4DequantizeLinear <axis = 1> (t, s) [m] y = MatMul (x, u) }"
    )
    network = imported(graph, "10.1", 21)
    assert [x.output.dtype for x in network.layers[2:]] == ["int4", "float16", "float16"]
    two_axes = graph.replace("float16[4,2] s", "float16[2,2] s").replace("1, 1, 1, 1, 1,", "1,")
    assert "one dimension" in refused(two_axes, "10.1", 21)
    odd = graph.replace("[4,4] w", "[4,5] w").replace("float16[4,2] s", "float16 s")
    odd = odd.replace(", 1, 1, 1, 1, 1, 1, 1", "")
    assert "even" in refused(odd, "10.1", 21)


def test_tensorrt_fp8_and_fp4_ops() -> None:
    fp8 = (
        "(float[1,32] x) => (float[o] y) <float s = {1}>"
        " { [q] t = TRT_FP8QuantizeLinear (x, s) [d] y = TRT_FP8DequantizeLinear (t, s) }"
    )
    assert "no importer" in refused(fp8, "8.5")
    for trt in ("8.6", "10.10"):
        assert imported(fp8, trt).layers[1].output.dtype == "fp8"
    fp4 = (
        "(float[1,32] x) => (float4e2m1[o] y, float8e4m3fn[o] k) <float s = {1}>"
        " { [q] y, k = TRT_FP4DynamicQuantize <axis = 1> (x, s) }"
    )
    assert layers(fp4, "10.10", 21) == ["Constant s []", "DynamicQuantize q [1, 32] [1, 2]"]
    assert "block_size" in refused(fp4.replace("axis = 1", "block_size = 32"), "10.10", 21)
    assert "no importer" in refused(fp4, "10.7", 21)
