# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A few models of `make builder-report` in every test run: the file of outcomes holds."""

from __future__ import annotations

import pytest

from setrange.machine.rtx_bindings import is_rtx_installed
from tests.builder.models import golden_models
from tests.builder.outcome import outcome_of
from tests.builder.report import EXPECTED, expected

pytestmark = [
    pytest.mark.rtx,
    pytest.mark.skipif(not is_rtx_installed(), reason="TensorRT for RTX is not installed"),
    pytest.mark.skipif(not EXPECTED.is_file(), reason="there are no expected outcomes"),
]

#: A UNet with ConvTranspose, attention, a detector's head, a GPT.
SAMPLE = ("unet_deconv_op17", "einsum_attn_op17", "centernet_op17", "gpt_op14")


@pytest.mark.parametrize("name", SAMPLE)
def test_the_outcome_is_the_expected_one(name: str) -> None:
    models, wanted = golden_models(), expected()
    if name not in models:
        pytest.skip(f"there is no model {name}")
    assert outcome_of(models[name], "fp16").text == wanted[name].get(
        "fp16", wanted[name]["float"]
    )
