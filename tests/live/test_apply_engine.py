# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""`setrange apply ... -o OUT.engine` on TensorRT 8.6 to 10.16."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from setrange import import_network, make_plan, read_ranges
from setrange.live import build
from setrange.ranges.float32 import to_float32
from tests.cli.material import run, small_cnn
from tests.fake_tensorrt.names import VERSIONS
from tests.meta.source_tree import ROOT
from tests.networks import ranges_of
from tests.support.trtexec import IMPLICIT, told

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from pathlib import Path

    Install = Callable[[str], Any]


@pytest.mark.parametrize("version", IMPLICIT)
def test_every_tensor_of_the_plan_gets_its_range(
    version: str, model: Path, ranges: Path, tmp_path: Path, install: Install
) -> None:
    install(version)
    out = tmp_path / "net.engine"
    result = run("apply", ranges, model, "-o", out)
    assert (result.status, result.out) == (0, ""), result.err
    plan = make_plan(import_network(model, version), read_ranges(ranges))
    expected = {
        planned.tensor.name: [-to_float32(planned.range.amax), to_float32(planned.range.amax)]
        for planned in plan.tensors
        if planned.range is not None
    }
    assert told(out)["ranges"] == expected
    assert expected["input"] == [-to_float32(2.64), to_float32(2.64)]
    assert len(expected) == 10  # Gemm's constants, product and broadcast included
    assert "SR304" not in result.err


@pytest.mark.parametrize("version", IMPLICIT)
def test_what_the_builder_is_told_by_default(
    version: str, model: Path, ranges: Path, tmp_path: Path, install: Install
) -> None:
    install(version)
    out = tmp_path / "net.plan"
    assert run("apply", ranges, model, "-o", out).status == 0
    engine = told(out)
    assert engine["flags"] == ["FP16", "INT8"]
    assert engine["network_flags"] == 1  # explicit batch
    assert engine["verbosity"] == "DETAILED"
    assert run("apply", ranges, model, "-o", out, "--no-fp16").status == 0
    assert told(out)["flags"] == ["INT8"]


def test_files_beside_the_engine(
    model: Path, ranges: Path, tmp_path: Path, install: Install
) -> None:
    install("10.16")
    out = tmp_path / "net.engine"
    result = run("apply", ranges, model, "-o", out)
    layers = json.loads((tmp_path / "net.engine.layers.json").read_text())
    plan = json.loads((tmp_path / "net.engine.plan.json").read_text())
    assert len(layers["Layers"]) == 9
    assert plan["counts"]["missing"] == 0
    assert f"wrote {out}: TensorRT 10.16.1, 10 tensors with a range" in result.err


def test_exact_scales_become_127_times_the_scale(
    model: Path, tmp_path: Path, install: Install
) -> None:
    install("8.6")
    ranges = tmp_path / "old.cache"
    ranges.write_text(
        "TRT-8601-EntropyCalibration2\ninput: 3caa6db8\nrelu: 3d010a14\nout: 3c010204\n"
    )
    out = tmp_path / "net.engine"
    assert run("apply", ranges, model, "-o", out).status == 0
    assert told(out)["ranges"]["out"] == [-1.0, 1.0]


def test_missing_ranges_block(model: Path, tmp_path: Path, install: Install) -> None:
    install("8.6")
    ranges = tmp_path / "few.json"
    ranges.write_text('{"input": 1.0}')
    out = tmp_path / "net.engine"
    result = run("apply", ranges, model, "-o", out)
    assert result.status == 1
    assert not list(tmp_path.glob("net.*"))
    assert run("apply", ranges, model, "-o", out, "--allow-missing").status == 0
    assert "relu" not in told(out)["ranges"]


def test_dry_run_builds_nothing(
    model: Path, ranges: Path, tmp_path: Path, install: Install
) -> None:
    install("8.6")
    result = run("apply", ranges, model, "-o", tmp_path / "net.engine", "--dry-run")
    assert result.status == 0
    assert "would build" in result.err
    assert not list(tmp_path.glob("net.*"))


def test_another_release_than_the_installed_one(
    model: Path, ranges: Path, tmp_path: Path, install: Install
) -> None:
    install("8.6")
    result = run("apply", ranges, model, "-o", tmp_path / "net.engine", "--trt", "10.3")
    assert result.status == 2
    assert "installed here is 8.6.1" in result.err


def test_precisions_of_single_layers(model: Path, tmp_path: Path, install: Install) -> None:
    install("8.6")
    ranges = tmp_path / "ranges.json"
    ranges.write_text(
        '{"setrange": 1, "tensors": {"input": 1, "relu": 2, "out": 3},'
        ' "precision": {"Gemm*": "fp16", "Conv_0": "int8"}}'
    )
    out = tmp_path / "net.engine"
    assert run("apply", ranges, model, "-o", out).status == 0
    engine = told(out)
    assert engine["flags"] == ["FP16", "INT8", "PREFER_PRECISION_CONSTRAINTS"]
    assert engine["precisions"]["Conv_0"] == ["INT8", {"0": "INT8"}]
    assert engine["precisions"]["Gemm_0"] == ["HALF", {"0": "HALF"}]
    assert "fc.weight" not in engine["precisions"]  # constants never


def test_a_model_with_qdq_nodes_is_refused(
    model: Path, ranges: Path, tmp_path: Path, install: Install
) -> None:
    install("10.16")
    qdq = tmp_path / "qdq.onnx"
    assert run("apply", ranges, model, "-o", qdq, "--quantize-small").status == 0
    result = run("apply", ranges, qdq, "-o", tmp_path / "net.engine")
    assert result.status == 2
    assert "has Q/DQ nodes" in result.err
    assert f"trtexec --onnx={qdq}" in result.err
    assert f"setrange convert {qdq} -o ranges.json --strip plain.onnx" in result.err


@pytest.mark.parametrize(
    ("version", "node"), [("8.6", "node 1 'Relu_0' (Rolu)"), ("10.16", "node 1 'Odd_1' (Odd)")]
)
def test_what_the_parser_says(
    version: str, node: str, model: Path, ranges: Path, tmp_path: Path, install: Install
) -> None:
    trt = install(version)
    model.write_bytes(
        model.read_bytes().replace(b"Relu\x1a", b"Rolu\x1a").replace(b'"\x04Relu', b'"\x04Rolu')
    )
    result = run("apply", ranges, model, "-o", tmp_path / "net.engine")
    assert result.status == 2
    assert f"TensorRT {trt.__version__[:7]}'s ONNX parser refuses small.onnx" in result.err
    assert node in result.err


def test_a_failed_build_shows_the_builders_words(
    model: Path, ranges: Path, tmp_path: Path, install: Install
) -> None:
    trt = install("10.16")
    trt._fails_with = "Could not find any implementation for node Conv_0"
    out = tmp_path / "net.engine"
    out.write_bytes(b"before")
    result = run("apply", ranges, model, "-o", out)
    assert result.status == 3
    assert trt._fails_with in result.err.split("error: ")[-1]
    assert out.read_bytes() == b"before"


def test_what_the_builder_warns_of(
    model: Path, ranges: Path, tmp_path: Path, install: Install
) -> None:
    trt = install("10.16")
    missing = "Missing scale and zero-point for tensor relu, expect fall back to non-int8"
    trt._warns = [missing, "something else"]
    result = run("apply", ranges, model, "-o", tmp_path / "net.engine")
    assert result.status == 0, result.err
    assert "TensorRT warns of 'relu': the tensor has no range" in result.err
    assert "1 other warning; -v shows all" in result.err


def test_no_gpu(model: Path, ranges: Path, tmp_path: Path, install: Install) -> None:
    trt = install("10.16")
    trt._no_gpu = True
    result = run("apply", ranges, model, "-o", tmp_path / "net.engine")
    assert result.status == 3
    assert "CUDA initialization failure" in result.err
    assert "setrange doctor" in result.err


@pytest.mark.parametrize("version", ["10.1", "10.16"])
def test_an_interrupted_build_leaves_nothing(
    version: str,
    model: Path,
    ranges: Path,
    tmp_path: Path,
    install: Install,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import _thread

    trt = install(version)
    steps = []
    told: list[threading.Event] = []
    made = build._make_monitor

    def make(trt: Any, progress: Any, stop: threading.Event) -> Any:
        told.append(stop)
        return made(trt, progress, stop)

    def on_step(step: int) -> None:
        steps.append(step)
        _thread.interrupt_main()
        assert told[0].wait(60)

    monkeypatch.setattr(build, "_make_monitor", make)

    trt._on_step = on_step
    result = run("apply", ranges, model, "-o", tmp_path / "net.engine")
    assert "interrupted" in result.err
    assert steps == [0]  # the builder was told to stop after the first step
    assert not list(tmp_path.glob("*net.engine*"))


def test_the_build_needs_tensorrt_to_load(
    model: Path, ranges: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "tensorrt", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: object())
    result = run("apply", ranges, model, "-o", tmp_path / "net.engine")
    assert result.status == 3


@pytest.mark.parametrize("version", IMPLICIT)
def test_another_network_than_predicted(
    version: str, model: Path, ranges: Path, tmp_path: Path, install: Install
) -> None:
    """The live network wins; ranges reach the tensors it has."""
    from setrange.network import Layer, LayerKind

    trt = install(version)

    def with_a_cast_in_front(network: Any) -> Any:
        conv = network.layers[0]
        layer = Layer(network, LayerKind.IDENTITY, [network.inputs[0]], ["float32"])
        layer.name = "surprise"
        layer.output.name = "surprising"
        layer.output.shape = network.inputs[0].shape
        network.layers.remove(layer)
        network.layers.insert(0, layer)
        conv.set_input(0, layer.output)
        return network

    trt._altered = with_a_cast_in_front
    out = tmp_path / "net.engine"
    result = run("apply", ranges, model, "-o", out)
    assert result.status == 0, result.err
    assert "warning[SR304]" in result.err
    assert "layer 0: the kind is Identity, and Convolution was predicted" in result.err
    assert told(out)["ranges"]["surprising"] == told(out)["ranges"]["input"]
    assert len(told(out)["ranges"]) == 11


def test_every_version_is_installed_somewhere() -> None:
    assert set(IMPLICIT) | {"11.1"} == set(VERSIONS)


@pytest.mark.parametrize("version", IMPLICIT)
def test_dynamic_shapes(version: str, ranges: Path, tmp_path: Path, install: Install) -> None:
    install(version)
    model = small_cnn(tmp_path / "dynamic.onnx", batch="n")
    out = tmp_path / "net.engine"
    result = run("apply", ranges, model, "-o", out)
    assert result.status == 2
    flags = "--min input:1x3x8x8 --opt input:8x3x8x8 --max input:32x3x8x8"
    assert flags in result.err
    assert run("apply", ranges, model, "-o", out, *flags.split()).status == 0
    assert told(out)["profiles"] == [{"input": [[1, 3, 8, 8], [8, 3, 8, 8], [32, 3, 8, 8]]}]


@pytest.mark.parametrize("version", VERSIONS)
def test_inspecting_an_engine(
    version: str, model: Path, ranges: Path, tmp_path: Path, install: Install
) -> None:
    install("10.16")
    out = tmp_path / "net.engine"
    assert run("apply", ranges, model, "-o", out).status == 0
    install(version)
    result = run("inspect", out)
    assert result.status == 0, result.err
    assert "layers run in INT8" in result.err
    out.write_bytes(b"of another release")
    result = run("inspect", out)
    assert result.status == 3
    assert "cannot load the engine" in result.err


def test_11_gets_a_qdq_model(
    model: Path, ranges: Path, tmp_path: Path, install: Install
) -> None:
    install("11.1")
    out = tmp_path / "net.engine"
    result = run("apply", ranges, model, "-o", out, "--quantize-small")
    assert result.status == 0, result.err
    engine = told(out)
    assert engine["network_flags"] == 1  # STRONGLY_TYPED in this version's fake
    assert engine["flags"] == []
    assert engine["ranges"] == {}
    kinds = {layer["LayerType"] for layer in engine["layers"]}
    assert {"Quantize", "Dequantize"} <= kinds
    assert "TensorRT 11.1.0 has no ranges: it gets a Q/DQ model" in result.err
    assert "the rest is FP16" in result.err
    assert "Cast" in kinds
    assert engine["io"] == {"input": ["FLOAT", 1], "out": ["FLOAT", 1]}
    result = run("apply", ranges, model, "-o", out, "--quantize-small", "--no-fp16")
    assert "the rest keeps the model's types" in result.err
    assert "Cast" not in {layer["LayerType"] for layer in told(out)["layers"]}
    assert (tmp_path / "net.engine.plan.json").exists()


def test_11_1_and_dla_exclude_each_other(
    model: Path, ranges: Path, tmp_path: Path, install: Install
) -> None:
    install("11.1")
    out = tmp_path / "net.engine"
    result = run("apply", ranges, model, "-o", out, "--target", "dla")
    assert result.status == 2
    assert "TensorRT 11.1.0 has no DLA; 11.4.1 and later" in result.err


@pytest.mark.parametrize("version", ["8.6", "10.16"])
def test_resnet50_with_nvidias_ranges(
    version: str, resnet50: Path, tmp_path: Path, install: Install
) -> None:
    install(version)
    ranges = ROOT / "tests" / "data" / "nvidia-resnet50" / "ranges-trt8.txt"
    out = tmp_path / "net.engine"
    result = run("apply", ranges, resnet50, "-o", out, "--allow-missing")
    assert result.status == 0, result.err
    set_to = told(out)["ranges"]
    for line in ranges.read_text().splitlines():
        name, _, amax = line.rpartition(":")
        if name and not name.startswith("(Unnamed"):
            assert set_to[name][1] == to_float32(float(amax)), name
    assert len(set_to) == 183


def test_the_python_api(model: Path, ranges: Path, tmp_path: Path, install: Install) -> None:
    from setrange import build_engine
    from setrange.errors import InputError

    install("8.6")
    out = tmp_path / "net.engine"
    plan = make_plan(import_network(model, "8.6"), read_ranges(ranges))
    result = build_engine(plan, model, out)
    assert (result.path, result.ranges) == (out, 10)
    assert len(told(out)["ranges"]) == 10
    other = make_plan(import_network(model, "10.3"), read_ranges(ranges))
    with pytest.raises(InputError, match="make the plan for this model and this TensorRT"):
        build_engine(other, model, out)


@pytest.mark.parametrize("fp16", [True, False])
def test_the_python_api_on_11(
    fp16: bool, resnet18: Path, tmp_path: Path, install: Install
) -> None:
    from setrange import BuildConfig, build_engine, write_qdq
    from setrange.errors import UnsupportedError

    install("11.1")
    out = tmp_path / "net.engine"
    network = import_network(resnet18, "8.6")  # of any release
    values = {tensor.name: 2.0 for tensor in network.float_tensors()}
    plan = make_plan(network, ranges_of(values))
    result = build_engine(plan, resnet18, out, config=BuildConfig(fp16=fp16))
    assert (result.path, result.ranges) == (out, 0)
    assert result.plan.exists()
    engine = told(out)
    kinds = {layer["LayerType"] for layer in engine["layers"]}
    assert {"Quantize", "Dequantize"} <= kinds
    assert ("Cast" in kinds) == fp16
    assert (engine["ranges"], engine["flags"]) == ({}, [])
    qdq = tmp_path / "qdq.onnx"
    write_qdq(plan, resnet18, qdq)
    with pytest.raises(UnsupportedError, match="has Q/DQ nodes"):
        build_engine(make_plan(import_network(qdq, "10.16"), None), qdq, out)


@pytest.mark.parametrize("version", IMPLICIT)
def test_dla_needs_every_range(
    version: str, model: Path, tmp_path: Path, install: Install
) -> None:
    install(version)
    ranges = tmp_path / "few.json"
    ranges.write_text('{"input": 1.0, "out": 2.0}')
    out = tmp_path / "net.engine"
    result = run("apply", ranges, model, "-o", out, "--target", "dla", "--allow-missing")
    assert result.status == 2
    assert "error[SR201]" in result.err
    assert not out.exists()


@pytest.mark.parametrize("version", IMPLICIT)
def test_target_dla_builds_for_dla(
    version: str, model: Path, ranges: Path, tmp_path: Path, install: Install
) -> None:
    trt = install(version)
    trt._dla_cores = 2
    out = tmp_path / "net.engine"
    result = run("apply", ranges, model, "-o", out, "--target", "dla")
    assert result.status == 0, result.err
    assert (told(out)["device"], told(out)["dla_core"]) == ("DLA", 0)
    settings = tmp_path / "build.yaml"
    settings.write_text("setrange_build: 1\ndla_core: 1\n")
    result = run("apply", ranges, model, "-o", out, "--target", "dla", "--config", settings)
    assert told(out)["dla_core"] == 1
    assert "--target dla sees to it" not in result.err
    result = run("apply", ranges, model, "-o", out, "--config", settings)
    assert "--target dla sees to it" in result.err


def test_the_parser_flag_reaches_parser_and_prediction(
    norm: Path, tmp_path: Path, install: Install
) -> None:
    install("8.6")
    ranges, out = tmp_path / "r.json", tmp_path / "n.engine"
    ranges.write_text('{"x": 1.0, "y": 2.0}')
    flags: list[list[str]] = [[], ["--native-instancenorm"]]
    for flag in flags:
        result = run("apply", ranges, norm, "-o", out, "--allow-missing", *flag)
        assert result.status == 0, result.err
        assert "SR304" not in result.err
        kinds = {layer["LayerType"] for layer in told(out)["layers"]}
        assert ("Normalization" in kinds) == bool(flag)


def test_fp16_is_allowed_where_a_layer_wants_it(
    model: Path, tmp_path: Path, install: Install
) -> None:
    install("8.6")
    ranges, out = tmp_path / "r.json", tmp_path / "n.engine"
    ranges.write_text(
        '{"setrange": 1, "tensors": {"input": 1, "relu": 2, "out": 3},'
        ' "precision": {"Gemm_0": "fp16"}}'
    )
    assert run("apply", ranges, model, "-o", out, "--no-fp16").status == 0
    assert "FP16" in told(out)["flags"]
