# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Where the target is not reached, what may still run in FP16 does, as far as it helps."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from setrange.exporters.qdq.decision import Verdict
from setrange.tune.fallbacks import Fallbacks
from setrange.tune.prices import Price, PriceList
from setrange.tune.settings import Corrections, Settings
from setrange.tune.trials import Best
from tests.tune.scoring import scored, trials_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from setrange.tune.evaluation import Score

#: Node -> its share of the multiply-adds in percent.
PRICES = {"a": 5, "b": 3, "c": 1, "d": 20, "e": 71}


def searched(
    value: Callable[[Settings], float], target: str, *, keep: float = 0.9, **how: Any
) -> tuple[Fallbacks, list[Settings]]:
    """Return a search among the nodes, and the settings whose score it asked for."""
    prices = PriceList({node: Price(macs, 1) for node, macs in PRICES.items()})
    asked = []

    def score(settings: Settings) -> Score:
        asked.append(settings)
        return scored(value(settings), prices.share(set(PRICES) - settings.nodes))

    made: Any = SimpleNamespace(
        decisions=[
            SimpleNamespace(node=node, op="Conv", verdict=Verdict.ACTIVATION) for node in PRICES
        ]
    )
    fallbacks = Fallbacks(
        trials=trials_of(score, target, names=PRICES, keep=keep),
        made=made,
        prices=prices,
        ranged=Settings(),
        losses={f"weight of {node}": 0.1 for node in PRICES},
        consumers={f"weight of {node}": (node,) for node in PRICES},
        **how,
    )
    return fallbacks, asked


def filled(value: Callable[[set[str]], float], *, keep: float = 0.9) -> tuple[set[str], int]:
    """Return the nodes in FP16 after ``a`` was put there, and how many scores it took."""
    fallbacks, asked = searched(lambda now: value(set(now.nodes)), "sqnr=100", keep=keep)
    trials = fallbacks.trials
    settings = Settings().with_nodes(["a"], "fp16")
    best = Best(settings=settings, score=trials.measuring.score(settings))  # type: ignore[arg-type]
    trials.best = best
    fallbacks.run()
    trials.best = best
    asked.clear()
    fallbacks.fill(settings)
    return set(trials.best.settings.nodes), len(set(asked))


def test_all_moves_are_tried_with_biases_corrected_for_them() -> None:
    corrections = Corrections.of({"d": (1.0,)})
    corrected_for = []

    def value(settings: Settings) -> float:
        is_enough = settings.corrections == corrections and settings.nodes >= {"b"}
        return 100.0 if is_enough else 10.0 + len(settings.nodes)

    def correct(settings: Settings) -> Settings:
        corrected_for.append(settings.nodes)
        return settings.with_corrections(corrections)

    fallbacks, _ = searched(value, "sqnr=90", correct=correct)
    fallbacks.run()
    trials = fallbacks.trials
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
