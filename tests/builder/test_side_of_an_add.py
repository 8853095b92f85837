# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Which side of a residual Add a pair is worth having on, as NVIDIA's builder shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from setrange.build_settings.config import BuildConfig
from setrange.build_settings.gpus import parse_gpus
from setrange.exporters.qdq import make_qdq
from setrange.exporters.rtx import build_engine_in_memory, parsed_by_rtx, quantized_graph
from setrange.machine.rtx_bindings import is_rtx_installed, load_rtx
from setrange.model.loading import load_model
from tests.exporters.quantizing import Shapes, plan_of, save

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.rtx,
    pytest.mark.skipif(not is_rtx_installed(), reason="TensorRT for RTX is not installed"),
]

#: A block whose sides both end in a convolution, and one that adds what it began with.
GRAPH = """(float[1,32,16,16] x) => (float[1,32,8,8] z) {
    a = Conv<kernel_shape = [3, 3], pads = [1, 1, 1, 1], strides = [2, 2]>(x, w)
    ra = Relu(a)
    long = Conv<kernel_shape = [3, 3], pads = [1, 1, 1, 1]>(ra, v)
    short = Conv<kernel_shape = [1, 1], strides = [2, 2]>(x, u)
    sum = Add(long, short)
    kept = Relu(sum)
    b = Conv<kernel_shape = [3, 3], pads = [1, 1, 1, 1]>(kept, v)
    rb = Relu(b)
    made = Conv<kernel_shape = [3, 3], pads = [1, 1, 1, 1]>(rb, v)
    again = Add(made, kept)
    rz = Relu(again)
    z = Conv<kernel_shape = [1, 1]>(rz, t)
}"""
WEIGHTS: Shapes = {
    "w": (32, 32, 3, 3),
    "v": (32, 32, 3, 3),
    "u": (32, 32, 1, 1),
    "t": (32, 32, 1, 1),
}


def test_only_what_is_stored_in_int8_is_added_in_int8(tmp_path: Path) -> None:
    path = save(tmp_path / "m.onnx", GRAPH, WEIGHTS)
    model = load_model(path)
    made = make_qdq(plan_of(path), model, placement="all")
    assert {"long", "short", "made", "kept"} <= set(made.scales)
    with parsed_by_rtx(load_rtx(), made, model) as live:
        built = build_engine_in_memory(
            live, quantized_graph(made), BuildConfig(), parse_gpus(["sm86"])
        )
    assert built.verdict is not None
    # A pair on a side that a convolution makes for the Add alone is computed and taken back.
    undone = {pair.value for pair in built.verdict.undone}
    assert {"long", "short", "made"} <= undone
    # The default has a pair on the one that another convolution takes, and none on those.
    assert "kept" not in undone
    default = make_qdq(plan_of(path), model)
    assert set(default.scales) == {"x", "ra", "kept", "rb", "rz"}
