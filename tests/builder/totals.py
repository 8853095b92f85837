# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Totals of the builder report: what weighted layers run in, and why the others do not."""

from __future__ import annotations

import collections
import re
from typing import TYPE_CHECKING

from setrange.engine_layers.model import QUANTIZED, UNKNOWN
from tests.builder.outcome import LIBRARY, WRONG

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from setrange.engine_layers.weighted import NodeVerdict
    from tests.builder.outcome import Outcome

__all__ = ["Share", "share_of", "totals"]

#: The ops whose share in INT8 is counted.
_COUNTED = ("Conv", "Gemm", "MatMul")
_NO_RULE = "no Q/DQ pair on "


class Share:
    """How many of the counted nodes run in INT8.

    Attributes:
        low: In INT8.
        excluded: In float, by a rule of the placement that says so.
        others: In float without such a rule: the builder's doing, or a gap of ours.
    """

    def __init__(self) -> None:
        self.low = self.excluded = self.others = 0

    @property
    def percent(self) -> float:
        """Of the nodes that no rule excludes, how many run in INT8."""
        counted = self.low + self.others
        return 100.0 * self.low / counted if counted else 100.0

    def add(self, node: NodeVerdict) -> None:
        """Count one node."""
        if node.op not in _COUNTED or node.precision == UNKNOWN:
            return
        if node.precision in QUANTIZED:
            self.low += 1
        elif is_excluded(node):
            self.excluded += 1
        else:
            self.others += 1

    def __str__(self) -> str:
        return (
            f"{self.percent:.2f} % of {self.low + self.others} {', '.join(_COUNTED)} run in "
            f"INT8 ({self.others} do not; {self.excluded} more are float by a stated rule)"
        )


def is_excluded(node: NodeVerdict) -> bool:
    """True for a float node that a stated rule of the placement leaves float."""
    return node.is_float and not node.has_pairs and not node.reason.startswith(_NO_RULE)


def share_of(outcomes: Mapping[str, Outcome] | list[Outcome]) -> Share:
    """Count the nodes of some outcomes."""
    share = Share()
    values = outcomes if isinstance(outcomes, list) else list(outcomes.values())
    for outcome in values:
        for node in outcome.verdict.nodes if outcome.verdict else ():
            share.add(node)
    return share


def totals(results: Mapping[str, Mapping[str, Outcome]], *, is_verbose: bool = False) -> str:
    """Return the end of the report.

    Args:
        results: Model -> variant -> outcome.
        is_verbose: Name every node in float and every pair for nothing.
    """
    lines = ["", *_wrong(results), "", *_by_variant(results), "", *_by_reason(results)]
    if is_verbose:
        lines += ["", *_each(results)]
    everything = [o for outcomes in results.values() for o in outcomes.values()]
    return "\n".join([*lines, "", f"all variants: {share_of(everything)}"])


def _wrong(results: Mapping[str, Mapping[str, Outcome]]) -> Iterator[str]:
    """Models that do not build, the same words of several variants once."""
    for kinds in ((LIBRARY,), ("not planned",), WRONG):
        for name, outcomes in sorted(results.items()):
            told: dict[str, list[str]] = collections.defaultdict(list)
            for variant, outcome in outcomes.items():
                if outcome.kind in kinds:
                    told[outcome.text].append(variant)
            for text, variants in told.items():
                yield f"{name} ({', '.join(variants)}): {text}"


def _by_variant(results: Mapping[str, Mapping[str, Outcome]]) -> Iterator[str]:
    for variant in dict.fromkeys(v for outcomes in results.values() for v in outcomes):
        outcomes = [o[variant] for o in results.values() if variant in o]
        kinds = collections.Counter(outcome.kind for outcome in outcomes)
        told: collections.Counter[str] = collections.Counter()
        for outcome in outcomes:
            if outcome.verdict:
                told.update(outcome.verdict.counts())
                told["undone pairs"] += len(outcome.verdict.undone)
        listed = ", ".join(f"{key} {n}" for key, n in [*kinds.most_common(), *told.items()])
        yield f"{variant:10} {listed}"
        yield f"{'':10} {share_of(outcomes)}"


def _by_reason(results: Mapping[str, Mapping[str, Outcome]]) -> Iterator[str]:
    """Float nodes by op and reason, with names and numbers left out."""
    counted: collections.Counter[tuple[str, str]] = collections.Counter()
    for outcomes in results.values():
        for outcome in outcomes.values():
            for node in outcome.verdict.floats() if outcome.verdict else ():
                rule = "rule" if is_excluded(node) else "LOST" if node.is_lost else "OPEN"
                reason = re.sub(r"'[^']*'( and '[^']*')*", "...", node.reason)
                reason = re.sub(r"\b\d+\b", "N", reason)
                counted[f"{rule} {node.op}", reason] += 1
    for (op, reason), count in counted.most_common():
        yield f"{count:6} {op}: {reason}"


def _each(results: Mapping[str, Mapping[str, Outcome]]) -> Iterator[str]:
    for name, outcomes in sorted(results.items()):
        for variant, outcome in outcomes.items():
            for node in outcome.verdict.floats() if outcome.verdict else ():
                yield f"  {name} ({variant}): {node.op} {node.node}: {node.reason}"
            for pair in outcome.verdict.undone if outcome.verdict else ():
                yield f"  {name} ({variant}): undone {pair.value} by {', '.join(pair.nodes)}"
