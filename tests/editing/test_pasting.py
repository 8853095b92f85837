# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Columns from a spreadsheet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setrange.editing.pasting import read_pasted
from setrange.errors import UsageError


def read(text: str, tensors: tuple[str, ...] = ()) -> list[tuple[str | None, object]]:
    return [(row.name, row.value) for row in read_pasted(text, tensors.__contains__)]


def test_a_column_of_numbers() -> None:
    assert read("1\n2,5\r\n3e-2\n") == [(None, 1.0), (None, 2.5), (None, 0.03)]


def test_two_columns_are_min_and_max() -> None:
    assert read("-1\t2\n0\t6") == [(None, [-1.0, 2.0]), (None, [0.0, 6.0])]


def test_an_empty_cell_keeps_its_place() -> None:
    assert read("1\n\n3") == [(None, 1.0), (None, None), (None, 3.0)]


@pytest.mark.parametrize(
    "text",
    [
        "a\t1\nb c\t2,5",
        "a;1\nb c;2,5",
        "a,1\nb c,2.5",
        "a 1\nb c 2.5",
        "a: 1\nb c: 2.5",
        '"a"\t1\n"b c"\t2.5',
    ],
)
def test_names_with_a_number(text: str) -> None:
    assert read(text) == [("a", 1.0), ("b c", 2.5)]


def test_names_with_two_numbers() -> None:
    assert read("a\t-1\t2\nb\t0\t6") == [("a", [-1.0, 2.0]), ("b", [0.0, 6.0])]


@pytest.mark.parametrize(
    "text",
    [
        "[0, 7]\n[-1.5, 2]",
        "[0,7],\n[-1.5,2]",
        "(0; 7)\n(-1,5; 2)",
        "[0 7]\n[-1,5 2]",
        "[0, 7]\n-1.5 2",
    ],
)
def test_two_numbers_in_brackets(text: str) -> None:
    assert read(text) == [(None, [0.0, 7.0]), (None, [-1.5, 2.0])]


def test_lines_of_a_ranges_file() -> None:
    name = "(Unnamed Layer* 5) [Shuffle]_output"
    text = f'"{name}": [0, 7],\n"b c": [-1, 2]\n92 [0, 1]\nd: 3'
    expected = [(name, [0.0, 7.0]), ("b c", [-1.0, 2.0]), ("92", [0.0, 1.0]), ("d", 3.0)]
    assert read(text) == expected


def test_names_that_tensorrt_makes() -> None:
    name = "(Unnamed Layer* 5) [Shuffle]_output"
    assert read(f"{name} [Shuffle] 3.2") == [(f"{name} [Shuffle]", 3.2)]
    assert read(f"{name} 3.2") == [(name, 3.2)]
    assert read(f"{name}: 3.2") == [(name, 3.2)]


def test_names_that_are_numbers() -> None:
    """Old exporters number values: 92 is a name where there is a tensor of that name."""
    assert read("92\t30.6\n93\t4", ("92", "93")) == [("92", 30.6), ("93", 4.0)]
    assert read("92\t300\n93\t400") == [(None, [92.0, 300.0]), (None, [93.0, 400.0])]


def test_a_header_says_what_is_what() -> None:
    text = "Tensor\tmax\tmin\nx\t6\t0\ny\t1\t-1"
    assert read(text) == [("x", {"max": 6.0, "min": 0.0}), ("y", {"max": 1.0, "min": -1.0})]
    assert read("name,scale\nx,0.5") == [("x", {"scale": 0.5})]


def test_our_own_csv_can_be_pasted() -> None:
    text = "name,min,max,scale,source,reason\nx,-1.0,2.0,,derived: a,\ny,,,,,not filled in\n"
    assert read(text) == [("x", {"min": -1.0, "max": 2.0}), ("y", None)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (" \n ", "is empty"),
        ("1\nabc", 'row 2 .*"abc" is no number|begin with a name'),
        ("a\t1\t2\t3", "3 numbers"),
        ("name\tbest\tmax\na\t1\t2", '"best" is none of'),
        ("name\tmax\n\t2", "row 2 .* has no name"),
        ("a\tx1", 'row 1 .*"x1" is no number'),
    ],
)
def test_what_cannot_be_pasted(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read(text)


@pytest.mark.property
@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        rows = read(text)
    except UsageError:
        return
    assert all(name is None or isinstance(name, str) for name, _ in rows)


@pytest.mark.property
@given(
    st.lists(
        st.tuples(
            st.from_regex(r"[a-z/_.:]{1,12}[a-z]", fullmatch=True), st.floats(-1e30, 1e30)
        ),
        min_size=1,
        max_size=8,
    )
)
def test_a_copied_table_comes_back(rows: list[tuple[str, float]]) -> None:
    text = "".join(f"{name}\t{value!r}\n" for name, value in rows)
    assert read(text) == rows
