# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What ``setrange tune`` did, for the page: what each step bought."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from setrange.accuracy.metrics import METRICS

if TYPE_CHECKING:
    from setrange.tune.evaluation import Score
    from setrange.tune.results import Judged, TuneReport

__all__ = ["Tuned"]

#: Names of a step that the page lists.
_MOST_NAMES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuned:
    """A search for ranges and fallbacks.

    Attributes:
        summary: What was wanted, what was reached, and the steps; ``None`` where there was no
            search.
    """

    summary: dict[str, Any] | None = None

    @classmethod
    def of_report(cls, report: TuneReport) -> Tuned:
        """Return what a search found."""
        unit = METRICS[report.target].unit if report.target in METRICS else ""
        judging = report.judging
        return cls(
            summary={
                "target": report.target,
                "unit": unit,
                "wanted": report.wanted,
                "is_cost": report.is_cost,
                "reached": report.reached,
                "fallback": report.fallback,
                "search": _side(report.search),
                "judging": None if judging is None else _side(judging),
                "path": [
                    {
                        "change": step.change,
                        "names": list(step.names[:_MOST_NAMES]),
                        "count": len(step.names),
                        **_score(step.score),
                        "judged": None if step.judged is None else step.judged.value,
                    }
                    for step in report.path
                ],
            }
        )


def _side(judged: Judged) -> dict[str, Any]:
    return {
        "samples": judged.samples,
        "copies": judged.copies,
        "before": _score(judged.before),
        "after": _score(judged.after),
    }


def _score(score: Score) -> dict[str, Any]:
    return {"value": score.value, "macs": score.share.macs, "bytes": score.share.bytes}
