# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Models run by ONNX Runtime, and what is in them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy.typing as npt

    from tests.exporters.quantizing import Shapes


GRAPH = """(float[1,16,8,8] x) => (float[1,24,8,8] y) {
    c = Conv<kernel_shape = [3, 3], pads = [1, 1, 1, 1]>(x, w, b)
    r = Relu(c)
    y = Conv<kernel_shape = [1, 1]>(r, v)
}"""


WEIGHTS: Shapes = {"w": (16, 16, 3, 3), "b": (16,), "v": (24, 16, 1, 1)}


def values(model: onnx.ModelProto) -> dict[str, npt.NDArray[Any]]:
    return {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}


def nodes(model: onnx.ModelProto, op: str) -> dict[str, onnx.NodeProto]:
    """Nodes of an op by their first input."""
    return {node.input[0]: node for node in model.graph.node if node.op_type == op}


def axis(node: onnx.NodeProto) -> int | None:
    return next((a.i for a in node.attribute if a.name == "axis"), None)


def run(path: Path, feeds: Mapping[str, npt.NDArray[Any]]) -> list[npt.NDArray[Any]]:
    ort = pytest.importorskip("onnxruntime")
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    outputs: list[npt.NDArray[Any]] = session.run(None, dict(feeds))
    return outputs


def sqnr(wanted: npt.NDArray[Any], got: npt.NDArray[Any]) -> float:
    """Signal to quantization noise, in dB."""
    signal, noise = wanted.astype(np.float64), got.astype(np.float64) - wanted
    return 10 * math.log10(float((signal**2).sum()) / max(float((noise**2).sum()), 1e-30))
