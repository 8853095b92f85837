# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What the user should know about a Q/DQ model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.exporters.qdq.groups import FEW_STEPS, amax_of
from setrange.findings import Finding
from setrange.model.graph import Use
from setrange.plan import Source
from setrange.ranges.model import INT8_STEPS
from setrange.text.words import and_more, plural

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from setrange.exporters.qdq.graph import QdqGraph
    from setrange.exporters.qdq.groups import Branch
    from setrange.exporters.qdq.placement import Placement
    from setrange.model.loading import Model
    from setrange.model.node import Node
    from setrange.network import Tensor
    from setrange.plan import Plan

__all__ = [
    "inner_findings",
    "left_out_findings",
    "lost_branch_findings",
    "opset_findings",
    "runtime_findings",
    "sharing_findings",
]

#: Ranges of values that share a scale differ by more than this: worth a finding.
_APART = 2.0

#: How many names one finding lists.
_SHOWN = 5

#: QuantizeLinear can say its type from here on. ONNX Runtime's optimizer says INT8 so, then
#: makes its zero points UINT8 where the processor prefers that, and refuses the result.
_WITH_OUTPUT_DTYPE = 21


def opset_findings(given: Model, source: Model) -> list[Finding]:
    """Say that the opset was raised."""
    if given is source:
        return []
    return [
        Finding(
            code="SR601",
            message=f"the opset was raised from {given.opset()} to {source.opset()}: "
            f"older ones cannot hold these Q/DQ nodes",
        )
    ]


def inner_findings(placed: Placement) -> list[Finding]:
    """Layers in the bodies of an If, Loop or Scan, where no pair goes."""
    if not placed.inside:
        return []
    layers = [f"{decision.op} {decision.node!r}" for decision in placed.inside]
    return [
        Finding(
            code="SR618",
            message=f"{plural(len(layers), 'layer')} with weights in bodies of If, Loop or "
            f"Scan {'stays' if len(layers) == 1 else 'stay'} float: "
            f"{and_more(layers, _SHOWN)}",
            help="move what the bodies share out of them, or export one branch, where its "
            "condition is known",
        )
    ]


def sharing_findings(graph: QdqGraph, scales: Mapping[str, tuple[float, str]]) -> list[Finding]:
    """Scales that are much wider than the value's own."""
    findings = []
    for value, (scale, source) in scales.items():
        own = graph.facts[value].scale or scale
        if scale > _APART * own:
            findings.append(
                Finding(
                    code="SR204",
                    tensor=value,
                    message=f"{value!r} shares the scale of {source!r}, {scale / own:.3g} "
                    f"times its own: TensorRT moves quantization over the ops between",
                )
            )
    return findings


def lost_branch_findings(graph: QdqGraph, joined: Iterable[Branch]) -> list[Finding]:
    """Small values joined with large ones: one scale for both rounds the small ones away."""
    found = []
    for branch in joined:
        amax, step = amax_of(graph, branch.value) or 0.0, branch.step
        if not 0 < amax < FEW_STEPS * step:
            continue
        left = "all of it becomes 0" if amax <= step / 2 else "little of it is left"
        found.append(
            Finding(
                code="SR616",
                tensor=branch.value,
                message=f"{branch.value!r} ends at ±{amax:.4g}, and {branch.node!r} joins it "
                f"with values up to ±{INT8_STEPS * step:.4g}: one step of the pair on "
                f"{branch.result!r} is {step:.4g}, so {left}",
                help="keep the nodes that take the Concat float (precision), scale the small "
                "branch, or leave the two apart: two outputs, or a convolution for each",
            )
        )
    return found


def runtime_findings(
    graph: QdqGraph, placed: Mapping[str, Collection[Use]], opset: int, *, is_half: bool
) -> list[Finding]:
    """What ONNX Runtime's optimizer makes wrong of a model that is right."""
    found = []
    if opset >= _WITH_OUTPUT_DTYPE:
        found.append(
            Finding(
                code="SR613",
                message=f"ONNX Runtime on x86 may refuse INT8 pairs at opset {opset}, unless "
                f"its session entry session.qdqisint8allowed is 1; TensorRT takes them",
            )
        )
    between = next(
        (node for node in graph.nodes if is_half and _is_between(node, placed)), None
    )
    if between is not None:
        found.append(
            Finding(
                code="SR612",
                message=f"ONNX Runtime refuses a Concat between FP16 pairs, such as "
                f"{between.label!r}, unless its graph optimizations are ORT_ENABLE_BASIC or "
                f"less; TensorRT takes it",
            )
        )
    return found


def _is_between(node: Node, placed: Mapping[str, Collection[Use]]) -> bool:
    """True for a Concat that takes a dequantized value: it makes a QLinearConcat of it."""
    return node.op == "Concat" and any(
        Use(node.index, slot) in placed.get(name, ()) for slot, name in enumerate(node.inputs)
    )


def left_out_findings(plan: Plan, placed: Collection[str]) -> list[Finding]:
    """Given ranges that the file does not hold, and that no range in it was derived from."""
    by_tensor = {planned.tensor: planned for planned in plan.tensors}
    used: set[Tensor] = set()
    pending = [
        planned.tensor
        for planned in plan.tensors
        if planned.tensor.onnx_value in placed or planned.tensor.name in placed
    ]
    while pending:
        tensor = pending.pop()
        if tensor not in used:
            used.add(tensor)
            pending += by_tensor[tensor].operands
    left = [
        planned.tensor.name
        for planned in plan.tensors
        if planned.source is Source.GIVEN
        and not planned.is_by_pattern
        and planned.tensor.constant is None
        and planned.tensor not in used
    ]
    if not left:
        return []
    if len(left) > _SHOWN:
        message = f"the file does not hold {len(left)} given ranges, e.g. that of {left[0]!r}"
    else:
        message = f"the file does not hold the ranges of {and_more(left, _SHOWN)}"
    return [Finding(code="SR609", message=f"{message}: no pair belongs there")]
