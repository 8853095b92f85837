# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""FP8 as NVIDIA's builder makes it, for Ada and Blackwell: products, attention, mixtures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from setrange.build_settings.config import BuildConfig
from setrange.build_settings.gpus import parse_gpus
from setrange.exporters.qdq import make_qdq
from setrange.exporters.rtx import build_engine_in_memory, parsed_by_rtx, quantized_graph
from setrange.machine.rtx_bindings import is_rtx_installed, load_rtx
from setrange.model.loading import load_model
from tests.exporters.quantizing import plan_of, save

if TYPE_CHECKING:
    from pathlib import Path

    from setrange.engine_layers.weighted import WeightedVerdict

pytestmark = [
    pytest.mark.rtx,
    pytest.mark.skipif(not is_rtx_installed(), reason="TensorRT for RTX is not installed"),
]

MIXED = """(float[1,32,16,16] x) => (float[1,32,16,16] y) {
    r = Relu(x)
    [first] a = Conv(r, w)
    ra = Relu(a)
    [second] b = Conv(ra, v)
    rb = Relu(b)
    [third] y = Conv(rb, u)
}"""
ATTENTION = """(float[1,64,64] q, float[1,64,64] k, float[1,64,64] v) => (float[1,64,64] y) {
    t = Transpose<perm = [0, 2, 1]>(k)
    [scores] s = MatMul(q, t)
    p = Softmax<axis = -1>(s)
    [sum] y = MatMul(p, v)
}"""


def verdict_of(
    path: Path, gpu: str, *, precision: dict[str, str] | None = None, fp16: bool = True
) -> WeightedVerdict:
    model = load_model(path)
    made = make_qdq(plan_of(path, precision=precision), model, dtype="fp8", fp16=fp16)
    with parsed_by_rtx(load_rtx(), made, model) as live:
        built = build_engine_in_memory(
            live, quantized_graph(made), BuildConfig(), parse_gpus([gpu])
        )
    assert built.verdict is not None
    return built.verdict


@pytest.mark.parametrize("gpu", ["sm89", "sm120"])
def test_globs_mix_three_types(tmp_path: Path, gpu: str) -> None:
    one = (32, 32, 1, 1)
    path = save(tmp_path / "m.onnx", MIXED, {"w": one, "v": one, "u": one})
    verdict = verdict_of(path, gpu, precision={"second": "int8", "third": "fp16"})
    assert {node.node: node.precision for node in verdict.nodes} == {
        "first": "fp8",
        "second": "int8",
        "third": "fp16",
    }
    assert verdict.undone == ()


@pytest.mark.parametrize("gpu", ["sm89", "sm120"])
@pytest.mark.parametrize("fp16", [True, False])
def test_both_products_of_attention(tmp_path: Path, gpu: str, fp16: bool) -> None:
    path = save(tmp_path / "m.onnx", ATTENTION)
    verdict = verdict_of(path, gpu, fp16=fp16)
    assert [node.precision for node in verdict.nodes] == ["fp8", "fp8"]
    assert verdict.undone == ()
