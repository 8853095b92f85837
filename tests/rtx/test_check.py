# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""`setrange check ... --build`: an engine in memory, and what runs in INT8."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import onnx
import pytest

from tests.cli.material import run
from tests.exporters.quantizing import save

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.rtx


@pytest.fixture
def qdq(ranges: Path, model: Path, tmp_path: Path) -> Path:
    out = tmp_path / "small.qdq.onnx"
    assert run("apply", ranges, model, "-o", out).status == 0
    return out


def test_nothing_is_lost_at_the_end_of_the_program(ranges: Path, model: Path) -> None:
    """It leaves without waiting for what the library has to tidy up."""
    line = ["check", ranges, model, "--build", "--gpu", "sm75", "--strict", "--json"]
    program = [sys.executable, "-m", "setrange"]
    done = subprocess.run([*program, *line], capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert len(json.loads(done.stdout)["builds"]) == 1
    assert done.stderr.splitlines()[-1].startswith("error: ")


def as_fp8(path: Path, out: Path) -> Path:
    """Make the INT8 pairs of a model (opset 19) FP8 pairs."""
    proto = onnx.load(path)
    for tensor in proto.graph.initializer:
        if tensor.data_type == onnx.TensorProto.INT8:
            count = 1
            for size in tensor.dims:
                count *= size
            tensor.data_type = onnx.TensorProto.FLOAT8E4M3FN
            tensor.ClearField("int32_data")
            tensor.raw_data = bytes(count)
    onnx.save(proto, out)
    return out


def test_ranges_and_a_model(ranges: Path, model: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    result = run("check", ranges, model, "--build")
    assert result.status == 0, result.err
    assert "2 of 3 weighted layers" in result.out
    assert "fp16  Gemm fc: GEMV" in result.out
    assert sorted(tmp_path.iterdir()) == before


def test_a_verdict_for_each_generation(ranges: Path, model: Path) -> None:
    result = run("check", ranges, model, "--build", "--gpu", "rtx20,rtx30", "--json")
    assert result.status == 0, result.err
    value = json.loads(result.out)
    assert value["counts"]["missing"] == 0
    assert [build["gpus"] for build in value["builds"]] == [["sm75"], ["sm86"]]
    assert [build["weighted"] for build in value["builds"]] == [
        {"fp16": 3},
        {"int8": 2, "fp16": 1},
    ]
    assert {f["code"] for f in value["builds"][0]["findings"]} == {"SR409"}
    (first, *_) = value["builds"][1]["layers"]
    assert first == {
        "node": "c1",
        "op": "Conv",
        "precision": "int8",
        "has_ranges": True,
        "reason": None,
    }


def test_strict(ranges: Path, model: Path) -> None:
    assert run("check", ranges, model, "--build", "--strict").status == 0
    result = run("check", ranges, model, "--build", "--strict", "--gpu", "sm75")
    assert result.status == 1
    assert "2 layers that have their ranges do not run in INT8" in result.err


def test_anybodys_model(qdq: Path) -> None:
    result = run("check", qdq, "--build", "--json")
    assert result.status == 0, result.err
    value = json.loads(result.out)
    assert value["kind"] == "qdq"
    (build,) = value["builds"]
    assert build["gpus"] == ["sm86", "sm89", "sm120"]
    assert build["verdict"].startswith("2 of 3 ")
    reasons = {layer["node"]: layer["reason"] for layer in build["layers"]}
    assert reasons == {"c1": None, "c2": None, "fc": "no Q/DQ pair on 'f' and 'w3'"}


def test_fp8_is_for_the_newer_generations(ranges: Path, tmp_path: Path) -> None:
    graph = """(float[1,16,16,16] x) => (float[1,32,16,16] a) {
        [c1] a = Conv<pads=[1,1,1,1]>(x, w1)
    }"""
    model = save(tmp_path / "f.onnx", graph, {"w1": (32, 16, 3, 3)}, opset=19)
    ranges.write_text('{"x": 1, "a": 3}')
    plain = tmp_path / "f.qdq.onnx"
    assert run("apply", ranges, model, "-o", plain, "--fp16").status == 0
    fp8 = as_fp8(plain, tmp_path / "f8.onnx")
    for gpu, older in (("rtx20", "RTX 20 (sm75)"), ("rtx30,rtx40", "RTX 30 (sm86)")):
        refused = run("check", fp8, "--build", "--gpu", gpu)
        assert refused.status == 2, refused.err
        assert f"FP8 needs RTX 40 (sm89) or later, and {older} is older" in refused.err
    portable = run("check", fp8, "--build")
    assert "RTX 40 (sm89), RTX 50 (sm120) and later: 1 of 1 weighted" in portable.out
    result = run("check", fp8, "--build", "--gpu", "rtx40")
    assert result.status == 0, result.err
    assert "1 of 1 weighted layers run in FP8" in result.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--gpu", "rtx30"], "--gpu is for what is built; add --build"),
        (["--strict"], "--strict is for what is built"),
        (["--build", "--gpu", "gtx1080"], "--gpu 'gtx1080' is no GPU"),
        (["--build", "--target", "dla"], "not for DLA"),
        (["--build", "--min", "z:1x2"], "there are shapes for 'z'"),
        (["--build", "--min", "x"], "is no shape"),
    ],
)
def test_options_that_do_not_fit(
    arguments: list[str], words: str, ranges: Path, model: Path
) -> None:
    result = run("check", ranges, model, *arguments)
    assert result.status == 2, result.err
    assert words in result.err


def test_a_float_model_alone(model: Path) -> None:
    result = run("check", model, "--build")
    assert result.status == 2
    assert "has no Q/DQ nodes" in result.err


def test_a_missing_range(model: Path, tmp_path: Path) -> None:
    few = tmp_path / "few.json"
    few.write_text('{"x": 1, "s": 6, "g": 2}')
    result = run("check", few, model, "--build")
    assert result.status == 1, result.err
    result = run("check", few, model, "--build", "--allow-missing")
    assert "1 of 3 weighted layers run in INT8" in result.out


def test_the_type_may_be_fp8(ranges: Path, model: Path) -> None:
    result = run("check", ranges, model, "--build", "--type", "fp8", "--gpu", "rtx40")
    assert result.status == 0, result.err
    assert "2 of 3 weighted layers run in FP8" in result.out
    old = run("check", ranges, model, "--build", "--type", "fp8", "--gpu", "rtx30")
    assert old.status == 2
    assert "RTX 30 (sm86) is older" in old.err
