# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""ONNX Runtime runs INT8 models: two of them here, all by ``tests.builder.in_onnxruntime``."""

from __future__ import annotations

import pytest

from tests.builder.in_onnxruntime import result_of
from tests.builder.models import golden_models


@pytest.mark.parametrize("variant", ["float", "int8", "asymmetric"])
@pytest.mark.parametrize("name", ["espcn_op17", "argmax_seg_op17"])
def test_it_runs(name: str, variant: str) -> None:
    models = golden_models()
    if name not in models:
        pytest.skip(f"there is no model {name}")
    assert result_of(models[name], variant) == "runs"
