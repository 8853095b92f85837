# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Slice and Pad: layers per parser version."""

from __future__ import annotations

import pytest

from tests.importer.graphs import assert_by_version, imported, kinds, layers, refused

# -- Slice ------------------------------------------------------------------------------

SLICE = (
    "(float[4,6] x) => (float[4,2] y) <int64[1] b = {1}, int64[1] e = {3}, int64[1] a = {1}>"
    " { [s] y = Slice (x, b, e, a) }"
)


def test_slice_by_attributes() -> None:
    graph = "(float[4,6] x) => (float[2,6] y) { [s] y = Slice <starts=[1], ends=[-1]> (x) }"
    assert_by_version(graph, {"7.0": ["Slice s [2, 6]"]}, 9)
    assert "'ends'" in refused(graph.replace("ends", "end"), "8.6", 9)


def test_int64_bounds_are_cast_and_forgotten_from_10_on() -> None:
    assert layers(SLICE, "8.6") == ["Slice s [4, 2]"]
    new = layers(SLICE, "10.10")
    assert new[:4] == [
        "Constant b [1]",
        "Cast ONNXTRT_castHelper [1]",
        "Constant e [1]",
        "Cast ONNXTRT_castHelper_0 [1]",
    ]
    assert new[-1] == "Slice s [4, 2]"


def test_int32_constants_are_sliced_by_without_arithmetic() -> None:
    graph = SLICE.replace("int64", "int32")
    assert layers(graph, "10.1") == ["Slice s [4, 2]"]
    assert len(layers(graph.replace("[4,6]", "[N,6]"), "10.1")) > 1


def test_static_slices_read_int64_ends_as_int32_words() -> None:
    graph = (
        "(float[4,6] x) => (float[3,0] y) <int32[2] b = {1, 1}, int64[2] e = {4, 5}>"
        " { [s] y = Slice (x, b, e) }"
    )
    assert layers(graph, "10.1") == ["Slice s [3, 0]"]


def test_bounds_are_given_along_axes_from_10_3_on() -> None:
    old = imported(SLICE, "10.1").layers[-1]
    new = imported(SLICE, "10.3").layers[-1]
    assert old.inputs[1] is not None
    assert old.inputs[1].shape == (2,)
    assert new.inputs[1] is not None
    assert new.inputs[1].shape == (1,)
    assert new.params["axes"] == (1,)


def test_unknown_axes_are_taken_from_10_3_on() -> None:
    graph = SLICE.replace("(float[4,6] x)", "(float[4,6] x, int64[1] a)").replace(
        ", int64[1] a = {1}", ""
    )
    assert "axes" in refused(graph, "8.6")
    assert "axes" in refused(graph, "10.1")
    layer = imported(graph, "10.3").layers[-1]
    assert layer.output.shape == (-1, -1)
    assert [t.name if t else "" for t in layer.inputs][5] == "a"


def test_axes_may_be_skipped_from_10_10_on() -> None:
    graph = (
        "(float[4] x) => (float[2] y) <int64[1] b = {0}, int64[1] e = {4}, int64[1] t = {2}>"
        " { [s] y = Slice (x, b, e, , t) }"
    )
    assert "absent" in refused(graph, "10.7")
    assert layers(graph, "10.10")[-1] == "Slice s [2]"


def test_slicing_backwards_over_a_whole_axis() -> None:
    graph = (
        "(float[4] x) => (float[4] y) <int64[1] b = {-1}, int64[1] e = {-9223372036854775807},"
        " int64[1] a = {0}, int64[1] t = {-1}> { [s] y = Slice (x, b, e, a, t) }"
    )
    for trt in ("7.0", "7.1", "7.2", "8.2", "8.6", "10.10"):
        assert layers(graph, trt)[-1] == "Slice s [4]", trt


def test_an_empty_slice_is_refused_before_8_4_if_its_size_is_negative() -> None:
    graph = "(float[4] x) => (float[0] y) { [s] y = Slice <starts=[3], ends=[1]> (x) }"
    assert_by_version(graph, {"7.0": "negative", "8.0": "size", "8.4": ["Slice s [0]"]}, 9)


def test_slice_by_an_unknown_end() -> None:
    graph = (
        "(float[4] x, int64[1] e) => (float[?] y) <int64[1] b = {1}, int64[1] a = {0}>"
        " { [s] y = Slice (x, b, e, a) }"
    )
    arithmetic = kinds(graph, "8.2")
    assert arithmetic.count("Slice") == 1
    assert arithmetic[-1] == "Slice"
    # From 8.4 on a negative size becomes 0: one more maximum.
    assert kinds(graph, "8.4")[-3:] == ["Constant", "ElementWise", "Slice"]
    assert len(kinds(graph, "8.4")) == len(arithmetic) + 2


@pytest.mark.parametrize(
    ("axes", "rule"),
    [("int64[2] a = {0, 0}", "differ"), ("int64[2] a = {0, 2}", "axis 2")],
)
def test_axes_that_do_not_fit(axes: str, rule: str) -> None:
    graph = (
        "(float[4,6] x) => (float[2,2] y)"
        f" <int64[2] b = {{0, 0}}, int64[2] e = {{2, 2}}, {axes}>"
        " { [s] y = Slice (x, b, e, a) }"
    )
    assert rule in refused(graph, "8.6")


def test_bounds_of_different_lengths_are_refused() -> None:
    graph = SLICE.replace(", a) }", ") }")
    for trt in ("7.2", "8.6", "10.10"):
        assert "1 starts, 1 ends and 2 axes" in refused(graph, trt)


# -- Pad --------------------------------------------------------------------------------

PAD = "(float[1,3,4,4] x) => (float[1,3,6,8] y) { [p] y = Pad <pads=[0,0,1,2,0,0,1,2]> (x) }"

OLD_PAD = [
    "Constant (Unnamed Layer* 0) [Constant] [4]",
    "Constant (Unnamed Layer* 1) [Constant] [4]",
    "Constant (Unnamed Layer* 2) [Constant] [4]",
    "ElementWise (Unnamed Layer* 3) [ElementWise] [4]",
    "Slice p [1, 3, 6, 8]",
]


def test_pad_is_a_padding_layer_then_a_slice() -> None:
    assert_by_version(
        PAD,
        {
            "7.0": ["Padding p [1, 3, 6, 8]"],
            "8.2": OLD_PAD,
            "10.1": [
                *OLD_PAD[:2],
                "Constant ONNXTRT_ShapeTensorFromDims [4]",
                *OLD_PAD[3:],
            ],
            "10.7": ["Slice p [1, 3, 6, 8]"],
            "10.4": ["Slice p [1, 3, 6, 8]"],
        },
        9,
    )


def test_a_value_to_pad_with_becomes_a_constant_of_the_tensors_type() -> None:
    graph = PAD.replace("> (x)", ", value=1.5> (x)")
    assert_by_version(
        graph,
        {
            "7.0": "constant 0 only",
            "8.2": [*OLD_PAD, "Constant (Unnamed Layer* 5) [Constant] []"],
            "10.1": [
                *OLD_PAD[:2],
                "Constant ONNXTRT_ShapeTensorFromDims [4]",
                *OLD_PAD[3:],
                "Constant (Unnamed Layer* 5) [Constant] []",
            ],
            "10.7": ["Slice p [1, 3, 6, 8]", "Constant (Unnamed Layer* 1) [Constant] []"],
            "10.4": ["Slice p [1, 3, 6, 8]", "Constant (Unnamed Layer* 1) [Constant] []"],
        },
        9,
    )
    half = imported(graph.replace("float[", "float16["), "10.7", 9).layers[1]
    assert half.output.dtype == "float16"
    old_half = imported(graph.replace("float[", "float16["), "8.6", 9).layers[5]
    assert old_half.output.dtype == "float32"


def test_integers_padded_with_infinity_get_what_a_cast_makes_of_it() -> None:
    graph = PAD.replace("float[", "int32[").replace("> (x)", ", value=-inf> (x)")
    constant = imported(graph, "10.7", 9).layers[1]
    assert constant.output.constant is not None
    assert constant.output.constant.ints() == [-(2**31)]


def test_padding_of_other_dimensions() -> None:
    graph = PAD.replace("[0,0,1,2,0,0,1,2]", "[0,1,0,0,0,1,0,0]")
    assert "last two" in refused(graph, "7.2", 9)
    assert layers(graph, "8.0", 9) == [
        "Shuffle p [1, 4, 3, 4]",
        "Padding p_0 [1, 4, 5, 4]",
        "Shuffle p_1 [1, 5, 4, 4]",
    ]
    three = PAD.replace("[0,0,1,2,0,0,1,2]", "[0,1,1,1,0,1,1,1]")
    assert "two dimensions" in refused(three, "8.0", 9)


def test_padding_of_a_matrix_goes_through_four_dimensions_up_to_8_0() -> None:
    graph = "(float[3,4] x) => (float[3,6] y) { [p] y = Pad <pads=[0,1,0,1]> (x) }"
    assert "4-D" in refused(graph, "7.0", 9)
    expanded = [
        "Shuffle (Unnamed Layer* 0) [Shuffle] [1, 1, 3, 4]",
        "Padding p [1, 1, 3, 6]",
        "Shuffle (Unnamed Layer* 2) [Shuffle] [3, 6]",
    ]
    assert layers(graph, "7.1", 9) == expanded
    assert layers(graph, "8.0", 9) == expanded
    assert kinds(graph, "8.2", 9)[-1] == "Slice"


def test_padding_by_nothing() -> None:
    graph = PAD.replace("[0,0,1,2,0,0,1,2]", "[0,0,0,0,0,0,0,0]")
    assert layers(graph, "7.2", 9) == ["Padding p [1, 3, 4, 4]"]
    assert kinds(graph, "8.0", 9) == ["Identity"]
    assert layers(graph, "10.10", 9) == ["Identity ONNXTRT_identity [1, 3, 4, 4]"]


@pytest.mark.parametrize(
    ("mode", "since", "slice_mode"),
    [("reflect", "8.2", "reflect"), ("edge", "8.2", "clamp"), ("wrap", "10.1", "wrap")],
)
def test_pad_modes(mode: str, since: str, slice_mode: str) -> None:
    graph = PAD.replace("> (x)", f', mode="{mode}"> (x)')
    before = {"8.2": "8.0", "10.1": "8.6"}[since]
    refused(graph, before, 9)
    assert imported(graph, since, 9).layers[-1].params["mode"] == slice_mode


def test_unknown_pads_are_cut_in_halves() -> None:
    graph = "(float[2,3] x, int64[4] p) => (float[?,?] y) { [p] y = Pad (x, p) }"
    assert "initializer" in refused(graph, "7.2")
    old = ["Slice", "Slice", "Constant", "ElementWise", "ElementWise", "Constant"]
    assert kinds(graph, "8.2") == [*old, "ElementWise", "Slice"]
    assert layers(graph, "10.7")[:2] == ["Slice p [2]", "Slice p_1 [2]"]


def test_axes_of_pad() -> None:
    graph = (
        "(float[2,3] x) => (float[2,5] y) <int64[2] p = {1, 1}, int64[1] a = {-1}>"
        " { [p] y = Pad (x, p, , a) }"
    )
    # 8.4 pays no attention to the axes: two pads are for the last dimension.
    assert layers(graph, "8.4", 18)[-1] == "Slice p [2, 5]"
    assert "axes" in refused(graph, "8.6", 18)
    assert layers(graph, "10.1", 18)[-1] == "Slice p [2, 5]"
    assert layers(graph, "10.7", 18) == ["Slice p [2, 5]"]
    unknown = graph.replace("(float[2,3] x)", "(float[2,3] x, int64[1] a)").replace(
        ", int64[1] a = {-1}", ""
    )
    assert "initializer" in refused(unknown, "10.3", 18)
    assert layers(unknown, "10.7", 18)[-1] == "Slice p_8 [-1, -1]"


def test_negative_pads_crop_from_10_7_on() -> None:
    graph = PAD.replace("[0,0,1,2,0,0,1,2]", "[0,0,-1,0,0,0,-1,0]")
    assert layers(graph, "7.2", 9) == ["Padding p [1, 3, 2, 4]"]
    assert "negative" in refused(graph, "8.6", 9)
    assert layers(graph, "10.7", 9) == ["Slice p [1, 3, 2, 4]"]
