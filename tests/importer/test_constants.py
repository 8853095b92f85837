# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Weights: conversion, temporary names, sharing; values known at definition time."""

from __future__ import annotations

import pytest
from onnx import TensorProto, helper

from setrange.errors import ParserRefusedError
from setrange.importer.parser import import_model
from setrange.versions import TrtVersion
from tests.importer.graphs import imported, layers, model_of

TWICE = (
    "(float[2] x) => (float[2] z) <float[2] w = {1, 2}>"
    " { [a] y = Add (x, w) [b] z = Add (y, w) }"
)


def test_one_constant_layer_per_initializer_from_8_4_on() -> None:
    shared = ["Constant w [2]", "ElementWise a [2]", "ElementWise b [2]"]
    assert layers(TWICE, "8.4") == shared
    assert layers(TWICE, "10.10") == shared
    assert layers(TWICE, "8.2") == [
        "Constant w [2]",
        "ElementWise a [2]",
        "Constant w_0 [2]",
        "ElementWise b [2]",
    ]
    assert layers(TWICE, "7.1")[0] == "Constant (Unnamed Layer* 0) [Constant] [2]"


def test_a_constant_whose_name_a_layer_has_is_not_shared() -> None:
    graph = TWICE.replace("[a]", "[w]")
    assert layers(graph, "8.6") == [
        "Constant w [2]",
        "ElementWise w_0 [2]",
        "ElementWise b [2]",
    ]
    first = graph.replace("{ [w]", "{ [w] r = Relu (x) [a]")
    assert layers(first, "8.6") == [
        "Activation w [2]",
        "Constant w_0 [2]",
        "ElementWise a [2]",
        "Constant w_1 [2]",
        "ElementWise b [2]",
    ]


def test_boolean_constants_are_cast_up_to_8_4() -> None:
    graph = "(bool[2] x) => (bool[2] y) <bool[2] w = {1, 0}> { [a] y = And (x, w) }"
    assert layers(graph, "8.4") == [
        "Constant (Unnamed Layer* 0) [Constant] [2]",
        "Identity (Unnamed Layer* 1) [Identity] [2]",
        "ElementWise a [2]",
    ]
    assert layers(graph, "8.5") == ["Constant w [2]", "ElementWise a [2]"]


def test_int64_becomes_int32_up_to_8_6() -> None:
    graph = "() => (int64[2] y) <int64[2] w = {1, 4294967296}> { y = Identity (w) }"
    old = imported(graph, "8.6").layers[0]
    assert old.output.dtype == "int32"
    assert old.params["weights"].ints() == [1, 2**31 - 1]
    new = imported(graph, "10.1").layers[0]
    assert new.output.dtype == "int64"
    assert new.params["weights"].ints() == [1, 2**32]


def test_converted_initializers_take_temporary_names() -> None:
    graph = "(int64[2] s) => (float[?,?] y) <int64[{}] w = {}> {{ y = ConstantOfShape (s) }}"
    # The initializer's INT32 copy is the first temporary, the value to repeat the second ...
    assert layers(graph.format(1, "{5}"), "8.6")[0] == "Constant tmp_weight_0 [1]"
    # ... but there is no copy of no values, and 10.x keeps INT64.
    assert layers(graph.format(0, "{}"), "8.6")[0] == "Constant tmp_weight [1]"
    assert layers(graph.format(1, "{5}"), "10.1")[0] == "Constant tmp_weight_0 [1]"


SHAPE_ARITHMETIC = (
    "(float[N,4] x) => (float[?,?] y) <int64[1] one = {{1}}, int64 zero = {{0}}>"
    " {{ s = Shape (x) i = {} t = Mul (s, i) [r] y = Expand (x, t) }}"
)


def test_known_dimensions_survive_integer_arithmetic() -> None:
    graph = SHAPE_ARITHMETIC.format("Identity (one)")
    for trt in ("7.2", "8.6", "10.10"):
        assert imported(graph, trt).layers[-1].output.shape == (-1, 4), trt


def test_dimensions_are_computed_through_floats_too() -> None:
    graph = SHAPE_ARITHMETIC.replace(
        "t = Mul (s, i)", "f = Cast <to=1> (s) g = Cast <to=7> (f) t = Mul (g, i)"
    ).format("Identity (one)")
    assert imported(graph, "8.6").layers[-1].output.shape == (-1, 4)


def test_thousands_of_shape_operations() -> None:
    chain = " ".join(f"s{i + 1} = Add (s{i}, z)" for i in range(2000))
    graph = (
        "(float[2,3] x) => (float[2,3] y) <int64[2] z = {0, 0}>"
        f" {{ s0 = Shape (x) {chain} [r] y = Reshape (x, s2000) }}"
    )
    assert imported(graph, "8.6").outputs[0].shape == (2, 3)


def test_casts_of_known_integers_are_taken_back_up_to_8_2() -> None:
    graph = (
        "() => (int64[2] y) <int64[2] w = {1, 0}> { b = Cast <to=9> (w) y = Cast <to=7> (b) }"
    )
    assert [layer.output.dtype for layer in imported(graph, "8.2").layers] == ["int32"] * 3
    dtypes = [layer.output.dtype for layer in imported(graph, "8.4").layers]
    assert dtypes == ["int32", "bool", "int32"]


def test_known_comparisons_are_integers_in_7_0() -> None:
    graph = "(float[2] x) => (bool[1] y) <int64[1] w = {2}> { s = Shape (x) y = Equal (s, w) }"
    assert imported(graph, "7.0").layers[-1].output.dtype == "int32"
    assert imported(graph, "7.1").layers[-1].output.dtype == "bool"


def test_a_constant_without_an_output_is_refused_by_the_first_parsers() -> None:
    values = helper.make_tensor("v", TensorProto.FLOAT, [2], [1.0, 2.0])
    node = helper.make_node("Constant", [], [], value=values)
    graph = helper.make_graph([node], "g", [], [])
    model = model_of(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 9)]))
    with pytest.raises(ParserRefusedError, match="the node has too few outputs"):
        import_model(model, TrtVersion.parse("6.0"))
