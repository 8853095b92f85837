# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import hashlib
import json
import shlex
from typing import TYPE_CHECKING

from tests.cli.material import run
from tests.exporters.quantizing import save

if TYPE_CHECKING:
    from pathlib import Path


def test_the_file_says_what_it_was_made_for(model: Path) -> None:
    template = json.loads(run("template", model, "--trt", "8.6", "-q").out)
    assert template["setrange"] == 1
    assert template["named_by"] == "8.6"
    assert template["model"] == {
        "file": "small.onnx",
        "sha256": hashlib.sha256(model.read_bytes()).hexdigest(),
    }


def test_what_can_be_derived_is_filled_in_and_says_from_what(model: Path) -> None:
    tensors = json.loads(run("template", model, "--trt", "8.6", "-q").out)["tensors"]
    assert next(iter(tensors)) == "input"
    assert tensors["input"] == {"min": None, "max": None, "need": "needed: network input"}
    bias = tensors["(Unnamed Layer* 6) [Constant]_output"]
    assert bias["source"].startswith("derived: ")
    assert bias["min"] < 0 < bias["max"]


def test_fill_none_fills_in_nothing(model: Path) -> None:
    tensors = json.loads(run("template", model, "--fill", "none", "-q").out)["tensors"]
    assert all(entry["min"] is None for entry in tensors.values())


def test_a_file_is_written_and_the_next_command_said(model: Path, tmp_path: Path) -> None:
    out = tmp_path / "ranges.json"
    result = run("template", model, "--trt", "8.6", "-o", out)
    assert (result.status, result.out) == (0, "")
    tensors = json.loads(out.read_text())["tensors"]
    needs = [entry["need"].split()[0] for entry in tensors.values() if entry["min"] is None]
    needed, derived = needs.count("needed:"), needs.count("derived")
    assert needed + derived == len(needs)
    counted = f"{len(tensors)} tensors, {needed} to fill in, {derived} that follow from them"
    assert f"wrote {out}: {counted}" in result.err
    assert "SR201" not in result.err
    following = shlex.split(result.err.splitlines()[-1].removeprefix("fill them in, then: "))
    assert following[:4] == ["setrange", "apply", str(out), str(model)]
    assert run(*following[1:-1], tmp_path / "x.cache").status == 1  # still to be filled in


def test_a_model_without_float_tensors_has_no_template(tmp_path: Path) -> None:
    graph = "(int32[2] x) => (int32[2] y) { y = Identity(x) }"
    path = save(tmp_path / "integers.onnx", graph, opset=13)
    result = run("template", path, "--trt", "8.6")
    assert (result.status, result.out) == (2, "")
    assert "no tensor" in result.err


def test_the_target_is_kept_in_the_next_command(model: Path, tmp_path: Path) -> None:
    out = tmp_path / "ranges.json"
    result = run("template", model, "--trt", "10.3", "--target", "dla", "-o", out)
    assert result.status == 0
    assert "--target dla" in result.err.splitlines()[-1]
