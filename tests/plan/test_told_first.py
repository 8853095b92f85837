# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""One cause is told instead of its many effects, and each help once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.material import run, small_cnn

if TYPE_CHECKING:
    from pathlib import Path

FROM_CODE = """\
TRT-7103-EntropyCalibration2
data: 3caa54fc
(Unnamed Layer* 0) [Convolution]_output: 3d0a1a00
(Unnamed Layer* 1) [Scale]_output: 3d0a1a00
(Unnamed Layer* 2) [Activation]_output: 3d0a1a01
(Unnamed Layer* 3) [Pooling]_output: 3d0a1a02
(Unnamed Layer* 4) [Fully Connected]_output: 3d80c306
prob: 3c010a14
"""


@pytest.fixture
def net(tmp_path: Path) -> Path:
    return small_cnn(tmp_path / "net.onnx")


@pytest.mark.parametrize(
    "text",
    [
        FROM_CODE,
        FROM_CODE.replace("TRT-7103", "TRT-8601"),
        FROM_CODE.replace("[Convolution]", "[Deconvolution]"),
        "".join(line for line in FROM_CODE.splitlines(True) if "Scale" not in line),
    ],
)
def test_a_cache_of_a_network_built_in_code(net: Path, text: str) -> None:
    cache = net.with_name("t2t.cache")
    cache.write_text(text)
    result = run(
        "apply", cache, net, "--trt", "8.6", "--allow-missing", "-o", net.parent / "o.cache"
    )
    assert result.status == 2
    assert result.err.count("[SR") == 1
    assert "error[SR113]" in result.err
    assert "is of a network built in code" in result.err
    assert "(1 error above)" in result.err
    assert "another export" not in result.err
    found = json.loads(run("check", cache, net, "--trt", "8.6", "--json").out)["findings"]
    assert found[0]["code"] == "SR113"


def test_a_cache_of_an_onnx_parser_is_not_taken_for_one(net: Path) -> None:
    ranges, cache = net.with_name("r.json"), net.with_name("c.cache")
    full = {"input": 1.0, "conv": 4.0, "relu": 4.0, "pool": 2.0, "flat": 2.0, "out": 3.0}
    ranges.write_text(json.dumps(full))
    assert run("apply", ranges, net, "--trt", "7.2", "-o", cache).status == 0
    other = small_cnn(net.with_name("other.onnx"))
    assert "SR113" not in run("check", cache, other, "--trt", "10.3").out
    lines = cache.read_text().replace("[Matrix Multiply]", "[Shuffle]")
    cache.write_text(lines)
    assert "SR113" not in run("check", cache, net, "--trt", "10.3").out


def test_ranges_of_another_model_are_told_in_one_line(net: Path) -> None:
    ranges = net.with_name("r.json")
    ranges.write_text(json.dumps({"input": 1.0, **{f"blk.{i}": 2.0 for i in range(9)}}))
    result = run("check", ranges, net, "--trt", "8.6")
    assert result.status == 2
    assert result.out.count("[SR") == 1
    assert "the ranges look like those of another model: 9 of 10 names are no" in result.out
    assert "e.g. 'blk.0', 'blk.1', 'blk.2'" in result.out
    assert "'blk.7' is no tensor" in run("check", ranges, net, "--trt", "8.6", "-v").out
    few = net.with_name("few.json")
    few.write_text(json.dumps({"input": 1.0, "conv": 2.0, "relu": 2.0, "cnv": 1.0}))
    assert "another model" not in run("check", few, net, "--trt", "8.6").out


def test_each_help_is_given_once(net: Path) -> None:
    ranges = net.with_name("r.json")
    ranges.write_text(
        json.dumps(
            {
                "input": None,
                "conv": {"min": None, "max": None, "reason": "x"},
                "relu": {"min": None, "max": None, "reason": "x"},
            }
        )
    )
    shown = run("check", ranges, net, "--trt", "8.6", "--fill", "none").out
    assert shown.count("[SR206]") == 2
    helps = [line for line in shown.splitlines() if line.startswith("  help")]
    assert len(helps) == len(set(helps))


@pytest.mark.parametrize(
    ("low", "high", "is_told"),
    [
        (-1.0, 1.05, False),
        (-0.9, 1.0, False),
        (-0.89, 1.0, True),
        (0.0, 6.0, True),
        (1.0, 1.0, True),
    ],
)
def test_nearly_symmetric_ranges_are_not_mentioned(
    net: Path, low: float, high: float, is_told: bool
) -> None:
    ranges = net.with_name("r.json")
    ranges.write_text(json.dumps({"input": [low, high]}))
    assert ("SR202" in run("check", ranges, net, "--trt", "8.6").out) is is_told
