# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""If, Loop and Scan: layers and names per parser version."""

from __future__ import annotations

import pytest

from tests.importer.graphs import assert_by_version, imported, layers, refused

IF = """(float[2,3] x, bool c) => (float[2,3] y) {
  [top] i = If (c) <
    then_branch: graph = th () => (float[2,3] t) { [a] t = Relu (x) },
    else_branch: graph = el () => (float[2,3] e) { [b] e = Neg (x) }>
  [out] y = Sigmoid (i)
}"""

CONDITION = "Condition (Unnamed Layer* 0) [Condition] "


def test_if_of_a_tensor_condition() -> None:
    conditional = [
        CONDITION,
        "Activation a [2, 3]",
        "Unary b [2, 3]",
        "Conditional Output top_OutputLayer [2, 3]",
        "Activation out [2, 3]",
    ]
    with_input = [*conditional[:3], "Conditional Input x_InputLayer [2, 3]", *conditional[3:]]
    assert_by_version(
        IF,
        {
            "7.0": "has no importer",
            "7.1": "must be an initializer",
            "8.0": [
                "Activation a [2, 3]",
                "Unary b [2, 3]",
                "Shuffle (Unnamed Layer* 2) [Shuffle] [1, 1]",
                "Select top [2, 3]",
                "Activation out [2, 3]",
            ],
            "8.2": conditional,
            "8.5": with_input,
            "8.6": conditional,
            "10.7": with_input,
            "10.16": [
                "Condition (Unnamed Layer* 0) [IfCondition] ",
                "Activation a [2, 3]",
                "Unary b [2, 3]",
                "Conditional Input x_InputLayer [2, 3]",
                "Conditional Output top_OutputLayer [2, 3]",
                "Activation out [2, 3]",
            ],
        },
    )


def test_if_cuts_what_enters_a_branch() -> None:
    network = imported(IF, "10.10")
    inputs = {layer.name: [t.name for t in layer.inputs if t] for layer in network.layers}
    assert inputs["a"] == inputs["b"] == ["x_InputLayer_output"]
    assert inputs["x_InputLayer"] == ["x"]


@pytest.mark.parametrize("trt", ["8.6", "10.1"])
def test_if_finds_layers_by_the_names_of_tensors_up_to_10_3(trt: str) -> None:
    """A branch's layer is cut where the entering tensor's name begins the layer's name."""
    graph = IF.replace("[a]", "[x_then]")
    assert "Conditional Input x_InputLayer [2, 3]" in layers(graph, trt)


def test_if_output_that_is_a_constant() -> None:
    graph = IF.replace(
        "el () => (float[2,3] e) {", "el () => (float[2,3] e) <float[2,3] e = {1}> {"
    )
    graph = graph.replace("[b] e = Neg (x)", "[b] unused = Neg (x)")
    assert layers(graph, "10.10")[-4:] == [
        "Conditional Input x_InputLayer [2, 3]",
        "Constant e [2, 3]",
        "Conditional Output top_OutputLayer [2, 3]",
        "Activation out [2, 3]",
    ]


def test_if_of_a_known_condition_imports_one_branch() -> None:
    graph = IF.replace(", bool c) => (float[2,3] y)", ") => (float[2,3] y) <bool c = {1}>")
    then = ["Activation a [2, 3]", "Activation out [2, 3]"]
    other = ["Unary b [2, 3]", "Activation out [2, 3]"]
    assert_by_version(graph, {"7.0": "has no importer", "7.1": other, "7.2": then})
    for trt in ("8.6", "10.10"):
        assert layers(graph.replace("{1}", "{0}"), trt) == other


def test_if_branches_of_one_output_name() -> None:
    graph = IF.replace("el () => (float[2,3] e) { [b] e =", "el () => (float[2,3] t) { [b] t =")
    assert "must not both call an output 't'" in refused(graph, "8.2")
    assert layers(graph, "8.4")[-2:] == [
        "Conditional Output top_OutputLayer [2, 3]",
        "Activation out [2, 3]",
    ]


LOOP = """(float[2] x, int64 n, bool c) => (float[2] y, float[k,2] z) {
  [l] y, z = Loop (n, c, x) <
    body: graph = b (int64 i, bool ci, float[2] s) => (bool co, float[2] so, float[2] zo) {
      [id] co = Identity (ci)
      [a] so = Add (s, s)
      [r] zo = Relu (s)
    }>
}"""


def numbered(*kinds: str) -> list[str]:
    """`<kind> (Unnamed Layer* i) [<kind>] <shape>` for each `<kind>:<shape>`.

    A kind with a name of its own after `=` keeps it.
    """
    lines = []
    for i, text in enumerate(kinds):
        head, _, shape = text.partition(":")
        kind, _, name = head.partition("=")
        lines.append(f"{kind} {name or f'(Unnamed Layer* {i}) [{kind}]'} {shape}")
    return lines


def test_loop() -> None:
    body = ["Identity=id:[]", "ElementWise=a:[2]", "Activation=r:[2]"]
    outputs = ["LoopOutput:[2]", "LoopOutput:[-1, 2]"]
    counter = ["Constant:[1]", "Constant:[1]", "Recurrence:[1]", "ElementWise:[1]"]
    ended = ["Recurrence:[]", "Trip Limit:"]
    old = ["Trip Limit:", "Trip Limit:", "Recurrence:[2]", *body, *outputs]
    assert_by_version(
        LOOP,
        {
            "7.0": numbered("Trip Limit=l:", *old[1:]),
            "7.1": numbered(*old[:2], "Recurrence=l:[2]", *old[3:]),
            "7.2": numbered("Trip Limit:", *counter, *old[1:]),
            "8.0": numbered("Trip Limit:", *counter, "Recurrence:[2]", *body, *ended, *outputs),
            "8.6": numbered(
                "Trip Limit:",
                *counter,
                "Shuffle:[]",
                "Recurrence:[2]",
                *body,
                *ended,
                *outputs,
            ),
            "10.1": numbered(
                "Cast=ONNXTRT_castHelper:[]",
                "Trip Limit:",
                *counter,
                "Shuffle=ONNXTRT_convertToScalar:[]",
                "Recurrence:[2]",
                *body,
                *ended,
                *outputs,
            ),
            "10.16": [
                "Cast ONNXTRT_castHelper []",
                "Trip Limit (Unnamed Layer* 1) [TripLimit] ",
                "Constant (Unnamed Layer* 2) [Constant] [1]",
                "Constant (Unnamed Layer* 3) [Constant] [1]",
                "Recurrence (Unnamed Layer* 4) [Recurrence] [1]",
                "ElementWise (Unnamed Layer* 5) [ElementWise] [1]",
                "Shuffle ONNXTRT_convertToScalar []",
                "Recurrence (Unnamed Layer* 7) [Recurrence] [2]",
                "Identity id []",
                "ElementWise a [2]",
                "Activation r [2]",
                "Recurrence (Unnamed Layer* 11) [Recurrence] []",
                "Trip Limit (Unnamed Layer* 12) [TripLimit] ",
                "LoopOutput (Unnamed Layer* 13) [LoopOutput] [2]",
                "LoopOutput (Unnamed Layer* 14) [LoopOutput] [-1, 2]",
            ],
        },
    )


def test_loop_carries_its_state() -> None:
    network = imported(LOOP, "10.10")
    state = next(t for t in network.tensors() if t.name == "s").layer
    assert state is not None
    assert [t.name for t in state.inputs if t] == ["x", "so"]
    assert [t.name for t in network.outputs] == ["y", "z"]


def test_loop_without_end_takes_a_dummy_length_from_8_5_on() -> None:
    graph = LOOP.replace(
        ", int64 n, bool c) => (float[2] y, float[k,2] z)",
        ", bool c) => (float[2] y, float[k,2] z) <int64 n = {9223372036854775807}>",
    ).replace("=> (float[2] y, float[k,2] z)", "=> (float[2] y, float[1024,2] z)")
    assert layers(graph, "8.5") == numbered(
        "Recurrence:[2]",
        "Identity=id:[]",
        "ElementWise=a:[2]",
        "Activation=r:[2]",
        "Recurrence:[]",
        "Trip Limit:",
        "LoopOutput:[2]",
        "LoopOutput:[1024, 2]",
        "Constant:[]",
    )
    assert layers(graph, "8.4")[0] == "Constant n []"


def test_loop_refusals() -> None:
    scalar = LOOP.replace("int64 n,", "int64[2] n,")
    assert "trip count must be a scalar" in refused(scalar, "8.6")
    unknown = LOOP.replace("Relu (s)", "Relu (nowhere)")
    assert "'nowhere' is not produced" in refused(unknown, "8.6")
    assert "is not produced" in refused(LOOP.replace("Relu (s)", "Relu (i)"), "7.1")
    missing = LOOP.replace(", float[2] s)", ")").replace("Add (s, s)", "Add (x, x)")
    assert "takes 2 inputs" in refused(missing.replace("Relu (s)", "Relu (x)"), "10.10")


SCAN = """(float[2] s0, float[3,2] x) => (float[2] s, float[3,2] z) {
  [sc] s, z = Scan <num_scan_inputs = 1, body: graph = b (float[2] si, float[2] xi)
      => (float[2] so, float[2] zo) {
    [a] so = Add (si, xi)
    [r] zo = Relu (so)
  }> (s0, x)
}"""


def test_scan() -> None:
    loop = [
        "Recurrence=sc:[2]",
        "Iterator:[2]",
        "ElementWise=a:[2]",
        "Activation=r:[2]",
        "LoopOutput:[2]",
        "LoopOutput:[3, 2]",
    ]
    start = ["Constant:[]", "Trip Limit:"]
    assert_by_version(
        SCAN,
        {
            "7.0": numbered("Constant=sc:[]", "Trip Limit:", "Recurrence:[2]", *loop[1:]),
            "7.1": numbered(*start, *loop),
            "10.1": numbered(
                "Shape:[2]",
                "Cast:[2]",
                "Slice=ONNXTRT_extractDimension:[1]",
                "Shuffle=ONNXTRT_extractDimensionReshape:[]",
                "Trip Limit:",
                *loop,
            ),
            "10.16": [
                "Shape (Unnamed Layer* 0) [Shape] [2]",
                "Cast (Unnamed Layer* 1) [Cast] [2]",
                "Slice ONNXTRT_extractDimension [1]",
                "Shuffle ONNXTRT_extractDimensionReshape []",
                "Trip Limit (Unnamed Layer* 4) [TripLimit] ",
                "Recurrence sc [2]",
                "Iterator (Unnamed Layer* 6) [Iterator] [2]",
                "ElementWise a [2]",
                "Activation r [2]",
                "LoopOutput (Unnamed Layer* 9) [LoopOutput] [2]",
                "LoopOutput (Unnamed Layer* 10) [LoopOutput] [3, 2]",
            ],
        },
    )


def test_scan_output_axis() -> None:
    graph = SCAN.replace("num_scan_inputs = 1", "num_scan_inputs = 1, scan_output_axes = [1]")
    graph = graph.replace("float[3,2] z)", "float[2,3] z)")
    assert layers(graph, "8.6")[-1].endswith("[2, 3]")


def test_scan_refusals() -> None:
    no_states = SCAN.replace("num_scan_inputs = 1", "num_scan_inputs = 2")
    assert "without state" in refused(no_states, "8.6")
    assert "2 inputs, 3 to scan" in refused(
        SCAN.replace("num_scan_inputs = 1", "num_scan_inputs = 3"), "10.3"
    )
