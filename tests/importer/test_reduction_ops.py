# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Reductions, softmax, TopK and CumSum: layers per parser version."""

from __future__ import annotations

import pytest

from tests.importer.graphs import assert_by_version, imported, kinds, layers, refused

UNKNOWN = "has no importer for the op"
X = "(float[2,3,4] x) => (float y) "


@pytest.mark.parametrize("op", ["ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd"])
def test_axes_inputs_count_from_10_on(op: str) -> None:
    by_attribute = f"{X} {{ [n] y = {op} <axes = [-2], keepdims = 0> (x) }}"
    assert_by_version(by_attribute, {"7.0": ["Reduce n [2, 4]"]}, 11)
    by_input = f"{X} <int64[1] a = {{1}}> {{ [n] y = {op} <keepdims = 0> (x, a) }}"
    assert_by_version(by_input, {"7.0": ["Reduce n []"], "10.1": ["Reduce n [2, 4]"]}, 18)


def test_axes_input_of_reduce_sum_counts_from_8_0_on() -> None:
    graph = X + "<int64[1] a = {1}> { [n] y = ReduceSum <keepdims = 0> (x, a) }"
    assert_by_version(graph, {"7.0": ["Reduce n []"], "8.0": ["Reduce n [2, 4]"]})
    dynamic = "(float[2,3] x, int64[1] a) => (float y) { [n] y = ReduceSum (x, a) }"
    assert_by_version(dynamic, {"7.0": ["Reduce n [1, 1]"], "8.0": "initializer"})


def test_noop_with_empty_axes_counts_from_10_on() -> None:
    graph = X + "{ [n] y = ReduceL2 <noop_with_empty_axes = 1> (x) }"
    assert kinds(graph, "8.6", 18) == ["ElementWise", "Reduce", "Unary"]
    assert layers(graph, "10.1", 18) == ["Identity ONNXTRT_identity [2, 3, 4]"]


def test_reductions_of_several_layers() -> None:
    unnamed = "{} (Unnamed Layer* {}) [{}] [2, 3, {}]"
    assert_by_version(
        X + "{ [n] y = ReduceLogSumExp <axes = [2]> (x) }",
        {
            "7.0": [
                "Unary n [2, 3, 4]",
                unnamed.format("Reduce", 1, "Reduce", 1),
                unnamed.format("Unary", 2, "Unary", 1),
            ],
            "7.1": ["Unary n [2, 3, 4]", "Reduce n_0 [2, 3, 1]", "Unary n_1 [2, 3, 1]"],
            "11.4": [
                "Reduce n [2, 3, 1]",
                "Unary n_0 [2, 3, 1]",
                "Constant tmp_weight []",
                "Shuffle ONNXTRT_Broadcast [1, 1, 1]",
                "Select n_1 [2, 3, 1]",
                "ElementWise n_2 [2, 3, 4]",
                "Unary n_3 [2, 3, 4]",
                "Reduce n_4 [2, 3, 1]",
                "Unary n_5 [2, 3, 1]",
                "ElementWise n_6 [2, 3, 1]",
            ],
        },
        11,
    )
    assert_by_version(
        X + "{ [n] y = ReduceL2 <axes = [2]> (x) }",
        {
            "7.0": [
                "ElementWise n [2, 3, 4]",
                unnamed.format("Reduce", 1, "Reduce", 1),
                unnamed.format("Unary", 2, "Unary", 1),
            ],
            "7.1": [
                unnamed.format("ElementWise", 0, "ElementWise", 4),
                "Reduce n [2, 3, 1]",
                "Unary n_0 [2, 3, 1]",
            ],
            "10.16": ["ElementWise n [2, 3, 4]", "Reduce n_0 [2, 3, 1]", "Unary n_1 [2, 3, 1]"],
        },
        11,
    )


def test_reduce_log_sum_exp_loses_its_axes_input() -> None:
    graph = X + "<int64[1] a = {1}> { [n] y = ReduceLogSumExp (x, a) }"
    assert layers(graph, "10.10", 18)[1] == "Reduce n_0 [1, 1, 1]"


def test_reduce_sum_square_of_a_constant_from_8_2_on() -> None:
    graph = "() => (float y) <float[2] x = {1,2}> { [n] y = ReduceSumSquare (x) }"
    assert_by_version(
        graph,
        {
            "7.0": "must not be an initializer",
            "8.2": [
                "Constant x [2]",
                "ElementWise (Unnamed Layer* 1) [ElementWise] [2]",
                "Reduce n [1]",
            ],
            "10.16": ["Constant x [2]", "ElementWise n [2]", "Reduce n_0 [1]"],
        },
    )


def test_reduce_refuses_bool_from_10_on() -> None:
    graph = "(bool[2] x) => (bool[1] y) { [n] y = ReduceMax (x) }"
    assert_by_version(graph, {"7.0": ["Reduce n [1]"], "10.1": "BOOL"}, 11)


def test_softmax_of_a_matrix_before_opset_13() -> None:
    back = "Shuffle (Unnamed Layer* 2) [Shuffle] [2, 3, 4]"
    assert_by_version(
        X + "{ [n] y = Softmax (x) }",
        {
            "7.0": ["Shuffle n [2, 12]", "Softmax (Unnamed Layer* 1) [Softmax] [2, 12]", back],
            "7.1": ["Shuffle (Unnamed Layer* 0) [Shuffle] [2, 12]", "Softmax n [2, 12]", back],
            "10.1": [
                "Shuffle ONNXTRT_flattenTensor [2, 12]",
                "Softmax n [2, 12]",
                "Shuffle ONNXTRT_ShapeShuffle_0 [2, 3, 4]",
            ],
        },
        11,
    )


def test_softmax_over_any_axis_from_opset_13_on() -> None:
    flat = "Shuffle (Unnamed Layer* 0) [Shuffle] [2, 12]"
    back = "Shuffle (Unnamed Layer* {}) [Shuffle] [2, 3, 4]"
    assert_by_version(
        X + "{ [n] y = Softmax (x) }",
        {
            "7.0": [
                "Shuffle n [2, 12]",
                "Softmax (Unnamed Layer* 1) [Softmax] [2, 12]",
                back.format(2),
            ],
            "7.1": [flat, "Softmax n [2, 12]", back.format(2)],
            "7.2": ["Softmax n [2, 3, 4]", back.format(1)],
            "10.1": ["Softmax n [2, 3, 4]", "Shuffle ONNXTRT_ShapeShuffle [2, 3, 4]"],
        },
    )


def test_softmax_of_a_node_without_a_name() -> None:
    back = "Shuffle (Unnamed Layer* 1) [Shuffle] [2, 3]"
    graph = "(float[2,3] x) => (float[2,3] y) { y = Softmax (x) }"
    assert layers(graph, "8.5") == ["Softmax (Unnamed Layer* 0) [Softmax] [2, 3]", back]
    assert layers(graph, "8.6") == ["Softmax node_of_y [2, 3]", back]


def test_softmax_of_an_unknown_shape() -> None:
    graph = "(float[N,3] x) => (float[N,3] y) { [n] y = LogSoftmax (x) }"
    assert layers(graph, "7.0", 11)[:2] == [
        "Shape n [2]",
        "Shape (Unnamed Layer* 1) [Shape] [2]",
    ]
    assert layers(graph, "8.6", 13) == [
        "Softmax n [-1, 3]",
        "Unary (Unnamed Layer* 1) [Unary] [-1, 3]",
        "Shuffle (Unnamed Layer* 2) [Shuffle] [-1, 3]",
        "Shape (Unnamed Layer* 3) [Shape] [2]",
    ]


def test_softmax_axis_may_be_the_rank_from_8_2_on() -> None:
    graph = "(float[2,3] x) => (float[2,3] y) { y = Softmax <axis = 2> (x) }"
    assert "axis 2" in refused(graph, "8.0", 11)
    assert layers(graph, "8.2", 11)[0].endswith("[6, 1]")
    assert "axis" in refused(graph.replace("= 2", "= 3"), "10.10", 11)


def test_hardmax_is_a_one_hot_of_the_largest() -> None:
    graph = "(float[2,3] x) => (float[2,3] y) { [n] y = Hardmax (x) }"
    assert_by_version(
        graph,
        {
            "7.0": UNKNOWN,
            "10.1": [
                "TopK (Unnamed Layer* 0) [TopK] [2, 1] [2, 1]",
                "Shuffle ONNXTRT_squeezeTensor [2]",
                "Constant (Unnamed Layer* 2) [Constant] [2]",
                "Shape (Unnamed Layer* 3) [Shape] [2]",
                "Cast (Unnamed Layer* 4) [Cast] [2]",
                "Slice ONNXTRT_extractDimension [1]",
                "Shuffle ONNXTRT_extractDimensionReshape []",
                "OneHot (Unnamed Layer* 7) [OneHot] [2, 3]",
                "Cast ONNXTRT_castHelper [2, 3]",
            ],
            "10.7": [
                "TopK (Unnamed Layer* 0) [TopK] [2, 1] [2, 1]",
                "Constant (Unnamed Layer* 1) [Constant] [1]",
                "Squeeze ONNXTRT_squeezeTensor [2]",
                "Constant (Unnamed Layer* 3) [Constant] [2]",
                "Shape (Unnamed Layer* 4) [Shape] [2]",
                "Cast (Unnamed Layer* 5) [Cast] [2]",
                "Slice ONNXTRT_extractDimension [1]",
                "Shuffle ONNXTRT_extractDimensionReshape []",
                "OneHot (Unnamed Layer* 8) [OneHot] [2, 3]",
                "Cast ONNXTRT_castHelper [2, 3]",
            ],
            "10.16": [
                "TopK n [2, 1] [2, 1]",
                "Constant (Unnamed Layer* 1) [Constant] [1]",
                "Squeeze ONNXTRT_squeezeTensor [2]",
                "Constant (Unnamed Layer* 3) [Constant] [2]",
                "Shape (Unnamed Layer* 4) [Shape] [2]",
                "Cast (Unnamed Layer* 5) [Cast] [2]",
                "Slice ONNXTRT_extractDimension [1]",
                "Shuffle ONNXTRT_extractDimensionReshape []",
                "OneHot n_1 [2, 3]",
                "Cast ONNXTRT_castHelper [2, 3]",
            ],
        },
    )
    assert layers(graph, "10.1", 11)[0] == "Shuffle n [2, 3]"


def test_arg_max() -> None:
    assert_by_version(
        "(float[2,3] x) => (int64[2] y) { [n] y = ArgMax <axis = 1, keepdims = 0> (x) }",
        {
            "7.0": ["TopK n [2, 1] [2, 1]", "Shuffle (Unnamed Layer* 1) [Shuffle] [2]"],
            "10.1": [
                "TopK n [2, 1] [2, 1]",
                "Cast ONNXTRT_castHelper [2, 1]",
                "Shuffle ONNXTRT_squeezeTensor [2]",
                "Cast ONNXTRT_castHelper_0 [2]",
            ],
            "10.7": [
                "TopK n [2, 1] [2, 1]",
                "Cast ONNXTRT_castHelper [2, 1]",
                "Constant (Unnamed Layer* 2) [Constant] [1]",
                "Squeeze ONNXTRT_squeezeTensor [2]",
                "Cast ONNXTRT_castHelper_0 [2]",
            ],
        },
    )


def test_arg_max_of_a_vector_needs_a_matrix_in_7_0() -> None:
    graph = "(float[3] x) => (int64[1] y) { [n] y = ArgMax (x) }"
    assert layers(graph, "7.0") == [
        "Shuffle n [3, 1]",
        "TopK (Unnamed Layer* 1) [TopK] [1, 1] [1, 1]",
        "Shuffle (Unnamed Layer* 2) [Shuffle] [1]",
    ]
    assert layers(graph, "7.1") == ["TopK n [1] [1]"]


def test_arg_min_of_integers() -> None:
    assert_by_version(
        "(int32[2,3] x) => (int64[2,1] y) { [n] y = ArgMin <axis = 1> (x) }",
        {
            "7.0": "INT32",
            "8.6": ["Identity (Unnamed Layer* 0) [Identity] [2, 3]", "TopK n [2, 1] [2, 1]"],
            "10.1": [
                "TopK n [2, 1] [2, 1]",
                "Cast ONNXTRT_castHelper [2, 1]",
                "Cast ONNXTRT_castHelper_0 [2, 1]",
            ],
        },
    )


def test_select_last_index() -> None:
    graph = (
        "(float[2,3] x) => (int64[2,1] y) "
        "{ [n] y = ArgMax <axis = 1, select_last_index = 1> (x) }"
    )
    assert layers(graph, "7.2") == ["TopK n [2, 1] [2, 1]"]
    assert layers(graph, "8.0") == [
        "Slice (Unnamed Layer* 0) [Slice] [2, 3]",
        "TopK n [2, 1] [2, 1]",
        "Constant (Unnamed Layer* 2) [Constant] [2, 1]",
        "Constant (Unnamed Layer* 3) [Constant] [2, 1]",
        "ElementWise n_0 [2, 1]",
        "ElementWise n_1 [2, 1]",
    ]
    assert layers(graph, "8.6") == [
        "Slice (Unnamed Layer* 0) [Slice] [2, 3]",
        "TopK n [2, 1] [2, 1]",
        "Constant (Unnamed Layer* 2) [Constant] [2]",
        "Constant (Unnamed Layer* 3) [Constant] [1]",
        "Shuffle (Unnamed Layer* 4) [Shuffle] [1, 1]",
        "Slice (Unnamed Layer* 5) [Slice] [2, 1]",
        "Constant (Unnamed Layer* 6) [Constant] [1]",
        "Shuffle (Unnamed Layer* 7) [Shuffle] [1, 1]",
        "Slice (Unnamed Layer* 8) [Slice] [2, 1]",
        "ElementWise n_2 [2, 1]",
        "ElementWise n_3 [2, 1]",
    ]
    for trt in ("8.0", "10.1"):
        assert "opset 12" in refused(graph, trt, 11)


def test_top_k_with_a_constant_k() -> None:
    graph = (
        "(float[2,3] x) => (float[2,2] y, int64[2,2] i) <int64[1] k = {2}> "
        "{ [n] y, i = TopK <largest = 0> (x, k) }"
    )
    assert_by_version(
        graph,
        {
            "7.0": ["TopK n [2, 2] [2, 2]"],
            "8.6": [
                "TopK n [2, 2] [2, 2]",
                "Constant k [1]",
                "Shuffle (Unnamed Layer* 2) [Shuffle] []",
            ],
            "10.1": [
                "TopK n [2, 2] [2, 2]",
                "Constant k [1]",
                "Shuffle ONNXTRT_convertToScalar []",
                "Cast ONNXTRT_castHelper [2, 2]",
            ],
            "10.16": [
                "TopK n_0 [2, 2] [2, 2]",
                "Constant k [1]",
                "Shuffle ONNXTRT_convertToScalar []",
                "Cast ONNXTRT_castHelper [2, 2]",
            ],
            "11.0": [
                "TopK n [2, 2] [2, 2]",
                "Constant k [1]",
                "Shuffle ONNXTRT_convertToScalar []",
                "Cast ONNXTRT_castHelper [2, 2]",
            ],
            "11.4": [
                "TopK n [2, 2] [2, 2]",
                "Constant k [1]",
                "Shuffle ONNXTRT_convertToScalar []",
            ],
        },
    )
    assert imported(graph, "8.4").layers[0].params["op"] == "max", "largest counts from 8.5 on"
    assert imported(graph, "8.5").layers[0].params["op"] == "min"


def test_top_k_of_a_vector_with_k_unknown() -> None:
    graph = "(float[3] x, int64[1] k) => (float[2] y, int64[2] i) { [n] y, i = TopK (x, k) }"
    assert "initializer" in refused(graph, "8.5")
    assert layers(graph, "10.7") == [
        "Constant (Unnamed Layer* 0) [Constant] [1]",
        "Unsqueeze ONNXTRT_unsqueezeTensor [3, 1]",
        "TopK n [-1, 1] [-1, 1]",
        "Shuffle ONNXTRT_convertToScalar []",
        "Constant (Unnamed Layer* 4) [Constant] [1]",
        "Squeeze ONNXTRT_squeezeTensor [-1]",
        "Constant (Unnamed Layer* 6) [Constant] [1]",
        "Squeeze ONNXTRT_squeezeTensor_2 [-1]",
        "Cast ONNXTRT_castHelper [-1]",
    ]


def test_top_k_of_integers_goes_through_float_in_8_6() -> None:
    assert_by_version(
        "(int32[2,3] x) => (int32[2,2] y, int64[2,2] i) { [n] y, i = TopK <k = 2> (x) }",
        {
            "7.0": "INT32",
            "8.6": [
                "Identity (Unnamed Layer* 0) [Identity] [2, 3]",
                "TopK n [2, 2] [2, 2]",
                "Identity (Unnamed Layer* 2) [Identity] [2, 2]",
            ],
            "10.1": ["TopK n [2, 2] [2, 2]", "Cast ONNXTRT_castHelper [2, 2]"],
            "10.16": ["TopK n_0 [2, 2] [2, 2]", "Cast ONNXTRT_castHelper [2, 2]"],
            "11.0": ["TopK n [2, 2] [2, 2]", "Cast ONNXTRT_castHelper [2, 2]"],
            "11.4": ["TopK n [2, 2] [2, 2]"],
        },
        9,
    )


def test_the_parsers_own_ops() -> None:
    ragged = (
        "(float[2,3] x, int32[2,1] b) => (float[2,3] y) { [n] y = TRT_RaggedSoftmax (x, b) }"
    )
    assert_by_version(ragged, {"7.0": ["Ragged Softmax n [2, 3]"]})
    smallest = (
        "(float[2,3] x) => (float[2,1] y, int32[2,1] i) <int32[1] k = {1}> "
        "{ [n] y, i = TRT_TopK_Min <axis = 1> (x, k) }"
    )
    assert_by_version(smallest, {"7.0": ["TopK n [2, 1] [2, 1]"]})


def test_cumsum_is_a_loop_up_to_10_7() -> None:
    graph = "(float[2,3] x) => (float[2,3] y) <int64 a = {1}> { [n] y = CumSum (x, a) }"
    assert "known shape" in refused(graph.replace("[2,3]", "[N,3]"), "7.2")
    assert layers(graph, "7.2") == [
        "Constant (Unnamed Layer* 0) [Constant] []",
        "Trip Limit (Unnamed Layer* 1) [Trip Limit] ",
        "Iterator (Unnamed Layer* 2) [Iterator] [2]",
        "Constant (Unnamed Layer* 3) [Constant] [2]",
        "Recurrence (Unnamed Layer* 4) [Recurrence] [2]",
        "ElementWise (Unnamed Layer* 5) [ElementWise] [2]",
        "LoopOutput (Unnamed Layer* 6) [LoopOutput] [2, 3]",
    ]
    assert layers(graph, "10.7")[:9] == [
        "Shape (Unnamed Layer* 0) [Shape] [2]",
        "Slice ONNXTRT_extractDimension [1]",
        "Shape (Unnamed Layer* 2) [Shape] [2]",
        "Slice ONNXTRT_extractDimension_0 [1]",
        "Constant ONNXTRT_ShapeTensorFromDims [1]",
        "Concatenation ONNXTRT_ShapeConcat [2]",
        "Constant ONNXTRT_ShapeTensorFromDims_2 [1]",
        "Concatenation ONNXTRT_ShapeConcat_3 [2]",
        "Slice ONNXTRT_ShapeSlice [2, 1]",
    ]
    assert layers(graph, "10.10") == ["Constant a []", "Cumulative n [2, 3]"]


def test_exclusive_cumsum_shifts_its_input() -> None:
    graph = (
        "(float[2,3] x) => (float[2,3] y) <int64 a = {1}> "
        "{ [n] y = CumSum <exclusive = 1, reverse = 1> (x, a) }"
    )
    network = imported(graph, "8.6")
    shift = next(
        layer
        for layer in network.layers
        if layer.kind.value == "Concatenation" and layer.output.shape == (2, 4)
    )
    assert [t.shape for t in shift.inputs if t is not None] == [(2, 3), (2, 1)]
    sliced = network.layers[shift.index + 1]
    assert sliced.params["start"] == (0, 1)
    assert sliced.params["size"] == (2, 3)
    assert network.layers[-1].params["mode"] == "reverse"


def test_cumsum_needs_a_constant_axis_up_to_10_7() -> None:
    graph = "(float[2,3] x, int64[1] a) => (float[2,3] y) { [n] y = CumSum (x, a) }"
    assert "initializer" in refused(graph, "10.7")
    assert layers(graph, "10.10") == [
        "Constant (Unnamed Layer* 0) [Constant] [1]",
        "Squeeze ONNXTRT_squeezeTensor []",
        "Cumulative n [2, 3]",
    ]
