# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import contextlib
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setrange.ranges.json_scan import JsonObject, JsonSyntaxError, scan_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def same(a: Any, b: Any) -> bool:
    if isinstance(a, float) and isinstance(b, float) and math.isnan(a):
        return math.isnan(b)
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return isinstance(b, dict) and list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    return type(a) is type(b) and bool(a == b)


@pytest.mark.property
@given(VALUES, st.sampled_from([None, 2]), st.booleans())
def test_reads_what_the_json_module_reads(
    value: Any, indent: int | None, ensure_ascii: bool
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ensure_ascii)
    assert same(json.loads(text), scan_json(text))


@pytest.mark.property
@given(st.text(alphabet='{}[]",:0123456789.eE+-nultrfasINy\\ \n\t/\x00é', max_size=30))
def test_accepts_nothing_that_the_json_module_refuses(text: str) -> None:
    with contextlib.suppress(JsonSyntaxError):
        scan_json(text)
        json.loads(text)


def test_lines_of_keys_and_objects() -> None:
    value = scan_json('\n{\n "a": 1, "b":\n  [1,\n {"c": 2}],\n "d": {}}')
    assert value.line == 2
    assert value.lines == {"a": 3, "b": 3, "d": 6}
    assert value["b"][1].line == 5


def test_duplicates_keep_the_first_value() -> None:
    value = scan_json('{"a": 1,\n"a": 2,\n"a": 3}')
    assert value == {"a": 1}
    assert value.duplicates == [("a", 1, 2), ("a", 1, 3)]
    assert isinstance(value, JsonObject)


def test_long_number_arrays_are_read_whole() -> None:
    numbers = [i / 7 for i in range(500)]
    assert scan_json(json.dumps({"hist": numbers}))["hist"] == numbers


def test_a_mistake_in_a_long_array_is_placed() -> None:
    text = "[" + "1, " * 100 + "-]"
    with pytest.raises(JsonSyntaxError) as caught:
        scan_json(text)
    assert caught.value.column == 302


def test_caret_stands_under_the_place() -> None:
    with pytest.raises(JsonSyntaxError) as caught:
        scan_json('{"a": 1,\n\t"b": x}')
    message, line, caret = str(caught.value).split("\n")
    assert message == "expected a value"
    assert line[caret.index("^")] == "x"
    assert (caught.value.line, caught.value.column) == (2, 7)
