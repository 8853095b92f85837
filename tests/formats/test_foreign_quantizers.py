# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Quantizers of other tools inside a model: OpenVINO's, Brevitas', AMD's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import onnx
import onnx.parser
import pytest

from tests.cli.material import run

if TYPE_CHECKING:
    from pathlib import Path

WEIGHTS = "float[4, 3, 1, 1] w = {" + ",".join(str(i / 10 - 0.5) for i in range(12)) + "}"


def model(path: Path, quantizers: str, constants: str, *, domain: str, tail: str = "") -> Path:
    """x -> quantizers -> d; Conv(d, v) -> c; Relu(c) -> y."""
    head = f'<ir_version: 8, opset_import: ["": 13, "{domain}": 1]>'
    text = (
        f"{head} g (float[1, 3, 4, 4] x) => (float[1, 4, 4, 4] y) "
        f"<{WEIGHTS}, {constants}> {{ {quantizers} c = Conv(d, v) {tail or 'y = Relu(c)'} }}"
    )
    onnx.save(onnx.parser.parse_model(text), path)
    return path


FAKE = (
    "d = org.openvinotoolkit.FakeQuantize<levels: int = {levels}>(x, il, ih, il, ih) "
    "v = org.openvinotoolkit.FakeQuantize<levels: int = 255>(w, wl, wh, wl, wh)"
)


def fake(path: Path, low: float, high: float, levels: int = 256) -> Path:
    constants = (
        f"float il = {{{low}}}, float ih = {{{high}}}, float wl = {{-1}}, float wh = {{1}}"
    )
    quantizers = FAKE.replace("{levels}", str(levels))
    return model(path, quantizers, constants, domain="org.openvinotoolkit")


def quant(
    path: Path, scale: float, zero: float, bits: float, flags: str, op: str = "Quant"
) -> Path:
    domain = "onnx.brevitas" if op == "Quant" else "qonnx.custom_op.general"
    constants = (
        f"float s = {{{scale}}}, float z = {{{zero}}}, float b = {{{bits}}}, float e = {{8}}"
    )
    quantizers = (
        f"d = {domain}.{op}<{flags}>(x, s, z, b) v = {domain}.{op}<signed: int = 1>(w, s, z, e)"
    )
    return model(path, quantizers, constants, domain=domain)


def amd(path: Path, prefix: str, domain: str) -> Path:
    constants = "float s = {0.02}, int8 z = {0}, float t = {0.004}"
    quantizers = (
        f"q = {domain}.{prefix}QuantizeLinear(x, s, z) "
        f"d = {domain}.{prefix}DequantizeLinear(q, s, z) "
        f"k = {domain}.{prefix}QuantizeLinear(w, t, z) "
        f"v = {domain}.{prefix}DequantizeLinear(k, t, z)"
    )
    return model(path, quantizers, constants, domain=domain)


def ranges_and_plain(path: Path) -> tuple[dict[str, list[float]], str]:
    """Ranges of a model, by tensor; the float model beside it runs in ONNX Runtime."""
    out, plain = path.with_suffix(".json"), path.with_suffix(".plain.onnx")
    result = run("convert", path, "-o", out, "--strip", plain, "--overwrite")
    assert result.status == 0, result.err
    made = onnx.load(plain)
    onnx.checker.check_model(made, full_check=True)
    assert {node.domain for node in made.graph.node} == {""}
    assert [entry.domain for entry in made.opset_import] == [""]
    runtime = pytest.importorskip("onnxruntime")
    session = runtime.InferenceSession(plain, providers=["CPUExecutionProvider"])
    assert session.run(None, {"x": np.ones((1, 3, 4, 4), np.float32)})[0].shape == (1, 4, 4, 4)
    tensors = json.loads(out.read_text())["tensors"]
    found = {n: [e["min"], e["max"]] for n, e in tensors.items() if e["min"] is not None}
    return found, result.err


@pytest.mark.parametrize(
    ("low", "high", "levels", "expected", "lost"),
    [
        (-2.1, 2.08, 256, [-2.1, 2.08], "asymmetric"),
        (-1.28, 1.27, 256, [-1.27, 1.27], "nothing is lost"),
        (-3.0, 3.0, 255, [-3.0, 3.0], "nothing is lost"),
        (0.0, 6.0, 256, [0.0, 6.0], "asymmetric"),
        (-0.5, 0.5, 16, [-0.5, 0.5], "not 8 bit"),
    ],
)
def test_fake_quantize(
    tmp_path: Path, low: float, high: float, levels: int, expected: list[float], lost: str
) -> None:
    found, said = ranges_and_plain(fake(tmp_path / "fq.onnx", low, high, levels))
    assert list(found) == ["x"]
    assert found["x"] == pytest.approx(expected, rel=1e-5)
    assert lost in said


@pytest.mark.parametrize("op", ["Quant", "IntQuant"])
@pytest.mark.parametrize(
    ("zero", "bits", "flags", "steps", "lost"),
    [
        (0, 8, "signed: int = 1, narrow: int = 0", (-127, 127), "nothing is lost"),
        (0, 8, "signed: int = 1, narrow: int = 1", (-127, 127), "nothing is lost"),
        (0, 8, "signed: int = 0, narrow: int = 0", (0, 255), "asymmetric"),
        (3, 8, "signed: int = 1", (-131, 124), "asymmetric"),
        (0, 4, "signed: int = 1", (-8, 7), "not 8 bit"),
        (0, 4, "signed: int = 0, narrow: int = 1", (0, 14), "not 8 bit"),
    ],
)
def test_quant(
    tmp_path: Path, op: str, zero: int, bits: int, flags: str, steps: tuple[int, int], lost: str
) -> None:
    path = quant(tmp_path / "quant.onnx", 0.02, zero, bits, flags, op)
    found, said = ranges_and_plain(path)
    assert found["x"] == pytest.approx([0.02 * steps[0], 0.02 * steps[1]], rel=1e-5)
    assert lost in said


@pytest.mark.parametrize(
    ("prefix", "domain"), [("Extended", "com.amd.quark"), ("Vitis", "com.vai.quantize")]
)
def test_amd(tmp_path: Path, prefix: str, domain: str) -> None:
    path = amd(tmp_path / "amd.onnx", prefix, domain)
    found, said = ranges_and_plain(path)
    assert found == {"x": pytest.approx([-2.54, 2.54])}
    assert "nothing is lost" in said


def test_bipolar_and_what_is_not_constant(tmp_path: Path) -> None:
    constants = "float s = {0.5}"
    quantizers = "d = onnx.brevitas.BipolarQuant(x, s) v = onnx.brevitas.BipolarQuant(w, s)"
    path = model(tmp_path / "b.onnx", quantizers, constants, domain="onnx.brevitas")
    found, said = ranges_and_plain(path)
    assert found["x"] == [-0.5, 0.5]
    assert "not 8 bit" in said
    moving = "m = ReduceMax<keepdims = 0>(x) z = Constant<value: tensor = float {0}>() "
    quantizers = f"{moving} d = onnx.brevitas.Quant(x, m, z, b) v = Identity(w)"
    path = model(tmp_path / "n.onnx", quantizers, "float b = {8}", domain="onnx.brevitas")
    result = run("convert", path, "-o", tmp_path / "n.json")
    assert result.status == 0
    assert "gives no range: its scale is not constant" in result.err


def test_check_and_apply_say_what_to_do(tmp_path: Path) -> None:
    ranges = tmp_path / "r.json"
    ranges.write_text('{"x": 1.0}')
    for path in (
        fake(tmp_path / "fq.onnx", -1, 1),
        quant(tmp_path / "quant.onnx", 0.1, 0, 8, "signed: int = 1"),
        amd(tmp_path / "amd.onnx", "Vitis", "com.vai.quantize"),
    ):
        checked = run("check", path)
        assert checked.status == 1
        assert checked.out.count("error[SR617]") == 1
        assert f"setrange convert {path} -o ranges.json --strip plain.onnx" in checked.out
        applied = run("apply", ranges, path, "--trt", "8.6", "-o", tmp_path / "x.cache")
        assert applied.status == 2
        assert f"setrange convert {path}" in applied.err


def test_an_output_keeps_its_name(tmp_path: Path) -> None:
    tail = "y = org.openvinotoolkit.FakeQuantize<levels: int = 256>(c, il, ih, il, ih)"
    constants = "float il = {-1.28}, float ih = {1.27}, float wl = {-1}, float wh = {1}"
    path = model(
        tmp_path / "out.onnx",
        FAKE.replace("{levels}", "256"),
        constants,
        domain="org.openvinotoolkit",
        tail=tail,
    )
    found, _ = ranges_and_plain(path)
    assert set(found) == {"x", "y"}


def test_one_line_for_a_clip_in_a_pair(tmp_path: Path) -> None:
    constants = "float s = {0.02}, int8 z = {0}, int8 lo = {-8}, int8 hi = {7}"
    quantizers = (
        "q = QuantizeLinear(x, s, z) k = Clip(q, lo, hi) d = DequantizeLinear(k, s, z) "
        "v = Identity(w)"
    )
    path = model(tmp_path / "clip.onnx", quantizers, constants, domain="unused")
    checked = run("check", path)
    assert checked.out.count("SR614") == 1
