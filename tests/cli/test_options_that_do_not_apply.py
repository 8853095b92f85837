# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""An option that means nothing for what is asked is refused by name, whatever its value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from setrange.cli.apply.command import command
from setrange.cli.apply.option_table import OPTIONS, outputs_of_option
from setrange.cli.outputs import Output
from tests.cli.material import run

if TYPE_CHECKING:
    from pathlib import Path

OUT = {
    Output.CACHE: "net.cache",
    Output.RANGED_ONNX: "net.ranged.onnx",
    Output.QDQ: "net.onnx",
    Output.ENGINE: "net.engine",
}

#: Option -> its arguments (of options with a default: the default) -> the outputs it is for.
APPLY = [
    (["--algorithm", "EntropyCalibration2"], {Output.CACHE, Output.RANGED_ONNX}),
    (["--force"], {Output.CACHE}),
    (["--config", "build.yaml"], {Output.ENGINE}),
    (["--via", "trtexec"], {Output.ENGINE}),
    (["--trtexec", "/no/such"], {Output.ENGINE}),
    (["--gpu", "rtx30"], {Output.ENGINE}),
    (["--no-fp16"], {Output.ENGINE}),
    (["--min", "x:1x3x8x8"], {Output.ENGINE}),
    (["--opt", "x:1x3x8x8"], {Output.ENGINE}),
    (["--max", "x:1x3x8x8"], {Output.ENGINE}),
    (["--placement", "gpu"], {Output.QDQ, Output.ENGINE}),
    (["--weights", "float"], {Output.QDQ, Output.ENGINE}),
    (["--quantize-small"], {Output.QDQ, Output.ENGINE}),
    (["--fp16"], {Output.QDQ}),
]


@pytest.fixture
def ranges(tmp_path: Path) -> Path:
    path = tmp_path / "ranges.json"
    path.write_text('{"input": 1.0, "conv": 4.0, "relu": 4.0, "out": 2.0}')
    return path


@pytest.mark.parametrize("output", Output)
@pytest.mark.parametrize(("option", "outputs"), APPLY, ids=[option[0] for option, _ in APPLY])
def test_apply_refuses_what_is_for_other_outputs(
    option: list[str],
    outputs: set[Output],
    output: Output,
    model: Path,
    ranges: Path,
    tmp_path: Path,
) -> None:
    out = tmp_path / OUT[output]
    result = run("apply", ranges, model, "-o", out, "--trt", "8.6", *option)
    if output in outputs:
        assert f"{option[0]} is for" not in result.err
        return
    assert (result.status, result.err.count("error:")) == (2, 1)
    assert f"error: {option[0]} is for " in result.err
    assert list(tmp_path.glob("net.*")) == []


def test_every_option_of_apply_is_for_some_output() -> None:
    for parameter in command.params:
        assert outputs_of_option(parameter.name), parameter.name
    assert set(OPTIONS) == set(Output)


def test_all_that_do_not_apply_are_named_at_once(model: Path, ranges: Path) -> None:
    result = run(
        "apply", ranges, model, "-o", "n.qdq.onnx", "--no-fp16", "--min", "a:1", "--force"
    )
    assert result.status == 2
    message = result.err.splitlines()[-1]
    for part in (
        "--no-fp16 is for engines (-o model.engine) (a Q/DQ model has no FP16",
        "--min is for engines",
        "--force is for calibration caches",
        "n.qdq.onnx is a Q/DQ model",
    ):
        assert part in message


def test_the_cache_beside_a_ranged_model_is_for_the_calibrator_asked_for(
    model: Path, ranges: Path, tmp_path: Path
) -> None:
    out = tmp_path / "net.ranged.onnx"
    options = ["--trt", "8.6", "--algorithm", "MinMaxCalibration"]
    assert run("apply", ranges, model, "-o", out, *options).status == 0
    cache = (tmp_path / "net.ranged.cache").read_text()
    assert cache.startswith("TRT-8601-MinMaxCalibration\n")


@pytest.mark.parametrize("option", [["--force"], ["--trtexec", "/no/such"]])
def test_options_of_trtexec_where_tensorrt_builds(
    option: list[str], model: Path, ranges: Path
) -> None:
    result = run("apply", ranges, model, "-o", "n.engine", "--via", "tensorrt", *option)
    assert result.status == 2
    assert f"{option[0]} is for " in result.err
    assert "--via trtexec" in result.err


@pytest.mark.parametrize(
    "option",
    [["--partial"], ["--force"], ["--native-instancenorm"], ["--plugin", "Gelu"]],
    ids=lambda option: option[0],
)
def test_convert_without_a_model(option: list[str], ranges: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.cache"
    result = run("convert", ranges, "-o", out, "--trt", "8.6", *option)
    assert result.status == 2
    assert f"error: {option[0]} is for a conversion with the model" in result.err
    assert not out.exists()


def test_convert_forces_caches_only(model: Path, ranges: Path, tmp_path: Path) -> None:
    arguments = ("convert", ranges, "--model", model, "--trt", "8.1", "--force")
    result = run(*arguments, "-o", tmp_path / "out.csv")
    assert result.status == 2
    assert "error: --force is for calibration caches" in result.err
    assert run(*arguments, "-o", tmp_path / "out.cache").status == 0


@pytest.mark.parametrize("option", [["--policy", "widest"], ["--strict"]])
def test_merging_states(option: list[str], tmp_path: Path) -> None:
    states = [tmp_path / f"{name}.state.npz" for name in "ab"]
    for path in states:
        np.savez(path, a=1)
    result = run("merge", *states, "-o", tmp_path / "r.json", *option)
    assert result.status == 2
    assert f"error: {option[0]} is for ranges files" in result.err


def test_collect(model: Path, tmp_path: Path) -> None:
    out = tmp_path / "r.json"
    common = ("collect", model, "-o", out, "--random", "--samples", "1")
    result = run(*common, "--percentile", "99")
    assert result.status == 2
    assert "error: --percentile is for --method percentile, not for minmax" in result.err
    result = run(*common, "--image", "--mean", "0,0,0")
    assert result.status == 2
    assert "error: --image and --mean are for files" in result.err
    assert not out.exists()


def test_nothing_to_resume_is_said(model: Path, tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    out = tmp_path / "r.json"
    result = run("collect", model, "-o", out, "--random", "--samples", "1", "--resume")
    assert result.status == 0
    assert f"no interrupted run to resume ({out}.state.npz)" in result.err


@pytest.mark.parametrize(
    "option", [["--fill", "safe"], ["--target", "gpu"], ["--allow-missing"]]
)
def test_checking_a_model_alone(option: list[str], model: Path) -> None:
    result = run("check", model, *option)
    assert result.status == 2
    assert f"error: {option[0]} is for ranges and a model" in result.err


@pytest.mark.parametrize(
    "option", [["--trt", "8.6"], ["--strict"], ["--diff-trt", "8.6,10.3"], ["--plugin", "X"]]
)
def test_inspecting_an_engine(option: list[str], tmp_path: Path) -> None:
    engine = tmp_path / "n.engine"
    engine.write_bytes(b"x")
    result = run("inspect", engine, *option)
    assert result.status == 2
    assert f"error: {option[0]} is for ONNX models" in result.err


def test_explaining_a_log_without_a_model(tmp_path: Path) -> None:
    log = tmp_path / "build.log"
    log.write_text("[TRT] nothing\n")
    assert run("explain", log).status == 0
    result = run("explain", log, "--trt", "8.6")
    assert result.status == 2
    assert "error: --trt is for the tensors of a model" in result.err
