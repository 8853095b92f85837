# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The rules of each release: columns that read as a change log."""

from __future__ import annotations

from itertools import pairwise

import pytest

from setrange.importer.profiles import columns, get_profile
from setrange.versions import PROFILES, profile_rank


@pytest.mark.parametrize("rule", columns())
def test_time_runs_forwards_and_each_entry_changes_something(rule: str) -> None:
    values = columns()[rule].values
    assert next(iter(values)) == PROFILES[0]
    assert len(values) > 1, "a rule that never changes is no rule of a release"
    ranks = [profile_rank(release) for release in values]
    assert ranks == sorted(ranks)
    assert all(old != new for old, new in pairwise(values.values()))


@pytest.mark.parametrize("rule", columns())
def test_a_rule_says_in_a_sentence_what_it_means(rule: str) -> None:
    sentence = columns()[rule].sentence
    assert sentence[0].isupper()
    assert sentence.endswith(".")


@pytest.mark.parametrize(
    ("rule", "releases"),
    [
        ("squeeze_layers", PROFILES[PROFILES.index("10.7") :]),
        ("implicit_batch", ("6.0",)),
        ("asserts_named_dims", ("8.2", "8.4")),
        ("reserves_initializer_inputs", [p for p in PROFILES if p != "7.2"]),
    ],
)
def test_a_flag_holds_from_release_to_release(rule: str, releases: list[str]) -> None:
    assert [p for p in PROFILES if getattr(get_profile(p), rule)] == list(releases)


def test_a_table_grows() -> None:
    assert [get_profile(p).dtypes.get("int64") for p in ("6.0", "8.6", "10.1", "11.4")] == [
        "int32",
        "int32",
        "int64",
        "int64",
    ]
    assert get_profile("7.0").dtypes.keys() | {"float64"} == get_profile("7.2").dtypes.keys()


def test_rules_are_facts() -> None:
    profile = get_profile("8.6")
    with pytest.raises(AttributeError, match="scoped_names"):
        profile.scoped_names = False
    with pytest.raises(AttributeError):
        profile.scoped_name  # type: ignore[attr-defined]  # noqa: B018
