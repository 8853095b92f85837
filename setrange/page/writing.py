# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Writes the page of a plan to a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from setrange.files.atomic import write_bytes
from setrange.page.data import report_data
from setrange.page.evidence import Evidence
from setrange.page.html import page_html
from setrange.page.network_facts import NetworkFacts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from setrange.importer.model_at import ModelAt
    from setrange.plan.needs import Needs
    from setrange.plan.plan import Plan

__all__ = ["page_of_data", "report_page", "write_report"]


def write_report(
    plan: Plan,
    path: str | Path,
    *,
    model: ModelAt | None = None,
    releases: Sequence[str] = (),
    state: str | Path | None = None,
    verify: str | Path | None = None,
    layers: str | Path | None = None,
) -> None:
    """Write a plan as one HTML file to look at, as ``setrange report`` does.

    The file needs nothing else: it opens offline, on any machine, and asks for nothing.

    Args:
        plan: The plan, from ``plan_model``.
        path: The file to write; ``-`` is standard output.
        model: The model, for the names that other releases give to its tensors.
        releases: Those releases, such as ``["8.6", "10.3"]``.
        state: A state of ``setrange collect``: histograms.
        verify: The output of ``setrange verify --json``: SQNR and cost of each tensor.
        layers: The layers of an engine as JSON: what runs in INT8.

    Raises:
        InputError: A file cannot be read or written, or is something else.
    """
    evidence = Evidence.read(state=state, verify=verify, layers=layers)
    facts = NetworkFacts.of(plan.network, models=model, releases=releases, evidence=evidence)
    write_bytes(path, report_page(plan, facts))


def report_page(
    plan: Plan, facts: NetworkFacts, *, purpose: str = "cache", needs: Needs | None = None
) -> bytes:
    """Return the page of a plan; equal plans give equal bytes.

    Args:
        plan: The plan.
        facts: What does not change with the ranges.
        purpose: What the ranges are for.
        needs: The tensors whose ranges that takes; ``None`` = every one.
    """
    return page_of_data(report_data(plan, facts, purpose=purpose, needs=needs))


def page_of_data(data: Mapping[str, Any]) -> bytes:
    """Return the page that shows what ``report_data`` returned."""
    title = f"{Path(data['model']).name or 'model'} - setrange"
    return page_html(title, data=data).encode("utf-8", "replace")
