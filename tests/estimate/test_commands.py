# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Estimates on the command line: ``--fill estimate`` and ``collect --synthetic``."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest

from setrange import read_ranges
from tests.cli.material import run
from tests.estimate.networks import conv_net, tokens_net

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("onnxruntime")


@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("setrange.machine.target_release.installed_tensorrt", lambda: None)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return conv_net(tmp_path / "net.onnx")


@pytest.fixture
def few(tmp_path: Path) -> Path:
    path = tmp_path / "few.json"
    path.write_text('{"images": [0, 1], "c1": 3.0, "c2": 3.8}', encoding="utf-8")
    return path


def test_check_lists_the_estimates_that_matter_most(few: Path, model: Path) -> None:
    found = run("check", few, model, "--fill", "estimate")
    assert found.status == 0
    assert "given 3   derived 7   estimated 6   bound 0   missing 0" in found.out
    [start] = [i for i, x in enumerate(found.out.splitlines()) if "matter most" in x]
    first = found.out.splitlines()[start + 1]
    assert first.split()[0] == "out"  # nearest to the outputs
    assert re.search("scaled to what is given for ('c1', 'c2'|'c2', 'c1')", found.out)


def test_estimates_are_not_counted_where_there_are_none(few: Path, model: Path) -> None:
    assert "estimated" not in run("check", few, model).out


def test_json_has_doubt_and_anchors(few: Path, model: Path) -> None:
    found = json.loads(run("check", few, model, "--fill", "estimate", "--json").out)
    assert found["counts"]["estimated"] == 6
    [c3] = [t for t in found["tensors"] if t["name"] == "c3"]
    assert c3["source"] == "estimated"
    assert sorted(c3["anchors"]) == ["c1", "c2"]
    assert c3["doubt"] > 1
    [given] = [t for t in found["tensors"] if t["name"] == "c1"]
    assert "doubt" not in given


def test_apply_writes_the_same_bytes_twice(few: Path, model: Path, tmp_path: Path) -> None:
    for name in ("a.qdq.onnx", "b.qdq.onnx", "a.cache", "b.cache"):
        arguments = ["--trt", "8.6"] if name.endswith(".cache") else []
        made = run("apply", few, model, "--fill", "estimate", "-o", tmp_path / name, *arguments)
        assert made.status == 0, made.err
    for kind in ("qdq.onnx", "cache"):
        first, second = ((tmp_path / f"{name}.{kind}").read_bytes() for name in "ab")
        assert first == second


def test_a_template_holds_estimates_as_proposals(model: Path, tmp_path: Path) -> None:
    out = tmp_path / "template.json"
    made = run("template", model, "--fill", "estimate", "--input-range", "0..1", "-o", out)
    assert made.status == 0, made.err
    entries = read_ranges(out).entries
    assert entries["c1"].is_proposal
    assert (entries["c1"].source or "").startswith("estimated: within ")
    assert entries["images"].range is not None
    assert (entries["images"].range.min, entries["images"].range.max) == (0.0, 1.0)
    # As it is, nothing is given; what somebody changes is.
    assert "given 0   derived 4   estimated 12" in run("check", out, model).out
    text = json.loads(out.read_text(encoding="utf-8"))
    text["tensors"]["c1"] |= {"min": -9.0, "max": 9.0}
    out.write_text(json.dumps(text), encoding="utf-8")
    assert "given 1   " in run("check", out, model).out


def test_a_changed_proposal_scales_the_others_again(model: Path, tmp_path: Path) -> None:
    out = tmp_path / "template.json"
    run("template", model, "--fill", "estimate", "--input-range", "0..1", "-o", out)
    text = json.loads(out.read_text(encoding="utf-8"))
    before = text["tensors"]["c2"]["max"]
    low, high = (2 * text["tensors"]["c1"][bound] for bound in ("min", "max"))
    text["tensors"]["c1"] |= {"min": low, "max": high}
    text["tensors"]["images"] = [0, 1]
    out.write_text(json.dumps(text), encoding="utf-8")
    again = json.loads(run("check", out, model, "--fill", "estimate", "--json").out)
    [c2] = [t for t in again["tensors"] if t["name"] == "c2"]
    assert c2["anchors"] == ["c1"]
    assert c2["max"] == pytest.approx(2 * before, rel=0.05)


def test_no_data_at_all(model: Path, tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        out = tmp_path / name
        made = run("collect", model, "--synthetic", "--input-range", "0..1", "-o", out)
        assert made.status == 0, made.err
        assert "no data" in made.err
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    ranges = read_ranges(tmp_path / "a.json")
    assert ranges.collected is not None
    assert ranges.collected["method"] == "synthetic"
    assert ranges.collected["samples"] == 32
    assert ranges.collected["families"] == ["1/f noise", "dead leaves", "edges", "strokes"]
    assert all(entry.is_proposal for entry in ranges.entries.values())
    checked = run("check", tmp_path / "a.json", model)
    assert checked.status == 0
    assert "given 0   " in checked.out
    assert "SR220" in checked.out
    made = run("apply", tmp_path / "a.json", model, "-o", tmp_path / "net.qdq.onnx")
    assert made.status == 0, made.err
    nodes = onnx.load(tmp_path / "net.qdq.onnx").graph.node
    assert any(node.op_type == "QuantizeLinear" for node in nodes)


def test_mean_and_std_say_the_scale(model: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.json"
    made = run("collect", model, "--synthetic", "--mean", "0.5", "--std", "0.25", "-o", out)
    assert made.status == 0, made.err
    bounds = read_ranges(out).entries["images"].range
    assert bounds is not None
    assert (bounds.min, bounds.max) == (-2.0, 2.0)


def test_tokens_need_no_scale(tmp_path: Path) -> None:
    model, out = tokens_net(tmp_path / "tokens.onnx"), tmp_path / "a.json"
    made = run("collect", model, "--synthetic", "-o", out)
    assert made.status == 0, made.err
    assert "input_ids [1, 128] (tokens)" in made.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "scale of input 'images' is not known"),
        (["--input-range", "1..0"], "--input-range 1..0: expected two finite numbers"),
        (["--input-range", "0..nan"], "--input-range 0..nan: expected two finite numbers"),
        (["--input-range", "lots"], "--input-range lots: expected LO..HI"),
        (["--mean", "1,2", "--std", "1,2,3"], "--mean has 2 numbers and --std 3"),
        (["--std", "0"], "--std more than 0"),
        (["--input-range", "0..1", "--std", "2"], "give one of them"),
        (["--input-range", "0..1", "--random"], "--random is for data"),
        (["--input-range", "0..1", "--method", "mse"], "--method is for data"),
        (["--input-range", "0..1", "--seconds", "0"], "--seconds 0: expected more than 0"),
    ],
)
def test_what_does_not_fit_together(
    model: Path, tmp_path: Path, options: list[str], said: str
) -> None:
    out = tmp_path / "out.json"
    made = run("collect", model, "--synthetic", *options, "-o", out)
    assert made.status == 2
    assert said in made.err
    assert len(made.err.splitlines()) == 1
    assert not out.exists()


def test_a_state_is_no_place_for_estimates(model: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.state.npz"
    made = run("collect", model, "--synthetic", "--input-range", "0..1", "-o", out)
    assert made.status == 2
    assert "measures nothing" in made.err


def test_options_of_estimates_without_them(few: Path, model: Path, tmp_path: Path) -> None:
    made = run("check", few, model, "--seconds", "3")
    assert made.status == 2
    assert "--seconds is for --fill estimate, not for --fill safe" in made.err
    made = run("collect", model, "--random", "--input-range", "0..1", "-o", tmp_path / "a.json")
    assert made.status == 2
    assert "--input-range is for --synthetic" in made.err


def test_without_onnx_runtime(
    few: Path, model: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    for arguments in (
        ["apply", few, model, "--fill", "estimate", "-o", tmp_path / "out.qdq.onnx"],
        ["collect", model, "--synthetic", "--input-range", "0..1", "-o", tmp_path / "out.json"],
    ):
        made = run(*arguments)
        assert made.status == 3
        assert "pip install 'setrange[ort]'" in made.err
        assert not list(tmp_path.glob("out.*"))


def test_a_model_that_takes_no_made_input(tmp_path: Path) -> None:
    """A free picture size that no attempt fits: the message says what was tried."""
    ones = onnx.numpy_helper.from_array(np.ones((1, 3, 7, 5), dtype=np.float32), "mask")
    node = onnx.helper.make_node("Add", ["images", "mask"], ["out"])
    shape = (1, 3, "h", "w")
    graph = onnx.helper.make_graph(
        [node],
        "g",
        [onnx.helper.make_tensor_value_info("images", onnx.TensorProto.FLOAT, shape)],
        [onnx.helper.make_tensor_value_info("out", onnx.TensorProto.FLOAT, shape)],
        [ones],
    )
    opset = onnx.helper.make_opsetid("", 13)
    path = tmp_path / "odd.onnx"
    onnx.save(onnx.helper.make_model(graph, opset_imports=[opset], ir_version=8), path)
    ranges = tmp_path / "r.json"
    ranges.write_text('{"images": [0, 1]}', encoding="utf-8")
    made = run("check", ranges, path, "--fill", "estimate")
    assert made.status == 3
    assert "images [1, 3, 320, 320]" in made.err
    assert "--input-size" in made.err
    made = run("check", ranges, path, "--fill", "estimate", "--input-size", "7,5")
    assert made.status == 0, made.err
    assert "images [1, 3, 7, 5] 0..1 (given)" in made.out
