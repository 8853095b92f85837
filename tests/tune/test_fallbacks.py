# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Where the target is not reached, what may still run in FP16 does, as far as it helps."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from setrange.exporters.qdq.decision import Verdict
from setrange.tune.evaluation import Score
from setrange.tune.fallbacks import Fallbacks
from setrange.tune.prices import Price, PriceList
from setrange.tune.settings import Corrections, Settings
from setrange.tune.target import Target
from setrange.tune.trials import Best, Limits, Trials

if TYPE_CHECKING:
    from collections.abc import Callable

#: Node -> its share of the multiply-adds in percent.
PRICES = {"a": 5, "b": 3, "c": 1, "d": 20, "e": 71}


def filled(value: Callable[[set[str]], float], *, keep: float = 0.9) -> tuple[set[str], int]:
    """Return the nodes in FP16 after ``a`` was put there, and how many scores it took."""
    prices = PriceList({node: Price(macs, 1) for node, macs in PRICES.items()})
    asked = []

    def score(settings: Settings, *, count: int | None = None) -> Score:
        asked.append(settings)
        share = prices.share(set(PRICES) - settings.nodes)
        reached = value(set(settings.nodes))
        return Score(value=reached, quality=reached, share=share)

    measuring: Any = SimpleNamespace(
        score=score, ahead=list, score_of=lambda settings, _count: settings
    )
    trials = Trials(
        measuring=measuring,
        target=Target.parse("sqnr=100"),
        limits=Limits(
            is_locked=lambda _: False, names=frozenset(PRICES), kind="fp16", keep=keep
        ),
        metric="sqnr",
        few=1,
        tell=lambda _: None,
    )
    settings = Settings().with_nodes(["a"], "fp16")
    trials.best = Best(settings=settings, score=score(settings))
    made: Any = SimpleNamespace(
        decisions=[
            SimpleNamespace(node=node, op="Conv", verdict=Verdict.ACTIVATION) for node in PRICES
        ]
    )
    fallbacks = Fallbacks(
        trials=trials,
        made=made,
        prices=prices,
        ranged=Settings(),
        losses={f"weight of {node}": 0.1 for node in PRICES},
        consumers={f"weight of {node}": (node,) for node in PRICES},
    )
    fallbacks.run()
    trials.best = Best(settings=settings, score=score(settings))
    asked.clear()
    fallbacks.fill(settings)
    return set(trials.best.settings.nodes), len(set(asked))


def test_all_moves_are_tried_with_biases_corrected_for_them() -> None:
    prices = PriceList({node: Price(macs, 1) for node, macs in PRICES.items()})
    corrections = Corrections.of({"d": (1.0,)})

    def score(settings: Settings, *, count: int | None = None) -> Score:
        share = prices.share(set(PRICES) - settings.nodes)
        value = 10.0 + len(settings.nodes)
        if settings.corrections == corrections and settings.nodes >= {"b"}:
            value = 100.0
        return Score(value=value, quality=value, share=share)

    measuring: Any = SimpleNamespace(
        score=score, ahead=list, score_of=lambda settings, _count: settings
    )
    trials = Trials(
        measuring=measuring,
        target=Target.parse("sqnr=90"),
        limits=Limits(
            is_locked=lambda _: False, names=frozenset(PRICES), kind="fp16", keep=0.9
        ),
        metric="sqnr",
        few=1,
        tell=lambda _: None,
    )
    made: Any = SimpleNamespace(
        decisions=[
            SimpleNamespace(node=node, op="Conv", verdict=Verdict.ACTIVATION) for node in PRICES
        ]
    )
    corrected_for = []

    def correct(settings: Settings) -> Settings:
        corrected_for.append(settings.nodes)
        return settings.with_corrections(corrections)

    Fallbacks(
        trials=trials,
        made=made,
        prices=prices,
        ranged=Settings(),
        losses={f"weight of {node}": 0.1 for node in PRICES},
        consumers={f"weight of {node}": (node,) for node in PRICES},
        correct=correct,
    ).run()
    assert corrected_for == [{"a", "b", "c"}]  # all that may leave INT8
    assert trials.is_reached
    assert trials.best is not None
    assert trials.best.settings.nodes == {"b"}  # the others were not needed


def test_all_that_fits_is_added_at_once() -> None:
    nodes, scores = filled(lambda nodes: 10.0 + len(nodes))
    assert nodes == {"a", "b", "c"}  # d would leave less than nine tenths in INT8
    assert scores == 2


def test_what_lowers_the_figure_is_left_out() -> None:
    nodes, _ = filled(lambda nodes: 10.0 + ("b" in nodes) - 5.0 * ("c" in nodes))
    assert nodes == {"a", "b"}


def test_nothing_is_added_where_nothing_fits() -> None:
    nodes, scores = filled(lambda nodes: 10.0 + len(nodes), keep=0.95)
    assert nodes == {"a"}
    assert scores == 0
