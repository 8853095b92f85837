# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Candidates are ranked by values that chance decides least."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from setrange.model.loading import load_model
from setrange.tune.evaluation import Score, TunedBatch
from setrange.tune.prices import Share
from setrange.tune.ranking import Ranking
from setrange.tune.worst_first import count_for_ranking, worst_first
from tests.tune.scoring import scored, trials_of

if TYPE_CHECKING:
    from pathlib import Path

    from setrange.tune.trials import Trials


def test_values_before_a_softmax_stand_for_what_it_gives(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    nodes = [
        helper.make_node("Relu", ["x"], ["scores"]),
        helper.make_node("Softmax", ["scores"], ["soft"]),
        helper.make_node("Transpose", ["soft"], ["y"], perm=[1, 0]),
        helper.make_node("Softmax", ["y"], ["soft2"]),
        helper.make_node("Sigmoid", ["soft2"], ["z"]),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", kind, [2, 3])],
        [helper.make_tensor_value_info(name, kind, [3, 2]) for name in ("y", "z")],
    )
    onnx.save(helper.make_model(graph), tmp_path / "m.onnx")
    ranking = Ranking.of(load_model(tmp_path / "m.onnx"), ["y", "z"])
    assert ranking.values == ("scores", "z")
    assert ranking.all == ("y", "z", "scores")
    assert ranking.positions == (2, 1)
    assert ranking.is_apart
    assert not Ranking(outputs=("y", "z"), values=("y", "z")).is_apart


def _batch(name: str, wanted: float) -> TunedBatch:
    array = np.full(4, wanted, np.float32)
    return TunedBatch(feeds={"x": array}, wanted=[array], label=name, samples=5, ranked=[array])


def test_samples_with_most_noise_come_first() -> None:
    # b is far off for its size; c is further off.
    batches = [_batch("a", 1.0), _batch("b", 0.5), _batch("c", 20.0), _batch("d", 1.0)]
    errors = {"a": 0.1, "b": 0.4, "c": 0.6, "d": 0.1}

    def run(feeds: dict[str, Any], label: str) -> list[Any]:
        return [feeds["x"] + np.float32(errors[label])]

    side = SimpleNamespace(session=SimpleNamespace(run=run))
    evaluator: Any = SimpleNamespace(
        side=lambda _settings: side, ranking=Ranking(outputs=("y",), values=("y",))
    )
    found = worst_first(evaluator, batches)
    assert [batch.label for batch in found] == ["c", "b", "a", "d"]
    assert count_for_ranking(found) == 2  # ten samples, where eight will do


def _score(value: float, quality: float) -> Score:
    return Score(value=value, quality=quality, share=Share(1.0, 1.0))


def _trials(*, ranks_apart: bool) -> Trials:
    return trials_of(lambda _: scored(0.0), "sqnr=30", ranks_apart=ranks_apart)


def test_the_judged_figure_ranks_where_nothing_else_does() -> None:
    lucky, better, enough = _score(25.0, 10.0), _score(20.0, 15.0), _score(31.0, 5.0)
    trials = _trials(ranks_apart=False)
    assert trials.is_better(lucky, better)
    assert trials.allowed_loss() == pytest.approx(1e-3)
    trials = _trials(ranks_apart=True)
    assert trials.is_better(better, lucky)
    assert trials.is_better(enough, better)  # the target is the target
    assert trials.is_no_worse(better, lucky)
    assert not trials.is_no_worse(lucky, better)
    assert trials.rank(better) > trials.rank(lucky)
    assert trials.allowed_loss() is None
