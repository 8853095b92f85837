# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Why a layer of an engine is not INT8: the likely cause, from the plan it was built with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from setrange.engine_layers.model import INT8, UNKNOWN
from setrange.engine_layers.quantized_nodes import QuantizedGraph
from setrange.ranges.precision import rule_of

if TYPE_CHECKING:
    from setrange.engine_layers.model import EngineLayer

__all__ = ["BuildPlan", "cause_of", "plan_beside"]

#: Words in layer types that TensorRT has no INT8 kernels for.
_FLOAT_ONLY = {
    "softmax": "softmax",
    "topk": "TopK",
    "normalization": "normalization",
    "gather": "gathering",
    "myelin": "a region compiled as one kernel",
    "foreignnode": "a region compiled as one kernel",
    "kgen": "a generated kernel",
    "nms": "non-maximum suppression",
    "fill": "making values",
    "shape": "shape arithmetic",
    "plugin": "a plugin, which decides itself",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildPlan:
    """What is known of the plan an engine was built with.

    Attributes:
        missing: Tensors without a range -> node that makes them.
        ranged: Names of the tensors with a range.
        precision: Glob over node names -> precision.
        gpus: GPUs that TensorRT for RTX built for, () for its own choice; ``None`` for others.
        quantized: What the Q/DQ model asked for, if the engine was built of one.
    """

    missing: dict[str, str]
    ranged: frozenset[str]
    precision: dict[str, str]
    gpus: tuple[str, ...] | None = None
    quantized: QuantizedGraph | None = None

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> BuildPlan:
        """Read what ``apply`` writes into ``OUT.plan.json``."""
        tensors = value.get("tensors", [])
        return cls(
            missing={t["name"]: t["node"] for t in tensors if t["source"] == "missing"},
            ranged=frozenset(t["name"] for t in tensors if t["amax"] is not None),
            precision=dict(value.get("precision", {})),
            gpus=None if "gpus" not in value else tuple(map(str, value["gpus"])),
            quantized=None
            if "quantized" not in value
            else QuantizedGraph.from_dict(value["quantized"]),
        )


def plan_beside(path: str | Path) -> BuildPlan | None:
    """Return the plan beside an engine or its layer JSON, if there is one that can be read."""
    name = Path(path).name.removesuffix(".layers.json")
    beside = Path(path).with_name(f"{name}.plan.json")
    try:
        return BuildPlan.from_dict(json.loads(beside.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def cause_of(layer: EngineLayer, plan: BuildPlan | None) -> str | None:
    """Return the likely cause why a computing layer is not INT8; ``None`` where it is."""
    if layer.precision in (INT8, UNKNOWN) or layer.role != "compute":
        return None
    if plan is not None and plan.quantized is not None:
        return _cause_of_product(layer, plan.quantized)
    if plan is not None:
        missing = _missing(layer, plan)
        if missing:
            return f"no range for {', '.join(map(repr, missing[:3]))}"
        asked = _asked_for(layer, plan.precision)
        if asked is not None:
            return asked
    kind = layer.kind.lower()
    for word, what in _FLOAT_ONLY.items():
        if word in kind or f"{word}[" in layer.name.lower():
            return f"{what}: TensorRT has no INT8 kernel for it"
    if plan is None:
        return "no range for one of its tensors, or TensorRT found this faster"
    return "its tensors have ranges: TensorRT has no INT8 kernel for it, or found this faster"


def _asked_for(layer: EngineLayer, rules: dict[str, str]) -> str | None:
    """Return the precision rule that keeps one of the layer's nodes from INT8, in words."""
    for node in layer.nodes:
        glob = rule_of(node, rules)
        if glob is not None and rules[glob] != INT8:
            return f"the ranges file asks for {rules[glob]} ({glob!r})"
    return None


def _cause_of_product(layer: EngineLayer, graph: QuantizedGraph) -> str | None:
    """Of a layer that computes weighted nodes: why they have no pair, or were left float."""
    reasons = [
        node.reason or "its operands have ranges; the builder made a float layer of it"
        for node in graph.weighted
        if layer.multiplies and node.name in layer.nodes
    ]
    return reasons[0] if reasons else None


def _missing(layer: EngineLayer, plan: BuildPlan) -> list[str]:
    """Tensors without a range that the layer reads, writes, or has fused away."""
    touched = [tensor.name for tensor in (*layer.inputs, *layer.outputs)]
    inside = [name for name, node in plan.missing.items() if node and node in layer.nodes]
    return list(dict.fromkeys([*(n for n in touched if n in plan.missing), *inside]))
