# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Each command that is shown as the next step is one that its program takes, and that fits."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import onnx
import pytest

from setrange.versions import TrtVersion
from tests.cli import trtexec_flags
from tests.cli.material import Run, run, small_cnn

RELEASES = [
    "5.1", "6.0", "7.0", "7.1", "7.2", "8.0", "8.2", "8.4", "8.5", "8.6", "9.1", "10.0", "10.3",
    "10.7", "10.11", "10.12", "10.16", "11.0", "11.4.1",
]  # fmt: skip
ENDINGS = ("cache", "ranged.onnx", "qdq.onnx")
FULL = {"conv": 4.0, "relu": [0, 4.0], "pool": 2.0, "flat": 2.0, "out": 3.0}


def next_command(result: Run) -> list[str] | None:
    """The arguments that a POSIX shell gives to the program of the ``next:`` line."""
    shown = re.findall(r"^(?:next|fill them in, then): (.*)$", result.err, re.MULTILINE)
    return shlex.split(shown[-1]) if shown else None


@pytest.fixture
def case(tmp_path: Path) -> tuple[Path, Path]:
    """A model with a dynamic batch and its ranges: an odd path, an input with a colon."""
    path = tmp_path / "a folder" / "net $(id) 100%.onnx"
    path.parent.mkdir(exist_ok=True)
    small_cnn(path, batch="n")
    model = onnx.load(path)
    model.graph.input[0].name = model.graph.node[0].input[0] = "input:0"
    onnx.save(model, path)
    ranges = path.with_suffix(".json")
    ranges.write_text(json.dumps({"input:0": 1.0, **FULL}))
    return path, ranges


@pytest.mark.parametrize("release", RELEASES)
def test_every_output_target_and_release(case: tuple[Path, Path], release: str) -> None:
    model, ranges = case
    version = TrtVersion.parse(release)
    seen = 0
    for ending in ENDINGS:
        for target in ("gpu", "dla"):
            out = model.with_name(f"out {target}.{ending}")
            arguments = ["apply", ranges, model, "--trt", release, "--target", target]
            result = run(*arguments, "-o", out, *(["--force"] if ending == "cache" else []))
            command = next_command(result)
            if result.status != 0:
                assert command is None
                assert not out.exists()
                if not version.has_caches:  # 11: the way out is no cache
                    assert "qdq.onnx" in result.err or "DLA" in result.err
                continue
            if command is None:
                why = {"5.1": "builds no ONNX model in INT8"}.get(release, "std::bad_alloc")
                assert f"note: trtexec of TensorRT {release} " in result.err
                assert why in result.err
                continue
            seen += 1
            check(command, version, out, target=target, ending=ending)
    assert seen or version.release < (7, 1)


def check(
    command: list[str], version: TrtVersion, out: Path, *, target: str, ending: str
) -> None:
    """Hold a command against the release's trtexec, and against what was asked for."""
    parsed = trtexec_flags.parse(version.release, command)
    options = parsed.options
    if version.release == (6, 0):  # its networks have no batch dimension
        assert not parsed.shapes
        assert "--explicitBatch" not in options
    else:
        assert parsed.shapes == {"input:0": (1, 3, 8, 8)}
    assert Path(options["--onnx"]).is_file()
    assert options["--saveEngine"].endswith(".engine")
    assert ("--useDLACore" in options) == ("--allowGPUFallback" in options) == (target == "dla")
    if ending == "qdq.onnx":
        assert options["--onnx"] == str(out)
        is_strong = version.release >= (10, 12) and version.has_caches
        assert ("--stronglyTyped" in options) == is_strong
        assert ("--int8" in options) == (version.release < (10, 12))
        assert "--calib" not in options
        return
    # What leaves INT8 runs in FP16, not in FP32.
    assert "--int8" in options
    assert "--fp16" in options
    if "--calib" in options:
        assert Path(options["--calib"]).is_absolute()
        assert Path(options["--calib"]).read_text().startswith("TRT-")
    else:
        assert ending == "ranged.onnx"


def test_a_comma_in_an_inputs_name_is_said(tmp_path: Path) -> None:
    path = small_cnn(tmp_path / "net.onnx", batch="n")
    model = onnx.load(path)
    model.graph.input[0].name = model.graph.node[0].input[0] = "a,b"
    onnx.save(model, path)
    ranges = tmp_path / "r.json"
    ranges.write_text(json.dumps({"a,b": 1.0, **FULL}))
    result = run("apply", ranges, path, "--trt", "8.6", "-o", tmp_path / "x.cache")
    assert result.status == 0
    assert "trtexec 8.6 cuts the name of the input 'a,b' at ','" in result.err
    assert next_command(result) is None


def test_another_algorithm_is_not_sent_to_trtexec(tmp_path: Path) -> None:
    model, ranges = small_cnn(tmp_path / "net.onnx"), tmp_path / "r.json"
    ranges.write_text(json.dumps({"input": 1.0, **FULL}))
    out = tmp_path / "x.cache"
    options = ["--trt", "8.6", "-o", out, "--algorithm", "MinMaxCalibration"]
    result = run("apply", ranges, model, *options)
    assert result.status == 0
    assert "trtexec, Polygraphy and DLA take EntropyCalibration2 only" in result.err
    assert "--calib" not in result.err


def test_without_a_release_the_qdq_flags_of_all_are_told(tmp_path: Path) -> None:
    model, ranges = small_cnn(tmp_path / "net.onnx"), tmp_path / "r.json"
    ranges.write_text(json.dumps({"input": 1.0, **FULL}))
    out = tmp_path / "x.qdq.onnx"
    result = run("apply", ranges, model, "-o", out)
    assert next_command(result) == ["trtexec", f"--onnx={out}", "--saveEngine=x.qdq.engine"]
    assert "10.12 to 10.16: add --stronglyTyped; 8.0 to 10.11: add --int8 --fp16" in result.err


def test_each_shown_setrange_command_runs(tmp_path: Path) -> None:
    """template -> apply, apply on a Q/DQ model -> convert --strip, check -> ..."""
    folder = tmp_path / "it's a $(id) & folder"
    folder.mkdir()
    model, template = small_cnn(folder / "net.onnx"), folder / "template.json"
    shown = next_command(run("template", model, "--trt", "8.6", "-o", template))
    assert shown is not None
    template.write_text(json.dumps({"input": 1.0, **FULL}))
    assert shown[0] == "setrange"
    made = folder / "net.cache"
    assert run(*shown[1:-1], made).status == 0
    qdq = folder / "net.qdq.onnx"
    assert run("apply", template, model, "-o", qdq).status == 0
    refused = run("apply", template, qdq, "--trt", "8.6", "-o", folder / "b.cache")
    assert refused.status == 2
    commands = [line.strip() for line in refused.err.splitlines() if "  setrange " in line]
    assert commands
    for line in commands:
        _, *arguments = shlex.split(line)
        placed = [str(folder / a) if a in ("ranges.json",) else a for a in arguments]
        assert run(*placed).status == 0, line


@pytest.mark.parametrize(
    ("release", "ending"), [("8.6", ".cache"), ("11.4", ".qdq.onnx"), (None, ".cache")]
)
def test_without_tensorrt_the_way_out_keeps_what_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, release: str | None, ending: str
) -> None:
    monkeypatch.setattr("setrange.cli.apply.builders.is_rtx_installed", lambda: False)
    monkeypatch.setattr("setrange.machine.find_trtexec.trtexec_paths", list)
    model, ranges = small_cnn(tmp_path / "my net.onnx"), tmp_path / "r.json"
    ranges.write_text(json.dumps({"input": 1.0, "out": 3.0}))
    options = ["--fill", "bounds", *(["--trt", release] if release else [])]
    result = run("apply", ranges, model, *options, "-o", tmp_path / "my net.engine")
    assert result.status == 3
    command = shlex.split(result.err.splitlines()[-1])
    assert command[-1] == str(tmp_path / f"my net{ending}")
    assert command[command.index("--fill") + 1] == "bounds"
    assert run(*command[1:]).status == 0


def test_merge_expands_patterns_itself(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.part.json").write_text(json.dumps({name: 1.0}))
    out = tmp_path / "all.json"
    assert run("merge", tmp_path / "*.part.json", "-o", out).status == 0
    assert set(json.loads(out.read_text())["tensors"]) == {"a", "b"}
    nothing = run("merge", tmp_path / "*.nothing", "-o", out)
    assert nothing.status == 2
    assert "no file fits this pattern" in nothing.err
    literal = tmp_path / "[1].json"
    literal.write_text(json.dumps({"c": 1.0}))
    assert run("merge", literal, "-o", tmp_path / "one.json").status == 0
    both = run("merge", tmp_path / "*.json", "-o", tmp_path / "a.part.json")
    assert both.status == 2
    assert "is the same file as FILE" in both.err
