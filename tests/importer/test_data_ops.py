# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Ops that gather, scatter, resample and generate: layers per parser version."""

from __future__ import annotations

import pytest

from tests.importer.graphs import imported, kinds, layers, refused

GATHER = "(float[4,5] x) => (float[2,5] y) <int64[2] i = {0, 2}> { [g] y = Gather (x, i) }"


def test_gather_casts_int64_indices_from_10_on() -> None:
    old = ["Constant i [2]", "Gather g [2, 5]"]
    assert layers(GATHER, "8.6") == old
    assert layers(GATHER, "8.0") == old
    assert layers(GATHER, "10.1") == [
        "Constant i [2]",
        "Cast ONNXTRT_castHelper [2]",
        "Gather g [2, 5]",
    ]


def test_gather_of_int64_data_keeps_int64_indices() -> None:
    graph = GATHER.replace("float", "int64")
    assert layers(graph, "10.10") == ["Constant i [2]", "Gather g [2, 5]"]


def test_gather_takes_bool_data_from_8_5_on() -> None:
    graph = GATHER.replace("float", "bool")
    assert layers(graph, "8.5") == ["Constant i [2]", "Gather g [2, 5]"]
    assert "BOOL" in refused(graph, "8.4")


ELEMENTS = (
    "(float[2,3] x, int32[2,2] i) => (float[2,2] y) { [g] y = GatherElements <axis=1> (x, i) }"
)


def test_gather_elements_is_index_arithmetic_before_8_2() -> None:
    assert layers(ELEMENTS, "8.0") == [
        "Constant (Unnamed Layer* 0) [Constant] [2, 2]",
        "Constant (Unnamed Layer* 1) [Constant] [2, 2]",
        "ElementWise (Unnamed Layer* 2) [ElementWise] [2, 2]",
        "ElementWise (Unnamed Layer* 3) [ElementWise] [2, 2]",
        "Shuffle (Unnamed Layer* 4) [Shuffle] [6]",
        "Gather g [2, 2]",
    ]
    assert layers(ELEMENTS, "8.2") == ["Gather g [2, 2]"]
    assert layers(ELEMENTS, "10.3") == ["Cast ONNXTRT_castHelper [2, 2]", "Gather g [2, 2]"]


def test_flattened_gather_offsets_leave_out_the_axis() -> None:
    constants = [
        layer.params["weights"].data().tolist()
        for layer in imported(ELEMENTS, "7.2").layers
        if layer.kind.value == "Constant"
    ]
    assert constants == [[[1, 1], [1, 1]], [[0, 0], [3, 3]]]


SCATTER = (
    "(float[4] x, int64[2] i, float[2] u) => (float[4] y)"
    ' { [s] y = ScatterElements <reduction="add"> (x, i, u) }'
)


def test_scatter_with_a_reduction_is_a_plugin_from_10_on() -> None:
    assert layers(SCATTER, "8.6", 16) == ["Scatter s [4]"]
    assert layers(SCATTER, "10.1", 16) == ["PluginV2DynamicExt s [4]"]
    assert layers(SCATTER, "10.3", 16) == ["PluginV3_V3ONE s [4]"]
    plain = SCATTER.replace('<reduction="add">', "")
    assert layers(plain, "10.3", 16) == [
        "Cast (Unnamed Layer* 0) [Cast] [2]",
        "Scatter s [4]",
    ]


def test_scatter_nd_reduction_attribute() -> None:
    graph = (
        "(float[4] x, int64[2,1] i, float[2] u) => (float[4] y)"
        ' { [s] y = ScatterND <reduction="none"> (x, i, u) }'
    )
    assert layers(graph, "8.6", 16) == ["Scatter s [4]"]
    assert "reduction" in refused(graph, "10.7", 16)
    assert layers(graph, "10.10", 16)[-1] == "Scatter s [4]"
    assert "reduction" in refused(graph.replace("none", "add"), "10.10", 16)


def test_scatter_updates_must_fit() -> None:
    graph = (
        "(float[4] x, int64[5] i, float[5] u) => (float[4] y)"
        " { [s] y = ScatterElements (x, i, u) }"
    )
    assert "exceed" in refused(graph, "8.6", 16)


def resize(attributes: str = "", *, sizes: bool = False) -> str:
    """Resize by 2 in the last two dimensions."""
    if sizes:
        weights, inputs = "int64[4] s = {1,3,16,16}", "x, , , s"
    else:
        weights, inputs = "float[4] s = {1.0,1.0,2.0,2.0}", "x, , s"
    node = f"[r] y = Resize {attributes} ({inputs})"
    return f"(float[1,3,8,8] x) => (float y) <{weights}> {{ {node} }}"


RESIZED = "Resize r [1, 3, 16, 16]"


def test_resize_by_constant_scales_is_one_layer() -> None:
    graph = resize('<mode="linear">')
    for trt in ("7.2", "8.0", "8.4", "8.6", "10.1", "10.10"):
        assert layers(graph, trt) == [RESIZED]


def test_resize_to_constant_sizes_has_a_constant_before_10() -> None:
    graph = resize(sizes=True)
    assert layers(graph, "8.6") == [RESIZED, "Constant s [4]"]
    assert layers(graph, "8.0") == [RESIZED, "Constant s [4]"]
    assert layers(graph, "10.1") == [RESIZED]


def test_resize_scale_tensors_are_computed_in_the_network() -> None:
    graph = "(float[1,3,8,8] x, float[4] s) => (float y) { [r] y = Resize (x, , s) }"
    assert layers(graph, "8.6") == [
        "Resize r [-1, -1, -1, -1]",
        "Constant (Unnamed Layer* 1) [Constant] [4]",
        "Identity (Unnamed Layer* 2) [Identity] [4]",
        "ElementWise (Unnamed Layer* 3) [ElementWise] [4]",
        "Unary (Unnamed Layer* 4) [Unary] [4]",
        "Identity (Unnamed Layer* 5) [Identity] [4]",
    ]
    assert [line.split()[1] for line in layers(graph, "10.3")] == [
        "r",
        "ONNXTRT_ShapeTensorFromDims",
        "ONNXTRT_resizeShapeTensor_floatCast",
        "ONNXTRT_resizeShapeTensor_prod",
        "ONNXTRT_resizeShapeTensor_floor",
        "ONNXTRT_resizeShapeTensor_intCast",
    ]
    assert "initializer" in refused(graph, "8.2")


@pytest.mark.parametrize(
    ("attributes", "trt", "sizes", "accepted"),
    [
        ('<coordinate_transformation_mode="half_pixel", mode="linear">', "7.0", False, False),
        ('<coordinate_transformation_mode="asymmetric", mode="linear">', "7.0", False, True),
        ('<coordinate_transformation_mode="align_corners", mode="linear">', "7.2", True, True),
        (
            '<coordinate_transformation_mode="align_corners", mode="linear">',
            "7.2",
            False,
            False,
        ),
        ('<coordinate_transformation_mode="asymmetric">', "7.2", False, False),
        (
            '<coordinate_transformation_mode="asymmetric", nearest_mode="floor">',
            "7.2",
            False,
            True,
        ),
        ('<mode="cubic">', "8.4", False, False),
        ('<mode="cubic">', "8.5", False, True),
        ('<coordinate_transformation_mode="tf_crop_and_resize">', "8.6", False, False),
        ("<antialias=1>", "8.6", False, True),
        ("<antialias=1>", "10.1", False, False),
        ('<keep_aspect_ratio_policy="not_larger">', "10.10", True, False),
    ],
)
def test_resize_modes_by_version(
    attributes: str, trt: str, sizes: bool, accepted: bool
) -> None:
    graph = resize(attributes, sizes=sizes)
    if accepted:
        assert RESIZED in layers(graph, trt)
    else:
        refused(graph, trt)


def test_linear_resize_leaves_outer_dimensions() -> None:
    graph = resize('<mode="linear">').replace("{1.0,", "{2.0,")
    assert "innermost 3" in refused(graph, "8.6")
    assert layers(graph.replace("linear", "nearest"), "8.6") == ["Resize r [2, 3, 16, 16]"]


def test_resize_axes_spread_sizes() -> None:
    graph = (
        "(float[1,3,8,8] x) => (float y) <int64[2] s = {16, 4}>"
        " { [r] y = Resize <axes=[3, -2]> (x, , , s) }"
    )
    assert layers(graph, "10.10", 18) == ["Resize r [1, 3, 4, 16]"]


def test_resize_multiplies_in_float32() -> None:
    graph = "(float[1,10] x) => (float y) <float[2] s = {1.0, 0.7}> { [r] y = Resize (x, , s) }"
    assert layers(graph, "8.6") == ["Resize r [1, 7]"]


def test_upsample_by_attribute_and_by_input() -> None:
    by_attribute = (
        "(float[1,3,8,8] x) => (float y) { [r] y = Upsample <scales=[1.0,1.0,2.0,2.0]> (x) }"
    )
    by_input = (
        "(float[1,3,8,8] x) => (float y) <float[4] s = {1.0,1.0,2.0,2.0}>"
        ' { [r] y = Upsample <mode="bilinear"> (x, s) }'
    )
    assert layers(by_attribute, "7.1", 7) == [RESIZED]
    assert layers(by_input, "8.4", 9) == [RESIZED]
    refused(by_input, "8.2", 9)


RANGE = (
    "(float x) => (int64[3] y) <int64 a = {1}, int64 b = {7}, int64 c = {2}>"
    " { [r] y = Range (a, b, c) }"
)


def test_range_of_constants_is_one_layer_before_10() -> None:
    assert layers(RANGE, "8.6") == ["Fill r [3]"]
    names = [line.split()[1] for line in layers(RANGE, "10.3")]
    assert names[:6] == [
        "a",
        "ONNXTRT_castHelper",
        "b",
        "ONNXTRT_castHelper_0",
        "c",
        "ONNXTRT_castHelper_1",
    ]
    assert names[-2:] == ["r", "ONNXTRT_ShapeShuffle_5"]
    assert imported(RANGE, "10.3").outputs[0].shape == (3,)


def test_range_of_one_element_vectors_is_folded_but_not_computed() -> None:
    vectors = RANGE.replace("int64 a", "int64[1] a").replace("int64 b", "int64[1] b")
    vectors = vectors.replace("int64 c", "int64[1] c")
    assert layers(vectors, "8.6") == ["Fill r [3]"]
    assert "ranks" in refused(vectors, "10.3")


def test_range_types_must_agree() -> None:
    graph = (
        "(float a) => (float y) <int64 b = {7}, float c = {2.0}> { [r] y = Range (a, b, c) }"
    )
    assert layers(graph, "10.1")  # 10.1 does not look at the limit
    assert "one type" in refused(graph, "10.7")


def test_float_range_must_be_constant_before_8_4() -> None:
    constant = (
        "(float x) => (float y) <float a = {0.0}, float b = {2.5}, float c = {1.0}>"
        " { [r] y = Range (a, b, c) }"
    )
    assert layers(constant, "8.2") == ["Fill r [3]"]
    dynamic = "(float a, float b, float c) => (float y) { [r] y = Range (a, b, c) }"
    assert "INT32" in refused(dynamic, "8.2")
    assert layers(dynamic, "8.4")[-2:] == [
        "Fill r [-1]",
        "Shuffle (Unnamed Layer* 8) [Shuffle] [1]",
    ]


def test_depth_to_space_names_the_first_shuffle() -> None:
    graph = "(float[1,8,2,3] x) => (float y) { [d] y = DepthToSpace <blocksize=2> (x) }"
    assert layers(graph, "8.6") == [
        "Shuffle d [1, 2, 2, 2, 3, 2]",
        "Shuffle (Unnamed Layer* 1) [Shuffle] [1, 2, 4, 6]",
    ]
    assert layers(graph, "10.10") == [
        "Shuffle d [1, 2, 2, 2, 3, 2]",
        "Shuffle ONNXTRT_ShapeShuffle_0 [1, 2, 4, 6]",
    ]


def test_space_to_depth_of_a_dynamic_batch() -> None:
    graph = "(float[n,2,4,6] x) => (float y) { [d] y = SpaceToDepth <blocksize=2> (x) }"
    assert kinds(graph, "8.6").count("Shuffle") == 2
    assert imported(graph, "8.6").outputs[0].shape == (-1, 8, 2, 3)


ONE_HOT = (
    "(int64[2] i, int64 n) => (float y) <float[2] v = {0.0, 1.0}> { [o] y = OneHot (i, n, v) }"
)


def test_one_hot_depth_must_be_known_at_8_5() -> None:
    assert "dynamic depth" in refused(ONE_HOT, "8.5")
    assert layers(ONE_HOT, "8.6") == ["Constant v [2]", "OneHot o [2, -1]"]
    assert layers(ONE_HOT, "10.1")[-1] == "OneHot o [2, -1]"


def test_non_zero_is_cast_to_int64_from_10_on() -> None:
    graph = "(float[2,3] x) => (int64 y) { [n] y = NonZero (x) }"
    assert layers(graph, "8.5") == ["NonZero n [2, -1]"]
    assert layers(graph, "10.1") == ["NonZero n [2, -1]", "Cast ONNXTRT_castHelper [2, -1]"]


def test_eye_like_is_a_constant() -> None:
    graph = "(float[2,3] x) => (float y) { [e] y = EyeLike <k=1> (x) }"
    network = imported(graph, "8.6")
    assert [layer.kind.value for layer in network.layers] == ["Constant", "Identity"]
    assert network.layers[0].params["weights"].data().tolist() == [[0, 1, 0], [0, 0, 1]]
    assert "known shape" in refused(graph.replace("2,3", "n,3"), "8.6")


def test_non_max_suppression_by_version() -> None:
    graph = (
        "(float[1,6,4] b, float[1,2,6] s) => (int64 y) <int64[1] n = {3}>"
        " { [m] y = NonMaxSuppression (b, s, n) }"
    )
    assert layers(graph, "8.4", 11)[-1] == "PluginV2DynamicExt m_0 [3, 3]"
    assert layers(graph, "8.6", 11) == [
        "Constant (Unnamed Layer* 0) [Constant] []",
        "Shuffle m [1, 6, 2]",
        "NMS m_0 [-1, 3] []",
    ]
    assert kinds(graph, "10.3", 11) == [
        "Constant",
        "Constant",
        "ElementWise",
        "Cast",
        "Shuffle",
        "NMS",
        "Cast",
    ]


def test_roi_align_is_a_plugin() -> None:
    graph = (
        "(float[1,2,8,8] x, float[3,4] r, int64[3] i) => (float y)"
        " { [a] y = RoiAlign <output_height=5, output_width=6> (x, r, i) }"
    )
    assert layers(graph, "8.5") == ["PluginV2DynamicExt a [3, 2, 5, 6]"]
    assert layers(graph, "10.3") == [
        "Cast ONNXTRT_castHelper [3]",
        "PluginV3_V3ONE a [3, 2, 5, 6]",
    ]


def test_grid_sample_takes_the_grids_size() -> None:
    graph = "(float[1,2,8,8] x, float[1,3,4,2] g) => (float y) { [s] y = GridSample (x, g) }"
    assert layers(graph, "8.5", 16) == ["GridSample s [1, 2, 3, 4]"]
    assert "rank" in refused(graph.replace("1,3,4,2", "3,4,2"), "10.10", 16)
    cubic = graph.replace("GridSample", 'GridSample <mode="bicubic">')
    assert imported(cubic, "10.10", 16).layers[0].params["mode"] == "cubic"


def test_reverse_sequence_is_slices_before_8_6() -> None:
    graph = "(float[4,2] x, int64[2] n) => (float y) { [r] y = ReverseSequence (x, n) }"
    assert layers(graph, "8.6") == ["ReverseSequence r [4, 2]"]
    assert kinds(graph, "8.5").count("Slice") == 8
    assert kinds(graph, "8.5")[-1] == "Concatenation"
    assert imported(graph, "8.5").outputs[0].shape == (4, 2)


def test_random_ops_are_fill_layers() -> None:
    uniform = "() => (float[2,3] y) { [u] y = RandomUniform <shape=[2,3]> () }"
    assert layers(uniform, "7.2") == ["Fill u [2, 3]"]
    like = "(float[n,3] x) => (float y) { [u] y = RandomNormalLike (x) }"
    assert layers(like, "8.6") == [
        "Fill u [-1, 3]",
        "Shape (Unnamed Layer* 1) [Shape] [2]",
    ]
    refused(uniform.replace("<", "<dtype=11, "), "8.6")
    refused(uniform.replace("<", "<dtype=11, "), "10.10")


def test_windows_are_elementwise_from_10_7_on() -> None:
    graph = "(int32 n) => (float y) { [w] y = HannWindow (n) }"
    assert kinds(graph, "10.7", 17) == [
        *("Shuffle", "Fill", "Constant", "ElementWise", "Cast", "Shuffle"),
        *("ElementWise", "Unary", "ElementWise"),
    ]
    refused(graph, "10.3", 17)


def test_stft_is_two_convolutions() -> None:
    graph = (
        "(float[1,128] x) => (float y) <int64 step = {8}, int64 n = {16}>"
        " { [s] y = STFT (x, step, , n) }"
    )
    network = imported(graph, "10.7", 17)
    assert kinds(graph, "10.7", 17)[-4:] == [
        "Convolution",
        "Convolution",
        "Concatenation",
        "Shuffle",
    ]
    assert network.outputs[0].shape == (1, 15, 9, 2)
    kernel = network.layers[-4].params["kernel"]
    assert kernel.data()[0].sum() == pytest.approx(16)  # frequency 0 of a window of ones


@pytest.mark.parametrize(
    "graph",
    [
        "(float[2,3] x) => (float y) { y = Gather (x) }",
        "(float[2,3] x) => (float y) { y = Resize (x) }",
        "(float[2,3] x) => (float y) { y = ScatterND (x) }",
        "(float[2,3] x) => (float y) { y = OneHot (x) }",
        "(float[2,3] x) => (float y) { y = Range (x) }",
        "(float[2,3] x) => (float y) { y = DepthToSpace (x) }",
        "(float[2,3] x) => (float y) { y = NonMaxSuppression (x) }",
        "(float[2,3] x) => (float y) { y = ReverseSequence (x) }",
        "() => (float y) { y = RandomUniform () }",
        "() => (float y) { y = Gather () }",
    ],
)
@pytest.mark.parametrize("trt", ["7.0", "8.6", "10.10"])
def test_missing_inputs_are_refused(graph: str, trt: str) -> None:
    assert refused(graph, trt)
