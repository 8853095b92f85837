# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import inspect
import re

import pytest

import setrange
from tests.meta.source_tree import ROOT

#: Names that scripts may build on (design, "Python API"); removing one is a breaking change.
PROMISED = {
    "collect",
    "convert",
    "diff",
    "import_network",
    "make_plan",
    "merge",
    "plan_model",
    "read_ranges",
    "resolve",
    "template",
    "verify",
    "write_cache",
    "write_qdq",
    "write_ranged",
    "write_ranges",
}


def test_all_is_sorted_and_complete() -> None:
    assert setrange.__all__ == sorted(setrange.__all__)
    assert set(setrange.__all__) == {*setrange._HOMES, "__version__"}
    assert set(setrange.__all__) >= PROMISED
    assert dir(setrange) == setrange.__all__


@pytest.mark.parametrize("name", sorted(set(setrange.__all__) - {"__version__"}))
def test_every_public_name_exists_and_says_what_it_is(name: str) -> None:
    value = getattr(setrange, name)
    assert value.__name__ == name
    assert callable(value)
    assert inspect.getdoc(value)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'setrange' has no attribute 'nonsense'"):
        _ = setrange.nonsense


def test_the_version_stands_in_three_places() -> None:
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f'\nversion = "{setrange.__version__}"\n' in pyproject
    assert f"## [{setrange.__version__}]" in changelog or re.search(
        r"^## \[Unreleased\]", changelog, re.MULTILINE
    )
