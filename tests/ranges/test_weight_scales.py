# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``weight_scales`` of a ranges file: read, refused, kept by what writes, and applied."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from setrange import convert, read_ranges
from setrange.errors import SetrangeError
from setrange.ranges.merge import merge_ranges
from tests.cli.material import run, small_cnn
from tests.meta.source_tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

RANGES = {"input": 1.0, "conv": 8.0, "relu": 8.0, "pool": 4.0, "flat": 4.0, "out": 16.0}


def written(path: Path, rules: Any, **fields: Any) -> Path:
    content = {"setrange": 1, "tensors": RANGES, "weight_scales": rules, **fields}
    path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize("name", ["out.json", "out.yaml"])
def test_what_is_written_reads_back_the_same(tmp_path: Path, name: str) -> None:
    rules = {"*": "mse", "Conv_0": 0.95, "re:Gemm.*": "max"}
    source = written(tmp_path / "r.json", rules)
    schema = json.loads((ROOT / "schemas" / "ranges.v1.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(json.loads(source.read_text()))
    assert read_ranges(source).weight_scales == rules
    convert(source, tmp_path / name)
    back = read_ranges(tmp_path / name)
    assert back.weight_scales == rules
    assert list(back.weight_scales) == list(rules)


@pytest.mark.parametrize("choice", ["min", 0.0, -1, 3, True, None, [0.9], {"type": "mse"}])
def test_a_choice_that_is_none_is_refused(tmp_path: Path, choice: Any) -> None:
    with pytest.raises(SetrangeError) as found:
        read_ranges(written(tmp_path / "r.json", {"a": choice}))
    assert 'weight_scales: "a" is ' in str(found.value)
    assert "r.json:1: " in str(found.value)


def test_formats_without_a_place_for_it_say_so(tmp_path: Path) -> None:
    source = written(tmp_path / "r.json", {"*": "mse"})
    done = run("convert", source, "-o", tmp_path / "r.csv")
    assert done.status == 0
    assert "scales of constants" in done.err


def test_of_merged_files_the_first_one_counts(tmp_path: Path) -> None:
    one = read_ranges(written(tmp_path / "1.json", {"a": "mse", "b": 0.9}))
    two = read_ranges(written(tmp_path / "2.json", {"a": "max", "c": 0.8}))
    merged = merge_ranges([one, two])
    assert merged.ranges.weight_scales == {"a": "mse", "b": 0.9, "c": 0.8}
    assert [conflict.name for conflict in merged.conflicts] == ["weight_scales: a"]


def scales(path: Path) -> dict[str, Any]:
    """Return the scales of each weight of a Q/DQ model."""
    graph = onnx.load(path).graph
    arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    return {
        node.input[0]: arrays[node.input[1]]
        for node in graph.node
        if node.op_type == "QuantizeLinear" and node.input[0] in arrays
    }


def test_a_qdq_model_takes_the_choice_of_the_last_rule_that_fits(tmp_path: Path) -> None:
    model = small_cnn(tmp_path / "small.onnx")

    def applied(rules: dict[str, Any], *options: str) -> dict[str, Any]:
        source = written(tmp_path / "r.json", rules)
        out = tmp_path / "out.qdq.onnx"
        done = run("apply", source, model, "-o", out, "--overwrite", *options)
        assert done.status == 0, done.err
        return scales(out)

    largest, least = applied({}), applied({}, "--weight-scales", "mse")
    half = applied({"*": "mse", "Conv_0": 0.5})
    for weight, found in half.items():
        node = "Conv_0" if weight.startswith("conv") else "Gemm_0"
        wanted = largest[weight] * np.float32(0.5) if node == "Conv_0" else least[weight]
        np.testing.assert_array_equal(found, wanted)
    again = applied({"Gemm_0": "max"}, "--weight-scales", "mse")
    assert any((again[name] != largest[name]).any() for name in again)
    assert all(
        (again[name] == largest[name]).all() for name in again if not name.startswith("conv")
    )


def test_a_rule_that_fits_no_node_is_an_error(tmp_path: Path) -> None:
    model = small_cnn(tmp_path / "small.onnx")
    source = written(tmp_path / "r.json", {"Conv_9": "mse"})
    done = run("check", source, model)
    assert done.status == 2
    assert 'weight_scales: "Conv_9" fits no node of small.onnx' in done.out + done.err


def test_a_template_keeps_it(tmp_path: Path) -> None:
    model = small_cnn(tmp_path / "small.onnx")
    source = written(tmp_path / "r.json", {"Conv_0": "mse"})
    assert run("template", model, "-o", source, "--keep", source, "--overwrite").status in (
        0,
        2,
    )
    assert read_ranges(source).weight_scales == {"Conv_0": "mse"}
