# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What layer JSON says about an engine: published files, and every schema by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from setrange.engine_layers.causes import BuildPlan, cause_of, plan_beside
from setrange.engine_layers.reader import parse_layers
from setrange.errors import FormatError
from tests.cli.material import run

if TYPE_CHECKING:
    from pathlib import Path


def layer(name: str, before: str, after: str, **more: Any) -> dict[str, Any]:
    """A layer as 8.x and 10.x write it."""
    return {
        "Name": name,
        "LayerType": more.pop("LayerType", "CaskConvolution"),
        "Inputs": [{"Name": "x", "Dimensions": [1, 3], "Format/Datatype": before}],
        "Outputs": [{"Name": "y", "Dimensions": [1, 3], "Format/Datatype": after}],
        **more,
    }


def parsed(*layers: Any, **more: Any) -> Any:
    return parse_layers(json.dumps({"Layers": list(layers), **more}))


@pytest.mark.parametrize(
    ("words", "precision"),
    [
        ("Row major linear FP32", "fp32"),
        ("Thirty-two wide channel vectorized row major Int8 format", "int8"),
        ("Channel major FP16 format where channel % 8 == 0", "fp16"),
        ("Half", "fp16"),
        ("Float", "fp32"),
        ("Row major linear BFloat16 format", "bf16"),
        ("Row major linear FP8 format", "fp8"),
    ],
)
def test_types_in_words(words: str, precision: str) -> None:
    assert parsed(layer("a", words, words)).layers[0].precision == precision


@pytest.mark.parametrize(
    ("tactic", "weights", "precision"),
    [
        ("sm80_xmma_fprop_implicit_gemm_interleaved_i8i8_i8i32_f32_nchw", None, "int8"),
        ("sm80_xmma_fprop_implicit_gemm_f16f16_f16f16_f16_nhwckrsc", None, "fp16"),
        ("sm80_xmma_fprop_implicit_gemm_f32f32_tf32f32_f32_nhwckrsc", None, "fp32"),
        ("odd", {"Type": "Int8", "Count": 9}, "int8"),
        ("odd", {"Type": "Half", "Count": 9}, "fp16"),
    ],
)
def test_dynamic_shapes_hide_the_types(
    tactic: str, weights: dict[str, Any] | None, precision: str
) -> None:
    words = "N/A due to dynamic shapes"
    more = {} if weights is None else {"Weights": weights}
    engine = parsed(layer("a", words, words, TacticName=tactic, **more))
    assert engine.layers[0].precision == precision


def test_an_int8_convolution_with_a_float_output() -> None:
    engine = parsed(layer("conv", "Row major Int8 format", "Row major linear FP32"))
    assert engine.verdict() == "1 of 1 layers run in INT8 (100 %)"


def test_metadata_names_the_nodes() -> None:
    metadata = "[ONNX Layer: /a/Conv]\x1e[ONNX Layer: /a/Relu]"
    engine = parsed(layer("odd", "FP16", "FP16", Metadata=metadata))
    assert engine.layers[0].nodes == ("/a/Conv", "/a/Relu")
    assert parsed(layer("b + c", "FP16", "FP16")).layers[0].nodes == ("b", "c")


def test_a_control_character_within_the_json() -> None:
    text = '{"Layers": [{"Name": "a", "LayerType": "k", "Metadata": "[ONNX Layer: n]\x1e"}]}'
    assert parse_layers(text).layers[0].nodes == ("n",)


def test_the_schema_of_11() -> None:
    entry = {
        "Name": "conv",
        "LayerType": "gemm",
        "Inputs": [{"Name": "x", "Datatype": "Int8", "Format": "Row major", "Dimensions": [1]}],
        "Outputs": [{"Name": "y", "Datatype": "Half", "Format": "Row major"}],
        "Constants": [{"Name": "w", "Datatype": "Int8"}],
    }
    engine = parse_layers(json.dumps({"Layers": [entry], "I/O Tensors": [{"Name": "x"}, "y"]}))
    assert engine.layers[0].precision == "int8"
    assert engine.bindings == ("x", "y")


def test_names_only() -> None:
    engine = parsed("conv", "relu")
    assert engine.names_only
    assert "rebuild with --profilingVerbosity=detailed" in engine.verdict()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON"),
        ("{}", 'no list "Layers"'),
        ('{"Layers": [3]}', "no layer"),
        ('{"tensors": {"x": 1}}', "exportLayerInfo"),
    ],
)
def test_other_json(text: str, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        parse_layers(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"Layers": [{"Name": "a"}], "Bindings": null}',
        '{"Layers": [{"Name": "a"}], "Bindings": 5}',
        '{"Layers": [{"Name": "a", "Inputs": 5, "Outputs": null}]}',
        '{"Layers": [{"Name": "a", "Inputs": [{"Name": "x", "Dimensions": 3}]}]}',
    ],
)
def test_what_is_no_list_counts_as_none(text: str) -> None:
    engine = parse_layers(text)
    assert [layer.name for layer in engine.layers] == ["a"]
    assert engine.bindings == ()


PLAN = BuildPlan(
    missing={"y": "n_y", "gone": "inner"}, ranged=frozenset({"x"}), precision={"head*": "fp16"}
)


@pytest.mark.parametrize(
    ("entry", "cause"),
    [
        (layer("a", "FP16", "FP16"), "no range for 'y'"),
        (
            {**layer("inner + b", "FP16", "FP16"), "Outputs": []},
            "no range for 'gone'",
        ),
        ({**layer("head.1", "FP16", "FP16"), "Outputs": []}, "the ranges file asks for fp16"),
        (
            {**layer("s", "FP16", "FP16", LayerType="SoftMaxV2"), "Outputs": []},
            "softmax: TensorRT has no INT8 kernel",
        ),
        ({**layer("c", "FP16", "FP16"), "Outputs": []}, "its tensors have ranges"),
    ],
)
def test_the_cause_of_a_float_layer(entry: dict[str, Any], cause: str) -> None:
    found = cause_of(parsed(entry).layers[0], PLAN)
    assert found is not None
    assert found.startswith(cause)


def test_a_rule_that_a_later_one_overrides_is_no_cause() -> None:
    float_layer = parsed({**layer("conv1", "FP16", "FP16"), "Outputs": []}).layers[0]
    rules = {"*": "fp16", "conv*": "int8"}
    found = cause_of(float_layer, BuildPlan(missing={}, ranged=frozenset(), precision=rules))
    assert found is not None
    assert "asks for" not in found
    rules = {"conv*": "int8", "*": "fp16"}
    found = cause_of(float_layer, BuildPlan(missing={}, ranged=frozenset(), precision=rules))
    assert found == "the ranges file asks for fp16 ('*')"


def test_an_int8_layer_needs_no_cause() -> None:
    assert cause_of(parsed(layer("a", "Int8", "Int8")).layers[0], PLAN) is None


def test_inspect_shows_layers_and_causes(tmp_path: Path) -> None:
    path = tmp_path / "net.engine.layers.json"
    path.write_text(
        json.dumps({"Layers": [layer("a", "Int8", "Int8"), layer("b", "FP32", "FP32")]})
    )
    (tmp_path / "net.engine.plan.json").write_text(
        json.dumps({"tensors": [{"name": "y", "node": "b", "source": "missing", "amax": None}]})
    )
    result = run("inspect", path)
    assert result.status == 0
    assert result.out.splitlines()[1] == "fp32  CaskConvolution  b   <- no range for 'y'"
    assert "1 of 2 layers run in INT8 (50 %), the others in FP32" in result.err
    value = json.loads(run("inspect", path, "--json", "-q").out)
    assert value["layers_by_precision"] == {"int8": 1, "fp32": 1}
    assert value["layers"][1]["cause"] == "no range for 'y'"


def test_a_broken_plan_beside_is_no_plan(tmp_path: Path) -> None:
    (tmp_path / "net.engine.plan.json").write_text("[]")
    assert plan_beside(tmp_path / "net.engine") is None
    assert plan_beside(tmp_path / "other.engine") is None


def test_inspect_json_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "ranges.json"
    path.write_text('{"input": 1.0}')
    result = run("inspect", path)
    assert (result.status, result.out) == (2, "")
    assert f"{path}: has no list" in result.err
