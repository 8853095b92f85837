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
from tests.golden.corpus import CORPORA, golden_dir, known_differences
from tests.golden.report import run, surprises

#: Least share of equal models, of those the real parser accepts, and of equal verdicts.
EQUAL = {
    **dict.fromkeys(("10.10", "10.7", "10.3", "10.1", "8.6", "8.5"), 0.995),
    **dict.fromkeys(("8.4", "8.2", "8.0", "6.0"), 0.98),
    **dict.fromkeys(("7.2", "7.1", "7.0"), 0.97),
}
VERDICTS = 0.98


@pytest.mark.golden
@pytest.mark.parametrize("version", PROFILES)
def test_every_golden_model_is_predicted(version: str) -> None:
    if not golden_dir().is_dir():
        pytest.skip("needs the golden layer lists (shared/golden)")
    unexpected: list[str] = []
    outcomes: collections.Counter[str] = collections.Counter()
    accepted = 0
    for corpus in CORPORA:
        results = run(corpus, version, "*", frozenset())
        unexpected += surprises(version, corpus, results)
        outcomes.update(r.outcome for r in results)
        accepted += sum(r.accepted and r.outcome in ("equal", "different") for r in results)
    assert unexpected == []
    assert outcomes["crash"] == outcomes["unsupported"] == 0
    assert 1 - outcomes["different"] / accepted >= EQUAL[version]
    assert 1 - outcomes["verdict"] / sum(outcomes.values()) >= VERDICTS


def test_known_differences_have_a_cause() -> None:
    for version, models in known_differences().items():
        assert version in PROFILES
        assert all(cause.strip() for cause in models.values())
