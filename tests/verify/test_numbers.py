# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The numbers of a report against plain numpy."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setrange import verify
from setrange.accuracy import session
from setrange.accuracy.comparison import OutputComparison
from setrange.accuracy.noise import decibels as ratio
from setrange.report.verify_text import verdict
from tests.exporters.quantizing import save
from tests.verify.material import (
    RANGES,
    constants,
    decibels,
    fake_quantized,
    fake_quantized_weights,
    two_products,
    write_ranges,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytest.importorskip("onnxruntime")


def test_the_output_is_that_of_quantizing_by_hand(
    model: Path, ranges: Path, data: Path
) -> None:
    report = verify(model, ranges, data, batch=5)
    weights, x = constants(model), np.load(data)
    wanted = np.maximum(x @ weights["w"], 0) @ weights["v"]
    hidden = fake_quantized(x, 4.0) @ fake_quantized_weights(weights["w"])
    got = fake_quantized(np.maximum(hidden, 0), 25.0) @ fake_quantized_weights(weights["v"])
    (output,) = report.outputs
    assert (output.name, output.shape, output.values) == ("y", (5, 16), 24 * 16)
    # A value on the border between two steps may fall on either side.
    assert output.sqnr == pytest.approx(decibels(wanted, got), abs=0.2)
    cosine = (wanted * got).sum() / np.sqrt((wanted**2).sum() * (got**2).sum())
    assert output.cosine == pytest.approx(cosine, abs=1e-5)
    assert output.max_error == pytest.approx(np.abs(wanted - got).max(), rel=0.1)
    assert output.amax == pytest.approx(np.abs(wanted).max(), rel=1e-5)
    assert output.top1 == (wanted.argmax(1) == got.argmax(1)).mean()
    assert report.samples == 24
    assert report.value == output.sqnr
    assert report.passed is None


def test_each_tensor_is_that_of_quantizing_it_alone(
    model: Path, tmp_path: Path, data: Path
) -> None:
    file = write_ranges(tmp_path / "r.json", {**RANGES, "x": 2.0, "r": 500.0})
    report = verify(model, file, data, batch=24)
    tensors = {tensor.name: tensor for tensor in report.tensors}
    assert set(tensors) == {"x", "r", "w", "v"}
    weights, x = constants(model), np.load(data)
    r = np.maximum(x @ weights["w"], 0)
    for name, values, amax in (("x", x, 2.0), ("r", r, 500.0)):
        found = tensors[name]
        assert found.kind == "activation"
        assert found.amax == pytest.approx(amax)
        assert found.sqnr == pytest.approx(
            decibels(values, fake_quantized(values, amax)), abs=0.01
        )
        assert (found.min, found.max) == pytest.approx((values.min(), values.max()), rel=1e-5)
        assert found.width == pytest.approx(amax / np.abs(values).max(), rel=1e-5)
    steps = np.rint(x / float(np.float32(2.0 / 127)))
    assert tensors["x"].clipped == ((steps > 127) | (steps < -128)).mean()
    assert tensors["x"].clipped > 0.01
    assert tensors["r"].clipped == 0
    for name in ("w", "v"):
        found = tensors[name]
        alone = decibels(weights[name], fake_quantized_weights(weights[name]))
        assert (found.kind, found.sqnr) == ("weight", pytest.approx(alone, abs=1e-6))
    assert [t.sqnr for t in report.tensors] == sorted(t.sqnr for t in report.tensors)
    assert tensors["x"].nodes == ("first",)
    assert tensors["x"].entry == "x"


def test_pairs_are_not_fused_into_integer_kernels(
    model: Path, ranges: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = []
    real = session.Session

    def recorded(*arguments: Any, entries: dict[str, str], **options: Any) -> Any:
        given.append(entries)
        return real(*arguments, entries=entries, **options)

    monkeypatch.setattr(session, "Session", recorded)
    verify(model, ranges, data)
    assert [entries["session.disable_quant_qdq"] for entries in given] == ["1", "1"]


def test_batches_and_one_by_one_are_the_same(model: Path, ranges: Path, data: Path) -> None:
    one, many = (verify(model, ranges, data, batch=batch) for batch in (1, 24))
    assert one.tensors[0].name == many.tensors[0].name
    assert one.outputs[0].sqnr == pytest.approx(many.outputs[0].sqnr, abs=0.2)
    assert one.outputs[0].values == many.outputs[0].values


def test_samples_are_streamed(model: Path, ranges: Path) -> None:
    seen: list[weakref.ref[np.ndarray]] = []

    def feed() -> Iterator[np.ndarray]:
        for number in range(60):
            assert sum(ref() is not None for ref in seen) <= 4
            array = np.full((1, 32), number, dtype=np.float32)
            seen.append(weakref.ref(array))
            yield array

    assert verify(model, ranges, feed()).samples == 60


@pytest.mark.parametrize("can_link", [True, False])
def test_external_data(
    model: Path,
    ranges: Path,
    data: Path,
    tmp_path: Path,
    can_link: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not can_link:

        def refuse(_source: object, _target: object) -> None:
            raise OSError("another disk")

        monkeypatch.setattr("os.link", refuse)
    folder = tmp_path / "external"
    folder.mkdir()
    onnx.save(
        onnx.load(model),
        folder / "two.onnx",
        save_as_external_data=True,
        location="two.bin",
        size_threshold=0,
    )
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    inside, outside = (verify(path, ranges, data) for path in (model, folder / "two.onnx"))
    assert outside.outputs == inside.outputs
    assert outside.tensors == inside.tensors
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_several_outputs_inputs_and_types(tmp_path: Path) -> None:
    graph = """(int64[N,6] ids, float[N,6,8] mask)
        => (float[N,6,8] y, int64[N,6] best, bool[N,6,8] up) {
        e = Gather(table, ids)
        m = Mul(e, mask)
        [product] y = MatMul(m, w)
        [top] best = ArgMax<axis = 2, keepdims = 0>(y)
        zero = Sub(y, y)
        up = Greater(y, zero)
    }"""
    path = save(tmp_path / "m.onnx", graph, {"table": (20, 8), "w": (8, 8)})
    random = np.random.default_rng(1)
    archive = tmp_path / "data.npz"
    np.savez(
        archive,
        ids=random.integers(0, 20, (10, 6)),
        mask=random.standard_normal((10, 6, 8)).astype(np.float32),
    )
    file = write_ranges(tmp_path / "r.json", {"m": 1.0, "e": 4.0, "mask": 4.0, "y": 30.0})
    report = verify(path, file, archive, batch=3, fill="none")
    outputs = {output.name: output for output in report.outputs}
    assert list(outputs) == ["y", "best", "up"]
    assert outputs["y"].top1 is None
    assert outputs["best"].sqnr is None
    assert outputs["best"].dtype == "int64"
    assert 0.2 < (outputs["best"].equal or 0) < 1
    assert 0.2 < (outputs["up"].equal or 0) < 1
    assert report.metric == "sqnr"
    assert verify(path, file, archive, metric="equal", fill="none").value == min(
        outputs[name].equal or 0 for name in ("y", "best", "up")
    )


def test_a_float16_model(tmp_path: Path) -> None:
    path = save(
        tmp_path / "half.onnx",
        "(float16[N,32] x) => (float16[N,16] y) { [one] y = MatMul(x, w) }",
        {"w": (32, 16)},
        dtype=np.float16,
        opset=19,
    )
    x = np.random.default_rng(2).standard_normal((12, 32)).astype(np.float16)
    report = verify(path, write_ranges(tmp_path / "r.json", {"x": 4.0}), [x])
    assert 25 < (report.outputs[0].sqnr or 0) < 60
    assert report.outputs[0].dtype == "float16"


def test_values_that_are_not_finite(tmp_path: Path) -> None:
    graph = """(float[N,16] x) => (float[N,16] y, float[N,16] z) {
        [one] h = MatMul(x, w)
        y = Log(h)
        z = Reciprocal(h)
    }"""
    path = save(
        tmp_path / "m.onnx",
        graph,
        initializers=[onnx.numpy_helper.from_array(np.eye(16, dtype=np.float32), "w")],
    )
    x = np.full((1, 16), 3.0, dtype=np.float32)
    x[0, :4] = -1.0
    x[0, 4:6] = 1e-4  # rounded to 0 in INT8
    report = verify(path, write_ranges(tmp_path / "r.json", {"x": 3.0}), [x], threshold=-100)
    logarithm, inverse = report.outputs
    assert (logarithm.not_finite, logarithm.lost, logarithm.values) == (4, 2, 10)
    assert (inverse.not_finite, inverse.lost) == (0, 2)
    assert report.passed is False
    assert verdict(report).endswith(
        "at least -100.00 dB, and no value that is not finite in INT8 only (there are 4)"
    )
    assert [f.code for f in report.findings] == ["SR703", "SR704", "SR704"]


def test_an_output_whose_shape_depends_on_values(tmp_path: Path) -> None:
    graph = """(float[2,16] x) => (float[2,16] y, int64[2,M] where) {
        [one] y = MatMul(x, w)
        r = Relu(y)
        where = NonZero(r)
    }"""
    path = save(
        tmp_path / "m.onnx",
        graph,
        initializers=[onnx.numpy_helper.from_array(np.eye(16, dtype=np.float32), "w")],
    )
    x = np.full((2, 16), 3.0, dtype=np.float32)
    tiny = x.copy()
    tiny[0, 0] = 1e-4
    report = verify(path, write_ranges(tmp_path / "r.json", {"x": 3.0}), [x, tiny])
    assert report.outputs[1].other_shape == 1
    assert report.outputs[1].equal == 1.0
    assert [f.code for f in report.findings] == ["SR705"]


def test_a_range_far_too_wide_and_one_too_narrow(
    model: Path, data: Path, tmp_path: Path
) -> None:
    file = write_ranges(tmp_path / "r.json", {**RANGES, "x": 1000.0, "r": 2.0})
    findings = {f.tensor: f for f in verify(model, file, data).findings}
    assert findings["x"].code == "SR702"
    assert findings["r"].code == "SR701"
    just = write_ranges(tmp_path / "just.json", {**RANGES, "x": 50.0})
    assert verify(model, just, data).findings == ()


def test_weights_that_are_moved_before_they_are_used(tmp_path: Path) -> None:
    graph = """(float[N,32] x) => (float[N,16] y) {
        t = Transpose<perm = [1, 0]>(w)
        [one] y = MatMul(x, t)
    }"""
    path = save(tmp_path / "m.onnx", graph, {"w": (16, 32)})
    x = list(np.random.default_rng(0).standard_normal((40, 32)).astype(np.float32))
    report = verify(path, write_ranges(tmp_path / "r.json", {"x": 4.0}), x, blame=10)
    found = {tensor.name: tensor for tensor in report.tensors}
    w = constants(path)["w"].T
    assert found["w"].kind == "weight"
    assert found["w"].sqnr == pytest.approx(decibels(w, fake_quantized_weights(w)), abs=1e-6)
    assert report.blame is not None
    assert {cost.name for cost in report.blame.costs} >= {"x", ""}


def test_a_shared_scale_is_said(tmp_path: Path) -> None:
    graph = """(float[N,16] x) => (float[N,16] y, float[N,16] z) {
        t = Identity(x)
        [one] y = MatMul(x, w)
        [two] z = MatMul(t, w)
    }"""
    path = save(tmp_path / "m.onnx", graph, {"w": (16, 16)})
    file = write_ranges(tmp_path / "r.json", {"x": 4.0, "t": 8.0})
    report = verify(path, file, [np.ones((1, 16), np.float32)])
    found = {t.name: (round(t.amax, 4), t.is_shared) for t in report.tensors}
    assert found["x"] == (8.0, True)
    assert found["t"] == (8.0, False)


def test_a_branch_that_is_rounded_away_has_a_line_of_its_own(tmp_path: Path) -> None:
    graph = """(float[N,16] x) => (float[N,16] y) <float[1] k = {700.0}> {
        big = Mul(x, k)
        small = Sigmoid(x)
        c = Concat<axis = 1>(big, small)
        [one] y = MatMul(c, w)
    }"""
    path = save(tmp_path / "m.onnx", graph.replace("[one] ", ""), {"w": (32, 16)})
    file = write_ranges(tmp_path / "r.json", {"big": 1400.0, "small": 1.0, "c": 1400.0})
    data = np.random.default_rng(0).uniform(-2, 2, (2, 16)).astype(np.float32)
    report = verify(path, file, [data])
    found = {t.name: t for t in report.tensors}
    assert found["c"].sqnr > 30
    assert (found["small"].kind, found["small"].sqnr) == ("branch", 0.0)
    assert "big" not in found
    finding = next(f for f in report.findings if f.code == "SR616")
    assert finding.tensor == "small"
    assert "values up to ±1400: one step is 11.02" in finding.message


@pytest.mark.parametrize(
    ("signal", "noise", "wanted"),
    [(1.0, 0.1, 10.0), (0.0, 0.0, 200.0), (0.0, 1.0, -200.0), (1e300, 1e-300, 200.0)],
)
def test_decibels(signal: float, noise: float, wanted: float) -> None:
    assert ratio(signal, noise) == pytest.approx(wanted)


@pytest.mark.property
@given(
    rows=st.integers(1, 40),
    classes=st.integers(2, 12),
    cut=st.integers(0, 40),
    seed=st.integers(0, 1000),
    spread=st.sampled_from([0.0, 0.01, 1.0]),
)
def test_any_cut_into_runs_gives_the_same(
    rows: int, classes: int, cut: int, seed: int, spread: float
) -> None:
    random = np.random.default_rng(seed)
    a = random.standard_normal((rows, classes)).astype(np.float32)
    b = (a + spread * random.standard_normal(a.shape)).astype(np.float32)
    labels = random.integers(0, classes, rows)
    whole, parts = OutputComparison("y"), OutputComparison("y")
    whole.add(a, b, labels)
    cut = min(cut, rows)
    for part in (slice(0, cut), slice(cut, rows)):
        parts.add(a[part], b[part], labels[part])
    one, two = whole.result(), parts.result()
    assert one.sqnr == pytest.approx(two.sqnr)
    assert one.cosine == pytest.approx(two.cosine)
    assert (one.top1, one.max_error, one.equal) == (two.top1, two.max_error, two.equal)
    assert one.accuracy == (b.argmax(1) == labels).mean()
    assert one.accuracy_float == (a.argmax(1) == labels).mean()
    if classes > 5:
        ranks = (-b).argsort(1)[:, :5]
        assert two.top5 == np.mean([a[i].argmax() in ranks[i] for i in range(rows)])


def test_the_model_file_is_not_touched(model: Path, ranges: Path, data: Path) -> None:
    before = model.read_bytes()
    verify(model, ranges, data)
    assert model.read_bytes() == before == two_products(model).read_bytes()


@pytest.mark.parametrize("dtype", ["int8", "fp8"])
def test_a_relu_before_a_quantizer_stays(
    dtype: str, model: Path, ranges: Path, data: Path, tmp_path: Path
) -> None:
    whole = verify(model, ranges, data, dtype=dtype)
    # What stays float has no pair behind its ReLU: the noise of the other product alone.
    first = write_ranges(tmp_path / "p.json", RANGES, precision={"second": "fp32"})
    one = verify(model, first, data, dtype=dtype)
    assert whole.value is not None
    assert one.value is not None
    assert one.value - 6 < whole.value < one.value
