# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from setrange import import_network, make_plan, read_ranges
from tests.cli.material import run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def ranges(tmp_path: Path) -> Path:
    path = tmp_path / "ranges.json"
    full = {"input": 1.0, "conv": 4.0, "pool": 2.0, "out": 3.0}
    path.write_text(json.dumps({"setrange": 1, "named_by": "8.5", "tensors": full}))
    return path


def test_parser_made_tensors_are_explained(model: Path, ranges: Path) -> None:
    result = run("check", ranges, model, "--trt", "8.6")
    assert (result.status, result.err) == (0, "")
    assert "(Unnamed Layer* 6) [Constant]_output  [" in result.out
    assert "bias fc.bias of Gemm Gemm_0 as a Constant layer; derived: max" in result.out


def test_the_files_own_version_is_the_default(model: Path, ranges: Path) -> None:
    result = run("check", ranges, model, "-v")
    assert "TensorRT 8.5 (the ranges file's named_by)" in result.out


def test_json_is_the_plans_dict(model: Path, ranges: Path) -> None:
    result = run("check", ranges, model, "--trt", "8.6", "--json", "-q")
    plan = make_plan(import_network(model, "8.6"), read_ranges(ranges))
    assert result.err == ""
    product = json.loads(result.out)
    assert product["tensors"] == plan.to_dict()["tensors"]
    assert product["counts"]["missing"] == 0


def test_the_exit_status_is_that_of_apply(model: Path, tmp_path: Path) -> None:
    ranges = tmp_path / "ranges.json"
    ranges.write_text('{"conv": 4.0}')
    result = run("check", ranges, model, "--json")
    assert result.status == 1
    assert json.loads(result.out)["counts"]["missing"] > 0
    assert "--fill bounds" in result.err
    assert run("check", ranges, model, "--allow-missing").status == 0
    ranges.write_text('{"nonsense": 4.0}')
    assert run("check", ranges, model, "--allow-missing").status == 2


def test_many_findings_of_a_code_are_shortened_but_named(model: Path, tmp_path: Path) -> None:
    ranges = tmp_path / "ranges.json"
    names = [f"nonsense{i}" for i in range(30)]
    ranges.write_text(json.dumps(dict.fromkeys(["input", *names])))
    shown = run("check", ranges, model, "-v").out
    assert all(name in shown for name in names)


def test_one_file_is_not_enough(model: Path, ranges: Path) -> None:
    result = run("check", model)
    assert result.status == 2
    assert f"setrange check RANGES {model}" in result.err
    result = run("check", ranges)
    assert result.status == 2
    assert "the model is missing" in result.err


def test_files_the_wrong_way_round(model: Path, ranges: Path) -> None:
    result = run("check", model, ranges)
    assert result.status == 2
    assert "the ranges come first" in result.err


def test_a_template_knows_its_model(model: Path, tmp_path: Path) -> None:
    template = tmp_path / "template.json"
    run("template", model, "--trt", "8.6", "-o", template)
    assert "SR109" not in run("check", template, model).out
    model.write_bytes(model.read_bytes() + b"\x32\x00")  # one more empty field: domain is ""
    result = run("check", template, model, "--json")
    assert "warning[SR109]" in result.err
    assert json.loads(result.out)["findings"][0]["code"] == "SR109"


def test_remarks_of_the_reader_are_shown(model: Path, ranges: Path) -> None:
    ranges.write_bytes(ranges.read_text().encode("utf-16"))
    assert "note[SR501]: " in run("check", ranges, model).out
