# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Q/DQ models through NVIDIA's own parser and builder (TensorRT for RTX, no GPU)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.builder.outcome import VARIANTS, outcome_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.rtx


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_is_parsed_and_built(variant: str, model: Path) -> None:
    outcome = outcome_of(model, variant)
    assert outcome.kind == "built", outcome.detail
    assert outcome.verdict is not None
    assert outcome.verdict.counts()["int8"] >= 2
