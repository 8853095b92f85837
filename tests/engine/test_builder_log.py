# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The builder's layer list, and what the layers of a compiled region run in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from setrange.engine_layers.builder_log import layers_of_log
from setrange.engine_layers.quantized_nodes import (
    ActivationPair,
    QuantizedGraph,
    WeightedNode,
)
from setrange.engine_layers.reader import parse_layers
from setrange.engine_layers.weighted import judge

if TYPE_CHECKING:
    from setrange.engine_layers.model import EngineLayers


def tensor(name: str, dtype: str, dims: str = "1,8,4,4") -> str:
    return (
        f"{{ Name: {name}, Dimensions: [{dims}], Strides: [1], StrideOrder: [0], "
        f"Datatype: {dtype}, Format: (Linear) Row major linear format }}"
    )


def line(
    name: str,
    kind: str,
    inputs: list[str],
    constants: list[str],
    outputs: list[str],
    nodes: list[str],
) -> str:
    groups = [
        f"{label}: [ {', '.join(tensor(f't{i}', d) for i, d in enumerate(types))}]"
        for label, types in (
            ("Inputs", inputs),
            ("Constants", constants),
            ("Outputs", outputs),
        )
    ]
    metadata = "".join(f"[ONNX Layer: {node}]" for node in nodes)
    return (
        f"Name: {name}, LayerType: {kind}, {', '.join(groups)}, TacticName: some_tactic, "
        f"StreamId: 0, Metadata: {metadata}"
    )


SIGNAL = (
    "Name: __mye1_myl0_4, LayerType: signal, Inputs: [], Constants: [], Outputs: [], "
    "TacticName: , StreamId: 0, EventId: 1, Metadata: "
)
JUMP = (
    f"Name: clp_myl0_9, LayerType: cjmp, Inputs: [ {tensor('i', 'Int32', '1')}], "
    "Constants: [], Outputs: [], TacticName: , StreamId: 0, JumpTargetThen: a, "
    "JumpTargetElse: b, Metadata: "
)


def read(*lines: str) -> EngineLayers:
    text = "\n".join(["Layers:", *lines, "", "I/O Tensors:", " Name: x, IOMode: Input, a"])
    told = layers_of_log([text])
    assert told is not None
    return parse_layers(json.dumps(told))


def test_fields_of_a_line() -> None:
    engine = read(
        line("c_myl0_1", "correlation", ["Int8"], ["Int8", "Float"], ["Float"], ["c"])
    )
    (layer,) = engine.layers
    assert (layer.name, layer.kind, layer.nodes) == ("c_myl0_1", "correlation", ("c",))
    assert layer.inputs[0].shape == (1, 8, 4, 4)
    assert engine.bindings == ("x",)


def test_names_may_hold_anything() -> None:
    name = "odd, [name] ], LayerType: kgen"
    engine = read(
        line(f"{name}_myl0_8", "gemm", ["Int8"], ["Int8"], ["Half"], [name, "other]"])
    )
    (layer,) = engine.layers
    assert layer.name == f"{name}_myl0_8"
    assert layer.nodes == (name, "other]")


def test_stream_markers_are_no_layers_and_jumps_do_not_compute() -> None:
    engine = read(SIGNAL, JUMP, line("p_myl0_1", "maxpool", ["Int8"], [], ["Int8"], ["p"]))
    assert [layer.kind for layer in engine.layers] == ["cjmp", "maxpool"]
    assert [layer.kind for layer in engine.with_role("compute")] == ["maxpool"]


def test_a_log_without_layers() -> None:
    assert (
        layers_of_log(["Engine generation completed in 0.03 seconds.", "Layers:", ""]) is None
    )


def test_a_log_file_with_marks_and_the_last_of_two_builds() -> None:
    first = line("a_myl0_1", "gemm", ["Half"], ["Half"], ["Half"], ["a"])
    second = line("b_myl0_1", "gemm", ["Half"], ["Half"], ["Half"], ["b"])
    told = layers_of_log(["[V] [TRT] Layers:", first, "x", "[V] Layers:", second])
    assert told is not None
    assert [layer["Name"] for layer in told["Layers"]] == ["b_myl0_1"]


@pytest.mark.parametrize(
    ("name", "kind", "inputs", "constants", "outputs", "expected"),
    [
        ("c_myl0_1", "correlation", ["Int8"], ["Int8", "Float"], ["Float"], "int8"),
        ("c_myl0_1", "correlation", ["Half"], ["Half"], ["Half"], "fp16"),
        ("m_myl0_1", "gemm", ["Int8", "Int8"], ["Float"], ["Half"], "int8"),
        # Weights alone are INT8: the product is not.
        ("m_myl0_1", "gemm", ["Half"], ["Int8", "Float"], ["Half"], "fp16"),
        # A dequantization is fused before the product.
        ("__myl_CastMulFc_myl0_1", "runtime_fusion", ["Int8"], ["Half"], ["Half"], "fp16"),
        ("__myl_DecoMulAddRelu_myl0_6", "runtime_fusion", ["Half"], ["Half"], ["Half"], "fp16"),
        ("__myl_MulMinMaxRounCast_myl0_1", "kgen", ["Float"], [], ["Int8"], "fp32"),
        ("__myl_ReluAdd_myl0_1", "kgen", ["Int8"], ["Float"], ["Int8"], "int8"),
        ("p_myl0_1", "avgpool", ["Int8"], ["Float"], ["Int8"], "int8"),
        ("c_myl0_1", "correlation", ["FP8"], ["FP8", "Float"], ["Half"], "fp8"),
        ("s_myl0_1", "add", ["Int64"], [], ["Int64"], "int64"),
    ],
)  # fmt: skip
def test_what_a_layer_computes_in(
    name: str,
    kind: str,
    inputs: list[str],
    constants: list[str],
    outputs: list[str],
    expected: str,
) -> None:
    (layer,) = read(line(name, kind, inputs, constants, outputs, ["n"])).layers
    assert layer.precision == expected


def graph(*nodes: tuple[str, bool], pairs: tuple[ActivationPair, ...] = ()) -> QuantizedGraph:
    return QuantizedGraph(
        weighted=tuple(
            WeightedNode(name=name, op="Conv", has_pairs=has, reason="" if has else "small")
            for name, has in nodes
        ),
        pairs=pairs,
    )


def test_the_verdict_on_weighted_nodes() -> None:
    engine = read(
        line("__myl_MulMinMaxRounCast_myl0_0", "kgen", ["Float"], [], ["Int8"], ["xQ", "a"]),
        line("a_myl0_1", "correlation", ["Int8"], ["Int8", "Float"], ["Float"], ["a", "xD"]),
        line("b_myl0_2", "correlation", ["Half"], ["Half"], ["Half"], ["b"]),
        line("c_myl0_3", "deconv", ["Half"], ["Half"], ["Half"], ["c", "yD"]),
    )
    verdict = judge(engine, graph(("a", True), ("b", False), ("c", True), ("gone", True)))
    assert [n.precision for n in verdict.nodes] == ["int8", "fp16", "fp16", "unknown"]
    assert verdict.sentence() == "1 of 3 weighted layers run in INT8, 2 in FP16"
    assert [n.node for n in verdict.lost()] == ["c"]
    assert verdict.nodes[1].reason == "small"
    assert "deconv" in verdict.nodes[2].reason


def test_nodes_of_one_name_are_told_apart_by_their_order() -> None:
    engine = read(
        line("c_myl0_1", "correlation", ["Int8"], ["Int8"], ["Float"], ["c"]),
        line("c_7_myl0_3", "correlation", ["Half"], ["Half"], ["Half"], ["c"]),
    )
    verdict = judge(engine, graph(("c", True), ("c", False)))
    assert [n.precision for n in verdict.nodes] == ["int8", "fp16"]


def test_a_pair_that_is_computed_and_undone() -> None:
    pair = ActivationPair(value="v", quantizers=("vQ",), dequantizers=("vD",))
    make = line("__myl_MulRounCast_myl0_0", "kgen", ["Half"], [], ["Int8"], ["vQ"])
    undo = line("__myl_CastMulFc_myl0_1", "runtime_fusion", ["Int8"], ["Half"], ["Half"],
                ["fc", "vD"])  # fmt: skip
    take = line("c_myl0_2", "correlation", ["Int8"], ["Int8"], ["Float"], ["c", "vD"])
    residual = line("__myl_CastAdd_myl0_3", "kgen", ["Float", "Int8"], [], ["Half"],
                    ["add", "vD"])  # fmt: skip
    nodes = graph(("fc", False), pairs=(pair,))
    (undone,) = judge(read(make, undo), nodes).undone
    assert (undone.value, undone.nodes) == ("v", ("fc",))
    assert judge(read(make, undo, take), nodes).undone == ()
    assert judge(read(make, residual), nodes).undone == ()


def test_the_graph_survives_json() -> None:
    pair = ActivationPair(value="v", quantizers=("vQ",), dequantizers=("vD", "w"))
    given = graph(("a", True), ("b", False), pairs=(pair,))
    assert QuantizedGraph.from_dict(json.loads(json.dumps(given.to_dict()))) == given
