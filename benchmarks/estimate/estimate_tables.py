# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The tables of docs/few-numbers.md, made of the results of ``bench_estimate``."""

from __future__ import annotations

import json
import re
from pathlib import Path
from statistics import mean, median
from typing import Any

ROOT = Path(__file__).parents[2]
RESULTS = Path(__file__).with_name("results.json")
DOCUMENT = ROOT / "docs" / "few-numbers.md"

SCENARIOS = {
    "A": "all products and the input",
    "B": "every second product and the input",
    "C": "only the input",
    "D": "nothing",
}
TABLES = ("models", "scenarios")

#: Model -> ``held_out``, ``judged`` samples, ``measured`` levels by draw, and scenario -> row.
Results = dict[str, dict[str, Any]]


def read_results(path: Path = RESULTS) -> Results:
    """Read what the benchmark found."""
    results: Results = json.loads(path.read_text(encoding="utf-8"))["models"]
    return results


def store(name: str, found: dict[str, Any], order: list[str]) -> None:
    """Put one model's results into the file; scenarios that were not run stay."""
    results = read_results() if RESULTS.exists() else {}
    results[name] = {**results.get(name, {}), **found}
    told = {"models": {key: results[key] for key in sorted(results, key=order.index)}}
    RESULTS.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def gains(model: dict[str, Any], scenario: str, kind: str = "levels") -> list[float]:
    """By draw, how many dB more there are than with the ranges measured in it.

    Args:
        model: Its results.
        scenario: A letter.
        kind: ``levels``: where the model is judged. ``outputs``: at its outputs.
    """
    measured = model["measured" if kind == "levels" else "measured_outputs"]
    pairs = zip(model[scenario][kind], measured, strict=False)
    return [got - best for got, best in pairs if got is not None]


def within(results: Results, scenario: str, least: float, kind: str = "levels") -> str:
    """How many models are no more than so many dB below measured ranges."""
    found = [m for model in results.values() if (m := gains(model, scenario, kind))]
    return f"{sum(round(median(m), 2) >= -least for m in found)} of {len(found)}"


def table(name: str, results: Results) -> str:
    """Return one table as Markdown."""
    return {"models": _models, "scenarios": _scenarios}[name](results)


def with_tables(text: str, results: Results) -> str:
    """Return a document with its tables made anew."""
    for name in re.findall(r"<!-- table: (\w+) -->", text):
        start, end = f"<!-- table: {name} -->\n", "<!-- end of the table -->"
        before, _, rest = text.partition(start)
        _, _, after = rest.partition(end)
        text = f"{before}{start}\n{table(name, results)}\n\n{end}{after}"
    return text


def write_documents(results: Results) -> None:
    """Write the tables into the document."""
    DOCUMENT.write_text(with_tables(DOCUMENT.read_text("utf-8"), results), encoding="utf-8")


def _models(results: Results) -> str:
    rows = [
        (
            "| model | all products given: in 2x | dB against measured | only the input: in 2x "
            "| dB against measured | measured, dB |"
        ),
        "|---|---|---|---|---|---|",
    ]
    for name, model in results.items():
        mark = " *" if model["held_out"] else ""
        cells = [
            f"{_percent(model[scenario]['within'])} | {_spread(gains(model, scenario), '+')}"
            for scenario in "AC"
        ]
        rows.append(
            f"| {name}{mark} | {' | '.join(cells)} | {_spread(model['measured'], '')} |"
        )
    return "\n".join(rows)


def _scenarios(results: Results) -> str:
    rows = [
        (
            "| given | covered | in 2x, mean | below 0.7, mean | within 0.5 dB of measured "
            "| within 1 dB | within 1 dB at the outputs | `--fill bounds`, median |"
        ),
        "|" + "---|" * 8,
    ]
    for scenario, said in SCENARIOS.items():
        models = {name: model for name, model in results.items() if scenario in model}
        if not models:
            continue
        some = [model[scenario] for model in models.values()]
        wide = [
            model[scenario]["bounds"] - model["measured"][0]
            for model in models.values()
            if model[scenario]["bounds"] is not None
        ]
        rows.append(
            f"| {said} | {_percent(*(x['covered'] for x in some))} "
            f"| {_percent(*(x['within'] for x in some))} "
            f"| {_percent(*(x['clipped'] for x in some))} "
            f"| {within(models, scenario, 0.5)} | {within(models, scenario, 1.0)} "
            f"| {within(models, scenario, 1.0, 'outputs')} "
            f"| {f'{median(wide):+.1f} dB' if wide else '-'} |"
        )
    return "\n".join(rows)


def _percent(*shares: float) -> str:
    """Return the mean of shares."""
    return f"{100 * mean(shares):.1f} %"


def _spread(values: list[float], sign: str) -> str:
    if not values:
        return "-"
    middle, low, high = median(values), min(values), max(values)
    extremes = f" [{low:{sign}.1f}, {high:{sign}.1f}]" if len(values) > 1 else ""
    return f"{middle:{sign}.1f}{extremes}"
