# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What the page shows, as one JSON-ready object: ``check --json`` with additions.

``schemas/report.v1.schema.json`` describes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from setrange import __version__
from setrange.explain.finding_page import finding_page
from setrange.page.network_facts import NetworkFacts
from setrange.page.verdict import verdict_of
from setrange.plan.asking import questions_of
from setrange.ranges.precision import rule_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from setrange.findings import Finding
    from setrange.plan.needs import Needs
    from setrange.plan.plan import Plan

__all__ = ["report_data"]

#: Of the form of the additions.
_VERSION = 1


def report_data(
    plan: Plan,
    facts: NetworkFacts | None = None,
    *,
    purpose: str = "cache",
    needs: Needs | None = None,
) -> dict[str, Any]:
    """Return what the page shows of a plan.

    Args:
        plan: The plan; with ``needs``, before ``plan_for_output``.
        facts: What does not change with the ranges, of ``plan.network``; worked out again if
            it is not given.
        purpose: What the ranges are for, as ``--for`` takes it.
        needs: The tensors whose ranges that output takes; ``None`` = every one, as a
            calibration cache does.

    Returns:
        ``Plan.to_dict()`` with additions; ``schemas/report.v1.schema.json`` describes it. A
        tensor is referred to by its index in ``tensors``, a layer by its index in ``layers``.
    """
    from setrange.plan.needs import plan_for_output

    known = NetworkFacts.of(plan.network) if facts is None else facts
    questions = questions_of(plan, needs)
    asked = {**questions.needed, **questions.derived, **questions.optional}
    if needs is not None:
        plan = plan_for_output(plan, needs)
    data = plan.to_dict()
    index = {planned.tensor: place for place, planned in enumerate(plan.tensors)}
    for planned, tensor, fixed in zip(
        plan.tensors, data["tensors"], known.tensors, strict=True
    ):
        tensor.update(fixed)
        if planned.operands:
            tensor["operands"] = [index[other] for other in planned.operands if other in index]
        if planned.tensor in asked:
            tensor["need"] = asked[planned.tensor]
    return {
        **data,
        "report": _VERSION,
        "tool": f"setrange {__version__}",
        "for": purpose,
        "confidence": plan.network.confidence.label,
        "verdict": verdict_of(plan),
        "releases": list(known.releases),
        "inputs": list(known.inputs),
        "outputs": list(known.outputs),
        "layers": _layers(known, plan),
        "pages": _pages(plan.findings),
        **known.evidence.summaries(),
    }


def _layers(known: NetworkFacts, plan: Plan) -> list[dict[str, Any]]:
    """The layers, with the precision that the ranges file asks for."""
    if not plan.precision:
        return list(known.layers)
    layers = []
    for layer in known.layers:
        glob = rule_of(layer["node"], plan.precision) if layer["node"] else None
        layers.append(layer if glob is None else {**layer, "asked": plan.precision[glob]})
    return layers


def _pages(findings: Iterable[Finding]) -> dict[str, Any]:
    """What the documentation says of each finding, once."""
    pages = {}
    for code in dict.fromkeys(finding.code for finding in findings):
        page = finding_page(code)
        pages[code] = {"title": page.title, "text": page.text}
    return pages
