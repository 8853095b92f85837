# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""`--blame`: finds what was made bad on purpose, and what it suggests works."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from setrange import verify
from setrange.accuracy.changes import escaped
from setrange.accuracy.switchable_pairs import SwitchablePairs
from tests.cli.material import run
from tests.exporters.quantizing import save
from tests.verify.material import RANGES, samples, write_ranges

if TYPE_CHECKING:
    from pathlib import Path

    from setrange.accuracy.results import Blame, Report

pytest.importorskip("onnxruntime")


class Clock:
    """Stands still where nobody sets it: what is tried depends on no machine's speed."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in ("blame", "costs"):
        monkeypatch.setattr(f"setrange.accuracy.{module}.time", clock)
    return clock


def blame_of(report: Report) -> Blame:
    assert report.blame is not None
    return report.blame


def pasted(ranges: Path, blame: Blame) -> Path:
    """The ranges file with all suggestions."""
    file = json.loads(ranges.read_text())
    for suggestion in blame.suggestions:
        section = "precision" if suggestion.change == "precision" else "tensors"
        file.setdefault(section, {}).update(suggestion.entries)
    path = ranges.with_name("better.json")
    path.write_text(json.dumps(file))
    return path


@pytest.mark.parametrize(("name", "amax"), [("x", 300.0), ("r", 3.0), ("r", 900.0)])
def test_a_bad_range_is_found_and_mended(
    model: Path, data: Path, tmp_path: Path, name: str, amax: float
) -> None:
    bad = write_ranges(tmp_path / "bad.json", {**RANGES, name: amax})
    report = verify(model, bad, data, batch=8, samples=16, blame=20)
    blame = blame_of(report)
    assert blame.costs[0].name == name
    assert blame.costs[0].share > 0.8
    assert blame.whole == pytest.approx(report.value, abs=0.2)
    # The weights make so little of the noise that they are not looked at one by one.
    assert {cost.name for cost in blame.costs} == {"x", "r", ""}
    assert blame.tensors == 2
    assert blame.is_complete
    first = blame.suggestions[0]
    assert (first.tensor, first.change) == (name, "range")
    assert first.why.startswith("wider" if amax == 3.0 else "narrower")
    assert first.before == blame.whole
    assert first.after > first.before + 5
    # What was promised is what a run with the pasted suggestion gives.
    after = verify(model, pasted(bad, blame), data, batch=8, samples=16)
    assert after.value == pytest.approx(blame.suggestions[-1].after, abs=0.2)


def test_a_cost_is_that_of_the_tensor_alone(model: Path, data: Path, ranges: Path) -> None:
    blame = blame_of(verify(model, ranges, data, batch=8, samples=16, blame=20))
    alone = {cost.name: cost.alone for cost in blame.costs}
    precise = verify(
        model,
        write_ranges(ranges.with_name("one.json"), RANGES, precision={"second": "fp16"}),
        data,
        batch=8,
        samples=16,
    )
    assert set(alone) == {"x", "r", "w", "v", ""}
    # The first product alone: the noise of its two operands; the weights: that of both.
    noise = {name: 10 ** (-alone[name] / 10) for name in alone}
    assert precise.value == pytest.approx(-10 * np.log10(noise["x"] + noise["w"]), abs=1.5)
    assert alone[""] == pytest.approx(-10 * np.log10(noise["w"] + noise["v"]), abs=1.5)
    assert [cost.alone for cost in blame.costs] == sorted(alone.values())


@pytest.fixture
def spiky(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A product of values that no range holds: some are 500, and those that decide near 1."""
    graph = """(float[N,64] x) => (float[N,16] y) {
        [first] h = MatMul(x, w)
        r = Relu(h)
        [second] y = MatMul(r, v)
    }"""
    random = np.random.default_rng(0)
    w = random.standard_normal((64, 24)).astype(np.float32)
    w[0] *= 1e-3
    v = random.standard_normal((24, 16)).astype(np.float32)
    tensors = [numpy_helper.from_array(w, "w"), numpy_helper.from_array(v, "v")]
    path = save(tmp_path / "spiky.onnx", graph, initializers=tensors)
    proto = onnx.load(path)
    proto.graph.node[0].name = "body/pick[0]*"
    onnx.save(proto, path)
    x = random.standard_normal((16, 64)).astype(np.float32)
    x[:, 0] = 500.0
    np.save(tmp_path / "x.npy", x)
    file = write_ranges(tmp_path / "r.json", {"x": 510.0, "h": 30.0, "r": 30.0, "y": 150.0})
    return path, file, tmp_path / "x.npy"


def test_where_no_range_helps_the_node_is_kept_in_fp16(
    spiky: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    model, ranges, data = spiky
    before = verify(model, ranges, data, batch=16, blame=20)
    assert (before.value or 0) < 12
    found = blame_of(before).suggestions
    assert found[0].tensor == "x"
    assert found[0].entries == {"body/pick[[]0][*]": "fp16"}
    assert found[0].after > found[0].before + 10
    better = pasted(ranges, blame_of(before))
    after = verify(model, better, data, batch=16)
    assert after.value == pytest.approx(found[-1].after, abs=0.2)
    out = tmp_path / "q.onnx"
    assert run("apply", better, model, "-o", out, "-q").status == 0
    (kept,) = (node for node in onnx.load(out).graph.node if node.output[0] == "h")
    assert list(kept.input) == ["x", "w"]


def test_values_that_share_a_scale_are_mended_together(tmp_path: Path) -> None:
    graph = """(float[N,8,8,8] x) => (float[N,16,8,8] y, float[N,16,4,4] z) {
        r = Relu(x)
        [one] y = Conv<kernel_shape = [1, 1]>(r, w)
        p = MaxPool<kernel_shape = [2, 2], strides = [2, 2]>(r)
        [two] z = Conv<kernel_shape = [1, 1]>(p, w)
    }"""
    path = save(tmp_path / "shared.onnx", graph, {"w": (16, 8, 1, 1)})
    file = write_ranges(tmp_path / "r.json", {"x": 5.0, "r": 400.0, "p": 300.0})
    data = samples(tmp_path / "x.npy", 8, 8, 8, 8)
    report = verify(path, file, data, blame=20, quantize_small=True)
    first = blame_of(report).suggestions[0]
    assert first.change == "range"
    assert set(first.entries) == {"r", "p"}
    assert first.after > first.before + 20
    after = verify(path, pasted(file, blame_of(report)), data, quantize_small=True)
    assert after.value == pytest.approx(first.after, abs=0.2)


def test_unnamed_nodes_cannot_be_kept_float(spiky: tuple[Path, Path, Path]) -> None:
    model, ranges, data = spiky
    proto = onnx.load(model)
    proto.graph.node[0].name = ""
    onnx.save(proto, model)
    blame = blame_of(verify(model, ranges, data, batch=16, blame=20))
    assert blame.costs[0].name == "x"
    assert all(s.change != "precision" for s in blame.suggestions)


def test_a_good_model_needs_no_change(model: Path, data: Path, ranges: Path) -> None:
    result = run("verify", ranges, model, "--data", data, "--batch", 8, "--blame", 20)
    assert result.status == 0
    assert "one tensor in INT8 at a time: 4 of 4, on 24 samples; the whole" in result.out
    assert "precision" not in result.out


def test_the_command_prints_what_to_paste(model: Path, data: Path, tmp_path: Path) -> None:
    bad = write_ranges(tmp_path / "bad.json", {**RANGES, "r": 900.0})
    common = ("verify", bad, model, "--data", data, "--batch", 8)
    lines = run(*common, "--blame", 20).out.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("1. r: narrower: "))
    section, entries = json.loads("{" + lines[at + 1].strip() + "}").popitem()
    assert section == "tensors"
    low, high = entries["r"]
    assert low == 0
    assert 5 < high < 30
    found: dict[str, Any] = json.loads(run(*common, "--json", "--blame").out)["blame"]
    assert set(found) == {
        "metric", "samples", "budget", "whole", "costs", "tensors", "suggestions",
        "is_complete",
    }  # fmt: skip
    assert found["budget"] == 60
    assert set(found["costs"][0]) == {"name", "kind", "alone", "share"}
    assert set(found["suggestions"][0]) == {
        "tensor", "change", "why", "entries", "before", "after",
    }  # fmt: skip
    assert found["suggestions"][0]["entries"] == entries


def test_the_budget_is_kept_and_the_worst_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    count = 40
    steps = "\n".join(f"[n{i}] h{i + 1} = MatMul(h{i}, w{i})" for i in range(count))
    graph = f"(float[N,8] h0) => (float[N,8] h{count}) {{ {steps} }}"
    path = save(tmp_path / "chain.onnx", graph, {f"w{i}": (8, 8) for i in range(count)})
    proto = onnx.load(path)
    for tensor in proto.graph.initializer:
        tensor.CopyFrom(numpy_helper.from_array(np.eye(8, dtype=np.float32), tensor.name))
    onnx.save(proto, path)
    ranges = {f"h{i}": 4.0 for i in range(count + 1)} | {"h20": 300.0}
    file = write_ranges(tmp_path / "r.json", ranges)
    x = samples(tmp_path / "x.npy", 16, 8)
    honest = SwitchablePairs.quality

    def slow(self: SwitchablePairs, *arguments: Any, **options: Any) -> float:
        clock.now += 0.02
        return honest(self, *arguments, **options)

    monkeypatch.setattr(SwitchablePairs, "quality", slow)
    blame = blame_of(verify(path, file, x, batch=4, blame=0.5))
    assert clock.now < 1
    assert not blame.is_complete
    assert 1 < len(blame.costs) < blame.tensors == 40
    assert blame.costs[0].name == "h20"


def test_where_all_ranges_are_too_wide_all_are_measured_anew(tmp_path: Path) -> None:
    count = 12
    steps = "\n".join(f"[n{i}] y{i} = MatMul(x{i}, w{i})" for i in range(count))
    inputs = ", ".join(f"float[N,8] x{i}" for i in range(count))
    summed = ", ".join(f"y{i}" for i in range(count))
    graph = f"({inputs}) => (float[N,8] y) {{ {steps} y = Sum({summed}) }}"
    path = save(tmp_path / "wide.onnx", graph, {f"w{i}": (8, 8) for i in range(count)})
    file = write_ranges(tmp_path / "r.json", {f"x{i}": 60.0 for i in range(count)})
    random = np.random.default_rng(0)
    data = [
        {f"x{i}": random.standard_normal((1, 8)).astype(np.float32) for i in range(count)}
        for _ in range(16)
    ]
    blame = blame_of(verify(path, file, data, blame=20))
    last = blame.suggestions[-1]
    assert (last.change, last.tensor) == ("ranges", "")
    assert len(last.entries) == count
    assert last.after > blame.whole + 15
    after = verify(path, pasted(file, blame), data)
    assert after.value == pytest.approx(last.after, abs=0.2)


def test_the_first_samples_are_kept_and_no_more(model: Path, ranges: Path) -> None:
    data = list(np.random.default_rng(0).standard_normal((90, 32)).astype(np.float32))
    report = verify(model, ranges, data, blame=20)
    assert report.samples == 90
    first = verify(model, ranges, data[:64])
    assert blame_of(report).samples == 64
    assert blame_of(report).whole == pytest.approx(first.value, abs=0.2)


def test_what_is_going_on_is_told(
    model: Path, data: Path, ranges: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("setrange.report.console.Console.is_watched", True)
    result = run("verify", ranges, model, "--data", data, "--blame", 5)
    assert result.status == 0


def test_outputs_that_are_not_float(tmp_path: Path) -> None:
    graph = "(float[N,16] x) => (int64[N,1] c) { [a] y = MatMul(x, w) c = ArgMax<axis = 1>(y) }"
    path = save(tmp_path / "m.onnx", graph, {"w": (16, 16)})
    x = samples(tmp_path / "x.npy", 64, 16)
    bad = write_ranges(tmp_path / "r.json", {"x": 200.0})
    report = verify(path, bad, x, batch=16, blame=10)
    blame = blame_of(report)
    assert report.metric == blame.metric == "equal"
    assert blame.costs[0].name == "x"
    assert blame.costs[0].share > 0.8
    assert blame.suggestions[0].tensor == "x"
    assert blame.suggestions[0].after > blame.whole + 0.1


def test_globs_fit_only_the_name() -> None:
    assert escaped("a/b.c") == "a/b.c"
    assert escaped("a[0]*?") == "a[[]0][*][?]"
