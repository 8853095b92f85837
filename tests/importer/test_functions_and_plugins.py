# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Local functions, plugins, and the parser's own rules on inputs, outputs and names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import onnx.parser
import pytest

from setrange.errors import ParserRefusedError, UnsupportedOpError
from setrange.importer.parser import import_model
from setrange.importer.plugin_library import find_plugin
from setrange.versions import TrtVersion
from tests.importer.graphs import assert_by_version, imported, layers, model_of, refused

if TYPE_CHECKING:
    from setrange.network import Network


def imported_text(text: str, trt: str, producer: str = "") -> Network:
    """Import a model in ONNX's text form, functions included."""
    proto = onnx.parser.parse_model(text)
    proto.producer_name = producer
    return import_model(model_of(proto), TrtVersion.parse(trt))


def names(network: Network) -> list[str]:
    return [f"{layer.kind.value} {layer.name}" for layer in network.layers]


# -- local functions --------------------------------------------------------------------

FUNCTION = """<ir_version: 8, opset_import: ["" : 17, "local" : 1]>
g (float[2,3] x) => (float[2,3] y) {
  [first] a = local.Shifted <by = 2.0> (x)
  [second] y = local.Shifted (a)
}
<domain: "local", opset_import: ["" : 17]>
Shifted <by: float = 1.0> (v) => (w) {
  [neg] m = Neg (v)
  w = LeakyRelu <alpha: float = @by> (m)
}"""


@pytest.mark.parametrize("trt", ["10.1", "10.10"])
def test_function_bodies_are_imported_in_place(trt: str) -> None:
    network = imported_text(FUNCTION, trt)
    assert names(network) == [
        "Unary neg",
        "Activation node_of_w",
        "Unary neg_0",
        "Activation node_of_w_2",
    ]
    alphas = [layer.params.get("alpha") for layer in network.layers[1::2]]
    assert alphas == [2.0, 1.0]


def test_functions_are_refused_before_10_1() -> None:
    with pytest.raises(ParserRefusedError, match="no importer for the op Shifted"):
        imported_text(FUNCTION, "8.6")


def test_function_parameter_named_like_an_outside_value() -> None:
    """Up to 10.7 the outside value is taken; from 10.10 on the argument."""
    text = FUNCTION.replace("(v) => (w)", "(x) => (w)").replace("Neg (v)", "Neg (x)")
    for trt, source in (("10.7", "x"), ("10.10", "a")):
        second = imported_text(text, trt).layers[2]
        assert [t.name for t in second.inputs if t] == [source]


def test_function_arity_is_checked() -> None:
    text = FUNCTION.replace("local.Shifted (a)", "local.Shifted (a, a)")
    with pytest.raises(ParserRefusedError, match="takes 1 inputs, not 2"):
        imported_text(text, "10.10")


def test_static_checks_look_into_functions() -> None:
    text = FUNCTION.replace("LeakyRelu <alpha: float = @by> (m)", "Unique (m)")
    with pytest.raises(ParserRefusedError, match="does not support the op Unique"):
        imported_text(text, "10.3")


def test_plugin_takes_precedence_over_a_function_from_10_7_on() -> None:
    text = FUNCTION.replace("Shifted", "LReLU_TRT")
    assert names(imported_text(text, "10.3"))[0] == "Unary neg"
    assert names(imported_text(text, "10.7")) == ["PluginV2 first", "PluginV2 second"]


# -- plugins ----------------------------------------------------------------------------

NMS = """(float[2,100,4] boxes, float[2,100,3] scores) => (int32[2,1] n) {
  [nms] n, b, s, c = EfficientNMS_TRT <max_output_boxes = 20, plugin_version = "1">
    (boxes, scores)
}"""


def test_plugin_of_the_standard_library() -> None:
    shapes = "PluginV2DynamicExt nms [2, 1] [2, 20, 4] [2, 20] [2, 20]"
    assert_by_version(NMS, {"7.0": "has no importer", "8.0": [shapes]})
    outputs = imported(NMS, "8.6").layers[0].outputs
    assert [t.name for t in outputs] == ["n", "b", "s", "c"]
    assert [t.dtype for t in outputs] == ["int32", "float32", "float32", "int32"]


def test_unnamed_plugin_outputs_number_from_0() -> None:
    graph = NMS.replace("n, b, s, c =", "n, b =")
    outputs = imported(graph, "8.6").layers[0].outputs
    assert outputs[3].name == "(Unnamed Layer* 0) [PluginV2DynamicExt]_output_3"
    assert "the node has 2 outputs, TensorRT makes 4" in refused(graph, "10.7")


def test_plugin_version_and_namespace_count() -> None:
    assert "plugin of that name and version 9" in refused(
        NMS.replace('plugin_version = "1"', 'plugin_version = "9"'), "8.6"
    )
    assert "has no importer" in refused(
        NMS.replace("max_output", 'plugin_namespace = "mine", max_output'), "8.6"
    )


def test_int64_inputs_of_some_plugins_become_int32_in_10() -> None:
    graph = """(float[4,3] d, int64[2,1] i, float[2,3] u) => (float[4,3] y) {
      [p] y = ROIAlign_TRT <plugin_version = "2"> (d, u, i)
    }"""
    found = layers(graph, "10.3")
    assert found == ["Cast ONNXTRT_castHelper [2, 1]", "PluginV3_V3ONE p [4, 3]"]


def test_plugin_without_known_shapes_needs_declared_ones() -> None:
    graph = """(float[2,4] x) => (float[2,4] z) { [p] y = CoordConvAC (x) [r] z = Relu (y) }"""
    with pytest.raises(UnsupportedOpError, match="value_info"):
        imported(graph, "8.6")
    declared = graph.replace("(float[2,4] z) {", "(float[2,4] z) <float[2,6] y> {")
    assert layers(declared, "8.6") == ["PluginV2Ext p [2, 6]", "Activation r [2, 6]"]


def test_plugin_library_changes_with_the_release() -> None:
    assert find_plugin("7.0", "EfficientNMS_TRT") is None
    assert find_plugin("7.1", "BatchedNMSDynamic_TRT") is None
    assert find_plugin("7.2", "BatchedNMSDynamic_TRT") is not None
    assert find_plugin("8.5", "LayerNorm") is not None
    assert find_plugin("8.6", "LayerNorm") is None
    assert find_plugin("10.1", "ROIAlign_TRT", "2") is not None
    assert find_plugin("8.6", "ROIAlign_TRT", "2") is None


def test_serialized_plugin_takes_tensors_only() -> None:
    graph = """(float[2,4] x) => (float[2,4] y) {
      [p] y = TRT_PluginV2 <name = "LReLU_TRT", version = "1", namespace = "", data = ""> (x)
    }"""
    assert layers(graph, "8.6") == ["PluginV2 p [2, 4]"]
    assert "no plugin 'Mine'" in refused(graph.replace("LReLU_TRT", "Mine"), "8.6")
    weights = graph.replace("float[2,4] x)", ")").replace(
        "(float[2,4] y) {", "(float[2,4] y) <float[2,4] x = {1}> {"
    )
    assert "takes tensors" in refused(weights, "8.6")


# -- the parser's own rules -------------------------------------------------------------


def test_input_types() -> None:
    graph = "(uint8[2] x) => (uint8[2] y) { [i] y = Identity (x) }"
    assert "uint8 has no TensorRT counterpart" in refused(graph, "8.4")
    assert layers(graph, "8.6") == ["Identity i [2]"]
    double = graph.replace("uint8", "double")
    assert "float64" in refused(double, "7.1")
    assert imported(double, "7.2").inputs[0].dtype == "float32"


def test_uint8_between_nodes_from_8_6_on() -> None:
    graph = "(uint8[2] x) => (uint8[2] y) { [i] t = Identity (x) [j] y = Identity (t) }"
    assert layers(graph, "8.5") == ["Identity i [2]", "Identity j [2]"]
    for trt in ("8.6", "10.1", "10.10"):
        assert "UINT8 types for intermediate tensors" in refused(graph, trt)


def test_output_that_is_an_input() -> None:
    graph = "(float[2] x) => (float[2] x, float[2] y) { [r] y = Relu (x) }"
    network = imported(graph, "10.10")
    assert names(network) == ["Activation r", "Identity ONNXTRT_identity"]
    assert [t.name for t in network.inputs] == ["__x"]
    assert [t.name for t in network.outputs] == ["x", "y"]


def test_constant_outputs_are_refused_up_to_7_1() -> None:
    graph = "(float[2] x) => (float[2] x0, float[2] c) <float[2] c = {1}> { x0 = Relu (x) }"
    assert "output 'c' is a constant" in refused(graph, "7.1")
    assert layers(graph, "7.2")[-1] == "Constant c_0 [2]"
    assert layers(graph, "8.0")[-1] == "Constant c [2]"


def test_integer_output_declared_as_float() -> None:
    graph = "(int32[2] x) => (float[2] y) { [i] y = Identity (x) }"
    assert "is INT32" in refused(graph, "8.6")


def test_dimensions_of_one_name_are_asserted_in_8_2_and_8_4() -> None:
    graph = "(float[n,3] a, float[n,3] b) => (float[n,3] y) { [s] y = Add (a, b) }"
    asserted = [
        "Shape (Unnamed Layer* 0) [Shape] [2]",
        "Slice (Unnamed Layer* 1) [Slice] [1]",
        "Shape (Unnamed Layer* 2) [Shape] [2]",
        "Slice (Unnamed Layer* 3) [Slice] [1]",
        "ElementWise (Unnamed Layer* 4) [ElementWise] [1]",
        "Assertion (Unnamed Layer* 5) [Assertion] ",
        "ElementWise s [-1, 3]",
    ]
    plain = ["ElementWise s [-1, 3]"]
    assert_by_version(graph, {"7.0": plain, "8.2": asserted, "8.5": plain})


def test_one_name_for_two_values_is_refused_from_8_4_on() -> None:
    graph = "(float[2] x) => (float[2] y) <float[2] w = {1}> { w = Relu (x) y = Neg (w) }"
    assert layers(graph, "8.2") == ["Activation node_of_w [2]", "Unary node_of_y [2]"]
    assert "two tensors are called 'w'" in refused(graph, "8.4")


def test_more_outputs_than_tensorrt_makes() -> None:
    graph = "(float[2] x) => (float[2] y) { y, z = Relu (x) }"
    for trt in ("7.0", "8.5", "10.10"):
        assert "the node has 2 outputs, TensorRT makes 1" in refused(graph, trt)


def test_only_the_first_layer_of_a_node_is_named_in_7_0() -> None:
    graph = "(float[2,3] x, float[3] b) => (float[2,3] y) { [n] y = Add (x, b) }"
    assert [line.split(" [")[0] for line in layers(graph, "7.0")] == [
        "Shuffle n",
        "ElementWise (Unnamed Layer* 1)",
    ]
    assert layers(graph, "7.1")[-1] == "ElementWise n [2, 3]"


def test_nodes_without_a_name() -> None:
    graph = "(float[2] x) => (float[2] y) { t = Relu (x) y = Neg (t) }"
    assert layers(graph, "7.1") == ["Activation  [2]", "Unary _0 [2]"]
    assert layers(graph, "7.2") == [
        "Activation (Unnamed Layer* 0) [Activation] [2]",
        "Unary (Unnamed Layer* 1) [Unary] [2]",
    ]
    assert layers(graph, "8.0") == ["Activation node_of_t [2]", "Unary node_of_y [2]"]


def test_onnx_domain_under_its_long_name() -> None:
    text = """<ir_version: 8, opset_import: ["ai.onnx" : 13, "other" : 1]>
    g (float[2,3] x, float[3] b) => (float[2,3] y) { [n] y = Add (x, b) }"""
    assert names(imported_text(text, "8.4"))[-1] == "ElementWise n"
    with pytest.raises(ParserRefusedError, match="no opset of ONNX's own domain"):
        imported_text(text, "8.2")


def test_nesting_is_limited_in_10() -> None:
    body = "[r] t = Relu (x)"
    for i in range(26):
        body = (
            f"t = If (c) <then_branch: graph = a{i} () => (float[2] t) {{ {body} }}, "
            f"else_branch: graph = b{i} () => (float[2] t) {{ t = Neg (x) }}>"
        )
    graph = f"(float[2] x, bool c) => (float[2] t) {{ {body} }}"
    assert "nested more than 24 deep" in refused(graph, "10.10")
    assert layers(graph, "8.4")[-1].startswith("Conditional Output")


# -- ranges in the file -----------------------------------------------------------------

ANNOTATED = """<ir_version: 8, opset_import: ["" : 13]>
g (float[2] x) => (float[2] y) {
  [r] t = Relu <trt_outputs_range_min = [0.0], trt_outputs_range_max = [6.0]> (x)
  [n] y = Neg <trt_layer_precision = 1> (t)
}"""


def test_ranges_of_a_file_tensorrt_wrote() -> None:
    assert imported_text(ANNOTATED, "8.6", "TensorRT").annotations == {"t": (0.0, 6.0)}
    assert imported_text(ANNOTATED, "8.6", "pytorch").annotations == {}


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("range_min = [0.0]", "range_min = [0.0, 1.0]", "annotates 2 outputs, it has 1"),
        (", trt_outputs_range_max = [6.0]", "", "no maximum"),
    ],
)
def test_annotations_that_do_not_fit(old: str, new: str, rule: str) -> None:
    with pytest.raises(ParserRefusedError, match=rule):
        imported_text(ANNOTATED.replace(old, new), "8.6", "TensorRT")


def test_annotated_names_must_exist() -> None:
    """A Constant without ranges is an initializer, not a tensor of its output's name."""
    constant = '[r] t = Constant <value = float[2] {1, 2}, trt_outputs_loc = ["device"]> ()'
    lines = [constant if "[r]" in line else line for line in ANNOTATED.splitlines()]
    text = "\n".join(lines).replace("Neg <trt_layer_precision = 1> (t)", "Add (x, t)")
    with pytest.raises(ParserRefusedError, match="annotates 't', which is no tensor"):
        imported_text(text, "8.6", "TensorRT")
