# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Arithmetic, comparison, selection and casts: layers per parser version."""

from __future__ import annotations

import pytest

from tests.importer.graphs import assert_by_version, imported, layers, refused

UNKNOWN = "has no importer for the op"


def test_operands_are_brought_to_equal_rank() -> None:
    graph = "(float[2,3] x, float[3] b) => (float[2,3] y) { [n] y = Add (x, b) }"
    assert_by_version(
        graph,
        {
            "7.0": ["Shuffle n [1, 3]", "ElementWise (Unnamed Layer* 1) [ElementWise] [2, 3]"],
            "7.1": ["Shuffle (Unnamed Layer* 0) [Shuffle] [1, 3]", "ElementWise n [2, 3]"],
            "10.1": ["Shuffle ONNXTRT_Broadcast [1, 3]", "ElementWise n [2, 3]"],
        },
    )


def test_three_operands_are_combined_left_to_right() -> None:
    graph = "(float[2] a, float[2] b, float[2] c) => (float[2] y) { [n] y = Max (a, b, c) }"
    network = imported(graph, "8.6")
    assert [t.name for t in network.layers[1].inputs if t is not None] == [
        "(Unnamed Layer* 0) [ElementWise]_output",
        "c",
    ]
    assert [layer.name for layer in network.layers] == ["n", "n_0"]


def test_a_single_operand_is_wrapped() -> None:
    assert_by_version(
        "(float[2,3] x) => (float[2,3] y) { [n] y = Sum (x) }",
        {
            "7.0": ["Identity n [2, 3]"],
            "7.1": ["Identity (Unnamed Layer* 0) [Identity] [2, 3]"],
            "10.1": ["Identity ONNXTRT_identity [2, 3]"],
        },
    )


@pytest.mark.parametrize("trt", ["7.0", "8.6"])
def test_opset_6_passes_where_ranks_are_equal(trt: str) -> None:
    equal = "(float[2,3] x, float[2,3] b) => (float[2,3] y) { [n] y = Add (x, b) }"
    assert layers(equal, trt, 6) == ["ElementWise n [2, 3]"]
    assert "opset 7" in refused(equal.replace("[2,3] b", "[3] b"), trt, 6)


def test_opset_6_is_refused_from_10_on() -> None:
    graph = "(float[2,3] x, float[2,3] b) => (float[2,3] y) { [n] y = Add (x, b) }"
    assert "opset 7" in refused(graph, "10.1", 6)


def test_mean_multiplies_by_a_constant() -> None:
    assert_by_version(
        "(float[2,3] a, float[2,3] b) => (float[2,3] y) { [n] y = Mean (a, b) }",
        {
            "7.0": [
                "ElementWise n [2, 3]",
                "Constant (Unnamed Layer* 1) [Constant] [1, 1]",
                "ElementWise (Unnamed Layer* 2) [ElementWise] [2, 3]",
            ],
            "10.16": ["ElementWise n [2, 3]", "Constant n_0 [1, 1]", "ElementWise n_1 [2, 3]"],
        },
    )


@pytest.mark.parametrize(("trt", "dtype"), [("8.6", "float32"), ("10.1", "float16")])
def test_mean_constant_has_the_type_of_half_inputs_from_10_on(trt: str, dtype: str) -> None:
    graph = "(float16[2] a, float16[2] b) => (float16[2] y) { [n] y = Mean (a, b) }"
    assert imported(graph, trt).layers[1].output.dtype == dtype


def test_integer_exponents_are_cast_from_10_10_on() -> None:
    assert_by_version(
        "(float[2,3] x) => (float[2,3] y) <int64 e = {2}> { [n] y = Pow (x, e) }",
        {
            "7.0": "pow does not take BOOL or integer inputs",
            "10.10": [
                "Constant e []",
                "Cast ONNXTRT_castHelper []",
                "Shuffle ONNXTRT_Broadcast [1, 1]",
                "ElementWise n [2, 3]",
            ],
            "10.16": [
                "Cast ONNXTRT_castHelper [2, 3]",
                "Constant e []",
                "Cast ONNXTRT_castHelper_0 []",
                "Shuffle ONNXTRT_Broadcast [1, 1]",
                "ElementWise n [2, 3]",
            ],
        },
    )


def test_mod_of_integers_is_three_layers() -> None:
    graph = "(int32[2,3] x, int32[2,3] b) => (int32[2,3] y) { [n] y = Mod (x, b) }"
    three = [
        "ElementWise (Unnamed Layer* 0) [ElementWise] [2, 3]",
        "ElementWise (Unnamed Layer* 1) [ElementWise] [2, 3]",
        "ElementWise n [2, 3]",
    ]
    assert_by_version(graph, {"7.0": UNKNOWN, "8.5": three})
    operations = [layer.params["op"] for layer in imported(graph, "8.5").layers]
    assert operations == ["floor_div", "prod", "sub"]


def test_mod_of_floats_needs_fmod() -> None:
    graph = "(float[2,3] x, float[3] b) => (float[2,3] y) { [n] y = Mod (x, b) }"
    assert "integers" in refused(graph, "8.6")
    fmod = graph.replace("Mod", "Mod <fmod = 1>")
    tail = {
        "8.5": [
            "Constant (Unnamed Layer* 8) [Constant] []",
            "Identity (Unnamed Layer* 9) [Identity] []",
            "Shuffle (Unnamed Layer* 10) [Shuffle] [1, 1]",
            "ElementWise (Unnamed Layer* 11) [ElementWise] [2, 3]",
            "ElementWise n_0 [2, 3]",
            "ElementWise n_1 [2, 3]",
            "ElementWise n_2 [2, 3]",
            "Select n_3 [2, 3]",
        ],
        "10.1": [
            "Constant (Unnamed Layer* 8) [Constant] []",
            "Cast ONNXTRT_castHelper []",
            "Shuffle ONNXTRT_Broadcast_1 [1, 1]",
            "ElementWise ONNXTRT_createZeroTensor [2, 3]",
            "ElementWise n_2 [2, 3]",
            "ElementWise n_3 [2, 3]",
            "ElementWise n_4 [2, 3]",
            "Select n_5 [2, 3]",
        ],
        "10.3": [
            "Constant (Unnamed Layer* 8) [Constant] []",
            "Cast ONNXTRT_castHelper []",
            "Constant ONNXTRT_ShapeTensorFromDims [2]",
            "Shuffle ONNXTRT_ShapeShuffle_1 [1, 1]",
            "Slice ONNXTRT_ShapeSlice [2, 3]",
            "ElementWise n_2 [2, 3]",
            "ElementWise n_3 [2, 3]",
            "ElementWise n_4 [2, 3]",
            "Select n_5 [2, 3]",
        ],
    }
    for trt, expected in tail.items():
        made = layers(fmod, trt)
        assert [line.split()[0] for line in made[:8]] == (
            ["Shuffle", "ElementWise"] + ["Unary", "ElementWise", "ElementWise"] * 2
        )
        assert made[8:] == expected


def test_logic_takes_bool_only() -> None:
    graph = "(bool[2] a, bool[2] b) => (bool[2] y) { [n] y = Xor (a, b) }"
    assert_by_version(graph, {"7.0": UNKNOWN, "8.4": ["ElementWise n [2]"]})
    floats = graph.replace("bool[2] a", "float[2] a").replace("Xor", "And")
    assert "BOOL inputs only" in refused(floats, "8.6")


def test_equal_of_bool_from_8_5_on() -> None:
    assert_by_version(
        "(bool[2] a, bool[2] b) => (bool[2] y) { [n] y = Equal (a, b) }",
        {"7.0": "does not take BOOL", "8.5": ["ElementWise n [2]"]},
    )


def test_greater_or_equal_makes_constants_once_from_8_4_on() -> None:
    assert_by_version(
        "(float[2,3] x) => (bool[2,3] y) <float c = {1}> { [n] y = GreaterOrEqual (x, c) }",
        {
            "7.0": UNKNOWN,
            "7.2": [
                "Constant c []",
                "Shuffle (Unnamed Layer* 1) [Shuffle] [1, 1]",
                "ElementWise n [2, 3]",
                "Constant c_0 []",
                "Shuffle (Unnamed Layer* 4) [Shuffle] [1, 1]",
                "ElementWise n_1 [2, 3]",
                "ElementWise n_2 [2, 3]",
            ],
            "8.4": [
                "Constant c []",
                "Shuffle (Unnamed Layer* 1) [Shuffle] [1, 1]",
                "ElementWise n [2, 3]",
                "Shuffle (Unnamed Layer* 3) [Shuffle] [1, 1]",
                "ElementWise n_0 [2, 3]",
                "ElementWise n_1 [2, 3]",
            ],
            "10.1": [
                "Constant c []",
                "Shuffle ONNXTRT_Broadcast [1, 1]",
                "ElementWise n [2, 3]",
                "Shuffle ONNXTRT_Broadcast_1 [1, 1]",
                "ElementWise n_2 [2, 3]",
                "ElementWise n_3 [2, 3]",
            ],
        },
    )


@pytest.mark.parametrize(("trt", "names"), [("8.4", ["a", "b"]), ("8.5", ["b", "a"])])
def test_less_or_equal_makes_the_second_constant_first_from_8_5_on(
    trt: str, names: list[str]
) -> None:
    graph = (
        "() => (bool[1] y) <float[1] a = {1}, float[1] b = {2}> { [n] y = LessOrEqual (a, b) }"
    )
    assert [line.split()[1] for line in layers(graph, trt)[:2]] == names


def test_where_brings_all_three_to_equal_rank() -> None:
    tail = ["Shuffle (Unnamed Layer* 1) [Shuffle] [1, 1]"]
    tail += ["Shuffle (Unnamed Layer* 2) [Shuffle] [1, 3]"]
    graph = (
        "(bool[3] c, float[2,3] x) => (float[2,3] y) <float z = {6}> {[n] y = Where(c, x, z)}"
    )
    assert_by_version(
        graph,
        {
            "7.0": ["Constant n []", *tail, "Select (Unnamed Layer* 3) [Select] [2, 3]"],
            "7.1": ["Constant (Unnamed Layer* 0) [Constant] []", *tail, "Select n [2, 3]"],
            "7.2": ["Constant z []", *tail, "Select n [2, 3]"],
            "10.1": [
                "Constant z []",
                "Shuffle ONNXTRT_Broadcast [1, 1]",
                "Shuffle ONNXTRT_Broadcast_1 [1, 3]",
                "Select n [2, 3]",
            ],
        },
    )


def test_where_takes_bool_operands_from_8_5_on() -> None:
    assert_by_version(
        "(bool[3] c, bool[3] a, bool[3] b) => (bool[3] y) { [n] y = Where (c, a, b) }",
        {"7.0": "input type of BOOL", "8.5": ["Select n [3]"]},
    )


def test_trilu_counts_rows_and_columns() -> None:
    graph = "(float[2,4,4] x) => (float[2,4,4] y) <int64 k = {1}> { [n] y = Trilu (x, k) }"
    counted = [
        "Fill (Unnamed Layer* 0) [Fill] [4, 4]",
        "Constant (Unnamed Layer* 1) [Constant] []",
        "Constant (Unnamed Layer* 2) [Constant] [2]",
        "Constant (Unnamed Layer* 3) [Constant] [2]",
        "Fill (Unnamed Layer* 4) [Fill] [4, 4]",
        "Constant (Unnamed Layer* 5) [Constant] []",
        "Constant (Unnamed Layer* 6) [Constant] [2]",
        "Constant (Unnamed Layer* 7) [Constant] [2]",
    ]
    assert layers(graph, "8.6", 14) == [
        *counted,
        "Constant (Unnamed Layer* 8) [Constant] []",
        "Identity (Unnamed Layer* 9) [Identity] []",
        "Shuffle (Unnamed Layer* 10) [Shuffle] [1, 1, 1]",
        "ElementWise (Unnamed Layer* 11) [ElementWise] [2, 4, 4]",
        "Constant k []",
        "Shuffle (Unnamed Layer* 13) [Shuffle] [1, 1]",
        "ElementWise n [4, 4]",
        "Shuffle (Unnamed Layer* 15) [Shuffle] [1, 4, 4]",
        "Shuffle (Unnamed Layer* 16) [Shuffle] [1, 4, 4]",
        "ElementWise n_7 [1, 4, 4]",
        "ElementWise n_8 [1, 4, 4]",
        "ElementWise n_9 [1, 4, 4]",
        "Select (Unnamed Layer* 20) [Select] [2, 4, 4]",
    ]
    four = graph.replace("[2,4,4]", "[2,2,4,4]")
    assert "rank 4" in refused(four, "8.5", 14)
    assert layers(four, "8.6", 14)[-1].startswith("Select")


def test_cast_is_a_layer_of_its_own_from_8_6_on() -> None:
    graph = "(float[2] x) => (int32[2] y) { [n] y = Cast <to = 6> (x) }"
    assert_by_version(graph, {"7.0": ["Identity n [2]"], "8.6": ["Cast n [2]"]})
    assert "string" in refused(graph.replace("to = 6", "to = 8"), "10.10")


def test_cast_like_takes_the_type_of_the_second_input() -> None:
    graph = "(float[2] x, int32[3] t) => (int32[2] y) { [n] y = CastLike (x, t) }"
    assert_by_version(graph, {"7.0": UNKNOWN, "10.1": ["Cast n [2]"]}, 15)
    assert imported(graph, "10.1", 15).layers[0].output.dtype == "int32"


def test_uint8_casts_to_floating_point_only_in_8_5() -> None:
    graph = "(uint8[2] x) => (int32[2] y) { [n] y = Cast <to = 6> (x) }"
    assert "UINT8" in refused(graph, "8.5")
    assert layers(graph, "8.6") == ["Cast n [2]"]


def test_dropout_is_an_identity() -> None:
    assert_by_version(
        "(float[2] x) => (float[2] y) { [n] y = Dropout (x) }",
        {
            "7.0": ["Identity n [2]"],
            "7.1": ["Identity (Unnamed Layer* 0) [Identity] [2]"],
            "10.1": ["Identity ONNXTRT_identity [2]"],
        },
    )


def test_dropout_mask() -> None:
    graph = "(float[2] x) => (float[2] z, bool[2] m) { y, m = Dropout (x) z = Relu (y) }"
    assert "mask" in refused(graph, "7.2", 12)
    mask = "ElementWise (Unnamed Layer* {}) [ElementWise] [2]"
    relu = "Activation node_of_z [2]"
    assert layers(graph, "8.5", 12) == [mask.format(0), relu]
    identity = "Identity (Unnamed Layer* 0) [Identity] [2]"
    assert layers(graph, "8.6", 12) == [identity, mask.format(1), relu]
    assert imported(graph, "8.6", 12).layers[1].params["op"] == "equal"
    assert imported(graph, "8.6", 10).layers[1].params["op"] == "less"


def test_dropout_in_training_mode_is_refused() -> None:
    graph = (
        "(float[2] x) => (float[2] y) <float r = {0.5}, bool t = {1}> { y = Dropout (x, r, t) }"
    )
    assert layers(graph, "7.2", 12)
    assert "training" in refused(graph, "8.0", 12)
    assert "training" in refused(
        "(float[2] x) => (float[2] y) { y = Dropout <is_test = 0> (x) }", "10.1", 6
    )
