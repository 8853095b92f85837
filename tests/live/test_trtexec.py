# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""`setrange apply ... -o OUT.engine --via trtexec`, with a stand-in for trtexec."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from setrange.build_settings.config import BuildConfig, ShapeRange
from setrange.cli import main
from setrange.errors import UnsupportedError
from setrange.exporters.trtexec.command import TrtexecJob, trtexec_arguments
from setrange.machine.find_trtexec import start_problem
from setrange.versions import TrtVersion
from tests.cli.material import run, small_cnn
from tests.exporters.quantizing import save
from tests.support.trtexec import StandIn

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-in is a script")

ERROR = (
    "[11/24/2026-10:00:00] [E] Error[10]: Could not find any implementation for node Conv_0\n"
)


@pytest.fixture
def trtexec(tmp_path: Path) -> StandIn:
    return StandIn(tmp_path / "TensorRT with spaces")


def apply(trtexec: StandIn, ranges: Path, model: Path, out: Path, *arguments: object) -> Any:
    return run("apply", ranges, model, "-o", out, "--trtexec", trtexec.path, *arguments)


@pytest.mark.parametrize(
    ("number", "skip"),
    [
        ("8502", "--buildOnly"),
        ("8601", "--skipInference"),
        ("100300", "--skipInference"),
        ("101303", "--skipInference"),
    ],
)
def test_the_command_with_a_cache(
    number: str, skip: str, trtexec: StandIn, ranges: Path, model: Path, tmp_path: Path
) -> None:
    trtexec.set(number=number)
    out = tmp_path / "net.engine"
    result = apply(trtexec, ranges, model, out)
    assert (result.status, result.out) == (0, ""), result.err
    (arguments,) = trtexec.calls()
    cache = tmp_path / "net.engine.cache"
    building = Path(arguments[-1].partition("=")[2])
    layers = building.with_name("net.engine.layers.json")
    assert building.parent.parent == tmp_path  # on the same disk, in a folder of its own
    assert building.name == "net.engine"
    assert arguments == [
        f"--onnx={model}",
        "--int8",
        f"--calib={cache}",
        "--fp16",
        "--profilingVerbosity=detailed",
        f"--exportLayerInfo={layers}",
        skip,
        f"--saveEngine={building}",
    ]
    assert cache.read_text().startswith(f"TRT-{number}-EntropyCalibration2\n")
    assert out.read_bytes() == b"engine"
    assert not building.parent.exists()
    assert json.loads((tmp_path / "net.engine.plan.json").read_text())["counts"]["missing"] == 0
    assert "1 of 1 layers" in result.err


def test_the_command_for_11(
    trtexec: StandIn, ranges: Path, model: Path, tmp_path: Path
) -> None:
    trtexec.set(number="110100")
    out = tmp_path / "net.engine"
    result = apply(trtexec, ranges, model, out, "--quantize-small")
    assert result.status == 0, result.err
    (arguments,) = trtexec.calls()
    removed = ("--int8", "--fp16", "--calib", "--best", "--stronglyTyped", "--layerPrecisions")
    assert not [argument for argument in arguments if argument.startswith(removed)]
    assert arguments[0] == f"--onnx={tmp_path / 'net.engine.qdq.onnx'}"
    assert (tmp_path / "net.engine.qdq.onnx").exists()
    assert "TensorRT 11.1.0 has no ranges" in result.err


def test_the_model_for_11_has_corrected_biases(
    trtexec: StandIn, ranges: Path, model: Path, tmp_path: Path
) -> None:
    """By option and by the ranges file: as a Q/DQ model has them that is written alone."""
    pytest.importorskip("onnxruntime")
    trtexec.set(number="110100")
    out = tmp_path / "net.engine"
    shape = [d.dim_value for d in onnx.load(model).graph.input[0].type.tensor_type.shape.dim]
    data = tmp_path / "data.npy"
    np.save(data, np.random.default_rng(1).exponential(0.1, (4, *shape[1:])).astype("float32"))
    given = tmp_path / "given.json"
    rest: dict[str, Any] = {"setrange": 1, "tensors": json.loads(ranges.read_text())}
    channels = onnx.load(model).graph.initializer[0].dims[0]
    rest["bias_corrections"] = {"Conv_0": [0.5] * channels}
    given.write_text(json.dumps(rest))
    how = ["--quantize-small", "--correct-bias", data]
    assert apply(trtexec, given, model, out, "--no-fp16", *how).status == 0
    alone = tmp_path / "alone.qdq.onnx"
    assert run("apply", given, model, "-o", alone, *how).status == 0
    made = (tmp_path / "net.engine.qdq.onnx").read_bytes()
    assert made == alone.read_bytes()
    assert run("apply", ranges, model, "-o", alone, "--overwrite", *how[:1]).status == 0
    assert made != alone.read_bytes()


def test_it_is_found_on_path_and_in_trt_root(
    trtexec: StandIn, ranges: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import importlib.util

    real = importlib.util.find_spec
    monkeypatch.setattr(
        "importlib.util.find_spec", lambda name: None if name == "tensorrt" else real(name)
    )
    monkeypatch.setenv("PATH", str(trtexec.folder))
    assert run("apply", ranges, model, "-o", tmp_path / "a.engine").status == 0
    monkeypatch.setenv("PATH", "")
    root = tmp_path / "root"
    root.mkdir()
    trtexec.folder.rename(root / "bin")
    monkeypatch.setenv("TRT_ROOT", str(root))
    assert run("apply", ranges, model, "-o", tmp_path / "b.engine").status == 0
    monkeypatch.delenv("TRT_ROOT")
    result = run("apply", ranges, model, "-o", tmp_path / "c.engine", "--via", "trtexec")
    assert result.status == 3
    assert "there is no trtexec" in result.err


def test_it_stands_in_for_bindings_that_do_not_load(
    trtexec: StandIn, ranges: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site" / "tensorrt"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise ImportError('libnvinfer.so.8: cannot open')")
    monkeypatch.syspath_prepend(str(package.parent))
    monkeypatch.setenv("PATH", str(trtexec.folder))
    out = tmp_path / "net.engine"
    result = run("apply", ranges, model, "-o", out)
    assert result.status == 0, result.err
    assert "libnvinfer.so.8: cannot open" in result.err
    assert "so trtexec builds the engine" in result.err
    assert len(trtexec.calls()) == 1
    result = run("apply", ranges, model, "-o", out, "--via", "tensorrt")
    assert result.status == 3
    monkeypatch.setenv("PATH", "")
    result = run("apply", ranges, model, "-o", out)
    assert result.status == 3
    assert "installed but cannot be loaded: libnvinfer.so.8" in result.err


def test_a_dry_run_prints_the_command(
    trtexec: StandIn, ranges: Path, model: Path, tmp_path: Path
) -> None:
    out = tmp_path / "net.engine"
    result = apply(trtexec, ranges, model, out, "--dry-run")
    assert result.status == 0
    command = result.err.splitlines()[-1]
    assert command.startswith(f"'{trtexec.path}' --onnx={model} --int8 --calib=")
    assert command.endswith(f"--saveEngine={out}")
    assert trtexec.calls() == []
    assert not list(tmp_path.glob("net.*"))


def test_instance_normalization_is_native_as_trtexec_wants(
    trtexec: StandIn, norm: Path, tmp_path: Path
) -> None:
    ranges = tmp_path / "r.json"
    ranges.write_text('{"x": 1.0, "y": 2.0}')
    result = apply(trtexec, ranges, norm, tmp_path / "n.engine", "--allow-missing")
    assert result.status == 0, result.err
    cache = (tmp_path / "n.engine.cache").read_text()
    assert "(Unnamed Layer* " in cache  # a plugin alone would have no such tensor


def test_failures_end_with_trtexecs_words(
    trtexec: StandIn, ranges: Path, model: Path, tmp_path: Path
) -> None:
    trtexec.set(number="8601", status=1, log=ERROR)
    out = tmp_path / "net.engine"
    out.write_bytes(b"before")
    result = apply(trtexec, ranges, model, out)
    assert result.status == 3
    assert (
        "Could not find any implementation for node Conv_0" in result.err.split("error: ")[-1]
    )
    assert "this means: no kernel fits the layer" in result.err
    assert out.read_bytes() == b"before"
    assert not list(tmp_path.glob(".net*"))


def test_what_the_log_of_a_good_build_warns_of(
    trtexec: StandIn, ranges: Path, model: Path, tmp_path: Path
) -> None:
    missing = (
        "[W] [TRT] Missing scale and zero-point for tensor {}, expect fall back to non-int8"
    )
    lines = [
        *(missing.format(name) for name in "abcde"),
        "[W] [TRT] something else",
        "[I] fine",
    ]
    trtexec.set(number="8601", log="\n".join(lines) + "\n")
    result = apply(trtexec, ranges, model, tmp_path / "net.engine")
    assert result.status == 0, result.err
    assert "TensorRT warns of 'a', 'b', 'c' and 2 more: the tensor has no range" in result.err
    assert "1 other warning" in result.err


def test_a_log_that_is_not_utf_8(
    trtexec: StandIn, ranges: Path, model: Path, tmp_path: Path
) -> None:
    trtexec.set(number="8601", log="[I] caf\xe9\n")
    result = apply(trtexec, ranges, model, tmp_path / "net.engine", "-v")
    assert result.status == 0
    assert "[I] caf" in result.err


def test_no_engine_although_it_says_passed(
    trtexec: StandIn, ranges: Path, model: Path, tmp_path: Path
) -> None:
    trtexec.set(number="8601", writes=False)
    result = apply(trtexec, ranges, model, tmp_path / "net.engine")
    assert result.status == 3
    assert "trtexec wrote no engine" in result.err


def test_a_library_is_missing(
    trtexec: StandIn, ranges: Path, model: Path, tmp_path: Path
) -> None:
    line = "trtexec: error while loading shared libraries: libnvinfer.so.8: cannot open"
    trtexec.set(does_not_start=line)
    result = apply(trtexec, ranges, model, tmp_path / "net.engine")
    assert result.status == 3
    assert "LD_LIBRARY_PATH" in result.err


@pytest.mark.parametrize("status", [0xC0000135, -1073741515])
def test_a_dll_is_missing(status: int) -> None:
    assert "TRT_ROOT\\lib" in start_problem(status, "")


def test_precisions_by_layer_name(trtexec: StandIn, model: Path, tmp_path: Path) -> None:
    ranges = tmp_path / "r.json"
    text = '{"setrange": 1, "tensors": {"input": 1, "relu": 2, "out": 3}, "precision": {%s}}'
    ranges.write_text(text % '"Conv_0": "fp16"')
    assert apply(trtexec, ranges, model, tmp_path / "n.engine").status == 0
    (arguments,) = trtexec.calls()
    assert "--precisionConstraints=prefer" in arguments
    assert "--layerPrecisions=Conv_0:fp16" in arguments
    content = model.read_bytes().replace(b"Conv_0", b"Conv,0")
    model.write_bytes(content)
    ranges.write_text(text % '"Conv*": "fp16"')
    result = apply(trtexec, ranges, model, tmp_path / "n.engine")
    assert result.status == 2
    assert "cuts layer names at commas" in result.err
    assert "--via tensorrt" in result.err


def test_dynamic_shapes(trtexec: StandIn, ranges: Path, tmp_path: Path) -> None:
    model = small_cnn(tmp_path / "dynamic.onnx", batch="n")
    out = tmp_path / "n.engine"
    result = apply(trtexec, ranges, model, out)
    assert result.status == 2
    assert "--min input:1x3x8x8" in result.err
    shapes = "--min", "input:1x3x8x8", "--max", "input:4x3x8x8"
    assert apply(trtexec, ranges, model, out, *shapes).status == 0
    (arguments,) = trtexec.calls()
    assert [a for a in arguments if "Shapes" in a] == [
        "--minShapes=input:1x3x8x8",
        "--optShapes=input:4x3x8x8",
        "--maxShapes=input:4x3x8x8",
    ]


def config(tmp_path: Path, text: str) -> tuple[str, Path]:
    path = tmp_path / "build.yaml"
    path.write_text(f"setrange_build: 1\n{text}\n")
    return "--config", path


def test_several_profiles(trtexec: StandIn, ranges: Path, tmp_path: Path) -> None:
    model = small_cnn(tmp_path / "dynamic.onnx", batch="n")
    one = "{min: 1x3x8x8, opt: 1x3x8x8, max: 1x3x8x8}"
    more = "{min: 2x3x8x8, opt: 4x3x8x8, max: 8x3x8x8}"
    options = config(tmp_path, f"profiles: [{{input: {one}}}, {{input: {more}}}]")
    trtexec.set(number="100300")
    assert apply(trtexec, ranges, model, tmp_path / "n.engine", *options).status == 0
    (arguments,) = trtexec.calls()
    assert [a for a in arguments if a.startswith("--profile=") or "Shapes=" in a] == [
        "--profile=0",
        "--minShapes=input:1x3x8x8",
        "--optShapes=input:1x3x8x8",
        "--maxShapes=input:1x3x8x8",
        "--profile=1",
        "--minShapes=input:2x3x8x8",
        "--optShapes=input:4x3x8x8",
        "--maxShapes=input:8x3x8x8",
    ]
    trtexec.set(number="8601")
    result = apply(trtexec, ranges, model, tmp_path / "old.engine", *options)
    assert result.status == 2
    assert "trtexec 8.6.1 builds with one optimization profile" in result.err
    assert not list(tmp_path.glob("old.*"))


@pytest.mark.parametrize(
    ("number", "text", "expected"),
    [
        (
            "8601",
            "io: {input: {dtype: int8, formats: [chw4, chw32]}, out: {dtype: fp16}}",
            ["--inputIOFormats=int8:chw4+chw32", "--outputIOFormats=fp16:chw"],
        ),
        ("100300", "io: {out: {formats: [dhwc]}}", ["--outputIOFormats=fp32:dhwc"]),
        ("110100", "io: {input: {formats: [hwc16, linear]}}", ["--inputIOFormats=hwc16+chw"]),
    ],
)
def test_types_and_formats_of_inputs_and_outputs(
    number: str,
    text: str,
    expected: list[str],
    trtexec: StandIn,
    ranges: Path,
    model: Path,
    tmp_path: Path,
) -> None:
    trtexec.set(number=number)
    options = *config(tmp_path, text), "--quantize-small"
    result = apply(
        trtexec, ranges, model, tmp_path / "n.engine", *options[: 3 if number[1] == "1" else 2]
    )
    assert result.status == 0, result.err
    (arguments,) = trtexec.calls()
    assert [a for a in arguments if "IOFormats" in a] == expected
    assert ("SR407" in result.err) == ("int8" in text)


def test_all_inputs_are_listed_in_order(trtexec: StandIn, tmp_path: Path) -> None:
    graph = """(float[1,2] a, float16[1,2] b, int64[1,2] c) => (float[1,2] x, float16[1,2] y,
        int64[1,2] z) { x = Relu(a) y = Relu(b) z = Add(c, c) }"""
    model = save(tmp_path / "many.onnx", graph, opset=13)
    ranges = tmp_path / "r.json"
    ranges.write_text('{"a": 1, "b": 1, "x": 1, "y": 1}')
    trtexec.set(number="100300")
    options = config(tmp_path, "io: {b: {dtype: int8}}")
    result = apply(trtexec, ranges, model, tmp_path / "n.engine", *options)
    assert result.status == 0, result.err
    (arguments,) = trtexec.calls()
    assert "--inputIOFormats=fp32:chw,int8:chw,int64:chw" in arguments


@pytest.mark.parametrize(
    ("number", "text", "message"),
    [
        ("100300", "io: {input: {formats: [hwc16]}}", "does not know the format hwc16"),
        ("8201", "io: {input: {formats: [cdhw32]}}", "does not know the format cdhw32"),
        ("8601", "io: {inpt: {formats: [chw4]}}", "io names 'inpt', but the model's inputs"),
        ("110100", "io: {input: {dtype: int8}}", "takes the types of inputs and outputs"),
    ],
)
def test_io_that_trtexec_does_not_take(
    number: str,
    text: str,
    message: str,
    trtexec: StandIn,
    ranges: Path,
    model: Path,
    tmp_path: Path,
) -> None:
    trtexec.set(number=number)
    out = tmp_path / "net.engine"
    result = apply(trtexec, ranges, model, out, *config(tmp_path, text))
    assert result.status == 2
    assert message in result.err
    assert trtexec.calls() == []
    assert not list(tmp_path.glob("net.*"))


@pytest.mark.parametrize("number", ["8001", "8205"])
def test_old_releases_set_no_precisions(
    number: str, trtexec: StandIn, model: Path, tmp_path: Path
) -> None:
    trtexec.set(number=number)
    ranges, out = tmp_path / "r.json", tmp_path / "net.engine"
    ranges.write_text(
        '{"setrange": 1, "tensors": {"input": 1, "relu": 2, "out": 3},'
        ' "precision": {"Conv_0": "fp16"}}'
    )
    result = apply(trtexec, ranges, model, out)
    assert result.status == 2
    assert "8.4 and later can" in result.err
    assert not list(tmp_path.glob("net.*"))


def job(tmp_path: Path) -> TrtexecJob:
    return TrtexecJob(
        model=tmp_path / "m.onnx",
        engine=tmp_path / "m.engine",
        layers=tmp_path / "m.json",
        cache=tmp_path / "m.cache",
        precisions={},
    )


def test_settings_become_arguments(tmp_path: Path) -> None:
    size = ShapeRange(min=(1, 3), opt=(2, 3), max=(4, 3))
    settings = BuildConfig(
        fp16=False,
        workspace_mib=512,
        optimization_level=4,
        timing_cache="t.cache",
        dla_core=1,
        hardware_compatibility="ampere_plus",
        version_compatible=True,
        plugins=("a.so", "b.so"),
        profiles=({"x": size},),
    )
    arguments = trtexec_arguments(TrtVersion.parse("10.3"), job(tmp_path), settings)
    assert arguments[3:] == [
        "--minShapes=x:1x3",
        "--optShapes=x:2x3",
        "--maxShapes=x:4x3",
        "--memPoolSize=workspace:512",
        "--timingCacheFile=t.cache",
        "--useDLACore=1",
        "--allowGPUFallback",
        "--staticPlugins=a.so",
        "--staticPlugins=b.so",
        "--builderOptimizationLevel=4",
        "--hardwareCompatibilityLevel=ampere+",
        "--versionCompatible",
        "--profilingVerbosity=detailed",
        f"--exportLayerInfo={tmp_path / 'm.json'}",
        "--skipInference",
        f"--saveEngine={tmp_path / 'm.engine'}",
    ]
    old = BuildConfig(workspace_mib=512, plugins=("a.so",))
    arguments = trtexec_arguments(TrtVersion.parse("8.0"), job(tmp_path), old)
    assert arguments[4:] == [
        "--workspace=512",
        "--plugins=a.so",
        "--buildOnly",
        f"--saveEngine={tmp_path / 'm.engine'}",
    ]
    with pytest.raises(UnsupportedError, match="optimization_level"):
        trtexec_arguments(
            TrtVersion.parse("8.5"), job(tmp_path), BuildConfig(optimization_level=3)
        )


@pytest.mark.parametrize(
    ("number", "version"),
    [
        (7203, "7.2.3"),
        (8601, "8.6.1"),
        (100300, "10.3.0"),
        (101601, "10.16.1"),
        (110100, "11.1.0"),
    ],
)
def test_banners(number: int, version: str) -> None:
    assert str(TrtVersion.of_number(number)) == version


def test_an_interrupted_trtexec_leaves_nothing(
    trtexec: StandIn, model: Path, tmp_path: Path
) -> None:
    from setrange.exporters.trtexec.run import run_trtexec
    from setrange.machine.find_trtexec import Trtexec

    (tmp_path / "m.cache").write_text("TRT-8601-EntropyCalibration2\n")
    program = Trtexec(path=trtexec.path, version=TrtVersion.parse("8.6.1"))

    def interrupt(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_trtexec(program, job(tmp_path), BuildConfig(), each_line=interrupt)
    assert sorted(path.name for path in tmp_path.glob("*m.*")) == ["m.cache"]


def test_a_cache_that_is_gone_never_reaches_trtexec(trtexec: StandIn, tmp_path: Path) -> None:
    from setrange.errors import EngineBuildError
    from setrange.exporters.trtexec.run import run_trtexec
    from setrange.machine.find_trtexec import Trtexec

    program = Trtexec(path=trtexec.path, version=TrtVersion.parse("8.6.1"))
    with pytest.raises(EngineBuildError, match="random noise"):
        run_trtexec(program, job(tmp_path), BuildConfig(), each_line=lambda _: None)
    assert trtexec.calls() == []


@pytest.mark.parametrize(
    ("number", "option", "reason"),
    [
        ("8601", ["--placement", "gpu"], "is for Q/DQ models"),
        ("101303", ["--quantize-small"], "is for Q/DQ models"),
        ("110100", ["--force"], "is for calibration caches"),
        ("8601", ["--native-instancenorm"], "sets its parser up on its own"),
    ],
)
def test_options_that_mean_nothing_to_this_trtexec(
    trtexec: StandIn, number: str, option: list[str], reason: str, tmp_path: Path
) -> None:
    trtexec.set(number=number)
    model, ranges = small_cnn(tmp_path / "net.onnx"), tmp_path / "r.json"
    ranges.write_text('{"input": 1.0}')
    result = apply(trtexec, ranges, model, tmp_path / "n.engine", *option)
    assert result.status == 2
    assert f"error: {option[0]} is for " in result.err
    assert reason in result.err
    assert list(tmp_path.glob("n.engine*")) == []


# -- the engine and what lies beside it -------------------------------------------------


def test_a_stale_file_is_never_taken_for_the_engine(
    trtexec: StandIn, ranges: Path, model: Path, tmp_path: Path
) -> None:
    stale = tmp_path / ".net.engine.building"
    stale.write_bytes(b"STALE")
    trtexec.set(number="8601", writes=False)
    out = tmp_path / "net.engine"
    result = apply(trtexec, ranges, model, out)
    assert result.status == 3
    assert "wrote no engine" in result.err
    assert not out.exists()
    assert stale.read_bytes() == b"STALE"


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
@pytest.mark.parametrize("name", [".net.engine.building", "net.engine.layers.json"])
def test_no_planted_link_is_followed(
    name: str, trtexec: StandIn, ranges: Path, model: Path, tmp_path: Path
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / name).symlink_to(victim)
    out = tmp_path / "net.engine"
    is_of_another_kind = (
        name == "net.engine.layers.json"
    )  # what is beside an engine is looked at
    assert apply(trtexec, ranges, model, out).status == (2 if is_of_another_kind else 0)
    assert apply(trtexec, ranges, model, out, "--overwrite").status == 0
    assert victim.read_text() == "precious"
    assert not out.is_symlink()
    assert out.read_bytes() == b"engine"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM")
def test_sigterm_ends_trtexec_and_leaves_nothing(
    trtexec: StandIn, ranges: Path, model: Path, tmp_path: Path
) -> None:
    trtexec.set(number="8601", sleeps=600, log="[I] building\n")
    out = tmp_path / "out" / "net.engine"
    out.parent.mkdir()

    class Ending(io.StringIO):
        def write(self, text: str) -> int:
            if "[I] building" in text:
                signal.raise_signal(signal.SIGTERM)
            return super().write(text)

    command = ["apply", ranges, model, "-o", out, "--trtexec", trtexec.path, "-v"]
    with contextlib.redirect_stderr(Ending()), pytest.raises(SystemExit) as left:
        main([str(argument) for argument in command])
    assert left.value.code == 143
    assert [path.name for path in out.parent.iterdir()] == ["net.engine.cache"]
    number = int((trtexec.folder / "pid").read_text())
    for _ in range(3000):
        if not is_running(number):
            break
        time.sleep(0.02)
    assert not is_running(number)


def is_running(number: int) -> bool:
    """False for a process that is gone, or dead and not yet waited for."""
    try:
        os.kill(number, 0)
        state = Path(f"/proc/{number}/stat")
        return not state.exists() or ") Z" not in state.read_text()
    except OSError:
        return False


def test_layers_nested_too_deep_are_no_bug(
    trtexec: StandIn, ranges: Path, model: Path, tmp_path: Path
) -> None:
    trtexec.set(number="8601", layers="[" * 100_000)
    out = tmp_path / "net.engine"
    result = apply(trtexec, ranges, model, out)
    assert result.status == 0, result.err
    assert out.read_bytes() == b"engine"
    assert "net.engine.layers.json: " in result.err


def test_layers_of_an_older_engine_do_not_stay(
    trtexec: StandIn, ranges: Path, model: Path, tmp_path: Path
) -> None:
    out = tmp_path / "net.engine"
    assert apply(trtexec, ranges, model, out).status == 0
    beside = tmp_path / "net.engine.layers.json"
    assert beside.exists()
    trtexec.set(number="8001", engine="newer")  # its trtexec writes no layers
    assert apply(trtexec, ranges, model, out).status == 0
    assert out.read_bytes() == b"newer"
    assert not beside.exists()


def test_two_builds_of_one_engine_do_not_mix(
    trtexec: StandIn, ranges: Path, model: Path, tmp_path: Path
) -> None:
    out = tmp_path / "net.engine"
    other = StandIn(tmp_path / "other")
    trtexec.set(number="8601", engine="first" * 1000, sleeps=0.3)
    other.set(number="8601", engine="second" * 1000, sleeps=0.3)
    command = [
        sys.executable,
        "-m",
        "setrange",
        "apply",
        str(ranges),
        str(model),
        "-o",
        str(out),
    ]
    builds = [
        subprocess.Popen([*command, "--trtexec", str(each.path)], stderr=subprocess.PIPE)
        for each in (trtexec, other)
    ]
    assert [build.communicate()[1] and build.returncode for build in builds] == [0, 0]
    assert out.read_bytes() in (b"first" * 1000, b"second" * 1000)
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []
