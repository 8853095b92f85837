# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A few models of `make builder-report` in every test run: the file of outcomes holds."""

from __future__ import annotations

import pytest

from setrange.machine.rtx_bindings import is_rtx_installed
from tests.builder.expected import expected_text, read_expected
from tests.builder.models import golden_models
from tests.builder.outcome import WRONG, outcome_of

#: A UNet with ConvTranspose, attention, a detector's head, a GPT.
SAMPLE = ("unet_deconv_op17", "einsum_attn_op17", "centernet_op17", "gpt_op14")


@pytest.mark.rtx
@pytest.mark.skipif(not is_rtx_installed(), reason="TensorRT for RTX is not installed")
@pytest.mark.parametrize(
    ("name", "variant"),
    [*((name, "fp16") for name in SAMPLE), ("vit_op17", "fp8"), ("espcn_op17", "asymmetric")],
)
def test_the_outcome_is_the_expected_one(name: str, variant: str) -> None:
    models = golden_models()
    if name not in models:
        pytest.skip(f"there is no model {name}")
    expected = expected_text(read_expected()[name], variant)
    assert outcome_of(models[name], variant).text == expected


def test_nothing_is_refused_and_nothing_unbuilt() -> None:
    texts = [text for outcomes in read_expected().values() for text in outcomes.values()]
    assert texts
    assert not [text for text in texts if text.startswith(WRONG)]


def test_every_model_is_in_the_file() -> None:
    models = golden_models()
    if not models:
        pytest.skip("there are no golden models")
    assert models.keys() <= read_expected().keys()
