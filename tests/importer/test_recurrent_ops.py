# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""LSTM, GRU and RNN: layers, names and shapes per parser version."""

from __future__ import annotations

import pytest

from setrange.errors import ModelError
from setrange.versions import PROFILES
from tests.importer.graphs import imported, kinds, layers, refused

MODERN = [p for p in PROFILES if p != "6.0"]


def rnn(
    op: str,
    *,
    gates: int,
    attributes: str = "",
    inputs: str = "",
    declared: str = "",
    outputs: str = "y, h",
    directions: int = 1,
) -> str:
    """A recurrent node over x (5, 2, 3) with 4 hidden units."""
    rows = 4 * gates
    return f"""(float[5,2,3] x{declared}) => (float[5,{directions},2,4] y)
    <float[{directions},{rows},3] w = {{1}}, float[{directions},{rows},4] r = {{1}},
     float[{directions},{2 * rows}] b = {{1}}> {{
      [n] {outputs} = {op} <hidden_size = 4{attributes}> (x, w, r{inputs})
    }}"""


def test_rnn_layers_of_8_6() -> None:
    assert layers(rnn("RNN", gates=1), "8.6") == [
        "Constant w [1, 4, 3]",
        "Constant r [1, 4, 4]",
        "Constant (Unnamed Layer* 2) [Constant] [1]",
        "Constant (Unnamed Layer* 3) [Constant] [1]",
        "Constant (Unnamed Layer* 4) [Constant] [1]",
        "Concatenation (Unnamed Layer* 5) [Concatenation] [3]",
        "Constant (Unnamed Layer* 6) [Constant] [1]",
        "Shuffle (Unnamed Layer* 7) [Shuffle] [1, 1, 1]",
        "Slice (Unnamed Layer* 8) [Slice] [1, 2, 4]",
        "Constant (Unnamed Layer* 9) [Constant] []",
        "Trip Limit (Unnamed Layer* 10) [Trip Limit] ",
        "Iterator (Unnamed Layer* 11) [Iterator] [2, 3]",
        "Shuffle (Unnamed Layer* 12) [Shuffle] [1, 2, 3]",
        "Recurrence n [1, 2, 4]",
        "Matrix Multiply (Unnamed Layer* 14) [Matrix Multiply] [1, 2, 4]",
        "Matrix Multiply (Unnamed Layer* 15) [Matrix Multiply] [1, 2, 4]",
        "ElementWise (Unnamed Layer* 16) [ElementWise] [1, 2, 4]",
        "Activation (Unnamed Layer* 17) [Activation] [1, 2, 4]",
        "Constant (Unnamed Layer* 18) [Constant] [3]",
        "Constant (Unnamed Layer* 19) [Constant] [1]",
        "Constant (Unnamed Layer* 20) [Constant] [1]",
        "Constant (Unnamed Layer* 21) [Constant] [1]",
        "Concatenation (Unnamed Layer* 22) [Concatenation] [3]",
        "ElementWise (Unnamed Layer* 23) [ElementWise] [3]",
        "Constant (Unnamed Layer* 24) [Constant] []",
        "LoopOutput (Unnamed Layer* 25) [LoopOutput] [5, 1, 2, 4]",
        "LoopOutput (Unnamed Layer* 26) [LoopOutput] [1, 2, 4]",
    ]


UNNAMED = """(float[5,2,3] x, float[1,2,4] h0) => (float[1,2,4] h, float[1,2,4] h2)
    <float[1,12,3] w = {1}, float[1,12,4] r = {1}, float[1,24] b = {1}> {
      [n] "", h = GRU <hidden_size = 4> (x, w, r, b)
      [m] "", h2 = GRU <hidden_size = 4> (x, w, r, b%s)
    }"""


@pytest.mark.parametrize("more", ["", ', "", h0'])
@pytest.mark.parametrize("trt", ["6.0", "8.6", "10.3"])
def test_unused_outputs_without_a_name_are_refused_up_to_10_5(more: str, trt: str) -> None:
    rule = refused(UNNAMED % more, trt)
    assert "(GRU) has an unused output with an empty name" in rule
    assert "give unused outputs names" in rule
    assert kinds(UNNAMED % more, "10.6")


def test_a_real_cycle_beside_unused_outputs_is_called_one() -> None:
    graph = """(float[5,2,3] x) => (float[5,2,3] y)
    <float[1,12,3] w = {1}, float[1,12,4] r = {1}, float[1,24] b = {1}> {
      [n] "", h = GRU <hidden_size = 4> (x, w, r, b)
      [m] "", h2 = GRU <hidden_size = 4> (x, w, r, b)
      [p] y = Add (x, z)
      [q] z = Identity (y)
    }"""
    for trt in ("8.6", "10.6"):
        with pytest.raises(ModelError, match="cycle through node 'p'"):
            imported(graph, trt)


def test_initial_state_is_filled_by_a_slice_of_the_nodes_name_up_to_8_5() -> None:
    """From 8.4 on temporary weights take suffixes too."""
    for trt, suffix in (("8.2", 0), ("8.5", 5)):
        named = [line for line in layers(rnn("RNN", gates=1), trt) if " n" in line]
        assert named == ["Slice n [1, 2, 4]", f"Recurrence n_{suffix} [1, 2, 4]"]


@pytest.mark.parametrize("trt", MODERN)
@pytest.mark.parametrize("direction", ["forward", "reverse", "bidirectional"])
@pytest.mark.parametrize(("op", "gates"), [("RNN", 1), ("GRU", 3), ("LSTM", 4)])
def test_output_shapes(op: str, gates: int, direction: str, trt: str) -> None:
    directions = 2 if direction == "bidirectional" else 1
    graph = rnn(
        op,
        gates=gates,
        directions=directions,
        attributes=f', direction = "{direction}"',
        inputs=", b",
    )
    network = imported(graph, trt)
    assert network.outputs[0].shape == (5, directions, 2, 4)
    assert next(t for t in network.tensors() if t.name == "h").shape == (directions, 2, 4)


def test_only_named_outputs_are_made_from_10_7_on() -> None:
    graph = rnn("LSTM", gates=4, outputs="y")
    assert kinds(graph, "10.3").count("LoopOutput") == 3
    assert kinds(graph, "10.7").count("LoopOutput") == 1


def test_sequence_lengths_mask_the_states_from_7_1_on() -> None:
    graph = rnn("GRU", gates=3, inputs=", b, l", declared=", int32[2] l")
    assert kinds(graph, "7.0").count("Select") == 0
    for trt in MODERN[1:]:
        assert kinds(graph, trt).count("Select") == 3
    both = rnn(
        "GRU",
        gates=3,
        directions=2,
        attributes=', direction = "bidirectional"',
        inputs=", b, l",
        declared=", int32[2] l",
    )
    assert kinds(both, "8.6").count("Select") == 6


def test_gru_reset_before_or_after_the_product() -> None:
    before = kinds(rnn("GRU", gates=3, inputs=", b"), "8.6")
    after = kinds(
        rnn("GRU", gates=3, inputs=", b", attributes=", linear_before_reset = 1"), "8.6"
    )
    start = before.index("Recurrence")
    products = ["Matrix Multiply", "ElementWise", "Matrix Multiply"]
    assert before[start + 11 : start + 14] == products
    assert after[start + 11 : start + 14] == ["Matrix Multiply", *products[::-1][:2]]


def test_lstm_peepholes_and_clip() -> None:
    plain = kinds(rnn("LSTM", gates=4), "8.6")
    peephole = kinds(
        rnn("LSTM", gates=4, inputs=", , , , , p", declared=", float[1,12] p"), "8.6"
    )
    assert peephole.count("Slice") == plain.count("Slice") + 3
    assert peephole.count("ElementWise") == plain.count("ElementWise") + 6
    clipped = kinds(rnn("LSTM", gates=4, attributes=", clip = 3.0"), "8.6")
    assert clipped.count("Activation") == plain.count("Activation") + 5


def test_activations() -> None:
    names = ', activations = ["HardSigmoid", "Relu", "LeakyRelu"], activation_alpha = [0.3]'
    network = imported(rnn("LSTM", gates=4, attributes=names), "8.6")
    found = [
        (layer.params["op"], layer.params["alpha"], layer.params["beta"])
        for layer in network.layers
        if layer.kind.value == "Activation"
    ]
    gate = ("hard_sigmoid", pytest.approx(0.3), 0.5)
    assert found == [gate, gate, ("relu", 0.0, 0.0), gate, ("leaky_relu", 0.01, 0.0)]


@pytest.mark.parametrize("trt", ["7.0", "8.6", "10.10"])
def test_refusals(trt: str) -> None:
    assert "coupled" in refused(rnn("LSTM", gates=4, attributes=", input_forget = 1"), trt)
    assert "unknown direction" in refused(
        rnn("RNN", gates=1, attributes=', direction = "sideways"'), trt
    )
    assert "unknown activation 'Affine'" in refused(
        rnn("RNN", gates=1, attributes=', activations = ["Affine"]'), trt
    )
    assert "both directions of GRU" in refused(
        rnn(
            "GRU",
            gates=3,
            directions=2,
            attributes=', direction = "bidirectional", '
            'activations = ["Sigmoid", "Tanh", "Sigmoid", "Relu"]',
        ),
        trt,
    )
    no_size = rnn("RNN", gates=1).replace("hidden_size = 4", "clip = 1.0")
    assert "hidden_size" in refused(no_size, trt)


RNN_V2 = """(float[1,5,3] x) => (float[1,5,8] y)
<float[12] w = {1}, float[16] r = {1}, float[4] b = {1}> {
  [n] y, h = TRT_RNNv2 <layer_count = 1, hidden_size = 4, max_seq_length = 5, rnn_op = "relu",
    input_mode = "linear", direction = "bidirection", has_hidden_state = 0,
    has_seq_lengths = 0> (x, w, r, b, b, w, r, b, b)
}"""


def test_rnn_v2_up_to_8_6() -> None:
    assert layers(RNN_V2, "8.6") == ["RNN n [1, 5, 8] [1, 2, 4]"]
    assert "input 8" in refused(RNN_V2.replace("b, b)", "b)"), "8.6")
    assert "has no importer for the op TRT_RNNv2" in refused(RNN_V2, "10.1")
