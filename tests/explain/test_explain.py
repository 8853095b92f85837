# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Logs made of the lines TensorRT writes, and what `explain` says of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from setrange.explain import MEANINGS, explain_lines
from tests.cli.material import run, small_cnn
from tests.meta.source_tree import ROOT


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


@pytest.mark.parametrize(
    "line",
    [
        "[I] Calibration: /abs/net.cache",
        r"[I] Calibration: C:\nets\net.cache",
        r"[I] Calibration: \\server\nets\net.cache",
        "[I] Calibration: ",
        "&&&& RUNNING TensorRT.trtexec [TensorRT v8601] # trtexec --calib=/abs/net.cache",
        "[I] [TRT] Layer fusion took 3 ms",
        "[I] === Calibration Options ===",
    ],
)
def test_what_is_all_right_is_not_mentioned(line: str) -> None:
    assert explain_lines([line]).explanations == ()


def test_layers_are_counted_and_advice_is_given_once(tmp_path: Path) -> None:
    log = tmp_path / "dla.log"
    names = [f"/head/Mul_{i}" for i in range(14)]
    old = "Default DLA is enabled but layer {} is not supported on DLA, falling back to GPU."
    log.write_text(
        "\n".join(
            [
                f"[W] [TRT] Layer '{n}' (ELEMENTWISE): Unsupported on DLA. Switching this layer"
                for n in names
            ]
            + [f"[W] [TRT] {old.format('x')}"]
            + [f"[I] [TRT] [GpuLayer] ELEMENTWISE: {n}" for n in names]
        )
    )
    result = run("explain", log)
    assert "(14 times)" in result.out
    assert "  layer  /head/Mul_9\n  and 4 more layers" in result.out
    assert result.out.count("each change between DLA and GPU costs a copy") == 1
    assert "29 lines: 29 known, 0 warnings" in result.err
    assert "layer  /head/Mul_13" in run("explain", log, "-v").out


def test_the_commonest_unknown_lines(tmp_path: Path) -> None:
    log = tmp_path / "odd.log"
    kinds = {"odd thing {} of 'a{}'": 9, "second kind {}": 4, "third {}": 2, "fourth": 1}
    lines = [
        f"[01/02/2026-10:00:{i:02}] [W] " + text.format(i, i)
        for text, count in kinds.items()
        for i in range(count)
    ]
    log.write_text("\n".join(lines))
    result = run("explain", log)
    assert result.err.splitlines() == [
        "16 lines: 0 known, 16 warnings or errors that are not",
        "  [01/02/2026-10:00:00] [W] odd thing 0 of 'a0'  (9 like this)",
        "  [01/02/2026-10:00:00] [W] second kind 0  (4 like this)",
        "  [01/02/2026-10:00:00] [W] third 0  (2 like this)",
        "  and 1 other kinds; -v shows them all",
    ]
    value = json.loads(run("explain", log, "--json").out)
    assert [kind["count"] for kind in value["unknown_kinds"]] == [9, 4, 2]
    assert len(run("explain", log, "-v").err.splitlines()) == 17


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_a_log_from_standard_input(encoding: str) -> None:
    text = (
        "[W] [TRT] Missing scale and zero-point for tensor é, expect fall back to x\n[E] odd\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "setrange", "explain", "-"],
        input=text.encode(encoding),
        capture_output=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"the tensor has no range" in done.stdout
    assert b"2 lines: 1 known, 1 warnings or errors that are not" in done.stderr
