# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses
import json
import math

import pytest

from setrange.errors import UsageError
from setrange.ranges import DynamicRange, RangeEntry, RangeFile
from setrange.ranges.diff import diff_ranges
from tests.networks import ranges_of

BEFORE = ranges_of(
    {"same": 1.0, "half": 2.0, "slightly": 1.0, "gone": 3.0, "lost": 4.0, "none": None}
)
AFTER = ranges_of(
    {"new": 5.0, "slightly": 1.01, "half": 1.0, "same": 1.0, "lost": None, "none": None}
)


def test_everything_is_told_largest_effect_first() -> None:
    diff = diff_ranges(BEFORE, AFTER)
    assert [entry.name for entry in diff.added] == ["new"]
    assert [entry.name for entry in diff.removed] == ["gone"]
    assert [change.name for change in diff.changed] == ["lost", "half", "slightly"]
    assert [change.effect for change in diff.changed] == [math.inf, 2.0, 1.01]
    assert [change.ratio for change in diff.changed] == [0.0, 0.5, 1.01]
    assert diff.same == 2


def test_small_changes_stay_below_the_ratio() -> None:
    diff = diff_ranges(BEFORE, AFTER, ratio=1.5)
    assert [change.name for change in diff.changed] == ["lost", "half"]
    assert diff.same == 3


def test_the_same_float32_scale_is_the_same() -> None:
    exact = RangeFile(
        entries={"a": RangeEntry(name="a", range=DynamicRange(-1.27, 1.27), scale=0.01)}
    )
    assert diff_ranges(exact, ranges_of({"a": 1.27})).changed == ()
    assert diff_ranges(exact, ranges_of({"a": (0, 1.27)})).changed == ()


def test_json_form_is_plain_json() -> None:
    text = json.dumps(diff_ranges(BEFORE, AFTER).to_dict(), allow_nan=False)
    assert json.loads(text)["changed"][0] == {
        "name": "lost",
        "before": [-4.0, 4.0],
        "after": None,
        "ratio": None,
    }
    assert json.loads(text)["added"] == [{"name": "new", "range": [-5.0, 5.0]}]


@pytest.mark.parametrize("ratio", [0.5, -1, math.nan, math.inf])
def test_ratios_below_one_make_no_sense(ratio: float) -> None:
    with pytest.raises(UsageError, match="from 1 on"):
        diff_ranges(BEFORE, AFTER, ratio)


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("precision", {"a": "fp16"}, {"a": "int8"}),
        ("weight_scales", {"a": "mse"}, {}),
        ("bias_corrections", {"a": (1.0,)}, {"a": (2.0,)}),
        ("own_scales", ("a",), ("b",)),
        ("asymmetric", (), ("*",)),
    ],
)
def test_what_is_said_of_nodes_and_pairs_is_compared(
    field: str, one: object, other: object
) -> None:
    a, b = (dataclasses.replace(BEFORE, **{field: said}) for said in (one, other))
    assert diff_ranges(a, b).fields == (field,)
    assert diff_ranges(a, a).fields == ()
