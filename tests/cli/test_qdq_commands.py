# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""apply, check and convert on Q/DQ and ranged models."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from tests.cli.material import run
from tests.exporters.quantizing import Shapes, save

if TYPE_CHECKING:
    from pathlib import Path

GRAPH = """(float[N,3,32,32] x) => (float[N,16,32,32] y) {
    [stem] c = Conv<kernel_shape = [3, 3], pads = [1, 1, 1, 1]>(x, w, b)
    r = Relu(c)
    [tail] y = Conv<kernel_shape = [1, 1]>(r, v)
}"""
WEIGHTS: Shapes = {"w": (16, 3, 3, 3), "b": (16,), "v": (16, 16, 1, 1)}


@pytest.fixture
def net(tmp_path: Path) -> Path:
    return save(tmp_path / "net.onnx", GRAPH, WEIGHTS)


@pytest.fixture
def full(tmp_path: Path) -> Path:
    path = tmp_path / "full.json"
    path.write_text(json.dumps({"x": [-1.0, 1.1], "c": 4.0, "r": [0, 3.9], "y": 2.0}))
    return path


@pytest.fixture
def qdq(net: Path, full: Path) -> Path:
    out = net.with_name("net.qdq.onnx")
    assert run("apply", full, net, "-o", out, "-q").status == 0
    return out


def test_apply_writes_a_qdq_model_and_says_what_to_type(net: Path, full: Path) -> None:
    out = net.with_name("net.qdq.onnx")
    result = run("apply", full, net, "-o", out)
    assert (result.status, result.out) == (0, "")
    assert f"wrote {out}: 2 activation pairs, 2 weight pairs" in result.err
    assert f"next: trtexec --onnx={out} --shapes=x:1x3x32x32" in result.err
    onnx.checker.check_model(out, full_check=True)


def test_verbose_shows_every_decision(net: Path, full: Path) -> None:
    result = run("apply", full, net, "-o", net.with_name("q.onnx"), "-v", "--dry-run")
    assert "Conv stem: activation 'x': input of Conv" in result.err
    assert "Conv tail: weight 'v': weights of Conv: a scale per channel, axis 0" in result.err
    assert "would write" in result.err
    assert not net.with_name("q.onnx").exists()


def test_holes_matter_only_where_a_pair_would_go(net: Path, tmp_path: Path) -> None:
    some = tmp_path / "some.json"
    some.write_text(json.dumps({"x": 1.0, "r": 3.9}))
    out = net.with_name("q.onnx")
    assert run("apply", some, net, "-o", out, "--fill", "none").status == 0
    some.write_text(json.dumps({"x": 1.0}))
    result = run("apply", some, net, "-o", out, "--fill", "none")
    assert result.status == 1
    assert "Conv tail: stays float: 'r' has no range" in result.err
    assert "use --allow-missing" in result.err
    result = run("apply", some, net, "-o", out, "--fill", "none", "--allow-missing")
    assert result.status == 0
    assert "1 activation pairs" in result.err


def test_constants_of_zeros_are_no_matter(tmp_path: Path) -> None:
    graph = """(float[4,16] x) => (float[4,32] y) {
        a = MatMul(x, w)
        y = Add(a, zeros)
    }"""
    zeros = numpy_helper.from_array(np.zeros(32, dtype=np.float32), "zeros")
    net = save(tmp_path / "net.onnx", graph, {"w": (16, 32)}, initializers=[zeros])
    ranges = tmp_path / "r.json"
    ranges.write_text('{"x": 1.0}')
    result = run("apply", ranges, net, "-o", tmp_path / "q.onnx")
    assert result.status == 0
    assert "SR205" not in result.err


def test_fp16_needs_no_onnx_runtime_and_says_what_stays_fp32(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    graph = GRAPH.replace("r = Relu(c)", "[sine] s = Sin(c) r = Relu(s)")
    net = save(tmp_path / "sine.onnx", graph, WEIGHTS)
    ranges = tmp_path / "r.json"
    ranges.write_text(json.dumps({"x": 1.0, "c": 4.0, "r": 1.0}))
    out = tmp_path / "q.onnx"
    result = run("apply", ranges, net, "-o", out, "--fp16", "-v")
    assert result.status == 0
    assert "Sin sine: stays FP32" in result.err
    assert "note[SR610]: nodes stay FP32, with casts around them: 1 Sin" in result.err
    types = {t.name: t.data_type for t in onnx.load(out).graph.initializer}
    assert types["w"] == types["b"] == onnx.TensorProto.FLOAT16
    assert run("check", out).status == 0
    back = tmp_path / "back.json"
    assert run("convert", out, "-o", back, "--strip", tmp_path / "plain.onnx").status == 0
    assert set(json.loads(back.read_text())["tensors"]) == {"x", "r"}


def test_tensorrt_11_is_fine_with_a_qdq_model(net: Path, full: Path) -> None:
    assert run("apply", full, net, "-o", net.with_name("q.onnx"), "--trt", "11.1").status == 0


@pytest.mark.parametrize(
    "option",
    [("--placement", "all"), ("--weights", "int8"), ("--quantize-small",), ("--fp16",)],
)
def test_options_of_qdq_models_do_not_fit_a_cache(
    net: Path, full: Path, option: tuple[str, ...]
) -> None:
    result = run("apply", full, net, "-o", "net.cache", "--trt", "8.6", *option)
    assert result.status == 2
    assert f"{option[0]} is for Q/DQ models" in result.err


@pytest.mark.parametrize(
    ("trt", "message"),
    [
        ("8.6", "DLA of TensorRT 8.6 has no Q/DQ, which came with 11.4.1"),
        ("10.3", "write a calibration cache (-o model.cache)"),
        ("11.3", "TensorRT 11.3 has no DLA; 11.4.1 and later (JetPack 7.2.2) take Q/DQ"),
        ("11.4.0", "TensorRT 11.4.0 has no DLA"),
    ],
)
def test_dla_of_older_releases_has_no_qdq(
    net: Path, full: Path, trt: str, message: str
) -> None:
    out = net.with_name("q.onnx")
    result = run("apply", full, net, "-o", out, "--target", "dla", "--trt", trt)
    assert result.status == 2
    assert message in result.err
    assert not out.exists()


@pytest.mark.parametrize("trt", [(), ("--trt", "11.4.1"), ("--trt", "11.5")])
def test_dla_takes_qdq_from_11_4_1_on(net: Path, full: Path, trt: tuple[str, ...]) -> None:
    out = net.with_name("q.onnx")
    result = run("apply", full, net, "-o", out, "--target", "dla", *trt)
    assert result.status == 0, result.err
    assert "--useDLACore=0 --allowGPUFallback" in result.err
    assert "11.4.1 or later" in result.err


def test_dla_needs_every_range(net: Path) -> None:
    some = net.with_name("some.json")
    some.write_text('{"x": 1.0, "r": 3.9}')
    out = net.with_name("q.onnx")
    result = run("apply", some, net, "-o", out, "--target", "dla", "--allow-missing")
    assert result.status == 2
    assert "error[SR201]" in result.err
    assert not out.exists()


@pytest.mark.parametrize("given", [("--trt", "8.6"), ("--target", "dla")])
def test_fp8_is_refused_where_it_cannot_run(
    net: Path, full: Path, given: tuple[str, ...]
) -> None:
    out = net.with_name("q.onnx")
    result = run("apply", full, net, "-o", out, "--type", "fp8", *given)
    assert result.status == 2
    assert "FP8" in result.err
    assert not out.exists()


@pytest.mark.parametrize("out", ["o.cache", "o.ranged.onnx"])
def test_ranges_hold_no_fp8(net: Path, out: str) -> None:
    ranges = {"x": 1.0, "c": 4.0, "r": 3.9, "y": 2.0}
    file = net.with_name("fp8.json")
    both = {"setrange": 1, "tensors": ranges, "precision": {"tail": "fp8"}}
    file.write_text(json.dumps(both))
    path = net.with_name(out)
    result = run("apply", file, net, "-o", path, "--trt", "8.6")
    assert result.status == 2
    assert "fp8 for node 'tail', which only a Q/DQ model can hold" in result.err
    assert not path.exists()
    done = run("apply", file, net, "-o", net.with_name("q.onnx"), "--type", "int8")
    assert done.status == 0, done.err
    option = run("apply", file, net, "-o", path, "--trt", "8.6", "--type", "fp8")
    assert option.status == 2
    assert "--type is for" in option.err


@pytest.mark.parametrize("command", ["apply", "check", "template"])
def test_a_model_with_qdq_is_told_how_to_strip(qdq: Path, full: Path, command: str) -> None:
    arguments = {
        "apply": (full, qdq, "-o", qdq.with_name("o.cache"), "--trt", "8.6"),
        "check": (full, qdq),
        "template": (qdq,),
    }[command]
    result = run(command, *arguments)
    assert result.status == 2
    assert "has Q/DQ nodes already" in result.err
    assert f"setrange convert {qdq} -o ranges.json --strip" in result.err


def test_convert_gets_ranges_and_float_model_back(qdq: Path, net: Path) -> None:
    ranges, plain = qdq.with_name("back.json"), qdq.with_name("plain.onnx")
    result = run("convert", qdq, "-o", ranges, "--strip", plain)
    assert result.status == 0
    assert "without 8 Q/DQ nodes" in result.err
    assert onnx.load(plain) == onnx.load(net)
    tensors = json.loads(ranges.read_text())["tensors"]
    assert set(tensors) == {"x", "r"}
    assert np.float32(tensors["r"]["max"] / 127) == np.float32(3.9 / 127)
    again = qdq.with_name("again.onnx")
    assert run("apply", ranges, plain, "-o", again, "-q").status == 0
    assert again.read_bytes() == qdq.read_bytes()


def test_check_of_a_qdq_model(qdq: Path) -> None:
    result = run("check", qdq, "--json")
    assert result.status == 0
    assert json.loads(result.out) == {
        "setrange": 1,
        "model": str(qdq),
        "kind": "qdq",
        "activations": 2,
        "weights": 2,
        "findings": [],
    }


def test_check_of_a_model_that_tensorrt_refuses(tmp_path: Path) -> None:
    graph = """(float[4] x) => (float[4] y) <float s = {0.02}, uint8 z = {128}> {
        [first] q = QuantizeLinear(x, s, z)
        d = DequantizeLinear(q, s, z)
        y = Relu(d)
    }"""
    result = run("check", save(tmp_path / "m.onnx", graph))
    assert result.status == 1
    assert "error[SR602]: QuantizeLinear 'first' is UINT8" in result.out


def test_check_of_a_plain_model_says_what_is_missing(net: Path) -> None:
    result = run("check", net)
    assert result.status == 2
    assert "has no Q/DQ nodes and no ranges of its own" in result.err


def test_apply_writes_a_ranged_model_and_its_small_cache(net: Path, full: Path) -> None:
    out, cache = net.with_name("net.ranged.onnx"), net.with_name("net.ranged.cache")
    result = run("apply", full, net, "-o", out, "--trt", "8.6")
    assert result.status == 0
    assert "4 of 5 tensors carry their range" in result.err
    assert f"--calib={cache} --shapes=x:1x3x32x32" in result.err
    assert "may clip an input if the builder removes the Identity behind it" in result.err
    assert [line.split(":")[0] for line in cache.read_text().splitlines()[1:]] == ["x"]
    checked = run("check", out, "--trt", "8.6", "--json")
    assert checked.status == 0
    found = json.loads(checked.out)
    assert (found["kind"], found["tensors"], found["ranged"]) == ("ranged", 5, 4)


def test_holes_of_a_ranged_model_are_not_left_to_trtexec(net: Path, tmp_path: Path) -> None:
    """With any cache trtexec makes up no ranges; so there is one, and it is told once."""
    out, cache = net.with_name("net.ranged.onnx"), net.with_name("net.ranged.cache")
    few = tmp_path / "few.json"
    few.write_text(json.dumps({"r": [0, 3.9], "y": 2.0}))
    options = "--trt", "8.6", "--fill", "none", "--allow-missing"
    result = run("apply", few, net, "-o", out, *options)
    assert result.status == 0, result.err
    assert f"--calib={cache}" in result.err
    assert "leaves the 3 tensors without a range in float" in result.err
    names = [line.split(":")[0] for line in cache.read_text().splitlines()[1:]]
    assert names == ["r", "y"]
    assert "SR406" not in result.err


def test_precision_is_in_the_printed_command(net: Path, full: Path) -> None:
    ranges = full.with_name("precise.json")
    tensors = json.loads(full.read_text())
    ranges.write_text(
        json.dumps({"setrange": 1, "tensors": tensors, "precision": {"tail": "fp16"}})
    )
    out = net.with_name("net.ranged.onnx")
    result = run("apply", ranges, net, "-o", out, "--trt", "8.6")
    assert result.status == 0
    assert "--fp16" in result.err
    assert "--precisionConstraints=prefer" in result.err
    assert "left float: 1 Conv" in run("apply", ranges, net, "-o", net.with_name("q.onnx")).err
    older = run("apply", ranges, net, "-o", out, "--trt", "8.0")
    assert "set BuilderFlag STRICT_TYPES" in older.err
    assert "--precisionConstraints" not in older.err


@pytest.mark.parametrize(
    ("version", "message"),
    [("11.0", "For TensorRT 11 write a Q/DQ model"), ("6.0", "reads no ranges from the model")],
)
def test_versions_without_ranges_in_the_model(
    net: Path, full: Path, version: str, message: str
) -> None:
    out = net.with_name("net.ranged.onnx")
    result = run("apply", full, net, "-o", out, "--trt", version)
    assert result.status == 2
    assert message in result.err
    assert not out.exists()


@pytest.mark.parametrize(
    ("release", "why"),
    [
        ("7.2", "TensorRT 7.2 has no Q/DQ models; they came with 8.0"),
        ("6.0", "they came with 8.0"),
        ("8.6", "TensorRT 8.6's ONNX parser refuses"),
    ],
)
def test_check_names_a_release_that_does_not_take_the_model(
    tmp_path: Path, release: str, why: str
) -> None:
    path = tmp_path / "ptq.onnx"
    weights = "float[4, 3, 3, 3] w = {" + ",".join(["0.1"] * 108) + "}"
    # Without kernel_shape: parsers before 10.4 do not read it off a kernel with a pair.
    graph = (
        f"(float[1, 3, 8, 8] x) => (float[1, 4, 6, 6] y) <{weights}, float s = {{0.1}}, "
        "int8 z = {0}, float[4] ws = {0.1, 0.1, 0.1, 0.1}, int8[4] wz = {0, 0, 0, 0}> {"
        "xq = QuantizeLinear(x, s, z) xd = DequantizeLinear(xq, s, z) "
        "wq = QuantizeLinear<axis = 0>(w, ws, wz) wd = DequantizeLinear<axis = 0>(wq, ws, wz) "
        "y = Conv(xd, wd) }"
    )
    onnx.save(
        onnx.parser.parse_model(f'<ir_version: 8, opset_import: ["": 13]> g {graph}'), path
    )
    result = run("check", path, "--trt", release)
    assert result.status == 1
    assert "error[SR615]" in result.out
    assert why in result.out
    assert run("check", path, "--trt", "10.7").status == 0


def test_asymmetric_says_nothing_of_sides_that_do_not_count(
    net: Path, full: Path, tmp_path: Path
) -> None:
    said = {
        more: run("apply", full, net, "-o", tmp_path / f"q{len(more)}.onnx", *more)
        for more in ((), ("--asymmetric",))
    }
    assert all(result.status == 0 for result in said.values())
    assert ["SR202" in result.err for result in said.values()] == [True, False]
    names = values_of(tmp_path / "q1.onnx")
    assert "r_shifted" in names
    assert "r_shifted" not in values_of(tmp_path / "q0.onnx")


def values_of(path: Path) -> set[str]:
    return {name for node in onnx.load(path).graph.node for name in node.output}
