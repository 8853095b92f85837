# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Models on ONNX Runtime: outputs, and the ranges of every tensor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx

if TYPE_CHECKING:
    from pathlib import Path


def session(path: Path) -> object:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def measure_ranges(path: Path, feeds: dict[str, np.ndarray]) -> dict[str, list[float]]:
    """min and max of every float tensor on one input."""
    model = onnx.load(path)
    known = {value.name for value in model.graph.output}
    names = [n for node in model.graph.node for n in node.output if n not in known]
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    taps = path.with_suffix(".taps.onnx")
    onnx.save(model, taps)
    run = session(taps)
    values = dict(zip([o.name for o in run.get_outputs()], run.run(None, feeds), strict=True))
    values |= feeds
    return {
        name: [float(value.min()), float(value.max())]
        for name, value in values.items()
        if value.dtype == np.float32 and np.abs(value).max() > 0
    }
