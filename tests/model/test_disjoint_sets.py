# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setrange.model.disjoint_sets import DisjointSets


@pytest.mark.property
@given(st.lists(st.lists(st.integers(0, 20), max_size=4), max_size=15))
def test_what_was_joined_is_together_and_nothing_else(groups: list[list[int]]) -> None:
    sets: DisjointSets[int] = DisjointSets()
    expected = {i: {i} for i in range(21)}
    for group in groups:
        sets.join(group)
        union = set().union(*(expected[i] for i in group))
        for member in union:
            expected[member] = union
    for i in range(21):
        assert {j for j in range(21) if sets.root(j) == sets.root(i)} == expected[i]
        assert (i in sets) == any(i in group for group in groups)
