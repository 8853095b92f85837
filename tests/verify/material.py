# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A model small enough to quantize by hand, its ranges and data."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import numpy_helper

from tests.exporters.quantizing import Shapes, save

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: Two products with a Relu between; every tensor's range is set by hand.
GRAPH = """(float[N,32] x) => (float[N,16] y) {
    [first] h = MatMul(x, w)
    [act] r = Relu(h)
    [second] y = MatMul(r, v)
}"""
WEIGHTS: Shapes = {"w": (32, 24), "v": (24, 16)}

RANGES: dict[str, Any] = {"x": 4.0, "h": 30.0, "r": [0, 25.0], "y": 150.0}


def two_products(path: Path) -> Path:
    return save(path, GRAPH, WEIGHTS)


def write_ranges(path: Path, ranges: Mapping[str, Any], **fields: Any) -> Path:
    path.write_text(json.dumps({"setrange": 1, "tensors": dict(ranges), **fields}))
    return path


def samples(path: Path, *shape: int, seed: int = 5) -> Path:
    np.save(path, np.random.default_rng(seed).standard_normal(shape).astype(np.float32))
    return path


def constants(model: Path) -> dict[str, np.ndarray]:
    graph = onnx.load(model).graph
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}


def fake_quantized(x: np.ndarray, amax: float) -> np.ndarray:
    """What a pair makes of an activation, in float64."""
    scale = float(np.float32(amax / 127))
    return np.clip(np.rint(x.astype(np.float64) / scale), -128, 127) * scale


def fake_quantized_weights(w: np.ndarray) -> np.ndarray:
    """A scale for each column."""
    scale = (np.abs(w).max(0) / 127).astype(np.float32).astype(np.float64)
    return np.rint(w.astype(np.float64) / scale) * scale


def decibels(wanted: np.ndarray, got: np.ndarray) -> float:
    error = wanted.astype(np.float64) - got
    return float(10 * np.log10((wanted.astype(np.float64) ** 2).sum() / (error**2).sum()))
