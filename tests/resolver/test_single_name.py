# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""One name, for a person who asks what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setrange.resolver.result import MatchKind
from setrange.resolver.single import resolve_name
from tests.resolver.networks import resnet50_tail, resnet50_tail_7
from tests.support.resnet_tail import import_at
from tests.support.same_model import SameModel

if TYPE_CHECKING:
    from setrange.network import Network


def test_a_name_of_this_version() -> None:
    report = resolve_name(resnet50_tail(), "pred_1")
    assert report.resolved is not None
    assert report.resolved.tensor.name == "pred_1"
    assert report.why == report.resolved.why
    assert report.elsewhere == ()


def test_a_name_of_another_version_that_all_of_them_mean_alike() -> None:
    report = resolve_name(resnet50_tail(), "pred_b_0_output", model=SameModel(import_at))
    assert report.resolved is not None
    assert report.resolved.tensor.name == "(Unnamed Layer* 176) [Constant]_output"
    assert report.resolved.how is MatchKind.OTHER_VERSION
    assert [found.version for found in report.elsewhere][::9] == ["10.16", "10.1"]


def test_what_other_versions_call_by_that_name() -> None:
    name = "(Unnamed Layer* 177) [Shuffle]_output"
    report = resolve_name(resnet50_tail(), name, model=SameModel(import_at))
    assert report.resolved is not None
    assert report.resolved.tensor.name == name
    older = next(found for found in report.elsewhere if found.version == "7.2")
    assert older.description == "input of Softmax softmax, flattened (Shuffle)"
    assert older.tensor is not None
    assert older.tensor.name == "(Unnamed Layer* 179) [Shuffle]_output"


def test_a_name_only_others_make_and_this_version_lacks() -> None:
    name = "(Unnamed Layer* 175) [Fully Connected]_output"
    report = resolve_name(resnet50_tail(), name, model=SameModel(import_at))
    assert report.resolved is None
    assert report.elsewhere
    assert {found.tensor for found in report.elsewhere} == {None}


def test_with_named_by() -> None:
    name = "(Unnamed Layer* 174) [Shuffle]_output"
    report = resolve_name(resnet50_tail(), name, named_by="7.2", model=SameModel(import_at))
    assert report.resolved is None
    assert "input of Gemm fc, reshaped for the Fully Connected layer" in report.why


def test_unknown_names_get_suggestions() -> None:
    report = resolve_name(resnet50_tail(), "pool5_2")
    assert report.resolved is None
    assert report.suggestions[0] == "pool5_1"


@pytest.mark.property
@given(st.text(max_size=40))
@pytest.mark.parametrize("network", [resnet50_tail(), resnet50_tail("10.3"), resnet50_tail_7()])
def test_never_raises(network: Network, name: str) -> None:
    assert resolve_name(network, name, model=SameModel(import_at)).name == name
