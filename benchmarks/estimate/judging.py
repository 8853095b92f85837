# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Where a network is judged: at its outputs, or before the Softmax or Sigmoid that ends it.

A Softmax of two classes is 0 or 1 nearly everywhere, so that the signal to noise behind it is
decided by the few samples in between. Before it each sample counts. The rule looks at nothing
but the graph, and holds for all models, for measured ranges as for estimated ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

#: These change no number, or (the pairs) only as the one behind them says.
_COPIES = frozenset({"Cast", "DequantizeLinear", "Flatten", "Identity", "QuantizeLinear"}) | {
    "Reshape",
    "Squeeze",
    "Transpose",
    "Unsqueeze",
}
_SATURATING = frozenset({"HardSigmoid", "LogSoftmax", "Sigmoid", "Softmax"})


def judged_values(model: onnx.ModelProto) -> list[str]:
    """Return for each output the value at which it is judged."""
    producers = {name: node for node in model.graph.node for name in node.output}
    return [_before_saturation(output.name, producers) for output in model.graph.output]


def _before_saturation(output: str, producers: Mapping[str, onnx.NodeProto]) -> str:
    node = producers.get(output)
    while node is not None and node.op_type in _COPIES:
        node = producers.get(node.input[0])
    if node is not None and node.op_type == "Div":  # a Softmax of single nodes
        node = producers.get(node.input[0])
        node = producers.get(node.input[0]) if node and node.op_type == "Exp" else None
        return node.input[0] if node is not None and node.op_type == "Sub" else output
    is_saturating = node is not None and node.op_type in _SATURATING
    return node.input[0] if node is not None and is_saturating else output


def run_judged(
    path: Path, name: str, arrays: Sequence[Any]
) -> tuple[list[list[Any]], list[list[Any]]]:
    """Run a model, quantized values computed in float.

    Returns:
        By output, the array of each sample: at the outputs themselves, and where they are
        judged.
    """
    import onnxruntime

    model = onnx.load(path)
    outputs = [output.name for output in model.graph.output]
    judged = judged_values(model)
    for value in dict.fromkeys(judged):
        if value not in outputs:
            model.graph.output.append(onnx.helper.make_empty_tensor_value_info(value))
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    run = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    wanted = list(dict.fromkeys(outputs + judged))
    found: dict[str, list[Any]] = {value: [] for value in wanted}
    for array in arrays:
        for value, got in zip(wanted, run.run(wanted, {name: array}), strict=True):
            found[value].append(got.reshape(-1))
    return [found[value] for value in outputs], [found[value] for value in judged]


def level(wanted: list[list[Any]], got: list[list[Any]]) -> float:
    """Signal to noise of the worst output, in dB, over all samples."""
    levels = []
    for ours, theirs in zip(wanted, got, strict=True):
        a, b = (np.concatenate(parts).astype(float) for parts in (ours, theirs))
        if a.size == b.size and (a**2).sum() > 0:
            noise = max(((a - b) ** 2).sum(), 1e-30)
            levels.append(10 * np.log10((a**2).sum() / noise))
    return float(min(levels))
