# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Attention, RMSNormalization, RotaryEmbedding and others, as NVIDIA's library has them."""

from __future__ import annotations

import pytest

from setrange.errors import ParserRefusedError
from tests.importer.graphs import imported

ATTENTION = (
    "(float[2,4,3,8] q, float[2,4,5,8] k, float[2,4,5,8] v{}) => (float[2,4,3,8] y) "
    "{{ [at] y = Attention{}(q, k, v{}) }}"
)


def layers(graph: str, trt: str = "10.16", opset: int = 23) -> list[str]:
    return [layer.name for layer in imported(graph, trt, opset).layers]


def test_attention_has_two_layers_and_a_number_of_its_own() -> None:
    graph = ATTENTION.format(", float[3,5] m", "<scale=0.5>", ", m")
    assert layers(graph) == [
        "(Unnamed Layer* 0) [Constant]",
        "ONNXTRT_castHelper",
        "(Unnamed Layer* 2) [ElementWise]",
        "(Unnamed Layer* 3) [Constant]",
        "ONNXTRT_castHelper_1",
        "(Unnamed Layer* 5) [ElementWise]",
        "at_AttentionInput",
        "at_AttentionOutput",
        "(Unnamed Layer* 9) [Constant]",
        "ONNXTRT_unsqueezeTensor",
    ]


def test_attention_of_three_dimensions() -> None:
    graph = """(float[N,M,32] q, float[N,M,32] k, float[N,M,32] v) => (float[N,M,32] y) {
        [at] y = Attention<q_num_heads=4, kv_num_heads=4>(q, k, v)
    }"""
    network = imported(graph, "11.4", 23)
    assert [(la.name, la.output.shape) for la in network.layers][-4:] == [
        ("ONNXTRT_ShapeShuffle_7", (-1, 4, -1, 8)),
        ("at_AttentionInput", (-1, 4, -1, 8)),
        ("at_AttentionOutput", (-1, 4, -1, 8)),
        ("ONNXTRT_ShapeShuffle_8", (-1, -1, 32)),
    ]
    assert network.outputs[0].name == "y"


@pytest.mark.parametrize(
    ("mask", "attributes"),
    [("", "<softcap=2.0>"), ("", "<softmax_precision=1>"), ("bool[3,5] m", "<is_causal=1>")],
)
def test_attention_that_tensorrt_refuses(mask: str, attributes: str) -> None:
    graph = ATTENTION.format(f", {mask}" if mask else "", attributes, ", m" if mask else "")
    with pytest.raises(ParserRefusedError, match="Attention"):
        layers(graph)


def test_attention_before_10_14() -> None:
    with pytest.raises(ParserRefusedError, match="no importer"):
        layers(ATTENTION.format("", "", ""), "10.10")


def test_rms_normalization() -> None:
    graph = """(float16[2,3,8] x, float[8] s) => (float16[2,3,8] y) {
        [rn] y = RMSNormalization(x, s)
    }"""
    assert layers(graph) == [
        "ONNXTRT_castHelper",
        "rn",
        "rn_0",
        "(Unnamed Layer* 3) [Constant]",
        "ONNXTRT_castHelper_1",
        "ONNXTRT_Broadcast",
        "rn_2",
        "rn_3",
        "rn_4",
        "ONNXTRT_castHelper_5",
        "ONNXTRT_castHelper_6",
        "ONNXTRT_Broadcast_8",
        "rn_9",
    ]


def test_rotary_embedding() -> None:
    graph = """(float[2,3,32] x, float[2,3,4] c, float[2,3,4] s) => (float[2,3,32] y) {
        [ro] y = RotaryEmbedding<num_heads=4>(x, c, s)
    }"""
    network = imported(graph, "10.16", 23)
    assert [(la.name, la.output.shape) for la in network.layers] == [
        ("ro", (2, 4, 3, 8)),
        ("ro_0", (2, 4, 3, 8)),
        ("ro_1", (2, 3, 32)),
    ]


def test_tensor_scatter() -> None:
    graph = """(float[2,4,8,3] c, float[2,4,2,3] u{}) => (float[2,4,8,3] y) {{
        [ts] y = TensorScatter(c, u{})
    }}"""
    assert layers(graph.format(", int64[2] w", ", w"), opset=24) == ["ONNXTRT_castHelper", "ts"]
    assert layers(graph.format("", ""), opset=24) == [
        "ONNXTRT_ShapeTensorFromDims",
        "(Unnamed Layer* 1) [Constant]",
        "ONNXTRT_ShapeSlice",
        "ts",
    ]


def test_swish() -> None:
    graph = "(float[2,3] x) => (float[2,3] y) { [sw] y = Swish<alpha=2.0>(x) }"
    assert layers(graph, "11.4", 24) == [
        "(Unnamed Layer* 0) [Constant]",
        "ONNXTRT_castHelper",
        "ONNXTRT_Broadcast",
        "sw",
        "sw_0",
        "sw_1",
    ]
    with pytest.raises(ParserRefusedError, match="no importer"):
        layers(graph, "11.2", 24)
