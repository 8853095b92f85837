# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Constant, shape arithmetic, reshape, squeeze, concat, split, expand, tile: per version."""

from __future__ import annotations

import pytest

from tests.importer.graphs import assert_by_version, imported, layers, refused

# -- constants --------------------------------------------------------------------------


def test_a_constant_output_carries_the_values_name_once_tensors_are_made_of_it() -> None:
    graph = "() => (int64[2] y) { y = Constant <value = int64[2] {3, 4}> () }"
    assert_by_version(
        graph,
        {
            "7.0": "constant",
            "7.2": ["Constant y_0 [2]"],  # weights take the unique name, the output has "y"
            "8.0": ["Constant y [2]"],
        },
    )


def test_integer_values_of_constant_are_lost_up_to_8_6() -> None:
    graph = "() => (int64 y) { y = Constant <value_int = 7> () }"
    assert "'value'" in refused(graph, "7.2")
    assert imported(graph, "8.6").layers[0].params["weights"].ints() == [0]
    assert imported(graph, "10.1").layers[0].params["weights"].ints() == [7]
    vector = "() => (int64[2] y) { y = Constant <value_ints = [3, 4]> () }"
    assert layers(vector, "8.2") == ["Constant (Unnamed Layer* 0) [Constant] [0]"]
    assert layers(vector, "8.6") == ["Constant tmp_weight [0]"]
    assert layers(vector, "10.10") == ["Constant y [2]"]


def test_value_attributes_of_constant_need_opset_12() -> None:
    graph = "() => (float y) { y = Constant <value_float = 7.0> () }"
    assert layers(graph, "8.6", 12) == ["Constant y []"]
    assert "'value'" in refused(graph, "8.6", 11)


@pytest.mark.parametrize("trt", ["8.6", "10.10"])
def test_string_constants_are_refused(trt: str) -> None:
    graph = '() => (string y) { y = Constant <value_string = "a"> () }'
    assert "value_string" in refused(graph, trt)


def test_a_constant_without_values_has_no_name() -> None:
    graph = "() => (float[0] y) <float[0] w = {}> { y = Identity (w) }"
    for trt in ("8.4", "8.6", "10.10"):
        assert layers(graph, trt)[0] == "Constant (Unnamed Layer* 0) [Constant] [0]"


def test_constant_of_shape_repeats_a_constant() -> None:
    assert_by_version(
        "(int64[2] s) => (float[?,?] y) { [c] y = ConstantOfShape (s) }",
        {
            "7.0": [
                "Constant c [1]",
                "Shuffle (Unnamed Layer* 1) [Shuffle] [1, 1]",
                "Slice (Unnamed Layer* 2) [Slice] [-1, -1]",
                "Constant (Unnamed Layer* 3) [Constant] [2]",
            ],
            "7.1": [
                "Constant (Unnamed Layer* 0) [Constant] [1]",
                "Shuffle (Unnamed Layer* 1) [Shuffle] [1, 1]",
                "Slice c [-1, -1]",
                "Constant (Unnamed Layer* 3) [Constant] [2]",
            ],
            "8.4": [
                "Constant tmp_weight [1]",
                "Shuffle (Unnamed Layer* 1) [Shuffle] [1, 1]",
                "Slice c [-1, -1]",
                "Constant (Unnamed Layer* 3) [Constant] [2]",
            ],
            "8.6": [
                "Constant tmp_weight [1]",
                "Shuffle (Unnamed Layer* 1) [Shuffle] [1, 1]",
                "Slice (Unnamed Layer* 2) [Slice] [-1, -1]",
            ],
            "10.1": [
                "Constant tmp_weight_0 [1]",
                "Shuffle ONNXTRT_ShapeShuffle [1, 1]",
                "Slice ONNXTRT_ShapeSlice [-1, -1]",
            ],
            "10.14": [
                "Constant tmp_refittable_weight [1]",
                "Shuffle ONNXTRT_ShapeShuffle [1, 1]",
                "Slice ONNXTRT_ShapeSlice [-1, -1]",
            ],
        },
    )


def test_shape_knows_start_and_end_from_10_on() -> None:
    graph = "(float[N,4] x) => (int64[?] y) { [s] y = Shape <start=1, end=-1> (x) }"
    assert layers(graph, "8.6", 15) == ["Shape s [2]"]
    assert layers(graph, "10.1", 15) == [
        "Shape s [2]",
        "Cast (Unnamed Layer* 1) [Cast] [2]",
        "Slice (Unnamed Layer* 2) [Slice] [0]",
    ]


def test_size_multiplies_the_unknown_dimensions_only_from_7_1_on() -> None:
    assert_by_version(
        "(float[N,4] x) => (int64 y) { [s] y = Size (x) }",
        {
            "7.0": [
                "Shape s [2]",
                "Constant (Unnamed Layer* 1) [Constant] []",
                "Gather (Unnamed Layer* 2) [Gather] []",
                "Constant (Unnamed Layer* 3) [Constant] []",
                "Gather (Unnamed Layer* 4) [Gather] []",
                "ElementWise (Unnamed Layer* 5) [ElementWise] []",
            ],
            "7.1": [
                "Constant (Unnamed Layer* 0) [Constant] []",
                "Shape (Unnamed Layer* 1) [Shape] [2]",
                "Gather (Unnamed Layer* 2) [Gather] []",
                "Constant (Unnamed Layer* 3) [Constant] []",
                "ElementWise (Unnamed Layer* 4) [ElementWise] []",
            ],
            "10.1": [
                "Constant ONNXTRT_ShapeTensorFromDims []",
                "Shape ONNXTRT_ShapeTensor [2]",
                "Cast ONNXTRT_castHelper [2]",
                "Gather ONNXTRT_ShapeGather []",
                "Constant ONNXTRT_ShapeTensorFromDims_1 []",
                "ElementWise ONNXTRT_ShapeElementWise []",
            ],
        },
    )


# -- reshape, flatten, transpose --------------------------------------------------------

RESHAPE = "(float[3,4] x) => (float[12] y) <int64[1] s = {-1}> { [r] y = Reshape (x, s) }"


def test_reshape_misses_allowzero_in_8_0_and_8_2() -> None:
    assert layers(RESHAPE, "8.2", 13) == ["Shuffle r [12]"]
    for trt in ("8.0", "8.2"):
        assert "'allowzero'" in refused(RESHAPE, trt, 14)
    for trt in ("7.2", "8.4", "10.10"):
        assert layers(RESHAPE, trt, 14) == ["Shuffle r [12]"]


def test_reshape_reads_its_shape_from_an_attribute_before_opset_5() -> None:
    graph = "(float[3,4] x) => (float[2,6] y) { [r] y = Reshape <shape=[2,-1]> (x) }"
    assert layers(graph, "8.6", 4) == ["Shuffle r [2, 6]"]


def test_allowzero_makes_zero_a_dimension() -> None:
    graph = (
        "(float[0,4] x) => (float[?,?] y) <int64[2] s = {0, 3}>"
        " { [r] y = Reshape <allowzero=1> (x, s) }"
    )
    assert layers(graph, "8.6", 14) == ["Shuffle r [0, 3]"]
    assert "elements" in refused(graph.replace("[0,4]", "[2,4]"), "8.6", 14)


def test_reshape_to_a_tensor_keeps_the_dimensions_it_knows() -> None:
    graph = (
        "(float[N,3,4] x) => (float[N,12] y) <int64 z = {0}, int64[1] m = {-1}>"
        " { d = Shape (x) n = Gather (d, z) n1 = Unsqueeze <axes=[0]> (n)"
        " s = Concat <axis=0> (n1, m) [r] y = Reshape (x, s) }"
    )
    assert layers(graph, "8.6", 11)[-1] == "Shuffle r [-1, 12]"
    known = graph.replace("[N,3,4]", "[2,3,4]")
    assert layers(known, "8.6", 11)[-1] == "Shuffle r [2, 12]"


def test_reshape_refuses_another_number_of_elements() -> None:
    assert "12 elements" in refused(RESHAPE.replace("{-1}", "{7}"), "8.6")


def test_flatten_of_a_matrix_is_nothing_up_to_8_2_and_an_identity_later() -> None:
    graph = "(float[N,3] x) => (float[N,3] z) { [f] y = Flatten (x) [g] z = Relu (y) }"
    assert_by_version(
        graph,
        {
            "7.0": ["Activation g [-1, 3]"],
            "8.4": ["Identity (Unnamed Layer* 0) [Identity] [-1, 3]", "Activation g [-1, 3]"],
            "10.1": ["Identity ONNXTRT_identity [-1, 3]", "Activation g [-1, 3]"],
        },
    )


def test_flatten_of_an_unknown_batch() -> None:
    assert_by_version(
        "(float[N,3,4] x) => (float[N,12] y) { [f] y = Flatten (x) }",
        {
            "7.0": [
                "Shape f [3]",
                "Constant (Unnamed Layer* 1) [Constant] [1]",
                "Gather (Unnamed Layer* 2) [Gather] [1]",
                "Constant (Unnamed Layer* 3) [Constant] [1]",
                "Gather (Unnamed Layer* 4) [Gather] [1]",
                "Constant (Unnamed Layer* 5) [Constant] [1]",
                "Gather (Unnamed Layer* 6) [Gather] [1]",
                "ElementWise (Unnamed Layer* 7) [ElementWise] [1]",
                "Concatenation (Unnamed Layer* 8) [Concatenation] [2]",
                "Shuffle (Unnamed Layer* 9) [Shuffle] [-1, 12]",
            ],
            "7.1": [
                "Constant (Unnamed Layer* 0) [Constant] [1]",
                "Shape (Unnamed Layer* 1) [Shape] [3]",
                "Gather (Unnamed Layer* 2) [Gather] [1]",
                "Constant (Unnamed Layer* 3) [Constant] [1]",
                "Concatenation (Unnamed Layer* 4) [Concatenation] [2]",
                "Shuffle f [-1, 12]",
            ],
            "10.1": [
                "Constant ONNXTRT_ShapeTensorFromDims [1]",
                "Shape ONNXTRT_ShapeTensor [3]",
                "Cast ONNXTRT_castHelper [3]",
                "Gather ONNXTRT_ShapeGather [1]",
                "Constant ONNXTRT_ShapeTensorFromDims_1 [1]",
                "Concatenation ONNXTRT_ShapeConcat [2]",
                "Shuffle f [-1, 12]",
            ],
        },
    )


def test_flatten_takes_the_rank_as_axis_from_8_2_on() -> None:
    graph = "(float[2,3,4] x) => (float[24,1] y) { [f] y = Flatten <axis=3> (x) }"
    assert_by_version(graph, {"7.0": "range [0, 2]", "8.2": ["Shuffle f [24, 1]"]})


def test_an_identity_transpose_makes_no_layer_from_8_0_to_8_4() -> None:
    graph = (
        "(float[2,3] x) => (float[2,3] z)"
        " { [t] y = Transpose <perm=[0,1]> (x) [r] z = Relu (y) }"
    )
    shuffled = ["Shuffle t [2, 3]", "Activation r [2, 3]"]
    assert_by_version(graph, {"7.0": shuffled, "8.0": ["Activation r [2, 3]"], "8.5": shuffled})


def test_transposed_weights_stay_weights_up_to_8_2() -> None:
    graph = "() => (float[4,3,2] y) <float[2,3,4] w = {0}> { [t] y = Transpose (w) }"
    assert_by_version(
        graph,
        {
            "7.0": "3 dimensions",
            "7.2": ["Constant y_0 [4, 3, 2]"],
            "8.0": ["Constant y [4, 3, 2]"],
            "8.4": ["Constant w [2, 3, 4]", "Shuffle t [4, 3, 2]"],
        },
    )
    integers = "() => (int32[2,1] y) <int32[1,2] w = {1, 2}> { [t] y = Transpose (w) }"
    assert "float" in refused(integers, "8.2")


def test_values_of_transposed_weights() -> None:
    graph = "() => (float[2,2] y) <float[2,2] w = {1, 2, 3, 4}> { [t] y = Transpose (w) }"
    weights = imported(graph, "8.2").layers[0].params["weights"]
    assert weights.data().tolist() == [[1, 3], [2, 4]]


def test_transpose_counts_axes_from_the_end_in_10_only() -> None:
    graph = "(float[2,3] x) => (float[3,2] y) { [t] y = Transpose <perm=[-1,0]> (x) }"
    assert_by_version(graph, {"7.0": "not a permutation", "10.1": ["Shuffle t [3, 2]"]})


# -- squeeze, unsqueeze -----------------------------------------------------------------


def test_squeeze_and_unsqueeze_are_layers_of_their_own_from_10_7_on() -> None:
    squeeze = "(float[1,3,1] x) => (float[3] y) { [q] y = Squeeze <axes=[0,-1]> (x) }"
    assert_by_version(
        squeeze,
        {
            "7.0": ["Shuffle q [3]"],
            "10.7": ["Constant (Unnamed Layer* 0) [Constant] [2]", "Squeeze q [3]"],
        },
        11,
    )
    unsqueeze = "(float[3,4] x) => (float[1,3,4] y) { [u] y = Unsqueeze <axes=[0]> (x) }"
    assert_by_version(
        unsqueeze,
        {
            "7.0": ["Shuffle u [1, 3, 4]"],
            "10.7": ["Constant (Unnamed Layer* 0) [Constant] [1]", "Unsqueeze u [1, 3, 4]"],
        },
        11,
    )


def test_axes_as_an_input_are_known_from_7_2_on() -> None:
    squeeze = "(float[1,3,1] x) => (float[3,1] y) <int64 a = {0}> { [q] y = Squeeze (x, a) }"
    assert_by_version(
        squeeze,
        {
            "7.0": "'axes'",
            "7.2": ["Shuffle q [3, 1]"],
            "10.7": [
                "Constant a []",
                "Constant (Unnamed Layer* 1) [Constant] [1]",
                "Unsqueeze ONNXTRT_unsqueezeTensor [1]",
                "Squeeze q [3, 1]",
            ],
        },
    )
    unsqueeze = "(float[3,4] x) => (float[1,3,4] y) { [u] y = Unsqueeze <axes=[0]> (x) }"
    assert "input 1" in refused(unsqueeze, "7.2")
    assert layers(unsqueeze, "8.0") == ["Shuffle u [1, 3, 4]"]


def test_squeeze_without_axes_needs_a_known_shape() -> None:
    graph = "(float[1,3,1] x) => (float[3] y) { [q] y = Squeeze (x) }"
    assert layers(graph, "8.6") == ["Shuffle q [3]"]
    assert "known shape" in refused(graph.replace("[1,3,1]", "[1,N,1]"), "8.6")


def test_squeeze_of_unknown_dimensions_gathers_what_stays() -> None:
    graph = "(float[1,N,1] x) => (float[N,1] y) { [q] y = Squeeze <axes=[0]> (x) }"
    assert layers(graph, "8.6", 11) == [
        "Constant (Unnamed Layer* 0) [Constant] [2]",
        "Shape (Unnamed Layer* 1) [Shape] [3]",
        "Gather (Unnamed Layer* 2) [Gather] [2]",
        "Shuffle q [-1, 1]",
    ]


@pytest.mark.parametrize("trt", ["8.6", "10.10"])
def test_nine_dimensions_are_refused(trt: str) -> None:
    graph = "(float[1,1,1,1,1,1,1,1] x) => (float y) { [u] y = Unsqueeze <axes=[0]> (x) }"
    assert "8 dimensions" in refused(graph, trt, 11)


# -- concat, split ----------------------------------------------------------------------


def test_concat_of_booleans() -> None:
    assert_by_version(
        "(bool[2] x, bool[3] y) => (bool[5] z) { [c] z = Concat <axis=0> (x, y) }",
        {
            "7.0": "BOOL",
            "7.2": [
                "Identity (Unnamed Layer* 0) [Identity] [2]",
                "Identity (Unnamed Layer* 1) [Identity] [3]",
                "Concatenation c [5]",
                "Identity (Unnamed Layer* 3) [Identity] [5]",
            ],
            "8.0": ["Concatenation c [5]"],
        },
    )


def test_concat_refuses_what_does_not_fit() -> None:
    graph = "(float[2,3] x, float[2,4] y) => (float[4,3] z) { [c] z = Concat <axis=0> (x, y) }"
    assert "dimension 1" in refused(graph, "8.6")
    assert "'axis'" in refused(graph.replace("<axis=0>", ""), "8.6")


def test_split_into_equal_parts_or_rounded_up_from_10_on() -> None:
    graph = (
        "(float[5,3] x) => (float[?,3] a, float[?,3] b)"
        " { [s] a, b = Split <num_outputs=2> (x) }"
    )
    assert_by_version(
        graph,
        {
            "7.0": ["Slice s [2, 3]", "Slice (Unnamed Layer* 1) [Slice] [2, 3]"],
            "7.1": ["Slice s [2, 3]", "Slice s_0 [2, 3]"],
            "10.1": ["Slice s [3, 3]", "Slice s_1 [2, 3]"],
        },
        18,
    )
    assert "num_outputs is 3" in refused(graph.replace("=2>", "=3>"), "10.1", 18)


def test_split_by_lengths() -> None:
    attribute = (
        "(float[4,3] x) => (float[1,3] a, float[3,3] b) { [s] a, b = Split <split=[1,3]> (x) }"
    )
    parts = ["Slice s [1, 3]", "Slice s_0 [3, 3]"]
    assert layers(attribute, "8.6", 11) == parts
    given = (
        "(float[4,3] x) => (float[1,3] a, float[3,3] b) <int64[2] l = {1, 3}>"
        " { [s] a, b = Split (x, l) }"
    )
    # 7.1 does not look at the input: equal parts.
    assert layers(given, "7.1") == ["Slice s [2, 3]", "Slice s_0 [2, 3]"]
    assert layers(given, "7.2") == parts
    unknown = given.replace("(float[4,3] x)", "(float[4,3] x, int64[2] l)").replace(
        "<int64[2] l = {1, 3}>", ""
    )
    assert "initializer" in refused(unknown, "8.0")
    assert layers(unknown, "8.2")[-1] == "Slice s_0 [-1, 3]"
    assert "2 outputs" in refused(attribute.replace("[1,3]> ", "[1,1,2]> "), "8.6", 11)


# -- expand, tile -----------------------------------------------------------------------


def test_expand_of_known_shapes() -> None:
    assert_by_version(
        "(float[3,1] x) => (float[2,3,4] y) <int64[3] s = {2, 3, 4}> { [e] y = Expand (x, s) }",
        {
            "7.0": ["Shuffle e [1, 3, 1]", "Slice (Unnamed Layer* 1) [Slice] [2, 3, 4]"],
            "7.1": ["Shuffle (Unnamed Layer* 0) [Shuffle] [1, 3, 1]", "Slice e [2, 3, 4]"],
            "10.1": ["Shuffle ONNXTRT_ShapeShuffle [1, 3, 1]", "Slice e [2, 3, 4]"],
        },
    )


def test_expand_to_a_tensor_computes_the_broadcast() -> None:
    graph = "(float[3,1] x, int64[2] s) => (float[?,?] y) { [e] y = Expand (x, s) }"
    assert_by_version(
        graph,
        {
            "7.0": [
                "Constant e [2]",
                "ElementWise (Unnamed Layer* 1) [ElementWise] [2]",
                "Slice (Unnamed Layer* 2) [Slice] [-1, -1]",
            ],
            "7.1": [
                "Constant (Unnamed Layer* 0) [Constant] [2]",
                "ElementWise (Unnamed Layer* 1) [ElementWise] [2]",
                "Constant (Unnamed Layer* 2) [Constant] [2]",
                "ElementWise (Unnamed Layer* 3) [ElementWise] [2]",
                "ElementWise (Unnamed Layer* 4) [ElementWise] [2]",
                "ElementWise (Unnamed Layer* 5) [ElementWise] [2]",
                "Slice e [-1, -1]",
            ],
            "10.1": [
                "Constant ONNXTRT_ShapeTensorFromDims [2]",
                "ElementWise ONNXTRT_ShapeElementWise [2]",
                "Constant ONNXTRT_ShapeTensorFromDims_1 [2]",
                "ElementWise ONNXTRT_ShapeElementWise_2 [2]",
                "ElementWise ONNXTRT_ShapeElementWise_3 [2]",
                "ElementWise ONNXTRT_ShapeElementWise_4 [2]",
                "Slice e [-1, -1]",
            ],
        },
    )
    scalar = graph.replace("int64[2] s", "int64 s")
    assert "vector" in refused(scalar, "8.6")


def test_tile() -> None:
    graph = "(float[N,3] x) => (float[?,3] y) <int64[2] r = {2, 1}> { [t] y = Tile (x, r) }"
    assert layers(graph, "8.6") == [
        "Constant (Unnamed Layer* 0) [Constant] [2]",
        "Shape (Unnamed Layer* 1) [Shape] [2]",
        "ElementWise (Unnamed Layer* 2) [ElementWise] [2]",
        "Slice t [-1, 3]",
    ]
    static = graph.replace("[N,3]", "[2,3]")
    assert layers(static, "8.6") == ["Slice t [4, 3]"]
    assert imported(static, "8.6").layers[0].params["mode"] == "wrap"
    assert "BOOL" in refused(static.replace("float", "bool"), "8.0")
    assert layers(static.replace("float", "bool"), "8.2") == ["Slice t [4, 3]"]


# -- TensorRT's own ops -----------------------------------------------------------------


def test_trt_shuffle_and_slice() -> None:
    shuffle = (
        "(float[2,3] x) => (float[6] y) { [t] y = TRT_Shuffle <first_perm=[1,0],"
        " second_perm=[0], zero_is_placeholder=1, reshape_dims=[6]> (x) }"
    )
    assert_by_version(shuffle, {"7.0": ["Shuffle t [6]"]})
    cut = (
        "(float[4,3] x) => (float[2,3] y)"
        " { [t] y = TRT_Slice <start=[1,0], size=[2,3], stride=[1,1]> (x) }"
    )
    assert_by_version(cut, {"7.0": ["Slice t [2, 3]"]})
    assert "'size'" in refused(cut.replace("size=", "sizes="), "8.6")
