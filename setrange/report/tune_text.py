# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Text of ``tune``: what was reached, by what, and what each step bought."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from setrange.report.table import aligned
from setrange.text.visible import visible
from setrange.text.words import and_more, left_out, plural
from setrange.tune.target import Target

if TYPE_CHECKING:
    from setrange.tune.evaluation import Score
    from setrange.tune.results import Judged, Step, TuneReport

__all__ = ["tune_heading", "tune_text", "tune_verdict", "tune_warnings"]

#: Names shown of a step, and steps, without ``-v``.
_MOST_NAMES = 2
_MOST_STEPS = 16


def _target(report: TuneReport) -> Target:
    return Target(name=report.target, value=report.wanted, is_cost=report.is_cost)


def tune_heading(report: TuneReport) -> str:
    """Return what was searched for, and how long it took."""
    return (
        f"{Path(report.model).name}: {_target(report)}; {report.evaluations} figures in "
        f"{report.seconds:.0f} s; {plural(len(report.new_ranges), 'other range')}, "
        f"{plural(len(report.nodes), 'node')} in {report.fallback.upper()}"
    )


def tune_verdict(report: TuneReport) -> str:
    """Return whether the target was reached, on data the search did not see if it can be."""
    target = _target(report)
    judged = report.judging or report.search
    where = "judging data" if report.judging else "data of the search"
    value = target.text(judged.after.value)
    said = f"{report.target} is {value} on the {where}"
    if report.reached:
        return f"reached: {said}; wanted: {target}"
    more = ""
    if report.judging and target.reaches(report.search.after.value):
        more = (
            f"; on the data of the search it is {target.text(report.search.after.value)}: give "
            f"more data, or a stricter target"
        )
    return f"not reached: {said}; wanted: {target}{more}"


def tune_warnings(report: TuneReport) -> list[str]:
    """Return what makes the figures less than they look."""
    judged = report.judging
    if judged is None or not judged.copies:
        return []
    said = (
        f"{judged.copies} of {plural(judged.samples, 'sample')} that judge are equal, byte for "
        f"byte, to one that the search saw: they say nothing about other data"
    )
    return [said]


def tune_text(report: TuneReport, *, is_verbose: bool) -> str:
    """Return the tables: before and after, and the steps."""
    target = _target(report)
    name = report.target if target.is_function else target.name
    rows: list[tuple[str, ...]] = [
        ("samples", "before", "after", "MACs in 8 bits", "weights", "judged by")
    ]
    rows.append(_side(report.search, target, "the data of the search"))
    if report.judging is not None:
        rows.append(_side(report.judging, target, "data that the search did not see"))
    lines = [f"{name}:", *aligned(rows, numbers=5), ""]
    steps = report.path if is_verbose else report.path[:_MOST_STEPS]
    if len(report.path) > 1:
        lines.append("step by step, on the kept samples of the search:")
        table: list[tuple[str, ...]] = [("reached", "bought", "MACs in 8 bits", "step")]
        before: Score | None = None
        for step in steps:
            table.append(_step(step, before, target, report, is_verbose=is_verbose))
            before = step.score
        lines += aligned(table, numbers=3)
        if len(steps) < len(report.path):
            lines.append(left_out(len(report.path) - len(steps), "more steps"))
    return "\n".join(lines).rstrip()


def _side(judged: Judged, target: Target, what: str) -> tuple[str, ...]:
    before, after = judged.before, judged.after
    return (
        str(judged.samples),
        target.text(before.value),
        target.text(after.value),
        f"{100 * before.share.macs:.1f} % -> {100 * after.share.macs:.1f} %",
        f"{100 * before.share.bytes:.1f} % -> {100 * after.share.bytes:.1f} %",
        what,
    )


def _step(
    step: Step, before: Score | None, target: Target, report: TuneReport, *, is_verbose: bool
) -> tuple[str, ...]:
    bought = ""
    if before is not None and None not in (before.value, step.score.value):
        assert before.value is not None
        assert step.score.value is not None
        change = step.score.value - before.value
        bought = f"{'-' if change < 0 else '+'}{target.text(abs(change))}"
    names = [visible(name) for name in step.names]
    listed = and_more(names, len(names) if is_verbose else _MOST_NAMES, quote=str)
    what = {
        "start": "the ranges as given",
        "ranges": f"other ranges: {listed}",
        "asymmetric": f"shifted: {listed}",
        "own_scales": f"scales of their own: {listed}",
        "weights": f"other scales of weights: {listed}",
        "biases": f"corrected biases: {listed}",
        "precision": f"{report.fallback.upper()}: {listed}",
    }[step.change]
    return (
        target.text(step.score.value),
        bought,
        f"{100 * step.score.share.macs:.1f} %",
        what,
    )
