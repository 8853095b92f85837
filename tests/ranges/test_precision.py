# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Rules on the precision of nodes: which one counts, and which are lost."""

from __future__ import annotations

import glob

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setrange.ranges.precision import precision_of, rule_of, rules_without_node


@pytest.mark.parametrize(
    ("node", "rules", "precision"),
    [
        ("a", {}, None),
        ("a", {"b": "fp16"}, None),
        ("a", {"*": "fp16", "a": "int8"}, "int8"),
        ("a", {"a": "int8", "*": "fp16"}, "fp16"),  # order counts, not detail
        ("A", {"a": "int8"}, None),
        ("(Unnamed Layer* 3) [Shuffle]", {"(Unnamed Layer* 3) [Shuffle]": "fp32"}, "fp32"),
        ("x[0]", {"x[[]0]": "fp32"}, "fp32"),
    ],
)
def test_the_last_rule_that_fits_counts(
    node: str, rules: dict[str, str], precision: str | None
) -> None:
    assert precision_of(node, rules) == precision
    rule = rule_of(node, rules)
    assert (None if rule is None else rules[rule]) == precision


@given(st.text(min_size=1), st.sampled_from(["fp32", "fp16", "int8"]))
def test_an_escaped_name_is_a_rule_for_that_node(name: str, kind: str) -> None:
    assert precision_of(name, {"*": "int8", glob.escape(name): kind}) == kind
    assert list(rules_without_node([glob.escape(name)], [name, "other"])) == []


def test_rules_without_a_node_come_with_near_names() -> None:
    nodes = ["/head/Conv", "/head/Relu", "", "/body/Conv"]
    found = dict(rules_without_node(["/head/*", "/hed/Conv", "nothing like it"], nodes))
    assert set(found) == {"/hed/Conv", "nothing like it"}
    assert "/head/Conv" in (found["/hed/Conv"] or "")
    assert found["nothing like it"] is None
