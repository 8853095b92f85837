# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Text of ``inspect``: the layers of a network, and what moves between two releases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.network import Confidence
from setrange.report.table import aligned
from setrange.text.words import plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from setrange.network import Layer, Network, Tensor
    from setrange.network.diff import TensorChange

__all__ = ["diff_text", "layers_text", "network_heading"]


def network_heading(network: Network) -> str:
    """Return ``176 layers, 177 tensors (TensorRT 8.6: ONNX parser 8.6, exact)``."""
    tensors = sum(1 for _ in network.tensors())
    return (
        f"{plural(len(network.layers), 'layer')}, {plural(tensors, 'tensor')} "
        f"(TensorRT {network.trt}: ONNX parser {network.profile}, {network.confidence.label})"
    )


def layers_text(network: Network, *, keys: bool = False) -> str:
    """Return a table: index, kind, name, inputs -> outputs with type and shape.

    Args:
        network: What to list.
        keys: Show the portable key of each parser-made output as well.
    """
    rows: list[Sequence[str]] = [("#", "kind", "name", "inputs -> outputs")]
    rows += [("", "Input", "", f"-> {_described(t, keys=keys)}") for t in network.inputs]
    rows += [_row(layer, keys=keys) for layer in network.layers]
    return "\n".join(aligned(rows, numbers=1))


def diff_text(changes: Iterable[TensorChange]) -> str:
    """Return one line a change: what, key, names, why."""
    rows = []
    for change in changes:
        names = " -> ".join(name for name in (change.before, change.after) if name is not None)
        never = "" if change.needs_range else " (never needs a range)"
        rows.append((change.kind, names, f"{change.why}{never}"))
    return "\n".join(aligned(rows))


def _row(layer: Layer, *, keys: bool) -> tuple[str, str, str, str]:
    mark = {Confidence.ASSUMED: " ?", Confidence.UNKNOWN: " ??"}.get(layer.confidence, "")
    inputs = ", ".join("-" if tensor is None else tensor.name for tensor in layer.inputs)
    outputs = ", ".join(_described(tensor, keys=keys) for tensor in layer.outputs)
    flow = f"{inputs} -> {outputs}" if inputs else f"-> {outputs}"
    return str(layer.index), f"{layer.kind.value}{mark}", layer.name, flow


def _described(tensor: Tensor, *, keys: bool) -> str:
    shape = ",".join("?" if size < 0 else str(size) for size in tensor.shape)
    text = f"{tensor.name} {tensor.dtype}[{shape}]"
    if keys and tensor.key != tensor.name:
        return f"{text} key {tensor.key}"
    return text
