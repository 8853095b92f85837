# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def fewer_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight pictures of each family do for models as small as these, and take less time."""
    monkeypatch.setattr("setrange.estimate.estimator._MOST_SETS", 8)
