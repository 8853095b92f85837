# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Logs made of the lines TensorRT writes, and what `explain` says of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from setrange.explain import MEANINGS, explain_lines
from tests.cli.material import run, small_cnn


def _lines() -> list[tuple[str, str, str]]:
    """(line as TensorRT writes it, meaning, tensor) of every known kind."""
    rows = Path(__file__).with_name("lines.tsv").read_text(encoding="utf-8").splitlines()[1:]
    return [(line, key, tensor) for key, tensor, line in (row.split("\t") for row in rows)]


LINES = _lines()


@pytest.mark.parametrize(("line", "key", "tensor"), LINES, ids=[key for _, key, _ in LINES])
def test_a_known_line(line: str, key: str, tensor: str) -> None:
    report = explain_lines([f"[11/24/2026-10:00:00] {line}"])
    (explanation,) = report.explanations
    assert explanation.meaning.key == key
    assert list(explanation.tensors) == ([tensor] if tensor else [])
    assert report.unknown == ()


def test_every_meaning_has_a_line() -> None:
    assert {meaning.key for meaning in MEANINGS} == {key for _, key, _ in LINES}
    assert len({meaning.key for meaning in MEANINGS}) == len(MEANINGS)


def test_lines_are_counted() -> None:
    log = [LINES[0][0], LINES[0][0].replace("* 5)", "* 7)"), "[W] odd", "[I] fine", LINES[0][0]]
    report = explain_lines(log)
    (explanation,) = report.explanations
    assert (explanation.count, len(explanation.tensors), explanation.line) == (3, 2, 1)
    assert (report.lines, report.known, report.unknown) == (5, 3, ("[W] odd",))


@pytest.mark.parametrize(
    ("line", "version"),
    [
        ("&&&& RUNNING TensorRT.trtexec [TensorRT v8601] # trtexec", "8.6.1"),
        ("&&&& RUNNING TensorRT.trtexec [TensorRT v100300] [b26] # trtexec", "10.3.0"),
        ("[I] TensorRT version: 8.5.2", "8.5.2"),
        ("[I] nothing", None),
    ],
)
def test_the_release_is_in_the_log(line: str, version: str | None) -> None:
    assert explain_lines([line]).version == version


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "build.log"
    banner = "&&&& RUNNING TensorRT.trtexec [TensorRT v8601] # trtexec --int8"
    path.write_text("\n".join([banner, LINES[0][0], "[E] odd", LINES[-1][0]]) + "\n")
    return path


def test_the_command_follows_tensors_to_the_model(log: Path, tmp_path: Path) -> None:
    model = small_cnn(tmp_path / "small.onnx")
    result = run("explain", log, "--model", model)
    assert result.status == 0
    name = "(Unnamed Layer* 5) [Matrix Multiply]_output"
    line = next(line for line in result.out.splitlines() if line.startswith("  tensor"))
    assert line.startswith(f"  tensor {name}: ")
    assert "Gemm_0" in line
    assert "setrange check RANGES MODEL" in result.out
    assert "4 lines: 2 known, 1 warnings or errors that are not" in result.err


def test_a_tensor_of_another_release(log: Path, tmp_path: Path) -> None:
    model = small_cnn(tmp_path / "small.onnx")
    result = run("explain", log, "--model", model, "--trt", "10.3")
    assert "TensorRT 10.3 makes no such tensor of this model" in result.out


def test_json(log: Path) -> None:
    value = json.loads(run("explain", log, "--json", "-q").out)
    assert value["trt"] == "8.6.1"
    assert [entry["key"] for entry in value["explanations"]] == ["missing-scale", "cache-used"]
    assert value["unknown"] == ["[E] odd"]


def test_a_log_of_powershell(log: Path) -> None:
    log.write_bytes(log.read_text().encode("utf-16"))
    assert "missing-scale" in run("explain", log, "--json").out


def test_no_log(tmp_path: Path) -> None:
    result = run("explain", tmp_path / "none.log")
    assert (result.status, result.out) == (2, "")
    assert "expected a log" in result.err
