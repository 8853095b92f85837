# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What published layer JSON says about its engine."""

from __future__ import annotations

import pytest

from setrange.engine_layers.reader import read_layers
from tests.evidence.pairs import need_evidence

LAYERS = need_evidence("layers")


@pytest.mark.parametrize(
    ("name", "verdict", "quantize", "reformat"),
    [
        ("resnet-fp32", "this engine has no INT8 layer: all 23 run in FP32", 0, 9),
        ("resnet-fp16", "this engine has no INT8 layer: all 23 run in FP16", 0, 13),
        ("resnet-qat", "21 of 23 layers run in INT8 (91 %)", 10, 4),
        ("resnet-qat-residual", "21 of 22 layers run in INT8 (95 %)", 3, 1),
        ("mobilenet-qat", "53 of 54 layers run in INT8 (98 %)", 17, 2),
    ],
)
def test_published_engines(name: str, verdict: str, quantize: int, reformat: int) -> None:
    engine = read_layers(LAYERS / f"{name}.graph.json")
    assert engine.verdict().startswith(verdict)
    assert len(engine.with_role("quantize")) == quantize
    assert len(engine.with_role("reformat")) == reformat
    assert len(engine.bindings) == 2
