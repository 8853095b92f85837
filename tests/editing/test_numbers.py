# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Ranges as people type them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setrange.editing.numbers import checked_entry, parse_number, parse_range
from setrange.errors import UsageError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("6", 6.0),
        (" 6.5 ", 6.5),
        ("6,5", 6.5),
        ("±6,5", 6.5),
        ("+-3", 3.0),
        ("1e-3", 1e-3),
        ("0 6", [0.0, 6.0]),
        ("0\t6", [0.0, 6.0]),
        ("-2,1 2,64", [-2.1, 2.64]),
        ("-2.1, 2.64", [-2.1, 2.64]),
        ("[-2.1, 2.64]", [-2.1, 2.64]),
        ("-2,1; 2,64", [-2.1, 2.64]),
        ("0..6", [0.0, 6.0]),
        ("-1 .. 1", [-1.0, 1.0]),
        ("\u22122 2", [-2.0, 2.0]),  # the typographic minus
        ("1\u202f234,5", 1234.5),  # a narrow blank between thousands
    ],
)
def test_what_people_type(text: str, value: object) -> None:
    assert parse_range(text) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no number was typed"),
        ("abc", "is no range"),
        ("1 2 3", "is no range"),
        ("1,234.5", "is no range|two ways"),
        ("0x10", "is no range"),
        ("1_000", "is no range"),
        ("9" * 500, "is no range"),
    ],
)
def test_what_is_no_range(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse_range(text)


def test_thousands_are_not_guessed() -> None:
    with pytest.raises(UsageError, match="two ways"):
        parse_number("1,234.5")


@pytest.mark.property
@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(allow_nan=False, allow_infinity=False),
)
def test_two_numbers_come_back(low: float, high: float) -> None:
    for text in (f"{low!r} {high!r}", f"[{low!r}, {high!r}]", f"{low!r};{high!r}"):
        assert parse_range(text) == [low, high]
        assert parse_range(text.replace(", ", "; ").replace(".", ",")) == [low, high]


@pytest.mark.property
@given(st.text(max_size=60))
def test_any_text_is_a_range_or_refused(text: str) -> None:
    try:
        value = parse_range(text)
    except UsageError:
        return
    numbers = value if isinstance(value, list) else [value]
    assert all(isinstance(number, float) for number in numbers)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([2.0, 1.0], "min 2.0 is greater than max 1.0"),
        (-3.0, "did you mean"),
        (0.0, "zero range"),
        (math.inf, "infinite"),
        ([0.0, math.nan], "NaN"),
        (1e39, "more than a float32 holds"),
    ],
)
def test_a_value_is_checked_as_in_the_file(value: object, said: str) -> None:
    with pytest.raises(UsageError, match=f'^tensor "t": .*{said}'):
        checked_entry("t", value)
