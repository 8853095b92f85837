# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Bias correction: what comes out has the mean of the float model on the same samples."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest

from setrange import bias_corrections, verify
from setrange.accuracy import bias
from setrange.exporters.qdq import make_qdq
from tests.cli.material import run
from tests.exporters.quantizing import Shapes, plan_of, save
from tests.support.running import sqnr
from tests.verify.material import GRAPH, RANGES, WEIGHTS, write_ranges

if TYPE_CHECKING:
    from pathlib import Path

K3 = "<kernel_shape = [3, 3], pads = [1, 1, 1, 1]>"
#: Graph and weights: every form of a bias, and layers behind each other.
CASES: dict[str, tuple[str, Shapes]] = {
    "convolutions": (
        f"""(float[1,16,8,8] x) => (float[1,16,8,8] y)
        {{ c = Conv{K3}(x, w, b)
           r = Relu(c)
           y = Conv{K3}(r, v) }}""",
        {"w": (24, 16, 3, 3), "b": (24,), "v": (16, 24, 3, 3)},
    ),
    "a bias that is computed": (
        f"""(float[1,16,8,8] x) => (float[1,16,8,8] y)
        {{ m = Neg(b)
           n = Unsqueeze(x, axes)
           s = Shape(n)
           t = Size(s)
           f = Cast<to = 1>(t)
           c = Mul(m, f)
           y = Conv{K3}(x, w, c) }}""",
        {"w": (16, 16, 3, 3), "b": (16,)},
    ),
    "grouped": (
        "(float[1,16,8,8] x) => (float[1,32,6,6] y) { y = Conv<group = 4>(x, w, b) }",
        {"w": (32, 4, 3, 3), "b": (32,)},
    ),
    "transposed": (
        """(float[1,16,8,8] x) => (float[1,24,10,10] y)
        { c = Conv<kernel_shape = [1, 1]>(x, v)
          y = ConvTranspose(c, w) }""",
        {"v": (16, 16, 1, 1), "w": (16, 24, 3, 3)},
    ),
    "matmul": (
        "(float[3,5,16] x) => (float[3,5,24] y) { y = MatMul(x, w) }",
        {"w": (16, 24)},
    ),
    "gemm": (
        """(float[5,16] x) => (float[5,24] y)
        { y = Gemm<transB = 1, alpha = 0.5, beta = 2.0>(x, w, b) }""",
        {"w": (24, 16), "b": (24,)},
    ),
    "a body that takes a value": (
        f"""(float[1,16,8,8] x) => (float[1,16,8,8] y)
        {{ c = Conv{K3}(x, w)
           s = ReduceSum<keepdims = 0>(c)
           big = Greater(s, zero)
           r = If (big) <
             then_branch = yes () => (float[1,16,8,8] one) {{ one = Relu(c) }},
             else_branch = no () => (float[1,16,8,8] two) {{ two = Neg(c) }}>
           y = Conv{K3}(r, w) }}""",
        {"w": (16, 16, 3, 3)},
    ),
}


def made_model(tmp_path: Path, graph: str, weights: Shapes) -> Path:
    more = [
        onnx.numpy_helper.from_array(np.array([0], dtype=np.int64), "axes"),
        onnx.numpy_helper.from_array(np.array(0, dtype=np.float32), "zero"),
    ]
    used = [tensor for tensor in more if tensor.name in graph]
    return save(tmp_path / "m.onnx", graph, weights, initializers=used)


def skewed(model: Path, count: int, seed: int = 3) -> list[dict[str, np.ndarray]]:
    """Many small values and few large ones: what rounding shifts the mean of."""
    value = onnx.load(model).graph.input[0]
    shape = [d.dim_value for d in value.type.tensor_type.shape.dim]
    random = np.random.default_rng(seed)
    return [
        {value.name: random.exponential(0.1, shape).astype(np.float32)} for _ in range(count)
    ]


def channel_means(outputs: list[np.ndarray], op: str) -> Any:
    axis = 1 if op.startswith("Conv") else -1
    joined = [np.moveaxis(array, axis, 0).reshape(array.shape[axis], -1) for array in outputs]
    return np.concatenate(joined, axis=1).mean(axis=1, dtype=np.float64)


def run_on(path: Path, samples: list[dict[str, np.ndarray]]) -> list[np.ndarray]:
    """Run a model with pairs computed in float, not by ONNX Runtime's integer kernels."""
    ort = pytest.importorskip("onnxruntime")
    options = ort.SessionOptions()
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return [session.run(None, sample)[0] for sample in samples]


@pytest.mark.parametrize("asymmetric", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_the_mean_of_each_channel_is_float_s(
    case: str, asymmetric: bool, tmp_path: Path
) -> None:
    graph, weights = CASES[case]
    path = made_model(tmp_path, graph, weights)
    samples = skewed(path, 3)
    plan = plan_of(path, {"x": 6.0}, default=40.0)
    how: dict[str, Any] = {"quantize_small": True, "asymmetric": asymmetric}
    op = next(n.op_type for n in onnx.load(path).graph.node if "y" in n.output)
    wanted = channel_means(run_on(path, samples), op)
    found = bias_corrections(plan, path, samples, **how)
    errors = []
    for biases in ({}, found):
        make_qdq(plan, path, biases=biases, **how).write(tmp_path / "q.onnx")
        got = channel_means(run_on(tmp_path / "q.onnx", samples), op)
        errors.append(float(np.abs(got - wanted).max()))
    assert found["y"].shape == wanted.shape
    assert errors[0] > 1e-3
    assert errors[1] < 1e-5 < errors[0] / 100


def test_memory_for_fewer_samples_than_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made_model(tmp_path, *CASES["convolutions"])
    samples = skewed(path, 9)
    plan = plan_of(path, {"x": 6.0}, default=40.0)
    few = bias_corrections(plan, path, samples[:4], quantize_small=True)
    monkeypatch.setattr(bias, "_MOST_BYTES", 1)
    found = bias_corrections(plan, path, samples, quantize_small=True)
    assert all(np.array_equal(found[value], few[value]) for value in few)


@pytest.fixture
def products(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A model, its ranges, and samples."""
    model = save(tmp_path / "m.onnx", GRAPH, WEIGHTS)
    # A step is 4 / 127, so that all of these lie 0.4 steps above the one they are rounded to.
    noise = np.random.default_rng(1).standard_normal((40, 32))
    data = (3.4 * 4 / 127 + 0.002 * noise).astype(np.float32)
    np.save(tmp_path / "train.npy", data[:30])
    np.save(tmp_path / "test.npy", data[30:])
    return model, write_ranges(tmp_path / "r.json", RANGES), tmp_path / "train.npy"


def test_apply_writes_corrected_biases(
    products: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    model, ranges, train = products
    call = ["apply", ranges, model, "-o"]
    assert run(*call, tmp_path / "plain.qdq.onnx").status == 0
    result = run(*call, tmp_path / "better.qdq.onnx", "--correct-bias", train)
    assert (result.status, "biases of 2 layers" in result.err) == (0, True)
    test = {"x": np.load(tmp_path / "test.npy")}
    wanted = run_on(model, [test])[0]
    plain, better = (
        sqnr(wanted, run_on(tmp_path / f"{name}.qdq.onnx", [test])[0])
        for name in ("plain", "better")
    )
    assert better > plain + 1


def test_verify_shows_what_correction_gains(products: tuple[Path, Path, Path]) -> None:
    model, ranges, train = products
    test = str(train.with_name("test.npy"))
    plain = verify(model, ranges, test)
    better = verify(model, ranges, test, correct_bias=train)
    assert (better.value or 0.0) > (plain.value or 0.0) + 1
    result = run("verify", ranges, model, "--data", test, "--correct-bias", train, "--json")
    assert result.status == 0
    assert f'"value": {better.value!r}' in result.out


def test_stored_as_int8_or_fp16_the_correction_is_the_same(
    products: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    model, ranges, train = products
    call = ["apply", ranges, model, "--correct-bias", train]
    test = {"x": np.load(tmp_path / "test.npy")}
    results = []
    for name, how in (("f", ()), ("i", ("--weights", "int8")), ("h", ("--fp16",))):
        out = tmp_path / f"{name}.qdq.onnx"
        assert run(*call, "-o", out, *how).status == 0
        results += run_on(out, [test])
    assert np.array_equal(results[0], results[1])
    assert sqnr(results[0], results[2]) > 30


def test_blame_is_of_the_model_without_the_correction(
    products: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    model, ranges, train = products
    test = str(train.with_name("test.npy"))
    plain = verify(model, ranges, test, blame=60)
    assert plain.blame is not None
    given = write_ranges(tmp_path / "c.json", RANGES)
    content = {**json.loads(given.read_text()), "bias_corrections": {"second": [0.01] * 16}}
    given.write_text(json.dumps(content))
    for source, train_on in ((ranges, train), (given, None)):
        both = verify(model, source, test, blame=60, correct_bias=train_on)
        assert both.blame is not None
        assert both.blame.costs == plain.blame.costs
        assert both.blame.whole == pytest.approx(plain.value, abs=0.01)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["-o", "n.cache", "--correct-bias", "TRAIN"], "--correct-bias"),
        (["-o", "n.ranged.onnx", "--correct-bias", "TRAIN"], "--correct-bias"),
        (["-o", "n.qdq.onnx", "--samples", "3", "--image"], "--samples and --image"),
        (["-o", "n.cache", "--mean", "1"], "--mean"),
        (["-o", "n.qdq.onnx", "--correct-bias", "no.npy"], "no.npy"),
        (["-o", "n.qdq.onnx", "--correct-bias", "TRAIN", "--image"], "--correct-bias"),
    ],
)
def test_what_cannot_be_corrected(
    options: list[str],
    named: str,
    products: tuple[Path, Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model, ranges, train = products
    monkeypatch.chdir(tmp_path)
    given = [str(train) if option == "TRAIN" else option for option in options]
    result = run("apply", ranges, model, *given)
    assert (result.status, result.err.count("error:")) == (2, 1)
    assert named in "".join(result.err.splitlines()[-2:])
    assert not list(tmp_path.glob("n.*"))
