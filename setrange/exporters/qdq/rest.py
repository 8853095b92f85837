# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What has no pair, in FP16: for strongly typed builds, where the model's types decide."""

from __future__ import annotations

import collections
from dataclasses import replace
from typing import TYPE_CHECKING

from setrange.exporters.qdq.decision import Decision, Verdict
from setrange.findings import Finding
from setrange.model.types import DataType
from setrange.ranges.model import INT8_STEPS
from setrange.ranges.precision import precision_of
from setrange.surgery.half import HalfModel, KeptNode, to_half
from setrange.text.words import and_more

if TYPE_CHECKING:
    from pathlib import Path

    from setrange.exporters.qdq.graph import QdqGraph
    from setrange.exporters.qdq.insertion import PairedModel
    from setrange.plan import Plan

__all__ = ["cast_rest"]

#: How many names one finding lists.
_SHOWN = 5
#: ONNX's number of each element type that TensorRT's network may hold, by our name.
_TYPES = {dtype.label: int(dtype) for dtype in DataType if dtype.trt is not None}
_PAIRS = ("QuantizeLinear", "DequantizeLinear")


def cast_rest(
    made: PairedModel, graph: QdqGraph, plan: Plan, *, base: Path
) -> tuple[PairedModel, tuple[Decision, ...], tuple[Finding, ...]]:
    """Cast a model with pairs to FP16, but for inputs, outputs, and what FP16 cannot hold.

    Args:
        made: The model, of opset 19 or later; its skeleton is changed.
        graph: The index of the float model.
        plan: Its ranges say which values outgrow FP16, its globs which nodes stay FP32.
        base: Directory of external data.

    Returns:
        The model, the nodes that stay FP32, and what the user should know.
    """
    facts = graph.facts
    if any(f.dtype == "float16" for value, f in facts.items() if value not in graph.rooted):
        note = Finding(
            code="SR610",
            message="the model holds FP16 values already, so nothing of it was cast: its FP32 "
            "parts are taken as meant",
        )
        return made, (), (note,)
    half = to_half(
        made.skeleton,
        made.initializers,
        base=base,
        amax={
            value: INT8_STEPS * fact.scale
            for value, fact in facts.items()
            if fact.scale is not None
        },
        floats={
            value
            for node in graph.nodes
            for value in node.outputs
            if node.domain and value in facts and facts[value].dtype == "float32"
        },
        types={
            value: _TYPES[fact.dtype] for value, fact in facts.items() if fact.dtype in _TYPES
        },
        keep={
            node.name: "precision says fp32"
            for node in graph.nodes
            if precision_of(node.name, plan.precision) == "fp32"
        },
    )
    kept = [entry for entry in half.kept if entry.node.op not in _PAIRS]
    decisions = tuple(
        Decision(verdict=Verdict.FP32, node=k.node.label, op=k.node.op, reason=k.reason)
        for k in kept
    )
    cast = replace(made, skeleton=half.skeleton, initializers=half.initializers)
    return cast, decisions, (*_kept_findings(kept), *_clamped_findings(half))


def _kept_findings(kept: list[KeptNode]) -> list[Finding]:
    if not kept:
        return []
    counts = collections.Counter(entry.node.op for entry in kept)
    ops = ", ".join(f"{count} {op}" for op, count in sorted(counts.items()))
    return [
        Finding(
            code="SR610",
            message=f"nodes stay FP32, with casts around them: {ops}; the first, "
            f"{kept[0].node.label!r}: {kept[0].reason}",
        )
    ]


def _clamped_findings(half: HalfModel) -> list[Finding]:
    if not half.clamped:
        return []
    names = and_more(half.clamped, _SHOWN)
    return [
        Finding(
            code="SR611",
            message=f"constants with numbers beyond FP16 were made smaller: {names}",
        )
    ]
