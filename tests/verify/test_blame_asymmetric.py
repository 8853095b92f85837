# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""`--blame` where values are shifted before their pair: tensors alone, and other ranges."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from setrange import verify
from tests.exporters.quantizing import save
from tests.verify.material import write_ranges

if TYPE_CHECKING:
    from pathlib import Path

    from setrange.accuracy.results import Report

pytest.importorskip("onnxruntime")

GRAPH = """(float[1,16,8,8] x) => (float[1,16,8,8] z) {
    [first] c = Conv<kernel_shape = [3, 3], pads = [1, 1, 1, 1]>(x, w, b)
    r = Relu(c)
    [second] y = Conv<kernel_shape = [1, 1]>(r, v)
    [third] y2 = Conv<kernel_shape = [3, 3], pads = [1, 1, 1, 1]>(r, u)
    z = Add(y, y2)
}"""
RANGES: dict[str, Any] = {
    "x": [0, 6.0], "c": [-300.0, 300.0], "r": [0, 300.0], "y": 900.0, "y2": 2000.0, "z": 2000.0
}  # fmt: skip


@pytest.fixture
def model(tmp_path: Path) -> Path:
    shapes = {"w": (24, 16, 3, 3), "b": (24,), "v": (16, 24, 1, 1), "u": (16, 24, 3, 3)}
    return save(tmp_path / "m.onnx", GRAPH, shapes)


def data(low: float, high: float) -> list[dict[str, np.ndarray]]:
    random = np.random.default_rng(1)
    return [
        {"x": random.uniform(low, high, (1, 16, 8, 8)).astype(np.float32)} for _ in range(4)
    ]


def judged(model: Path, ranges: Path, low: float, high: float, **how: Any) -> Report:
    return verify(model, ranges, data(low, high), asymmetric=True, **how)


def test_each_tensor_alone_makes_its_own_noise(model: Path, tmp_path: Path) -> None:
    ranges = write_ranges(tmp_path / "r.json", RANGES)
    report = judged(model, ranges, 0, 6, blame=60)
    blame = report.blame
    assert blame is not None
    assert blame.whole == pytest.approx(report.value, abs=0.1)
    noise = {cost.name: 10 ** (-cost.alone / 10) for cost in blame.costs}
    assert set(noise) == {"", "x", "r", "w", "v", "u"}
    # The first convolution alone: the noise of its two operands.
    precise = write_ranges(
        tmp_path / "p.json", RANGES, precision={"second": "fp16", "third": "fp16"}
    )
    alone = judged(model, precise, 0, 6).value
    assert alone == pytest.approx(-10 * np.log10(noise["x"] + noise["w"]), abs=0.5)
    total = -10 * np.log10(noise["x"] + noise["r"] + noise[""])
    assert total == pytest.approx(blame.whole, abs=1.0)


@pytest.mark.parametrize(
    ("name", "bad", "low", "high"),
    [
        ("x", [0.0, 120.0], 0.0, 6.0),
        ("x", [-2.0, 120.0], -2.0, 6.0),
        ("x", [-40.0, 120.0], -5.5, 6.0),  # with the right range it has no shift
        ("x", [-7.0, 6.0], 0.0, 60.0),  # with the right range it has one
        ("r", [0.0, 9000.0], 0.0, 6.0),
    ],
)
def test_a_bad_range_is_found_and_mended(
    name: str, bad: list[float], low: float, high: float, model: Path, tmp_path: Path
) -> None:
    wide = (
        {**RANGES, **dict.fromkeys(("c", "r", "y", "y2", "z"), 9000.0)} if high > 6 else RANGES
    )
    ranges = write_ranges(tmp_path / "bad.json", {**wide, name: bad})
    report = judged(model, ranges, low, high, blame=60)
    blame = report.blame
    assert blame is not None
    assert blame.costs[0].name == name
    first = blame.suggestions[0]
    assert (first.tensor, first.change) == (name, "range")
    assert first.after > first.before + 5
    file = json.loads(ranges.read_text())
    for suggestion in blame.suggestions:
        section = "precision" if suggestion.change == "precision" else "tensors"
        file.setdefault(section, {}).update(suggestion.entries)
    better = tmp_path / "better.json"
    better.write_text(json.dumps(file))
    promised = blame.suggestions[-1].after
    assert judged(model, better, low, high).value == pytest.approx(promised, abs=0.2)
