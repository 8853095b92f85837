# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A model whose best settings are known, its ranges and data.

Four products add up. One of them, ``bad``, takes a tensor of which one column is a thousand
times as large as the others, and counts a thousandth: no range keeps both, so it must run
in FP16. The tensor of ``wide`` has a range thirty times too wide, and a narrower one is right.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import numpy_helper, parser

if TYPE_CHECKING:
    from pathlib import Path

GRAPH = """<ir_version: 8, opset_import: ["": 13]>
toy (float[N,64] x) => (float[N,16] y) {
    [scale] s = Mul(x, uneven)
    [half] h = Tanh(x)
    [good] a = MatMul(x, w1)
    [bad] b = MatMul(s, w2)
    [wide] c = MatMul(h, w3)
    [ab] ab = Add(a, b)
    [abc] d = Add(ab, c)
    [act] e = Tanh(d)
    [last] y = MatMul(e, w4)
}"""

RANGES: dict[str, Any] = {
    "x": 4.5,
    "s": 4500.0,
    "h": 30.0,
    "a": 40.0,
    "b": 40.0,
    "c": 40.0,
    "ab": 60.0,
    "d": 80.0,
    "e": 1.0,
    "y": 40.0,
}


def toy(path: Path) -> Path:
    """Write the model."""
    random = np.random.default_rng(3)
    uneven = np.ones(64, np.float32)
    uneven[7] = 1000
    weights = {
        "w1": random.standard_normal((64, 16)) / 8,
        "w2": random.standard_normal((64, 16)) / 8,
        "w3": random.standard_normal((64, 16)) / 8,
        "w4": random.standard_normal((16, 16)) / 4,
    }
    weights["w2"][7] /= 1000
    model = parser.parse_model(GRAPH)
    tensors = {**weights, "uneven": uneven}
    model.graph.initializer.extend(
        numpy_helper.from_array(array.astype(np.float32), name)
        for name, array in tensors.items()
    )
    onnx.save(model, path)
    return path


def write_ranges(path: Path, **fields: Any) -> Path:
    """Write the ranges."""
    path.write_text(json.dumps({"setrange": 1, "tensors": RANGES, **fields}))
    return path


def samples(path: Path, count: int, seed: int = 5) -> Path:
    """Write data."""
    random = np.random.default_rng(seed)
    np.save(path, random.standard_normal((count, 64)).astype(np.float32))
    return path
