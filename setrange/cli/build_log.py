# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Warnings in the log of a build that succeeded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.text.words import and_more, plural

if TYPE_CHECKING:
    from collections.abc import Iterable

    from setrange.explain import Explanation
    from setrange.report.console import Console

__all__ = ["show_build_log"]

_MOST = 3


def show_build_log(lines: Iterable[str], console: Console) -> None:
    """Say what the known warnings mean, and count the others.

    Args:
        lines: Of the log, marked ``[W]`` and ``[E]`` as trtexec does.
        console: Where messages go.
    """
    lines = list(lines)
    if not lines:
        return  # what lines mean is a large table, which most builds do not need
    from setrange.explain import Severity, explain_lines

    report = explain_lines(lines)
    for explanation in report.explanations:
        if explanation.meaning.weight in (Severity.WARNING, Severity.ERROR):
            console.say(_in_words(explanation))
    if report.unknown:
        console.say(
            f"TensorRT gave {plural(len(report.unknown), 'other warning')}; -v shows all"
        )


def _in_words(explanation: Explanation) -> str:
    names = [*explanation.tensors, *explanation.layers]
    count = max(explanation.count, len(explanation.tensors))
    about = f" of {and_more(names[:_MOST], _MOST, total=count)}" if names else ""
    meaning = explanation.meaning
    help_text = f"\n  help  {meaning.help}" if meaning.help else ""
    return f"TensorRT warns{about}: {meaning.meaning}{help_text}"
