# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Q/DQ models through NVIDIA's own parser and builder (TensorRT for RTX, no GPU)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from setrange.build_settings.config import BuildConfig
from setrange.exporters import rtx as rtx_exporter
from setrange.exporters.qdq import make_qdq
from setrange.exporters.rtx import build_engine_in_memory, parsed_by_rtx, quantized_graph
from setrange.machine.rtx_bindings import load_rtx
from setrange.model.loading import load_model
from setrange.rtx.session import RtxModel
from tests.builder.outcome import GPUS, VARIANTS, outcome_of
from tests.exporters.quantizing import plan_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.rtx


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_is_parsed_and_built(variant: str, model: Path) -> None:
    outcome = outcome_of(model, variant)
    assert outcome.kind == "built", outcome.detail
    assert outcome.verdict is not None
    assert outcome.verdict.counts()["fp8" if variant == "fp8" else "int8"] >= 2


def test_two_models_at_once_keep_their_own_logs(model: Path) -> None:
    first, second = (RtxModel(load_rtx(), model) for _ in range(2))
    for live in (first, second, first):
        built = live.build(BuildConfig(), GPUS)
        assert built.layers is not None
        assert "c1_myl0" in built.layers
    assert first.log is not second.log


def test_a_model_in_memory_makes_the_engine_of_its_file(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Older bindings, and values in files beside the model, take the way over a file."""
    whole = load_model(model)
    made = make_qdq(plan_of(model), whole, fp16=True, weights="int8")
    graph, engines = quantized_graph(made), []
    for takes in (True, False):
        monkeypatch.setattr(rtx_exporter, "takes_values", lambda _rtx, takes=takes: takes)
        with parsed_by_rtx(load_rtx(), made, whole) as live:
            built = build_engine_in_memory(live, graph, BuildConfig(), GPUS).build
        engines.append((bytes(built.engine), built.layers))
    assert engines[0] == engines[1]
