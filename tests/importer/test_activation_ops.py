# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Activations, unary functions and Clip: layers per parser version."""

from __future__ import annotations

import pytest

from tests.importer.graphs import assert_by_version, imported, kinds, layers, refused

UNKNOWN = "has no importer for the op"
X = "(float[2,3] x) => (float[2,3] y) "
INTEGERS = "(int32[2,3] x) => (int32[2,3] y) "


@pytest.mark.parametrize(
    ("node", "op", "alpha", "beta"),
    [
        ("Relu", "relu", None, None),
        ("LeakyRelu", "leaky_relu", 0.01, None),
        ("Elu <alpha = 2.0>", "elu", 2.0, None),
        ("Selu", "selu", 1.6732, 1.0507),
        ("HardSigmoid", "hard_sigmoid", 0.2, 0.5),
        ("ThresholdedRelu", "thresholded_relu", 1.0, None),
        ("ScaledTanh <alpha = 1.0, beta = 3.0>", "scaled_tanh", 1.0, 3.0),
        ("Softplus", "softplus", None, None),
    ],
)
def test_one_activation_layer(
    node: str, op: str, alpha: float | None, beta: float | None
) -> None:
    graph = f"{X} {{ [n] y = {node} (x) }}"
    assert_by_version(graph, {"7.0": ["Activation n [2, 3]"]})
    params = imported(graph, "8.6").layers[0].params
    assert params["op"] == op
    assert params["alpha"] == pytest.approx(alpha)
    assert params["beta"] == pytest.approx(beta)


def test_activations_refuse_integers_and_missing_attributes() -> None:
    assert "INT32" in refused(INTEGERS + "{ y = Relu (x) }", "8.6")
    assert "alpha" in refused(X + "{ y = ScaledTanh <beta = 1.0> (x) }", "8.6")


def test_prelu() -> None:
    graph = (
        "(float[2,3,4] x) => (float[2,3,4] y) <float[3,1] s = {0.1}> { [n] y = PRelu (x, s) }"
    )
    tail = ["Shuffle (Unnamed Layer* 1) [Shuffle] [1, 3, 1]"]
    assert_by_version(
        graph,
        {
            "7.0": [
                "Constant n [3, 1]",
                *tail,
                "Parametric ReLU (Unnamed Layer* 2) [Parametric ReLU] [2, 3, 4]",
            ],
            "7.1": [
                "Constant (Unnamed Layer* 0) [Constant] [3, 1]",
                *tail,
                "Parametric ReLU n [2, 3, 4]",
            ],
            "7.2": ["Constant s [3, 1]", *tail, "Parametric ReLU n [2, 3, 4]"],
            "10.1": [
                "Constant s [3, 1]",
                "Shuffle ONNXTRT_Broadcast [1, 3, 1]",
                "Parametric ReLU n [2, 3, 4]",
            ],
        },
    )
    assert len(layers(graph, "7.0", 6)) == 2, "7.0 leaves the slope as it is before opset 7"
    assert "opset 7" in refused(graph, "7.1", 6)


def test_hard_swish_and_mish_are_products() -> None:
    product = ["Activation n [2, 3]", "ElementWise n_0 [2, 3]"]
    graph = X + "{ [n] y = HardSwish (x) }"
    assert_by_version(graph, {"7.0": UNKNOWN, "8.4": product}, 14)
    assert_by_version(
        X + "{ [n] y = Mish (x) }",
        {
            "7.0": UNKNOWN,
            "10.1": ["Activation n [2, 3]", "Activation n_0 [2, 3]", "ElementWise n_1 [2, 3]"],
        },
        18,
    )


@pytest.mark.parametrize(("approximate", "op"), [("none", "gelu_erf"), ("tanh", "gelu_tanh")])
def test_gelu(approximate: str, op: str) -> None:
    graph = f'{X} {{ [n] y = Gelu <approximate = "{approximate}"> (x) }}'
    assert_by_version(graph, {"7.0": UNKNOWN, "10.1": ["Activation n [2, 3]"]}, 20)
    assert imported(graph, "10.1", 20).layers[0].params["op"] == op
    assert "approximation" in refused(graph.replace(approximate, "fast"), "10.1", 20)


def test_celu_names_its_constants_from_8_4_on() -> None:
    graph = X + "{ [n] y = Celu (x) }"
    steps = ["ElementWise", "Unary"] + ["ElementWise"] * 5
    for trt, constants in {
        "7.2": ["(Unnamed", "(Unnamed", "(Unnamed"],
        "8.4": ["tmp_weight", "tmp_weight_0", "tmp_weight_1"],
        "10.10": ["tmp_weight", "tmp_weight_0", "tmp_weight_1"],
    }.items():
        made = layers(graph, trt)
        assert [line.split()[1] for line in made[:6:2]] == constants
        assert [line.split()[0] for line in made[:6]] == ["Constant", "Shuffle"] * 3
        assert [line.split()[0] for line in made[6:]] == steps
    # Up to 8.2 the parser raises alpha to a power where it should multiply.
    assert imported(graph, "8.2").layers[10].params["op"] == "pow"
    assert imported(graph, "8.4").layers[10].params["op"] == "prod"


def test_shrink_computes_in_float() -> None:
    graph = "(int8[2] x) => (int8[2] y) { [n] y = Shrink (x) }"
    assert "int8" in refused(graph, "8.4")
    made = imported(graph, "8.5").layers
    assert made[0].output.dtype == "float32"
    assert made[-1].output.dtype == "int8"
    assert [layer.name for layer in made[-2:]] == ["n_6", "(Unnamed Layer* 15) [Identity]"]


@pytest.mark.parametrize("op", ["Exp", "Log", "Sqrt", "Erf", "Reciprocal", "Neg", "Tan"])
def test_unary_of_a_scalar_needs_a_vector_up_to_8_5(op: str) -> None:
    around = "Shuffle (Unnamed Layer* {}) [Shuffle] {}"
    assert_by_version(
        f"(float x) => (float y) {{ [n] y = {op} (x) }}",
        {
            "7.0": [
                "Shuffle n [1]",
                "Unary (Unnamed Layer* 1) [Unary] [1]",
                around.format(2, "[]"),
            ],
            "7.1": [around.format(0, "[1]"), "Unary n [1]", around.format(2, "[]")],
            "8.6": ["Unary n []"],
        },
    )


def test_unary_of_integers() -> None:
    rule = "does not take inputs of type int32"
    minus = ["Constant (Unnamed Layer* 0) [Constant] []"]
    assert_by_version(
        INTEGERS + "{ [n] y = Neg (x) }",
        {
            "7.0": rule,
            "8.0": [
                *minus,
                "Shuffle (Unnamed Layer* 1) [Shuffle] [1, 1]",
                "ElementWise n [2, 3]",
            ],
            "10.1": [*minus, "Shuffle ONNXTRT_Broadcast [1, 1]", "ElementWise n [2, 3]"],
        },
    )
    assert_by_version(
        INTEGERS + "{ [n] y = Abs (x) }",
        {
            "7.0": rule,
            "8.0": [
                "Identity (Unnamed Layer* 0) [Identity] [2, 3]",
                "Unary n [2, 3]",
                "Identity (Unnamed Layer* 2) [Identity] [2, 3]",
            ],
            "8.5": ["Unary n [2, 3]"],
        },
    )
    assert_by_version(
        INTEGERS + "{ [n] y = Sign (x) }",
        {"7.0": UNKNOWN, "8.2": rule, "10.1": ["Unary n [2, 3]"]},
    )
    assert_by_version(INTEGERS + "{ [n] y = Exp (x) }", {"7.0": rule})
    long = INTEGERS.replace("int32", "int64")
    assert layers(long + "{ [n] y = Neg (x) }", "10.1") == ["Unary n [2, 3]"]


def test_not_takes_bool_only() -> None:
    graph = "(bool[2] x) => (bool[2] y) { [n] y = Not (x) }"
    assert_by_version(graph, {"7.0": ["Unary n [2]"]})
    assert "not" in refused(graph.replace("bool[2] x", "float[2] x"), "8.6")


def test_is_nan_and_is_inf() -> None:
    nan = "(float[2,3] x) => (bool[2,3] y) { [n] y = IsNaN (x) }"
    assert_by_version(
        nan,
        {
            "7.0": UNKNOWN,
            "8.2": ["ElementWise n [2, 3]", "Unary n_0 [2, 3]"],
            "10.1": ["Unary n [2, 3]"],
        },
    )
    inf = nan.replace("IsNaN", "IsInf")
    assert_by_version(inf, {"7.0": UNKNOWN, "8.6": ["Unary n [2, 3]"]})
    positive = inf.replace("IsInf", "IsInf <detect_negative = 0>")
    three = [
        "Constant (Unnamed Layer* 0) [Constant] [1, 1]",
        "ElementWise (Unnamed Layer* 1) [ElementWise] [2, 3]",
        "Unary (Unnamed Layer* 2) [Unary] [2, 3]",
        "ElementWise (Unnamed Layer* 3) [ElementWise] [2, 3]",
    ]
    assert_by_version(
        positive,
        {
            "7.0": UNKNOWN,
            "8.6": three,
            "10.16": [
                "Constant (Unnamed Layer* 0) [Constant] [1, 1]",
                "ElementWise n [2, 3]",
                "Unary n_0 [2, 3]",
                "ElementWise n_1 [2, 3]",
            ],
        },
    )


def test_clip_by_attributes_is_an_activation() -> None:
    graph = X + "{ [n] y = Clip <min = 0.0, max = 6.0> (x) }"
    assert_by_version(graph, {"7.0": ["Activation n [2, 3]"]}, 6)
    params = imported(graph, "8.6", 6).layers[0].params
    assert (params["alpha"], params["beta"]) == (0.0, 6.0)


def test_clip_by_constants_is_an_activation() -> None:
    graph = X + "<float lo = {-1}, float hi = {6}> { [n] y = Clip (x, lo, hi) }"
    assert_by_version(graph, {"7.0": ["Activation n [2, 3]"]})
    params = imported(graph, "10.10").layers[0].params
    assert (params["alpha"], params["beta"]) == (-1.0, 6.0)


def test_clip_with_an_absent_bound_is_max_and_min_from_8_0_on() -> None:
    tail = [
        "ElementWise (Unnamed Layer* 4) [ElementWise] [2, 3]",
        "ElementWise (Unnamed Layer* 5) [ElementWise] [2, 3]",
    ]
    constants = ["Constant (Unnamed Layer* 0) [Constant] []", "Constant hi []"]
    assert_by_version(
        X + "<float hi = {6}> { [n] y = Clip (x, , hi) }",
        {
            "7.0": ["Activation n [2, 3]"],
            "8.0": [
                *constants,
                "Shuffle (Unnamed Layer* 2) [Shuffle] [1, 1]",
                "Shuffle (Unnamed Layer* 3) [Shuffle] [1, 1]",
                *tail,
            ],
            "10.1": [
                *constants,
                "Shuffle ONNXTRT_Broadcast [1, 1]",
                "Shuffle ONNXTRT_Broadcast_1 [1, 1]",
                *tail,
            ],
            "10.16": [
                "Constant (Unnamed Layer* 0) [Constant] [1, 1]",
                "Constant hi []",
                "Shuffle ONNXTRT_Broadcast [1, 1]",
                "ElementWise n [2, 3]",
                "ElementWise n_0 [2, 3]",
            ],
        },
    )


def test_clip_by_tensors() -> None:
    graph = "(float[2] x, float[1] lo) => (float[2] y) { y = Clip (x, lo) }"
    assert "initializer" in refused(graph, "7.2")
    assert kinds(graph, "8.0") == ["Constant", "Shuffle", "ElementWise", "ElementWise"]
    half = graph.replace("float", "float16")
    assert "float16" in refused(half, "8.4")
    assert imported(half, "8.6").layers[0].output.dtype == "float32"
    assert imported(half, "10.1").layers[0].output.dtype == "float16"


def test_clip_of_integers() -> None:
    graph = INTEGERS + "<int32 lo = {0}> { y = Clip (x, lo) }"
    assert "INT32" in refused(graph, "7.2")
    assert layers(graph, "8.0")[-1] == "ElementWise (Unnamed Layer* 5) [ElementWise] [2, 3]"
    small = graph.replace("int32", "int8")
    assert layers(small, "8.6") == ["Activation node_of_y [2, 3]"]
