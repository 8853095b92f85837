# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

import pytest

from tests.cli.material import run, small_cnn

if TYPE_CHECKING:
    from pathlib import Path

FULL = {"input": 1.0, "conv": 4.0, "relu": [0, 4.0], "pool": 2.0, "flat": 2.0, "out": 3.0}


@pytest.fixture
def ranges(tmp_path: Path) -> Path:
    path = tmp_path / "ranges.json"
    path.write_text(json.dumps(FULL))
    return path


def test_a_cache_and_the_counts(model: Path, ranges: Path, tmp_path: Path) -> None:
    out = tmp_path / "small.cache"
    result = run("apply", ranges, model, "--trt", "8.6", "-o", out)
    assert (result.status, result.out) == (0, ""), result.err
    assert out.read_text().startswith("TRT-8601-EntropyCalibration2\ninput: 3c010204\n")
    assert "given 6   derived 4   bound 0   missing 0   not needed 0" in result.err
    assert f"wrote {out}: 10 tensors, header TRT-8601-EntropyCalibration2" in result.err
    assert result.err.splitlines()[-1].startswith("next: trtexec ")


def test_the_same_input_gives_the_same_bytes(model: Path, ranges: Path, tmp_path: Path) -> None:
    caches = []
    for name in ("a.cache", "b.cache"):
        assert run("apply", ranges, model, "--trt", "10.3", "-o", tmp_path / name).status == 0
        caches.append((tmp_path / name).read_bytes())
    assert caches[0] == caches[1]


def test_dry_run_writes_nothing(model: Path, ranges: Path, tmp_path: Path) -> None:
    out = tmp_path / "small.cache"
    result = run("apply", ranges, model, "--trt", "8.6", "-o", out, "--dry-run")
    assert result.status == 0
    assert f"would write {out}" in result.err
    assert not out.exists()


def test_quiet_says_nothing(model: Path, ranges: Path, tmp_path: Path) -> None:
    result = run("apply", ranges, model, "--trt", "8.6", "-o", tmp_path / "x.cache", "-q")
    assert (result.status, result.out, result.err) == (0, "", "")


def test_verbose_shows_every_tensor(model: Path, ranges: Path, tmp_path: Path) -> None:
    result = run("apply", ranges, model, "--trt", "8.6", "-o", tmp_path / "x.cache", "-v")
    assert "TensorRT 8.6 (--trt)" in result.err
    assert "  input  ±1\n    network input; given\n" in result.err
    assert "derived: max |values| of fc.bias" in result.err


def test_missing_ranges_block_unless_allowed(model: Path, tmp_path: Path) -> None:
    ranges, out = tmp_path / "ranges.json", tmp_path / "small.cache"
    ranges.write_text('{"conv": 4.0}')
    result = run("apply", ranges, model, "--trt", "8.6", "-o", out)
    assert result.status == 1
    assert "no range for 'input'" in result.err
    assert f"{out} is not written" in result.err
    assert not out.exists()
    assert run("apply", ranges, model, "--trt", "8.6", "-o", out, "--allow-missing").status == 0
    assert "input: " not in out.read_text()


def test_to_names_the_output_where_the_ending_does_not(
    model: Path, ranges: Path, tmp_path: Path
) -> None:
    out = tmp_path / "calib.table"
    result = run("apply", ranges, model, "--trt", "8.6", "-o", out, "--to", "cache")
    assert result.status == 0
    assert out.read_text().startswith("TRT-8601-")


def test_algorithm_and_force(model: Path, ranges: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.cache"
    options = ["--trt", "9.1", "-o", out, "--algorithm", "MinMaxCalibration"]
    assert run("apply", ranges, model, *options).status == 2
    assert not out.exists()
    assert run("apply", ranges, model, *options, "--force").status == 0
    assert out.read_text().startswith("TRT-9100-MinMaxCalibration\n")


def test_a_dynamic_batch_is_in_the_next_command(ranges: Path, tmp_path: Path) -> None:
    model = small_cnn(tmp_path / "dynamic.onnx", batch="N")
    result = run("apply", ranges, model, "--trt", "8.6", "-o", tmp_path / "x.cache")
    assert result.status == 0, result.err
    assert "--shapes=input:1x3x8x8" in result.err


def test_an_unknown_name_is_an_error(model: Path, tmp_path: Path) -> None:
    ranges, out = tmp_path / "ranges.json", tmp_path / "x.cache"
    ranges.write_text(json.dumps({**FULL, "convv": 1.0}))
    result = run("apply", ranges, model, "--trt", "8.6", "-o", out, "-q")
    assert result.status == 2
    assert "error[SR101]" in result.err
    assert "conv" in result.err
    assert not out.exists()


def _with_rules(tmp_path: Path, rules: dict[str, str]) -> Path:
    path = tmp_path / "rules.json"
    path.write_text(json.dumps({"setrange": 1, "tensors": FULL, "precision": rules}))
    return path


def test_precisions_go_into_the_next_command(model: Path, tmp_path: Path) -> None:
    ranges = _with_rules(tmp_path, {"*": "int8", "Gemm_*": "fp16", "Relu_0": "fp32"})
    result = run("apply", ranges, model, "--trt", "8.6", "-o", tmp_path / "x.cache")
    assert result.status == 0, result.err
    command = shlex.split(result.err.splitlines()[-1].removeprefix("next: "))
    assert command[0] == "trtexec"
    assert "--fp16" in command
    assert "--precisionConstraints=prefer" in command
    listed = next(a for a in command if a.startswith("--layerPrecisions="))
    pairs = dict(pair.rsplit(":", 1) for pair in listed.partition("=")[2].split(","))
    assert pairs["Gemm_0"] == "fp16"
    assert pairs["Relu_0"] == "fp32"
    assert pairs["Conv_0"] == "int8"
    assert command[-1] == "--saveEngine=x.engine"


@pytest.mark.parametrize("trt", ["7.2", "8.2"])
def test_a_trtexec_that_cannot_set_precisions_is_said(
    model: Path, tmp_path: Path, trt: str
) -> None:
    ranges = _with_rules(tmp_path, {"Conv_0": "fp16"})
    result = run("apply", ranges, model, "--trt", trt, "-o", tmp_path / "x.cache")
    assert result.status == 0
    assert "warning[SR408]" in result.err
    assert "--layerPrecisions" not in result.err.splitlines()[-1]


@pytest.mark.parametrize("out", ["x.cache", "x.ranged.onnx", "x.onnx"])
def test_a_rule_that_fits_no_node_is_an_error(model: Path, tmp_path: Path, out: str) -> None:
    ranges = _with_rules(tmp_path, {"Gem_0": "fp16"})
    result = run("apply", ranges, model, "--trt", "8.6", "-o", tmp_path / out)
    assert result.status == 2
    assert "error[SR111]" in result.err
    assert "Gemm_0" in result.err
    assert not (tmp_path / out).exists()
