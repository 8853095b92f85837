# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The tables of estimates in docs/few-numbers.md are those of the benchmark's results."""

from __future__ import annotations

import sys

from tests.meta.source_tree import ROOT

sys.path.insert(0, str(ROOT / "benchmarks" / "accuracy"))
sys.path.insert(0, str(ROOT / "benchmarks" / "estimate"))
from estimate_tables import (
    DOCUMENT,
    SCENARIOS,
    TABLES,
    gains,
    read_results,
    table,
    with_tables,
    within,
)
from real_models import CASES


def test_tables_are_those_of_the_results() -> None:
    text = DOCUMENT.read_text("utf-8")
    for name in TABLES:
        assert f"<!-- table: {name} -->" in text
        assert table(name, read_results()) in text
    assert with_tables(text, read_results()) == text


def test_every_model_and_every_scenario_is_in_the_results() -> None:
    results = read_results()
    assert list(results) == [case.name for case in CASES]
    for case in CASES:
        assert set(SCENARIOS) <= set(results[case.name])
        assert results[case.name]["held_out"] == case.is_held_out


def test_levels_are_compared_draw_by_draw_and_the_median_counts() -> None:
    row = {"levels": [19.0, 31.0, 12.0], "outputs": [1.0, None, 3.0]}
    model = {"measured": [20.0, 30.0, 20.0], "measured_outputs": [1.0, 2.0, 3.0], "C": row}
    assert gains(model, "C") == [-1.0, 1.0, -8.0]
    assert gains(model, "C", "outputs") == [0.0, 0.0]
    assert within({"net": model}, "C", 1.0) == "1 of 1"
    assert within({"net": model}, "C", 0.5) == "0 of 1"
