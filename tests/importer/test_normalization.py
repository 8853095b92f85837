# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Normalization ops: layers, refusals and folded weights per parser version."""

from __future__ import annotations

import numpy as np
import pytest

from tests.importer.graphs import imported, kinds, layers, refused

BATCH = (
    "(float[N,3] x) => (float[a] y)"
    " <float[3] s = {2, 1, 1}, float[3] b = {1, 0, 0}, float[3] m = {3, 0, 0},"
    " float[3] v = {4, 1, 1}>"
    " { [n] y = BatchNormalization <epsilon = 0.0> (x, s, b, m, v) }"
)


def test_batch_normalization_of_a_matrix_reshapes_around_the_scale() -> None:
    assert kinds(BATCH, "7.1") == ["Shuffle", "Scale", "Shuffle"]
    assert kinds(BATCH, "8.6") == [
        "Shape", "Constant", "Concatenation", "Constant", "Gather",
        "Shuffle", "Scale", "Shuffle", "Shape",
    ]  # fmt: skip
    assert layers(BATCH, "10.10") == [
        "Constant (Unnamed Layer* 0) [Constant] [2]",
        "Unsqueeze ONNXTRT_unsqueezeTensor [-1, 3, 1, 1]",
        "Scale n [-1, 3, 1, 1]",
        "Shuffle ONNXTRT_ShapeShuffle [-1, 3]",
        "Shape ONNXTRT_ShapeTensor [2]",
        "Cast ONNXTRT_castHelper [2]",
    ]


@pytest.mark.parametrize("trt", ["7.0", "8.6", "10.10"])
def test_batch_normalization_weights_are_folded(trt: str) -> None:
    (scale,) = (x for x in imported(BATCH, trt).layers if x.kind.value == "Scale")
    np.testing.assert_allclose(scale.params["scale"].data(), [1, 1, 1])
    np.testing.assert_allclose(scale.params["shift"].data(), [-2, 0, 0])


def test_half_weights_fold_from_8_5_on() -> None:
    graph = BATCH.replace("float[3]", "float16[3]").replace("[N,3]", "[1,3,2,2]")
    assert len(layers(graph, "8.4")) == 15
    assert layers(graph, "8.5") == ["Scale n [1, 3, 2, 2]"]


def test_batch_normalization_by_elements_where_a_weight_is_computed() -> None:
    graph = (
        "(float[1,3,2,2] x, float[3] s) => (float[a] y)"
        " <float[3] b = {1}, float[3] m = {1}, float[3] v = {1}>"
        " { [n] y = BatchNormalization (x, s, b, m, v) }"
    )
    assert kinds(graph, "8.6") == (
        ["Constant"] * 3
        + ["Shuffle"] * 4
        + ["Constant", "ElementWise", "Unary"]
        + ["ElementWise"] * 4
    )
    assert layers(graph, "8.6")[-1] == "ElementWise n [1, 3, 2, 2]"


def test_training_mode_is_refused_from_8_5_on() -> None:
    graph = BATCH.replace("epsilon = 0.0", "training_mode = 1")
    assert kinds(graph, "8.4", 15)
    for trt in ("8.5", "10.10"):
        assert "training_mode" in refused(graph, trt, 15)


def test_six_dimensions_are_flattened_to_four() -> None:
    graph = BATCH.replace("[N,3]", "[1,3,2,2,2,2]")
    assert layers(graph, "8.6") == [
        "Shuffle (Unnamed Layer* 0) [Shuffle] [1, 3, 2, 8]",
        "Scale n [1, 3, 2, 8]",
        "Shuffle (Unnamed Layer* 2) [Shuffle] [1, 3, 2, 2, 2, 2]",
    ]


INSTANCE = (
    "(float[1,4,8] x) => (float[a] y) <float[4] s = {1}, float[4] b = {1}>"
    " { [n] y = InstanceNormalization (x, s, b) }"
)
NATIVE = [
    "Constant s [4]",
    "Constant b [4]",
    "Shuffle (Unnamed Layer* 2) [Shuffle] [1, 4, 1]",
    "Shuffle (Unnamed Layer* 3) [Shuffle] [1, 4, 1]",
    "Normalization n [1, 4, 8]",
]


def test_instance_normalization_is_a_plugin_to_8_6() -> None:
    assert "plugin" in refused(INSTANCE, "7.0")
    assert layers(INSTANCE, "8.0") == ["PluginV2DynamicExt n [1, 4, 8]"]
    assert kinds(INSTANCE, "8.6") == ["Shuffle", "PluginV2DynamicExt", "Shuffle"]


def test_instance_normalization_is_native_by_flag_and_from_10_on() -> None:
    assert layers(INSTANCE, "8.6", native=True) == NATIVE
    assert kinds(INSTANCE, "8.5") == kinds(INSTANCE, "8.6")
    assert layers(INSTANCE, "10.3")[-1] == NATIVE[-1]


def test_instance_normalization_inputs_have_one_type_in_10() -> None:
    graph = INSTANCE.replace("float[4] s", "float16[4] s")
    assert "differ in type" in refused(graph, "10.10")


def test_layer_normalization_makes_its_absent_bias() -> None:
    graph = (
        "(float[1,4,8] x) => (float[a] y) <float[8] s = {1}>"
        " { [n] y = LayerNormalization (x, s) }"
    )
    assert "no importer" in refused(graph, "8.5", 17)
    assert layers(graph, "8.6", 17) == [
        "Constant s [8]",
        "Constant (Unnamed Layer* 1) [Constant] []",
        "Shuffle (Unnamed Layer* 2) [Shuffle] [1, 1, 8]",
        "Shuffle (Unnamed Layer* 3) [Shuffle] [1, 1, 1]",
        "Normalization (Unnamed Layer* 4) [Normalization] [1, 4, 8]",
    ]
    assert layers(graph, "10.10", 17) == [
        "Constant (Unnamed Layer* 0) [Constant] []",
        "Constant (Unnamed Layer* 1) [Constant] []",
        "Constant s [8]",
        "Shuffle ONNXTRT_Broadcast [1, 1, 8]",
        "Shuffle ONNXTRT_Broadcast_2 [1, 1, 1]",
        "Normalization n [1, 4, 8]",
    ]


GROUP = (
    "(float[1,4,2,2] x) => (float[a] y) <float[4] s = {1}, float[4] b = {1}>"
    " { [n] y = GroupNormalization <num_groups = 2> (x, s, b) }"
)


def test_group_normalization_follows_opset_21_from_10_10_on() -> None:
    assert kinds(GROUP, "8.6", 21)[-1] == "Normalization"
    assert kinds(GROUP, "10.10", 18)[-1] == "Normalization"
    names = layers(GROUP, "10.10", 21)
    assert names[2] == "Shuffle ONNXTRT_ShapeShuffle [1, 2, 2, 4]"
    assert names[-2:] == [
        "ElementWise (Unnamed Layer* 23) [ElementWise] [1, 4, 2, 2]",
        "ElementWise (Unnamed Layer* 24) [ElementWise] [1, 4, 2, 2]",
    ]


def test_lp_normalization_replaces_zero_norms() -> None:
    graph = "(float[1,3,2,2] x) => (float[a] y) { [n] y = LpNormalization (x) }"
    assert "no importer" in refused(graph, "7.1")
    assert layers(graph, "8.6")[0] == "Constant tmp_weight []"
    assert kinds(graph, "10.10") == [
        "Constant", "Shuffle", "ElementWise", "Reduce", "Unary",
        "ElementWise", "Cast", "ElementWise", "ElementWise",
    ]  # fmt: skip


def test_mean_variance_normalization_exists_from_8_5_on() -> None:
    graph = "(float[1,3,2,2] x) => (float[a] y) { [n] y = MeanVarianceNormalization (x) }"
    assert "no importer" in refused(graph, "8.4")
    assert kinds(graph, "8.5") == [
        "Reduce", "ElementWise", "ElementWise", "Reduce", "Unary",
        "Constant", "ElementWise", "ElementWise",
    ]  # fmt: skip


def test_lrn_needs_a_size() -> None:
    graph = "(float[1,3,2,2] x) => (float[a] y) { [n] y = LRN <size = 3> (x) }"
    assert layers(graph, "8.6") == ["LRN n [1, 3, 2, 2]"]
    assert "size" in refused(graph.replace(" <size = 3>", ""), "8.6")


def test_scale_layers_of_their_own() -> None:
    image = (
        "(float[1,3,2,2] x) => (float[a] y)"
        " { [n] y = ImageScaler <bias = [0.1, 0.2, 0.3], scale = 2.0> (x) }"
    )
    (layer,) = imported(image, "8.6").layers
    np.testing.assert_allclose(layer.params["shift"].data(), [0.1, 0.2, 0.3], rtol=1e-6)
    np.testing.assert_allclose(layer.params["scale"].data(), [2, 2, 2])
    scale = (
        "(float[1,3,2,2] x) => (float[a] y) <float[3] s = {1}>"
        ' { [n] y = TRT_Scale <mode = "channel", scale = 0, shift = 1, power = 0> (x, s) }'
    )
    (layer,) = imported(scale, "10.10").layers
    assert layer.params["scale"] is None
    assert layer.params["shift"].initializer == "s"
    assert "mode" in refused(scale.replace("channel", "other"), "10.10")
