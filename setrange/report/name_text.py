# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Text and JSON of ``resolve``: what one name means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from setrange.resolver.describe import describe_tensor, node_label

if TYPE_CHECKING:
    from setrange.network import Tensor
    from setrange.resolver.single import NameReport

__all__ = ["name_dict", "name_lines"]


def name_lines(report: NameReport) -> list[str]:
    """Return what is known about the name, a fact a line."""
    lines = []
    if report.resolved is None:
        lines.append(f"{report.name}: {report.why}")
        lines += [f"  {tensor.name}  {describe_tensor(tensor)}" for tensor in report.fitting]
    else:
        tensor = report.resolved.tensor
        shape = ",".join("?" if size < 0 else str(size) for size in tensor.shape)
        lines += [
            f"{tensor.name}",
            f"  is        {describe_tensor(tensor)}",
            f"  because   {report.why}",
            f"  producer  {_producer(tensor)}",
            f"  consumers {', '.join(_consumers(tensor)) or 'nothing; it is an output'}",
            f"  type      {tensor.dtype}[{shape}]",
            f"  key       {tensor.key}",
        ]
        if not tensor.needs_range:
            lines.append("  range     never needed")
    for other in report.elsewhere:
        here = "no such tensor here" if other.tensor is None else f"here {other.tensor.name}"
        lines.append(f"  on {other.version:6} this name is {other.description}; {here}")
    if report.suggestions:
        lines.append(f"did you mean {' or '.join(map(repr, report.suggestions))}?")
    return lines


def name_dict(report: NameReport, model: str, trt: str) -> dict[str, Any]:
    """Return the stable ``resolve --json`` object; ``tensor`` is null if there is none.

    ``fitting`` holds the tensors of a pattern.
    """
    return {
        "setrange": 1,
        "model": model,
        "trt": trt,
        "name": report.name,
        "tensor": None if report.resolved is None else _tensor(report.resolved.tensor),
        "how": None if report.resolved is None else report.resolved.how.value,
        "why": report.why,
        "elsewhere": [
            {
                "trt": other.version,
                "description": other.description,
                "tensor": None if other.tensor is None else other.tensor.name,
            }
            for other in report.elsewhere
        ],
        "suggestions": list(report.suggestions),
        "fitting": [_tensor(tensor) for tensor in report.fitting],
    }


def _tensor(tensor: Tensor) -> dict[str, Any]:
    layer = tensor.layer
    return {
        "name": tensor.name,
        "key": tensor.key,
        "description": describe_tensor(tensor),
        "dtype": tensor.dtype,
        "shape": list(tensor.shape),
        "needs_range": tensor.needs_range,
        "layer": None if layer is None else layer.index,
        "kind": "Input" if layer is None else layer.kind.value,
        "node": "" if layer is None or layer.origin is None else layer.origin.node,
    }


def _producer(tensor: Tensor) -> str:
    layer = tensor.layer
    if layer is None:
        return "nothing: it is an input of the network"
    return f"layer {layer.index} [{layer.kind.value}] of {node_label(layer)}"


def _consumers(tensor: Tensor) -> list[str]:
    return [f"layer {layer.index} [{layer.kind.value}]" for layer in tensor.consumers]
