# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from setrange import import_network
from tests.cli.material import run

if TYPE_CHECKING:
    from pathlib import Path


def test_the_table_has_every_layer(model: Path) -> None:
    result = run("inspect", model, "--trt", "8.6")
    network = import_network(model, "8.6")
    assert result.status == 0
    lines = result.out.splitlines()
    assert len(lines) == 1 + len(network.inputs) + len(network.layers)
    gemm = next(line for line in lines if line.endswith("out float32[1,5]"))
    bias = next(line for line in lines if "[Shuffle]_output float32[1,5]" in line)
    assert lines.index(bias) < lines.index(gemm)
    assert f"{len(network.layers)} layers" in result.err
    assert "TensorRT 8.6: ONNX parser 8.6, exact" in result.err


def test_json_is_the_networks_dict(model: Path) -> None:
    result = run("inspect", model, "--trt", "8.6", "--json", "-q")
    assert result.err == ""
    assert json.loads(result.out) == import_network(model, "8.6").to_dict()


def test_verbose_shows_portable_keys(model: Path) -> None:
    key = "key out@Matrix Multiply[0]"
    assert key in run("inspect", model, "--trt", "8.6", "-v").out
    assert key not in run("inspect", model, "--trt", "8.6").out


def test_without_trt_the_newest_release_with_ranges_is_taken(model: Path) -> None:
    result = run("inspect", model, "-v")
    assert "TensorRT 10.16 (the default; --trt sets it)" in result.err


def test_diff_says_what_moves_and_why(model: Path) -> None:
    result = run("inspect", model, "--diff-trt", "8.6,10.3")
    assert result.status == 0
    line = next(line for line in result.out.splitlines() if "[Matrix Multiply]" in line)
    assert line.startswith("renamed")
    assert "-> Gemm_0_output" in line
    assert "after its layer" in line
    assert "with a range" in result.err


def test_diff_is_short_where_a_node_makes_many_layers(tmp_path: Path) -> None:
    """Each of 1,500 lines of 500 kinds: a small model would print megabytes."""
    names = [f"c{at}" for at in range(500)]
    graph = helper.make_graph(
        [helper.make_node("Sum", ["x", *names], ["y"], "sum")],
        "many",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 4])],
        [numpy_helper.from_array(np.float32([at]), name) for at, name in enumerate(names)],
    )
    opset = helper.make_opsetid("", 13)
    onnx.save(helper.make_model(graph, opset_imports=[opset]), tmp_path / "many.onnx")
    result = run("inspect", tmp_path / "many.onnx", "--diff-trt", "6.0,10.3", "--json", "-q")
    whys = {change["why"] for change in json.loads(result.out)["changes"]}
    assert all("6.0 makes 500 x Constant + 500 x ElementWise" in why for why in whys)
    assert max(map(len, whys)) < 300


def test_diff_does_not_match_layers_of_another_pattern(model: Path) -> None:
    """7.2 flattens before a Fully Connected layer; 8.6's Shuffle broadcasts the bias."""
    result = run("inspect", model, "--diff-trt", "7.2,8.6", "--json", "-q")
    changes = json.loads(result.out)["changes"]
    assert {change["change"] for change in changes} == {"gone", "new"}
    gone = next(change for change in changes if change["change"] == "gone")
    assert "Fully Connected" in gone["why"]
    assert "Matrix Multiply" in gone["why"]


def test_diff_of_one_release_is_empty(model: Path) -> None:
    result = run("inspect", model, "--diff-trt", "8.6,8.6")
    assert (result.status, result.out) == (0, "")
    assert "0 tensors move" in result.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--diff-trt", "8.6"], "two releases"),
        (["--diff-trt", "8.6,10.3", "--trt", "8.6"], "leave --trt out"),
        (["--trt", "10.17"], "10.16"),
    ],
)
def test_bad_versions(model: Path, arguments: list[str], message: str) -> None:
    result = run("inspect", model, *arguments)
    assert (result.status, result.out) == (2, "")
    assert message in result.err


def test_strict_refuses_a_prediction_that_is_not_exact(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("inspect", model, "--trt", "8.6", "--strict").status == 0
    monkeypatch.setattr("setrange.cli.inspect._is_exact", lambda _: False)
    assert run("inspect", model, "--trt", "8.6", "--strict").status == 1
    assert run("inspect", model, "--trt", "8.6").status == 0
