# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Layer for layer against the real ONNX parser: every golden model, every version.

A model may differ only if known_differences.json lists it with a cause; one that is listed
and does not differ any more fails too, so the counts can only rise.
"""

from __future__ import annotations

import collections

import pytest

from setrange.versions import PROFILES
from tests.golden.corpus import CORPORA, RTX, corpora, has_lists, known_differences
from tests.golden.data import DATA, has_list, own_models
from tests.golden.report import run, surprises

#: Least share of equal models, of those the real parser accepts, and of equal verdicts.
EQUAL = {
    **dict.fromkeys(("11.4", "11.2", "11.0", "10.16"), 1),
    **dict.fromkeys(("10.10", "10.7", "10.3", "10.1", "8.6", "8.5"), 0.995),
    **dict.fromkeys(("8.4", "8.2", "8.0", "6.0"), 0.98),
    **dict.fromkeys(("7.2", "7.1", "7.0"), 0.97),
}
VERDICTS = 0.98

#: How the cause begins where a list is wrong, not we: NVIDIA's own library says so.
EMULATION = "the emulated network library"


@pytest.mark.golden
@pytest.mark.parametrize("version", [v for v in PROFILES if has_lists(v)])
def test_every_golden_model_is_predicted(version: str) -> None:
    unexpected: list[str] = []
    outcomes: collections.Counter[str] = collections.Counter()
    accepted = 0
    emulated = sum(
        cause.startswith(EMULATION) for cause in known_differences().get(version, {}).values()
    )
    for corpus in corpora():
        results = run(corpus, version, "*", frozenset())
        unexpected += surprises(version, corpus, results)
        outcomes.update(r.outcome for r in results)
        accepted += sum(r.accepted and r.outcome in ("equal", "different") for r in results)
    assert unexpected == []
    assert outcomes["crash"] == outcomes["unsupported"] == 0
    assert 1 - (outcomes["different"] - emulated) / accepted >= EQUAL[version]
    assert 1 - outcomes["verdict"] / sum(outcomes.values()) >= VERDICTS


def test_known_differences_have_a_cause() -> None:
    for version, models in known_differences().items():
        assert version in PROFILES
        assert all(cause.strip() for cause in models.values())


def test_all_corpora_were_compared() -> None:
    if corpora() != CORPORA:
        pytest.skip("the models of the onnx package are not here (shared/golden/models/wheel)")
    emulated = [version for version in PROFILES if has_list("own", version)]
    assert all(has_list("wheel", version) for version in emulated)
    assert all(has_list(f"rtx/{corpus}", rtx) for corpus in CORPORA for rtx in RTX.values())


def test_the_projects_own_models_and_lists_ship_with_it() -> None:
    assert len(list(own_models().glob("*.onnx"))) == 475
    emulated = [version for version in PROFILES if has_list("own", version)]
    assert emulated == [
        "6.0",
        "7.0",
        "7.1",
        "7.2",
        "8.0",
        "8.2",
        "8.4",
        "8.5",
        "8.6",
        "10.1",
        "10.3",
        "10.7",
        "10.10",
    ]
    assert all(has_list("rtx/own", rtx) for rtx in RTX.values())
    size = sum(path.stat().st_size for path in DATA.iterdir())
    assert size < 4 << 20, "a clone stays small"
