# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Alignment by kind: only what holds in every best alignment counts as certain."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setrange.resolver.alignment import align

KINDS = st.text("abc", max_size=5)


def test_equal_sequences_match_in_order() -> None:
    assert align("abca", "abca") == [[0], [1], [2], [3]]


def test_extra_items_on_either_side() -> None:
    assert align("sbcs", "cbcs") == [[], [1], [2], [3]]
    assert align("bc", "xbyc") == [[1], [3]]


def test_two_candidates_are_ambiguous() -> None:
    assert align("a", "aa") == [[0, 1]]


def test_an_item_that_may_be_left_out_is_not_certain() -> None:
    assert align("aa", "a") == [[0, 0], [0, 0]]


def test_nothing_to_match() -> None:
    assert align("", "abc") == []
    assert align("ab", "") == [[], []]


def best_alignments(left: str, right: str) -> list[dict[int, int]]:
    """All longest alignments, by trying everything."""
    for size in range(min(len(left), len(right)), -1, -1):
        found = [
            dict(zip(rows, columns, strict=True))
            for rows in itertools.combinations(range(len(left)), size)
            for columns in itertools.combinations(range(len(right)), size)
            if all(left[i] == right[j] for i, j in zip(rows, columns, strict=True))
        ]
        if found:
            return found
    return [{}]


@pytest.mark.property
@given(left=KINDS, right=KINDS)
def test_certain_is_what_all_longest_alignments_say(left: str, right: str) -> None:
    best = best_alignments(left, right)
    for i, candidates in enumerate(align(left, right)):
        said = {alignment.get(i) for alignment in best}
        if len(candidates) == 1:
            assert said == set(candidates)
        elif candidates:
            assert len(said) > 1
            assert said - {None} == set(candidates)
        else:
            assert said == {None}
