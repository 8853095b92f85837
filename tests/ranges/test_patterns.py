# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Regular expressions of names: the same answers as Python's, in linear time."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setrange.ranges.patterns import fits, why_unreadable
from setrange.ranges.precision import precision_of, rule_of
from setrange.text.linear_regex import LinearRegex, RegexError

_ATOMS = st.sampled_from(
    ["a", "b", "1", "/", ".", r"\.", r"\d", r"\w", r"\S", "[ab]", "[^a]", "[a-c1]", r"[\d/]"]
)
_COUNTS = st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{0,2}", "{2,}", "*?", "+?", "??"])


def _larger(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return (
        st.tuples(parts, parts).map("".join)
        | st.tuples(parts, parts).map("({0[0]}|{0[1]})".format)
        | st.tuples(parts, _COUNTS).map("(?:{0[0]}){0[1]}".format)
        | st.tuples(_ATOMS, _COUNTS).map("".join)
    )


@given(st.recursive(_ATOMS, _larger, max_leaves=8), st.text("abc1/._\n", max_size=7))
def test_the_answer_is_that_of_pythons_engine(pattern: str, text: str) -> None:
    assert LinearRegex(pattern).fits(text) == (re.fullmatch(pattern, text) is not None)


@pytest.mark.parametrize(
    "pattern", ["(a+)+b", "(a*)*b", "(a|aa)+b", ".*.*.*.*.*b", "(a?){50}b"]
)
def test_no_pattern_takes_long(pattern: str) -> None:
    start = time.process_time()
    assert not LinearRegex(pattern).fits("a" * 20_000)
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(a", "there is a ( without its ) (at character 1)"),
        ("a)", "there is a ) without its ( (at character 2)"),
        ("[a", "there is a [ without its ] (at character 1)"),
        ("*a", "nothing to repeat before * (at character 1)"),
        ("a**", "nothing to repeat before *"),
        ("a{3,1}", "the least repetitions are more than the most"),
        ("(?=a)", "(?...) is not supported"),
        (r"(a)\1", r"\1 is not supported"),
        ("a\\", "it ends with a backslash"),
        ("[z-a]", "from the smaller to the larger"),
        ("a^b", "^ means the beginning"),
        ("(a{99}){99}", "too large"),
        ("(" * 60, "nested too deeply"),
    ],
)
def test_what_cannot_be_read_says_where(pattern: str, why: str) -> None:
    with pytest.raises(RegexError, match=re.escape(why)):
        LinearRegex(pattern)
    assert why in (why_unreadable(f"re:{pattern}") or "")


@given(st.text(max_size=12))
def test_any_text_is_an_expression_or_an_error(text: str) -> None:
    if why_unreadable(f"re:{text}") is None:
        fits(f"re:{text}", "layer1")


def test_a_pattern_fits_whole_names_and_its_own_text() -> None:
    assert fits("re:conv", "conv")
    assert not fits("re:conv", "conv1")
    assert fits("conv[1]", "conv[1]")
    assert fits("conv[1]", "conv1")
    assert fits("{literal}", "{literal}")
    assert fits("re:a{b", "a{b")


def test_precision_rules_are_the_same_patterns() -> None:
    rules = {"*": "int8", "re:/head/(cls|box)/.*": "fp16"}
    assert precision_of("/head/cls/Conv", rules) == "fp16"
    assert precision_of("/head/obj/Conv", rules) == "int8"
    assert rule_of("/head/box/Conv", rules) == "re:/head/(cls|box)/.*"
