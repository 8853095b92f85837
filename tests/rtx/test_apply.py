# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""`setrange apply ... -o OUT.engine` with TensorRT for RTX."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest

import setrange
from setrange.errors import InputError
from setrange.files.atomic import write_bytes
from tests.cli.material import run, small_cnn
from tests.exporters.quantizing import save

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.rtx

GROUPS = "RTX 30 (sm86), RTX 40 (sm89), RTX 50 (sm120) and later"


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*net*"))


def test_an_engine_with_its_verdict(ranges: Path, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "net.engine"
    result = run("apply", ranges, model, "-o", out)
    assert (result.status, result.out) == (0, ""), result.err
    assert out.stat().st_size > 100_000
    assert files(tmp_path) == ["net.engine", "net.engine.layers.json", "net.engine.plan.json"]
    assert "there is no Python package 'tensorrt' here" in result.err
    assert f"{GROUPS}: 2 of 3 weighted layers run in INT8, 1 in FP16" in result.err
    assert "fp16  Gemm fc: GEMV" in result.err
    assert "setrange explain rtx" in result.err


def test_inspect_says_what_apply_said(ranges: Path, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "net.engine"
    said = run("apply", ranges, model, "-o", out, "--via", "rtx", "--gpu", "rtx40").err
    for shown in (f"{out}.layers.json", out):
        result = run("inspect", shown)
        assert result.status == 0, result.err
        verdict = next(line for line in result.err.splitlines() if "weighted layers" in line)
        assert verdict.startswith("RTX 40 (sm89): 2 of 3 weighted layers run in INT8")
        assert verdict in said
        assert re.search(r"^int8 +correlation +c1_myl", result.out, re.MULTILINE)
    value = json.loads(run("inspect", f"{out}.layers.json", "--json", "-q").out)
    assert value["weighted"]["weighted"] == {"int8": 2, "fp16": 1}
    assert [layer["node"] for layer in value["weighted"]["layers"]] == ["c1", "c2", "fc"]


def test_the_builder_gets_int8_weights_if_nothing_else_is_asked_for(
    ranges: Path, model: Path, tmp_path: Path
) -> None:
    layers = tmp_path / "net.engine.layers.json"
    for asked, has_float in (((), False), (("--weights", "float"), True)):
        result = run("apply", ranges, model, "-o", tmp_path / "net.engine", *asked)
        assert "2 of 3 weighted layers run in INT8" in result.err
        assert ("w2_QuantizeLinear" in layers.read_text()) == has_float
        assert "w2_DequantizeLinear" in layers.read_text()


def test_biases_are_corrected_by_the_ranges_file_or_an_option(
    ranges: Path, model: Path, tmp_path: Path
) -> None:
    pytest.importorskip("onnxruntime")
    data, given = tmp_path / "data.npy", tmp_path / "given.json"
    np.save(data, np.random.default_rng(1).random((4, 16, 16, 16), np.float32))
    added = np.arange(1, 33) / 64  # exact in FP16, as the engine holds biases
    content = {"setrange": 1, "tensors": json.loads(ranges.read_text())}
    given.write_text(json.dumps({**content, "bias_corrections": {"c1": added.tolist()}}))
    out = tmp_path / "net.engine"
    said, is_there = [], []
    for source, options in ((given, []), (given, ["--correct-bias", data])):
        said.append(run("apply", source, model, "-o", out, *options).err)
        is_there.append(added.astype(np.float16).tobytes() in out.read_bytes())
    assert all("2 of 3 weighted layers run in INT8, 1 in FP16" in text for text in said)
    assert ["corrected the biases of" in text for text in said] == [False, True]
    assert is_there == [True, False]


def test_turing_alone_and_with_others(ranges: Path, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "net.engine"
    alone = run("apply", ranges, model, "-o", out, "--gpu", "rtx20")
    assert alone.status == 0, alone.err
    assert "SR411" in alone.err
    assert "RTX 20 (sm75): 0 of 3 weighted layers run in INT8, 3 in FP16" in alone.err
    assert "SR409" in alone.err
    mixed = run("apply", ranges, model, "-o", out, "--gpu", "rtx20,sm86")
    assert "with it in the engine they do so on RTX 30 (sm86), too" in mixed.err


def test_no_fp16(ranges: Path, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "net.engine"
    result = run("apply", ranges, model, "-o", out, "--no-fp16")
    assert "2 of 3 weighted layers run in INT8, 1 in FP32" in result.err
    result = run(
        "apply", ranges, model, "-o", tmp_path / "o.engine", "--no-fp16", "--gpu", "75"
    )
    assert result.status == 2
    failed = run(
        "apply", ranges, model, "-o", tmp_path / "o.engine", "--no-fp16", "--gpu", "sm75"
    )
    assert failed.status == 3
    assert "on RTX 20 (sm75) the products that stay float must be FP16" in failed.err
    assert not (tmp_path / "o.engine").exists()


def test_a_failed_build_does_not_touch_the_next(
    ranges: Path, model: Path, tmp_path: Path
) -> None:
    out = tmp_path / "net.engine"
    assert run("apply", ranges, model, "-o", out, "--no-fp16", "--gpu", "sm75").status == 3
    result = run("apply", ranges, model, "-o", out, "--gpu", "sm89")
    assert "RTX 40 (sm89): 2 of 3 weighted layers run in INT8" in result.err


def test_dynamic_shapes(tmp_path: Path) -> None:
    ranges = tmp_path / "r.json"
    ranges.write_text('{"x": 1, "a": 3}')
    graph = """(float[N,16,S,S] x) => (float[N,32,S,S] a) {
        [c1] a = Conv<pads=[1,1,1,1]>(x, w1)
    }"""
    model = save(tmp_path / "small.onnx", graph, {"w1": (32, 16, 3, 3)})
    out = tmp_path / "net.engine"
    without = run("apply", ranges, model, "-o", out)
    assert without.status == 2, without.err
    assert "--min x:1x16x64x64" in without.err
    assert files(tmp_path) == []
    shapes = ["--min", "x:1x16x8x8", "--opt", "x:2x16x16x16", "--max", "x:4x16x32x32"]
    result = run("apply", ranges, model, "-o", out, *shapes)
    assert result.status == 0, result.err
    assert "1 of 1 weighted layers run in INT8" in result.err, result.err


def test_dry_run_and_quiet(ranges: Path, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "net.engine"
    result = run("apply", ranges, model, "-o", out, "--dry-run", "--gpu", "rtx50")
    assert result.status == 0, result.err
    assert "would build" in result.err
    assert "for RTX 50 (sm120)" in result.err
    assert files(tmp_path) == []
    assert run("apply", ranges, model, "-o", out, "-q").err == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--gpu", "rtx60"], "--gpu 'rtx60' is no GPU"),
        (["--gpu", "rtx30x"], "did you mean rtx30?"),
        (["--gpu", ""], "is no GPU"),
        (["--gpu", "sm80,current"], "--gpu current stands alone"),
        (["--gpu", "rtx30", "--via", "trtexec"], "--gpu is for engines that TensorRT for RTX"),
        (["--via", "rtx", "--trt", "8.6"], "--trt 8.6 names a release of TensorRT"),
        (["--via", "rtx", "--target", "dla"], "not for DLA"),
        (
            ["--via", "rtx", "--trtexec", "/bin/trtexec"],
            "--trtexec is for engines that trtexec",
        ),
        (["--via", "rtx", "--force"], "--force is for calibration caches"),
    ],
)
def test_options_that_do_not_fit(
    arguments: list[str], words: str, ranges: Path, model: Path, tmp_path: Path
) -> None:
    result = run("apply", ranges, model, "-o", tmp_path / "net.engine", *arguments)
    assert result.status == 2, result.err
    assert words in result.err
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    ("setting", "name"),
    [
        ("timing_cache: t.cache", "timing_cache"),
        ("hardware_compatibility: ampere_plus", "hardware_compatibility"),
        ("version_compatible: true", "version_compatible"),
        ("plugins: [libx.so]", "plugins"),
        ("io: {x: {dtype: int8}}", "io"),
        ("precision_constraints: obey", "precision_constraints"),
    ],
)
def test_settings_it_lacks(
    setting: str, name: str, ranges: Path, model: Path, tmp_path: Path
) -> None:
    config = tmp_path / "build.yaml"
    config.write_text(f"setrange_build: 1\n{setting}\n")
    out = tmp_path / "net.engine"
    result = run("apply", ranges, model, "-o", out, "--via", "rtx", "--config", config)
    assert result.status == 2, result.err
    assert f"does not have the build setting {name}" in result.err
    assert files(tmp_path) == []


def test_a_build_that_fails(ranges: Path, model: Path, tmp_path: Path) -> None:
    config = tmp_path / "build.yaml"
    config.write_text("setrange_build: 1\nworkspace_mib: 1\n")
    out = tmp_path / "net.engine"
    out.write_bytes(b"before")
    result = run("apply", ranges, model, "-o", out, "--config", config)
    assert result.status == 3, result.err
    assert "workspace_mib in the build settings is too small" in result.err
    assert out.read_bytes() == b"before"
    assert files(tmp_path) == ["net.engine"]


@pytest.mark.parametrize("ending", ["layers.json", "plan.json", "engine"])
def test_no_room_for_a_file(
    ranges: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    """What lies beside an engine is written while the library still builds it."""

    def write(path: Path, data: bytes, **more: Any) -> None:
        if str(path).endswith(ending):
            raise InputError(f"{path}: No space left on device")
        write_bytes(path, data, **more)

    monkeypatch.setattr("setrange.exporters.rtx_files.write_bytes", write)
    out = tmp_path / "net.engine"
    out.write_bytes(b"before")
    result = run("apply", ranges, model, "-o", out)
    assert result.status == 2, result.err
    assert f"{ending}: No space left on device" in result.err
    assert out.read_bytes() == b"before"
    assert [path.name for path in tmp_path.iterdir() if "net" in path.name] == ["net.engine"]


def test_current_without_a_driver(
    ranges: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("setrange.exporters.rtx.has_driver", lambda: False)
    result = run("apply", ranges, model, "-o", tmp_path / "net.engine", "--gpu", "current")
    assert result.status == 3, result.err
    assert "there is no NVIDIA driver here" in result.err
    assert "--gpu rtx40" in result.err
    assert files(tmp_path) == []


def test_a_model_the_library_refuses(tmp_path: Path) -> None:
    graph = """(float[1,16,8,8] x, float[4] k) => (float[1,32,8,8] a, int64[1,n] i) {
        [c1] a = Conv<pads=[1,1,1,1]>(x, w1)
        [nz] i = NonZero(k)
    }"""
    model = save(tmp_path / "small.onnx", graph, {"w1": (32, 16, 3, 3)})
    ranges = tmp_path / "r.json"
    ranges.write_text('{"x": 1, "a": 3, "k": 1}')
    result = run("apply", ranges, model, "-o", tmp_path / "net.engine")
    assert result.status == 2, result.err
    assert "refuses small.onnx" in result.err
    assert "'nz' (NonZero)" in result.err
    assert "TensorRT for RTX has no plugins" in result.err
    assert files(tmp_path) == []


def test_an_op_the_library_does_not_know(tmp_path: Path) -> None:
    graph = """(float[1,16,8,8] x, float[2,2] q) => (float[1,32,8,8] a, float i) {
        [c1] a = Conv<pads=[1,1,1,1]>(x, w1)
        [det] i = Det(q)
    }"""
    model = save(tmp_path / "small.onnx", graph, {"w1": (32, 16, 3, 3)})
    ranges = tmp_path / "r.json"
    ranges.write_text('{"x": 1, "a": 3, "q": 1, "i": 1}')
    result = run("apply", ranges, model, "-o", tmp_path / "net.engine")
    assert result.status == 2, result.err
    assert "'det' (Det): it does not know" in result.err
    assert files(tmp_path) == []


def test_the_release_of_rtx_is_not_tensorrts(tmp_path: Path) -> None:
    model = small_cnn(tmp_path / "small.onnx")
    result = run("apply", "/no/such", model, "-o", tmp_path / "net.cache")
    assert result.status == 2
    assert "none is installed here" in result.err
    assert "TensorRT 10.16" in run("inspect", model).err


def test_weights_at_one_place_of_a_data_file(tmp_path: Path) -> None:
    ranges = tmp_path / "r.json"
    ranges.write_text('{"x": 1, "a": 3, "b": 3}')
    graph = """(float[1,32,8,8] x) => (float[1,32,8,8] b) {
        [c1] a = Conv<pads=[1,1,1,1]>(x, w1)
        [c2] b = Conv<pads=[1,1,1,1]>(a, w2)
    }"""
    model = save(tmp_path / "small.onnx", graph, {"w1": (32, 32, 3, 3), "w2": (32, 32, 3, 3)})
    proto = onnx.load(model)
    (tmp_path / "w.bin").write_bytes(proto.graph.initializer[0].raw_data)
    for tensor in proto.graph.initializer:
        tensor.ClearField("raw_data")
        tensor.data_location = onnx.TensorProto.EXTERNAL
        for key, value in (("location", "w.bin"), ("offset", "0"), ("length", "36864")):
            tensor.external_data.add(key=key, value=value)
    onnx.save(proto, model)
    result = run("apply", ranges, model, "-o", tmp_path / "net.engine")
    assert result.status == 0, result.err
    assert "2 of 2 weighted layers run in INT8" in result.err


def test_from_python(ranges: Path, model: Path, tmp_path: Path) -> None:
    plan = setrange.plan_model(model, ranges)
    made = setrange.build_engine(plan, model, tmp_path / "net.engine", gpus=["rtx40"])
    assert made.verdict is not None
    assert made.verdict.counts() == {"int8": 2, "fp16": 1}
    assert made.ranges == 0
    assert files(tmp_path) == ["net.engine", "net.engine.layers.json", "net.engine.plan.json"]
    with pytest.raises(setrange.SetrangeError, match="expected tensorrt or rtx"):
        setrange.build_engine(plan, model, tmp_path / "net.engine", via="trtexec")
    with pytest.raises(setrange.SetrangeError, match="is no GPU"):
        setrange.build_engine(plan, model, tmp_path / "net.engine", gpus=["rtx1"])
