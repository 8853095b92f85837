# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Convolution, deconvolution and pooling: layers and refusals per parser version."""

from __future__ import annotations

import pytest

from tests.importer.graphs import imported, kinds, layers, refused

CONV_1D = (
    "(float[1,3,8] x) => (float[a] y) <float[4,3,3] w = {1}, float[4] b = {1}>"
    " { [c] y = Conv (x, w, b) }"
)


def test_1d_convolution_runs_as_2d() -> None:
    assert layers(CONV_1D, "8.6") == [
        "Shuffle (Unnamed Layer* 0) [Shuffle] [1, 3, 8, 1]",
        "Convolution c [1, 4, 6, 1]",
        "Shuffle (Unnamed Layer* 2) [Shuffle] [1, 4, 6]",
    ]
    assert layers(CONV_1D, "10.3") == [
        "Shuffle ONNXTRT_unsqueezeTensor [1, 3, 8, 1]",
        "Convolution c [1, 4, 6, 1]",
        "Shuffle ONNXTRT_squeezeTensor [1, 4, 6]",
    ]
    assert layers(CONV_1D, "10.10") == [
        "Constant (Unnamed Layer* 0) [Constant] [1]",
        "Unsqueeze ONNXTRT_unsqueezeTensor [1, 3, 8, 1]",
        "Convolution c [1, 4, 6, 1]",
        "Constant (Unnamed Layer* 3) [Constant] [1]",
        "Squeeze ONNXTRT_squeezeTensor [1, 4, 6]",
    ]


def test_7_0_names_the_first_layer_only() -> None:
    assert layers(CONV_1D, "7.0")[:2] == [
        "Shuffle c [1, 3, 8, 1]",
        "Convolution (Unnamed Layer* 1) [Convolution] [1, 4, 6, 1]",
    ]


def test_convolution_weights_are_parameters_and_not_read() -> None:
    layer = imported(CONV_1D, "8.6").layers[1]
    assert layer.params["kernel"].initializer == "w"
    assert layer.params["bias"].initializer == "b"
    assert layer.params["groups"] == 1
    assert layer.params["stride"] == (1, 1)


DYNAMIC_KERNEL = (
    "(float[1,3,8,8] x, float[4,3,3,3] w) => (float[a] y)"
    " { [c] y = Conv <kernel_shape = [3, 3]> (x, w) }"
)


@pytest.mark.parametrize("trt", ["7.0", "8.0", "8.2", "8.4", "8.6", "10.10"])
def test_a_computed_kernel_is_an_input(trt: str) -> None:
    (layer,) = imported(DYNAMIC_KERNEL, trt).layers
    assert [t.name for t in layer.inputs if t] == ["x", "w"]
    assert layer.params["kernel"] is None


def test_computed_kernels_need_explicit_precision_on_7_1_and_7_2() -> None:
    for trt in ("7.1", "7.2"):
        assert "explicit-precision" in refused(DYNAMIC_KERNEL, trt)


def test_kernel_shape_is_read_off_a_computed_kernel_from_10_7_on() -> None:
    graph = DYNAMIC_KERNEL.replace(" <kernel_shape = [3, 3]>", "")
    assert "kernel_shape" in refused(graph, "10.3")
    assert layers(graph, "10.7") == ["Convolution c [1, 4, 6, 6]"]


def test_a_computed_bias_is_an_input_from_8_5_on() -> None:
    graph = (
        "(float[1,3,8,8] x, float[4] b) => (float[a] y) <float[4,3,3,3] w = {1}>"
        " { [c] y = Conv <kernel_shape = [3, 3]> (x, w, b) }"
    )
    assert "initializer" in refused(graph, "8.4")
    (layer,) = imported(graph, "8.5").layers
    assert [None if t is None else t.name for t in layer.inputs] == ["x", None, "b"]
    assert layer.params["kernel"].initializer == "w"


def test_channels_and_kernel_must_agree() -> None:
    graph = CONV_1D.replace("[1,3,8]", "[1,5,8]")
    assert "5 channels" in refused(graph, "8.6")
    unknown = CONV_1D.replace("[1,3,8]", "[1,C,8]")
    assert kinds(unknown, "10.10")[1:3] == ["Unsqueeze", "Convolution"]


@pytest.mark.parametrize(
    ("attributes", "extent"),
    [
        ('auto_pad = "SAME_UPPER", strides = [2, 2]', 4),
        ("pads = [1, 0, 2, 0], dilations = [2, 1]", 7),
        ('auto_pad = "VALID", strides = [3, 3]', 2),
    ],
)
def test_padding_strides_and_dilations(attributes: str, extent: int) -> None:
    graph = (
        "(float[1,3,8,8] x) => (float[a] y) <float[4,3,3,3] w = {1}>"
        f" {{ [c] y = Conv <{attributes}> (x, w) }}"
    )
    assert imported(graph, "8.6").layers[0].output.shape[2] == extent


DECONV = (
    "(float[1,3,8,8] x) => (float[a] y) <float[3,4,3,3] w = {1}, float[4] b = {1}>"
    " { [c] y = ConvTranspose <strides = [2, 2], output_padding = [1, 1]> (x, w, b) }"
)


def test_output_padding_and_bias_become_layers_of_their_own() -> None:
    assert layers(DECONV, "8.0") == [
        "Deconvolution c [1, 4, 17, 17]",
        "Padding (Unnamed Layer* 1) [Padding] [1, 4, 18, 18]",
        "Constant (Unnamed Layer* 2) [Constant] [1, 4, 1, 1]",
        "ElementWise (Unnamed Layer* 3) [ElementWise] [1, 4, 18, 18]",
    ]
    assert layers(DECONV, "10.1") == [
        "Deconvolution c [1, 4, 17, 17]",
        "Constant (Unnamed Layer* 1) [Constant] [4]",
        "Constant (Unnamed Layer* 2) [Constant] [4]",
        "Constant ONNXTRT_ShapeTensorFromDims [4]",
        "ElementWise (Unnamed Layer* 4) [ElementWise] [4]",
        "Slice (Unnamed Layer* 5) [Slice] [1, 4, 18, 18]",
        "Constant (Unnamed Layer* 6) [Constant] [1, 4, 1, 1]",
        "ElementWise (Unnamed Layer* 7) [ElementWise] [1, 4, 18, 18]",
    ]


def test_output_padding_is_taken_off_the_end_padding_first() -> None:
    graph = DECONV.replace("strides", "pads = [1, 1, 1, 1], strides")
    (layer,) = imported(graph, "8.6").layers
    assert layer.output.shape == (1, 4, 16, 16)
    assert layer.params["post_padding"] == (0, 0)
    assert layer.params["bias"].initializer == "b"


def test_output_shape_gives_the_padding() -> None:
    graph = DECONV.replace("output_padding = [1, 1]", "output_shape = [16, 18]")
    assert layers(graph, "8.6")[0] == "Deconvolution c [1, 4, 16, 17]"
    assert layers(graph, "8.6")[-1].endswith("[1, 4, 16, 18]")
    too_large = DECONV.replace("output_padding = [1, 1]", "output_shape = [40, 40]")
    assert "negative padding" in refused(too_large, "8.6")


def test_1d_output_padding_works_from_8_5_on() -> None:
    graph = (
        "(float[1,3,8] x) => (float[a] y) <float[3,4,3] w = {1}>"
        " { [c] y = ConvTranspose <strides = [2], output_padding = [1]> (x, w) }"
    )
    assert "1-D" in refused(graph, "8.4")
    assert layers(graph, "8.5")[-1] == "Shuffle (Unnamed Layer* 7) [Shuffle] [1, 4, 18]"


def test_asymmetric_3d_deconvolution_works_from_8_4_on() -> None:
    graph = (
        "(float[1,3,4,4,4] x) => (float[a] y) <float[3,4,3,3,3] w = {1}>"
        " { [c] y = ConvTranspose <pads = [0, 0, 0, 1, 1, 1]> (x, w) }"
    )
    assert "symmetric" in refused(graph, "8.2")
    assert layers(graph, "8.4") == ["Deconvolution c [1, 4, 5, 5, 5]"]


def test_dilated_deconvolution_works_from_7_1_on() -> None:
    graph = (
        "(float[1,3,4,4] x) => (float[a] y) <float[3,4,3,3] w = {1}>"
        " { [c] y = ConvTranspose <dilations = [2, 2]> (x, w) }"
    )
    assert "dilate" in refused(graph, "7.0")
    assert layers(graph, "7.1") == ["Deconvolution c [1, 4, 8, 8]"]


def test_deformable_convolution_is_a_plugin_from_10_1_on() -> None:
    graph = (
        "(float[1,3,8,8] x, float[1,18,6,6] o) => (float[a] y) <float[4,3,3,3] w = {1}>"
        " { [c] y = DeformConv (x, w, o) }"
    )
    assert "no importer" in refused(graph, "8.6", 19)
    network = imported(graph, "10.1", 19)
    plugin = network.layers[-1]
    assert [layer.kind.value for layer in network.layers] == [
        "Constant",
        "Constant",
        "Constant",
        "Shuffle",
        "Slice",
        "PluginV2DynamicExt",
    ]
    assert plugin.output.shape == (1, 4, 6, 6)
    assert [t.name for t in plugin.inputs if t][1] == "o"


AVERAGE = (
    "(float[1,3,7,7] x) => (float[a] y)"
    " { [p] y = AveragePool <kernel_shape = [2, 2], pads = [0, 0, 2, 2]> (x) }"
)


def test_asymmetric_average_pooling_works_from_8_5_on() -> None:
    assert "asymmetric" in refused(AVERAGE, "8.4")
    assert layers(AVERAGE, "8.5") == ["Pooling p [1, 3, 8, 8]"]
    by_one = AVERAGE.replace("2, 2]> (x)", "1, 1]> (x)")
    assert layers(by_one, "7.0") == ["Pooling p [1, 3, 7, 7]"]


def test_1d_pooling_runs_as_2d_and_rounds_up() -> None:
    graph = (
        "(float[1,3,7] x) => (float[a] y)"
        " { [p] y = MaxPool <kernel_shape = [2], strides = [2], ceil_mode = 1> (x) }"
    )
    assert layers(graph, "8.6") == [
        "Shuffle (Unnamed Layer* 0) [Shuffle] [1, 3, 7, 1]",
        "Pooling p [1, 3, 4, 1]",
        "Shuffle (Unnamed Layer* 2) [Shuffle] [1, 3, 4]",
    ]
    assert layers(graph, "8.6", 9)[1] == "Pooling p [1, 3, 3, 1]"


@pytest.mark.parametrize("trt", ["8.6", "10.10"])
def test_dilated_pooling_is_refused(trt: str) -> None:
    graph = AVERAGE.replace("pads = [0, 0, 2, 2]", "dilations = [2, 2]")
    assert "dilat" in refused(graph, trt)


def test_pooling_has_one_output() -> None:
    graph = (
        "(float[1,3,7,7] x) => (float[a] y, int64[b] i)"
        " { [p] y, i = MaxPool <kernel_shape = [2, 2]> (x) }"
    )
    for trt in ("7.0", "8.6", "10.1", "10.10"):
        assert "output" in refused(graph, trt)


def test_global_pooling_is_a_reduction() -> None:
    graph = "(float[1,3,7,7,7] x) => (float[a] y) { [p] y = GlobalAveragePool (x) }"
    (layer,) = imported(graph, "8.6").layers
    assert (layer.kind.value, layer.params["op"], layer.params["axes"]) == (
        "Reduce",
        "avg",
        (2, 3, 4),
    )


def test_lp_pooling_is_arithmetic() -> None:
    graph = (
        "(float[1,3,8,8] x) => (float[a] y)"
        " { [p] y = LpPool <p = 1, kernel_shape = [2, 2]> (x) }"
    )
    assert "no importer" in refused(graph, "7.1")
    assert layers(graph, "8.6") == [
        "Constant (Unnamed Layer* 0) [Constant] [1, 1, 1, 1]",
        "Unary p [1, 3, 8, 8]",
        "Pooling p_0 [1, 3, 7, 7]",
        "ElementWise p_1 [1, 3, 7, 7]",
    ]
    assert kinds(graph.replace("p = 1", "p = 2"), "10.10")[-1] == "Unary"
    assert "p 1 or 2" in refused(graph.replace("p = 1", "p = 3"), "8.6")


def test_missing_attributes_refuse() -> None:
    graph = "(float[1,3,8,8] x) => (float[a] y) { [p] y = MaxPool (x) }"
    assert "kernel_shape" in refused(graph, "8.6")


def test_windows_larger_than_the_input_are_refused() -> None:
    for size in (1, 2):
        graph = (
            f"(float[1,3,{size},8] x) => (float[a] y)"
            " { [p] y = MaxPool <kernel_shape = [3, 3]> (x) }"
        )
        assert "dimension 0" in refused(graph, "8.6")
