# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A detector, a ViT and a UNet: our count of INT8 layers is that of the builder's lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from setrange.build_settings.config import BuildConfig
from setrange.exporters.qdq import make_qdq
from setrange.exporters.rtx import build_engine_in_memory, parsed_by_rtx, quantized_graph
from setrange.machine.rtx_bindings import load_rtx
from setrange.model.loading import load_model
from tests.builder.outcome import GPUS
from tests.exporters.quantizing import plan_of
from tests.rtx.networks import detector, unet, vit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.rtx


def int8_products(text: str) -> int:
    """Count, from the lines alone, the layers that multiply INT8 by INT8."""
    count = 0
    for line in text.split("\n"):
        kind = re.search(
            r", LayerType: (\w+), Inputs: \[(.*?)\], Constants: \[(.*?)\], Outputs", line
        )
        if kind is not None and kind[1] in ("correlation", "gemm", "fc", "deconv"):
            operands = re.findall(r"Datatype: (\w+)", kind[2] + kind[3])
            count += operands.count("Int8") > 1
    return count


@pytest.mark.parametrize(("make", "weighted"), [(detector, 10), (vit, 13), (unet, 13)])
@pytest.mark.parametrize("fp16", [True, False])
def test_the_counts(
    make: Callable[[Path], Path], weighted: int, tmp_path: Path, *, fp16: bool
) -> None:
    path = make(tmp_path / "net.onnx")
    model = load_model(path)
    made = make_qdq(plan_of(path), model, fp16=fp16)
    with parsed_by_rtx(load_rtx(), made, model) as live:
        built = build_engine_in_memory(live, quantized_graph(made), BuildConfig(), GPUS)
        lines = live.log.layers
    assert built.verdict is not None
    # The builder makes one product of the three projections of each attention.
    merged = 4 if make is vit else 0
    assert ("merged into" in built.verdict.sentence()) is (make is vit)
    counts = built.verdict.counts()
    assert sum(counts.values()) == weighted
    assert built.verdict.products == int8_products(lines)
    assert counts["int8"] == int8_products(lines) + merged > weighted / 2
    for node in built.verdict.floats():
        assert node.reason
