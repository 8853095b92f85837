# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Precision rules for single nodes, in a file whose rules are globs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.ranges.patterns import REGEX, is_pattern
from setrange.ranges.precision import precision_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["rule_for", "with_precision"]


def rule_for(node: str) -> str:
    """Return the glob that fits a node of this name and no other.

    >>> rule_for("/head/Conv"), rule_for("head[0]"), rule_for("re:head")
    ('/head/Conv', 'head[[]0]', '[r]e:head')
    """
    if not is_pattern(node):
        return node
    escaped = "".join(f"[{sign}]" if sign in "*?[" else sign for sign in node)
    return f"[r]{escaped[1:]}" if escaped.startswith(REGEX) else escaped


def with_precision(
    rules: Mapping[str, str], nodes: Iterable[str], wanted: str | None
) -> dict[str, str]:
    """Return rules under which nodes have a precision; of several the last that fits counts.

    Args:
        rules: Glob over node names -> precision.
        nodes: Names of nodes.
        wanted: ``fp16``, or ``None`` for INT8, which needs a rule only against another one.
    """
    found = dict(rules)
    for node in nodes:
        rule = rule_for(node)
        found.pop(rule, None)
        if wanted is not None:
            found[rule] = wanted
        elif precision_of(node, found) not in (None, "int8"):
            found[rule] = "int8"
    return found
