# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""`setrange report`, and `--report` of the commands that do more."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from onnx import helper

from setrange import ModelAt, plan_model, write_report
from tests.cli.material import run, small_cnn
from tests.page.material import shown_data

if TYPE_CHECKING:
    from pathlib import Path

FLOAT = onnx.TensorProto.FLOAT
RANGES = {"input": 1.0, "conv": 8.0, "relu": 8.0, "pool": 4.0, "flat": 4.0, "out": 16.0}


class Place:
    """A folder with a model, ranges and data."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.model = small_cnn(folder / "small.onnx")
        self.ranges = folder / "r.json"
        self.ranges.write_text(json.dumps(RANGES))
        self.few = folder / "few.json"
        self.few.write_text(json.dumps({"input": 1.0}))
        self.data = folder / "data.npy"
        shape = (8, 3, 8, 8)
        np.save(self.data, np.random.default_rng(0).normal(size=shape).astype(np.float32))
        self.page = folder / "page.html"

    def shown(self) -> dict[str, Any]:
        """The data of the page."""
        return shown_data(self.page)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_without_ranges_the_page_shows_what_is_needed(place: Place) -> None:
    done = run("report", place.model, "--trt", "8.6", "-o", place.page)
    assert done.status == 0
    assert f"wrote {place.page}" in done.out
    assert place.shown()["counts"]["given"] == 0
    assert place.shown()["counts"]["missing"] > 0


@pytest.mark.parametrize("command", ["report", "check"])
def test_a_small_file_that_is_a_large_network_is_named_for_few_releases(
    place: Place, command: str
) -> None:
    """Every release would be as much work as a model of ten thousand nodes."""
    node = helper.make_node("Mean", ["input"] * 600, ["out"], name="mean")
    info = helper.make_tensor_value_info
    inputs, outputs = [info("input", FLOAT, [1, 4])], [info("out", FLOAT, None)]
    graph = helper.make_graph([node], "wide", inputs, outputs)
    opsets = [helper.make_opsetid("", 13)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), place.model)
    option = "-o" if command == "report" else "--report"
    done = run(command, place.ranges, place.model, "--trt", "8.6", option, place.page)
    assert place.page.exists(), done.err
    assert len(place.shown()["layers"]) > 500
    assert place.shown()["releases"] == ["8.6", "7.2", "10.3", "10.16"]


def test_a_name_for_the_page_is_needed_or_json(place: Place) -> None:
    assert run("report", place.model).status == 2
    assert run("report", place.model, "-o", place.page, "--json").status == 2
    assert not place.page.exists()


def test_a_page_is_replaced_and_nothing_else_is(place: Place) -> None:
    other = place.folder / "mine.html"
    other.write_text("<html>my notes</html>")
    for _ in range(2):
        assert run("report", place.model, "-o", place.page).status == 0
    refused = run("report", place.model, "-o", other)
    assert refused.status == 2
    assert "mine.html" in refused.err
    assert run("check", place.ranges, place.model, "--report", other).status == 2
    assert other.read_text() == "<html>my notes</html>"
    assert run("report", place.model, "-o", other, "--overwrite").status == 0
    assert run("report", place.model, "-o", place.folder / "r.json").status == 2
    assert json.loads(place.ranges.read_text()) == RANGES


@pytest.mark.parametrize("name", ["small.onnx", "r.json", "data.npy", "-"])
def test_the_page_is_no_file_of_another_kind(place: Place, name: str) -> None:
    path = name if name == "-" else place.folder / name
    before = place.model.read_bytes()
    done = run("check", place.ranges, place.model, "--report", path)
    assert done.status == 2
    assert "--report" in done.err or name in done.err
    assert place.model.read_bytes() == before


def test_check_writes_a_page_also_where_it_blocks(place: Place) -> None:
    done = run("check", place.few, place.model, "--trt", "8.6", "--report", place.page)
    assert done.status == 1
    assert place.shown()["counts"]["missing"] > 0
    assert run("check", place.ranges, place.model, "--report", place.page).status == 0
    assert place.shown()["counts"]["missing"] == 0


def test_no_page_is_written_where_there_is_nothing_to_show(place: Place) -> None:
    gone = place.folder / "gone.onnx"
    assert run("check", place.ranges, gone, "--report", place.page).status == 2
    assert not place.page.exists()


@pytest.mark.parametrize(
    ("out", "purpose"), [("o.cache", "cache"), ("o.ranged.onnx", "cache"), ("o.onnx", "qdq")]
)
def test_apply_writes_a_page_beside_its_output(place: Place, out: str, purpose: str) -> None:
    path = place.folder / out
    command = ["apply", place.ranges, place.model, "--trt", "8.6", "-o", path]
    done = run(*command, "--report", place.page)
    assert done.status == 0, done.err
    assert path.exists()
    assert place.shown()["for"] == purpose


def test_output_and_page_are_two_files(place: Place) -> None:
    command = ["apply", place.ranges, place.model, "--to", "cache"]
    assert run(*command, "-o", place.page, "--report", place.page).status == 2
    assert not place.page.exists()


def test_collect_shows_the_values(place: Place) -> None:
    pytest.importorskip("onnxruntime")
    out = place.folder / "c.json"
    command = ["collect", place.model, "--data", place.data, "-o", out, "--report", place.page]
    assert run(*command, "--method", "entropy").status == 0
    data = place.shown()
    assert data["measured"]["samples"] == 8
    [conv] = [tensor for tensor in data["tensors"] if tensor["name"] == "conv"]
    histogram = conv["measured"]["histogram"]
    assert sum(histogram["counts"]) == conv["measured"]["count"] == 8 * 16 * 8 * 8
    assert histogram["low"] <= conv["measured"]["min"] < conv["measured"]["max"]
    assert conv["source"] == "given"


def test_verify_shows_the_noise(place: Place) -> None:
    pytest.importorskip("onnxruntime")
    command = ["verify", place.ranges, place.model, "--data", place.data]
    assert run(*command, "--report", place.page).status == 0
    data = place.shown()
    assert data["compared"]["samples"] == 8
    [first] = [tensor for tensor in data["tensors"] if tensor["name"] == "input"]
    assert first["int8"]["sqnr"] > 0


def test_what_was_measured_is_read_from_files(place: Place) -> None:
    pytest.importorskip("onnxruntime")
    state, verify = place.folder / "s.state.npz", place.folder / "v.json"
    assert run("collect", place.model, "--data", place.data, "-o", state).status == 0
    command = ["verify", place.ranges, place.model, "--data", place.data, "--blame", "5"]
    verify.write_text(run(*command, "--json").out)
    command = ["report", place.ranges, place.model, "--trt", "8.6", "-o", place.page]
    done = run(*command, "--state", state, "--verify", verify, "--layers", _layers(place))
    assert done.status == 0, done.err
    data = place.shown()
    tensors = {tensor["name"]: tensor for tensor in data["tensors"]}
    assert tensors["pool"]["measured"]["max"] <= 4.0
    assert "share" in tensors["input"]["int8"]
    weights = {layer["node"]: layer.get("weights", []) for layer in data["layers"]}
    assert [weight["name"] for weight in weights["Conv_0"]] == ["conv.weight"]
    types = {layer["node"]: layer.get("type") for layer in data["layers"]}
    assert types["Conv_0"] == types["Relu_0"] == "int8"
    assert types["Gemm_0"] == "fp16"
    assert data["engine"]["counts"] == {"int8": 1, "fp16": 1}


def _layers(place: Place) -> Path:
    """What the engine inspector says of an engine."""
    int8, half = "Row major Int8 format", "Row major linear FP16 format"
    path = place.folder / "layers.json"
    layers = [
        _layer("Conv_0 + Relu_0", "CaskConvolution", ("input", int8), ("relu", int8)),
        _layer("Gemm_0", "CaskGemm", ("pool", half), ("out", half)),
    ]
    path.write_text(json.dumps({"Layers": layers, "Bindings": ["input", "out"]}))
    return path


def _layer(name: str, kind: str, *ends: tuple[str, str]) -> dict[str, Any]:
    inside, outside = (
        {"Name": tensor, "Dimensions": [1, 16], "Format/Datatype": words}
        for tensor, words in ends
    )
    return {"Name": name, "LayerType": kind, "Inputs": [inside], "Outputs": [outside]}


def test_the_page_is_written_from_python(place: Place) -> None:
    model = ModelAt.of(place.model)
    plan = plan_model(model, place.ranges, trt="8.6")
    write_report(plan, place.page, model=model, releases=["10.3"])
    assert place.shown()["releases"] == ["8.6", "10.3"]
    write_report(plan, place.page)
    assert place.shown()["releases"] == ["8.6"]


@pytest.mark.parametrize("option", ["--state", "--verify", "--layers"])
@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"tensors": 1, "outputs": []}', "gone"])
def test_other_files_are_refused_by_name(place: Place, option: str, content: str) -> None:
    path = place.folder / "other.json"
    if content != "gone":
        path.write_text(content)
    done = run("report", place.ranges, place.model, option, path, "-o", place.page)
    assert done.status == 2
    assert "other.json" in done.err
    assert "bug" not in done.err
    assert not place.page.exists()
