# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``fill="estimate"`` from outside: what is filled, marked, said and refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from setrange import DynamicRange, RangeEntry, RangeFile, Source, collect, plan_model
from setrange.errors import BackendUnavailableError, InputError, UsageError
from setrange.estimate.estimator import EstimateOptions
from setrange.estimate.scales import plain
from setrange.plan import make_plan
from tests.estimate.networks import conv_net, features_net, series_net, tokens_net

if TYPE_CHECKING:
    from pathlib import Path

    from setrange import Plan

pytest.importorskip("onnxruntime")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return conv_net(tmp_path / "net.onnx")


def ranges(**values: float | tuple[float, float]) -> RangeFile:
    entries = {}
    for name, value in values.items():
        low, high = value if isinstance(value, tuple) else (-value, value)
        entries[name] = RangeEntry(name=name, range=DynamicRange(low, high))
    return RangeFile(entries=entries)


def by_name(plan: Plan) -> dict[str, float]:
    return {p.tensor.name: p.range.amax for p in plan.tensors if p.range is not None}


def measured(model: Path) -> dict[str, tuple[float, float]]:
    """What blurred noise leads to: other inputs than the estimates are made with."""
    chance = np.random.default_rng(9)
    samples = []
    for _ in range(8):
        coarse = chance.random((3, 6, 6)).repeat(4, axis=1).repeat(4, axis=2)
        samples.append({"images": coarse[np.newaxis].astype(np.float32)})
    found = collect(model, samples, threads=1).entries.values()
    return {e.name: (e.range.min, e.range.max) for e in found if e.range is not None}


def test_the_input_alone_is_enough_to_fill_everything(model: Path) -> None:
    plan = plan_model(model, ranges(images=(0.0, 1.0)), fill="estimate")
    assert plan.missing() == []
    assert plan.count(Source.GIVEN) == 1
    assert plan.count(Source.ESTIMATED) > 5
    truth = measured(model)
    found = by_name(plan)
    logs = [np.log2(found[name] / max(map(abs, truth[name]))) for name in truth]
    assert np.mean(np.abs(logs) <= 1) >= 0.9, dict(zip(truth, logs, strict=True))


def test_given_ranges_are_kept_and_scale_the_estimates(model: Path) -> None:
    """With all products given at half of what they are, as a clipping calibrator does."""
    truth = measured(model)
    halves = {n: (a / 2, b / 2) for n, (a, b) in truth.items() if n in ("c1", "c2", "c3")}
    plan = plan_model(model, ranges(images=(0.0, 1.0), **halves), fill="estimate")
    found = by_name(plan)
    for name, (low, high) in halves.items():
        assert found[name] == max(abs(low), abs(high))
    alone = by_name(plan_model(model, ranges(images=(0.0, 1.0)), fill="estimate"))
    assert found["out"] < 0.7 * alone["out"]
    [out] = [p for p in plan.tensors if p.tensor.name == "out"]
    assert out.source is Source.ESTIMATED
    assert "c3" in out.anchors
    assert 1.0 < out.doubt < 8.0
    assert "within" in out.why


def test_a_mean_is_estimated_rather_than_as_wide_as_its_input(model: Path) -> None:
    truth = measured(model)
    given = {name: truth[name] for name in ("images", "c1", "c2", "c3")}
    safe = plan_model(model, ranges(**given))
    [mean] = [p for p in safe.tensors if p.tensor.name == "mean"]
    assert mean.source is Source.DERIVED
    plan = plan_model(model, ranges(**given), fill="estimate")
    sources = {p.tensor.name: p.source for p in plan.tensors}
    assert sources["r3"] is sources["cat"] is Source.DERIVED
    assert sources["mean"] is sources["flat"] is Source.ESTIMATED
    found, wide = by_name(plan), by_name(safe)
    true = max(map(abs, truth["mean"]))
    assert abs(np.log2(found["mean"] / true)) < abs(np.log2(wide["mean"] / true))
    assert found["mean"] <= wide["mean"]
    assert found["flat"] == found["mean"]


def test_a_concat_is_as_wide_as_its_widest_branch(model: Path) -> None:
    plan = plan_model(model, ranges(images=(0.0, 1.0), c1=(-2.0, 3.0)), fill="estimate")
    found = {p.tensor.name: p for p in plan.tensors if p.range is not None}
    r1, m2, cat = (found[name].range for name in ("r1", "m2", "cat"))
    assert r1 is not None
    assert m2 is not None
    assert cat is not None
    assert (cat.min, cat.max) == (min(r1.min, m2.min), max(r1.max, m2.max))
    assert found["cat"].source is Source.ESTIMATED
    assert found["cat"].doubt >= 1.1


def test_the_same_call_gives_the_same_plan(model: Path) -> None:
    first, second = (
        plan_model(model, ranges(images=(0.0, 1.0)), fill="estimate").to_dict()
        for _ in range(2)
    )
    assert first == second


def test_a_finding_names_the_input_range_and_what_is_better(model: Path) -> None:
    plan = plan_model(model, ranges(images=(0.0, 255.0)), fill="estimate")
    [finding] = [f for f in plan.findings if f.code == "SR220"]
    assert "images 0..255 (given)" in finding.message
    assert "measured ranges are better" in (finding.help or "")


def test_a_scale_that_nothing_tells_is_asked_for(model: Path) -> None:
    with pytest.raises(InputError, match=r"scale of input 'images' is not known.*0\.\.1"):
        plan_model(model, None, fill="estimate")


def test_a_scale_is_found_from_three_given_ranges(model: Path) -> None:
    for low, high in ((0.0, 1.0), (0.0, 255.0)):
        known = by_name(plan_model(model, ranges(images=(low, high)), fill="estimate"))
        given = {name: known[name] for name in ("c1", "c2", "c3")}
        plan = plan_model(model, ranges(**given), fill="estimate")
        [finding] = [f for f in plan.findings if f.code == "SR220"]
        assert f"images {low:g}..{high:g} (found from 3 given ranges)" in finding.message


def test_the_scale_of_other_inputs_is_found_too(tmp_path: Path) -> None:
    model = series_net(tmp_path / "series.onnx", more=True)
    known = by_name(plan_model(model, ranges(sensors=(-3.0, 3.0)), fill="estimate"))
    given = {name: known[name] for name in ("c", "out", "double")}
    plan = plan_model(model, ranges(**given), fill="estimate")
    [finding] = [f for f in plan.findings if f.code == "SR220"]
    assert "-3..3 (found from 3 given ranges)" in finding.message


def test_a_pattern_that_fits_the_input_says_its_scale(model: Path, tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text('{"im*": [0, 1]}', encoding="utf-8")
    plan = plan_model(model, path, fill="estimate")
    assert plan.missing() == []


def test_a_scale_can_be_said(model: Path) -> None:
    said = EstimateOptions(scale=plain(0.0, 1.0))
    plan = plan_model(model, None, fill="estimate", estimate=said)
    assert plan.missing() == []
    given = plan_model(model, ranges(images=(0.0, 1.0)), fill="estimate")
    assert by_name(plan)["c3"] == by_name(given)["c3"]


def test_nothing_is_run_where_nothing_is_missing(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = ranges(**by_name(plan_model(model, ranges(images=(0.0, 1.0)), fill="estimate")))
    without_runtime(monkeypatch)
    plan = plan_model(model, full, fill="estimate")
    assert plan.missing() == []
    assert plan.count(Source.ESTIMATED) == 0


def without_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "onnxruntime", None)


def test_without_onnx_runtime_the_extra_is_named(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_runtime(monkeypatch)
    with pytest.raises(BackendUnavailableError, match=r"pip install 'setrange\[ort\]'"):
        plan_model(model, ranges(images=(0.0, 1.0)), fill="estimate")


def test_one_range_far_from_the_others_is_a_warning_and_no_anchor(model: Path) -> None:
    known = by_name(plan_model(model, ranges(images=(0.0, 1.0)), fill="estimate"))
    given = {name: known[name] for name in ("c1", "c2", "m2")}
    odd = plan_model(
        model, ranges(images=(0.0, 1.0), **{**given, "c2": 30 * known["c2"]}), fill="estimate"
    )
    [finding] = [f for f in odd.findings if f.code == "SR221"]
    assert finding.tensor == "c2"
    assert "30 times" in finding.message
    assert by_name(odd)["c3"] == pytest.approx(known["c3"], rel=0.3)


def test_ranges_that_are_scales_are_told(model: Path) -> None:
    known = by_name(plan_model(model, ranges(images=(0.0, 1.0)), fill="estimate"))
    given = {name: known[name] / 127 for name in ("c1", "c2", "c3")}
    plan = plan_model(model, ranges(images=(0.0, 1.0), **given), fill="estimate")
    [finding] = [f for f in plan.findings if f.code == "SR221"]
    assert "scales" in (finding.help or "")


def test_ranges_of_other_weights_are_told(model: Path) -> None:
    known = by_name(plan_model(model, ranges(images=(0.0, 1.0)), fill="estimate"))
    given = {name: known[name] * 40 for name in ("c1", "c2", "c3")}
    plan = plan_model(model, ranges(images=(0.0, 1.0), **given), fill="estimate")
    [finding] = [f for f in plan.findings if f.code == "SR221"]
    assert "another model" in (finding.help or "")
    assert "40" in finding.message


def test_free_height_width_and_batch(tmp_path: Path) -> None:
    model = conv_net(tmp_path / "free.onnx", size=("height", "width"), batch="N")
    once = EstimateOptions(seconds=1e-9)
    plan = plan_model(model, ranges(images=(0.0, 1.0)), fill="estimate", estimate=once)
    assert plan.missing() == []
    assert any("images [1, 3, 320, 320] 0..1" in finding.message for finding in plan.findings)


def test_tokens_and_masks(tmp_path: Path) -> None:
    plan = plan_model(tokens_net(tmp_path / "tokens.onnx"), None, fill="estimate")
    assert plan.missing() == []
    [finding] = [f for f in plan.findings if f.code == "SR220"]
    assert "tokens resemble real ones little" in finding.message
    # No word of the table is larger than its largest element.
    assert by_name(plan)["e"] <= 4.5


def test_time_series_and_features(tmp_path: Path) -> None:
    plan = plan_model(
        series_net(tmp_path / "series.onnx"), ranges(sensors=3.0), fill="estimate"
    )
    assert plan.missing() == []
    assert any("time series resemble" in f.message for f in plan.findings)
    plan = plan_model(features_net(tmp_path / "rows.onnx"), ranges(row=4.0), fill="estimate")
    assert plan.missing() == []
    assert any("features resemble" in f.message for f in plan.findings)


def test_a_budget_stops_early_and_says_so(model: Path) -> None:
    short = EstimateOptions(seconds=1e-9)
    plan = plan_model(model, ranges(images=(0.0, 1.0)), fill="estimate", estimate=short)
    assert plan.missing() == []
    [finding] = [f for f in plan.findings if f.code == "SR220"]
    assert "4 made inputs" in finding.message
    assert "time was short" in finding.message


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), float("inf")])
def test_a_budget_is_a_number_of_seconds(seconds: float) -> None:
    with pytest.raises(UsageError, match="--seconds"):
        EstimateOptions(seconds=seconds)


def test_a_plan_of_a_network_alone_has_nothing_to_run(model: Path) -> None:
    network = plan_model(model, None).network
    with pytest.raises(UsageError, match="plan_model"):
        make_plan(network, ranges(images=(0.0, 1.0)), fill="estimate")
