# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What OUT may be, and what `apply` says where it cannot write it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from setrange.cli.outputs import Output, output_of
from setrange.errors import UsageError
from tests.cli.material import run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("out", "output"),
    [
        ("a/b.cache", Output.CACHE),
        ("B.CACHE", Output.CACHE),
        ("x.engine", Output.ENGINE),
        ("x.plan", Output.ENGINE),
        ("x.ranged.onnx", Output.RANGED_ONNX),
        ("x.qdq.onnx", Output.QDQ),
        ("x.onnx", Output.QDQ),
    ],
)
def test_the_ending_decides(out: str, output: Output) -> None:
    assert output_of(out) is output
    assert output_of(out, "cache") is Output.CACHE


@pytest.mark.parametrize("out", ["x.json", "x", "x.cach", "dir.cache/x"])
def test_any_other_ending_is_refused_with_what_fits(out: str) -> None:
    with pytest.raises(UsageError, match=r"\.cache .*\.engine.*--to"):
        output_of(out)
    assert output_of(out, "engine") is Output.ENGINE


def test_a_near_ending_is_proposed() -> None:
    with pytest.raises(UsageError, match=r"did you mean x\.cache\?"):
        output_of("x.cach")


@pytest.fixture
def ranges(tmp_path: Path) -> Path:
    path = tmp_path / "ranges.json"
    path.write_text('{"input": 1.0}')
    return path


def test_an_engine_without_tensorrt(model: Path, ranges: Path, tmp_path: Path) -> None:
    out = tmp_path / "net.engine"
    result = run("apply", ranges, model, "-o", out, "--trt", "8.6")
    assert (result.status, result.out) == (3, "")
    assert result.err.count("error:") == 1
    assert "no Python package 'tensorrt'" in result.err
    assert "https://developer.nvidia.com/tensorrt" in result.err
    command = result.err.splitlines()[-1].split()
    assert command[:2] == ["setrange", "apply"]
    assert command[-1] == str(tmp_path / "net.cache")
    assert command[-4:-2] == ["--trt", "8.6"]
    assert not out.exists()


@pytest.mark.parametrize("option", [("--config", "b.yaml"), ("--via", "trtexec")])
def test_engine_options_do_not_fit_a_cache(
    model: Path, ranges: Path, option: tuple[str, str]
) -> None:
    result = run("apply", ranges, model, "-o", "net.cache", "--trt", "8.6", *option)
    assert result.status == 2
    assert f"{option[0]} is for engines" in result.err


def test_files_the_wrong_way_round(model: Path, ranges: Path) -> None:
    result = run("apply", model, ranges, "-o", "net.cache", "--trt", "8.6")
    assert result.status == 2
    assert f"the ranges come first, then the model: {ranges} {model}" in result.err
