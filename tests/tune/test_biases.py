# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``tune --correct-bias``: corrected biases are a move of the search, and in its result."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from setrange import tune_ranges
from setrange.cli.main import main
from setrange.ranges.model import RangeFile
from setrange.tune.bias_choice import BiasChoice
from setrange.tune.settings import Corrections, Settings
from setrange.tune.trials import Best
from tests.exporters.quantizing import save
from tests.tune.scoring import scored, trials_of
from tests.verify.material import GRAPH, RANGES, WEIGHTS, write_ranges

if TYPE_CHECKING:
    from collections.abc import Callable

    from setrange.tune.evaluation import Score

pytest.importorskip("onnxruntime")


@pytest.fixture(autouse=True)
def products(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two products whose input lies 0.4 steps above the one that it is rounded to."""
    monkeypatch.chdir(tmp_path)
    save(tmp_path / "m.onnx", GRAPH, WEIGHTS)
    write_ranges(tmp_path / "r.json", RANGES)
    noise = np.random.default_rng(1).standard_normal((60, 32))
    np.save("data.npy", (3.4 * 4 / 127 + 0.002 * noise).astype(np.float32))


@pytest.fixture
def tuned(capfd: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:
    """Tune, and return the report. Nothing but biases can be changed."""

    def run(*options: str, ranges: str = "r.json", target: str = "sqnr=90") -> dict[str, Any]:
        common = ["--data", "data.npy", "--target", target, "-o", "better.json", "--overwrite"]
        fixed = ["--lock", "x", "--lock", "r", "--keep-int8", "100%", "--threads", "1"]
        call = ["tune", ranges, "m.onnx", *common, *fixed, "--json", "-q", *options]
        assert main(call) in (0, 1)
        report: dict[str, Any] = json.loads(capfd.readouterr().out)
        return report

    return run


def better() -> dict[str, Any]:
    made: dict[str, Any] = json.loads(Path("better.json").read_text(encoding="utf-8"))
    return made


def test_what_only_biases_can_buy_is_bought(tuned: Callable[..., dict[str, Any]]) -> None:
    plain = tuned()
    assert "bias_corrections" not in better()
    found = tuned("--correct-bias")
    assert found["judging"]["after"]["value"] > plain["judging"]["after"]["value"] + 1
    assert found["bias_corrections"] == ["first", "second"]
    lengths = {node: len(added) for node, added in better()["bias_corrections"].items()}
    assert lengths == {"first": 24, "second": 16}
    changes = [(step["change"], step["names"]) for step in found["path"]]
    assert changes == [("start", []), ("biases", ["first", "second"])]


def test_the_figure_is_that_of_verify_without_an_option(
    tuned: Callable[..., dict[str, Any]], capfd: pytest.CaptureFixture[str]
) -> None:
    found = tuned("--correct-bias", "--holdout", "0")
    call = ["verify", "better.json", "m.onnx", "--data", "data.npy", "--threads", "1"]
    assert main([*call, "--json", "-q"]) == 0
    assert json.loads(capfd.readouterr().out)["value"] == found["search"]["after"]["value"]


def test_locked_nodes_keep_the_bias_they_have(tuned: Callable[..., dict[str, Any]]) -> None:
    write_ranges(Path("r.json"), RANGES, bias_corrections={"first": [0.5] * 24})
    found = tuned("--correct-bias", "--lock", "first")
    assert better()["bias_corrections"]["first"] == [0.5] * 24
    assert "second" in found["bias_corrections"]


def test_given_corrections_stay_where_none_are_searched(
    tuned: Callable[..., dict[str, Any]],
) -> None:
    given = {"first": [0.001] * 24}
    write_ranges(Path("r.json"), RANGES, bias_corrections=given)
    assert tuned()["bias_corrections"] == []
    assert better()["bias_corrections"] == given


def test_python_takes_it_too(tuned: Callable[..., dict[str, Any]]) -> None:
    tuned("--correct-bias")
    options = {"lock": ["x", "r"], "keep_int8": 1.0, "threads": 1, "correct_bias": True}
    ranges, _ = tune_ranges("m.onnx", "r.json", "data.npy", target="sqnr=90", **options)
    found = {node: list(added) for node, added in ranges.bias_corrections.items()}
    assert found == better()["bias_corrections"]


def test_a_node_in_fp16_has_none_and_has_it_again_in_int8() -> None:
    numbers = {"a": (1.0,), "b": (2.0,)}
    settings = Settings().with_corrections(Corrections.of(numbers)).with_nodes(["a"], "fp16")
    assert settings.applied(RangeFile()).bias_corrections == {"b": (2.0,)}
    assert settings.corrected == ("b",)
    back = settings.without_nodes(["a"])
    assert back.applied(RangeFile()).bias_corrections == numbers
    given = RangeFile(bias_corrections=numbers)
    assert Settings().with_nodes(["b"], "fp16").applied(given).bias_corrections == {"a": (1.0,)}


def test_settings_are_told_apart_by_their_corrections() -> None:
    keys = {
        Settings().with_corrections(corrections).key
        for corrections in (
            None,
            Corrections.of({}),
            Corrections.of({"a": (1.0,)}),
            Corrections.of({"a": (1.5,)}),
            Corrections.of({"b": (1.0,)}),
        )
    }
    assert len(keys) == 5


def corrected(value: Callable[[set[str]], float], target: str, monkeypatch: Any) -> set[str]:
    """Return which of the nodes a to h are corrected, by what a set of them is worth."""

    def score(settings: Settings) -> Score:
        return scored(value(set(settings.corrected)))

    new = Settings().with_corrections(Corrections.of(dict.fromkeys("abcdefgh", (1.0,))))
    monkeypatch.setattr(BiasChoice, "on", lambda _self, _settings: new)
    trials = trials_of(score, target, best=Settings())
    nothing: Any = None
    choice = BiasChoice(
        trials=trials, quantizer=nothing, ranges=RangeFile(), source=nothing, run=nothing
    )
    found = choice.better(Settings())
    assert trials.best == Best(settings=found, score=score(found))
    return set(found.corrected)


@pytest.mark.parametrize("target", ["sqnr=100", "sqnr=0"])
def test_biases_are_corrected_where_that_helps(
    target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the target is reached or not: what is beyond it may save a node in FP16."""
    worth = dict(zip("abcdefgh", (1, 1, -4, 0, 1, 1, -1, -1), strict=True))

    def value(names: set[str]) -> float:
        return 5.0 + sum(worth[name] for name in names)

    assert corrected(value, target, monkeypatch) == {"a", "b", "e", "f"}
    assert corrected(lambda names: float(len(names)), target, monkeypatch) == set("abcdefgh")
    assert corrected(lambda names: -float(len(names)), target, monkeypatch) == set()
