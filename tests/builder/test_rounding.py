# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""NVIDIA's builder rounds weights as we do: its engine holds our INT8 values, byte for byte."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from setrange.build_settings.config import BuildConfig
from setrange.exporters.qdq import make_qdq
from setrange.exporters.rtx import build_engine_in_memory, parsed_by_rtx, quantized_graph
from setrange.machine.rtx_bindings import is_rtx_installed, load_rtx
from setrange.model.loading import load_model
from tests.builder.outcome import GPUS
from tests.exporters.quantizing import plan_of, save

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

GRAPH = "(float[1,64,8,8] x) => (float[1,64,8,8] y) { r = Relu(x)\n y = Conv(r, w) }"
_SHAPE = (64, 64, 1, 1)


def halves() -> npt.NDArray[np.float32]:
    """Weights halfway between two steps: the scale of every channel is 1."""
    random = np.random.default_rng(0)
    values = (random.integers(-60, 60, _SHAPE) + 0.5).astype(np.float32)
    values[:, 0] = 127
    return values


def any_weights() -> npt.NDArray[np.float32]:
    return np.random.default_rng(1).standard_normal(_SHAPE).astype(np.float32)


@pytest.mark.rtx
@pytest.mark.skipif(not is_rtx_installed(), reason="TensorRT for RTX is not installed")
@pytest.mark.parametrize("make", [halves, any_weights])
def test_the_engine_holds_our_int8_weights(make: Any, tmp_path: Path) -> None:
    path = save(tmp_path / "m.onnx", GRAPH, {"w": _SHAPE})
    proto = onnx.load(path)
    proto.graph.initializer[0].CopyFrom(numpy_helper.from_array(make(), "w"))
    onnx.save(proto, path)
    model, plan = load_model(path), plan_of(path)
    make_qdq(plan, model, weights="int8").write(tmp_path / "int8.onnx")
    constants = {t.name: t for t in onnx.load(tmp_path / "int8.onnx").graph.initializer}
    ours = numpy_helper.to_array(constants["w_quantized"]).reshape(64, 64)
    made = make_qdq(plan, model)  # float weights with a pair: the builder rounds them
    with parsed_by_rtx(load_rtx(), made, model) as live:
        built = build_engine_in_memory(live, quantized_graph(made), BuildConfig(), GPUS)
    assert built.verdict is not None
    assert built.verdict.counts() == {"int8": 1}
    engine = bytes(built.build.engine)
    found = [engine.find(part.tobytes()) >= 0 for part in ours.reshape(-1, 16)]
    assert all(found)
