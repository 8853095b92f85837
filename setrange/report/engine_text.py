# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Text of ``inspect ENGINE``: which layers run in what, and why not in INT8."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from setrange.build_settings.gpus import called, parse_gpus
from setrange.engine_layers.causes import cause_of
from setrange.engine_layers.weighted import judge
from setrange.report.table import aligned
from setrange.text.visible import visible
from setrange.text.words import and_more, left_out

if TYPE_CHECKING:
    from setrange.engine_layers.causes import BuildPlan
    from setrange.engine_layers.model import EngineLayer, EngineLayers
    from setrange.engine_layers.weighted import WeightedVerdict

__all__ = ["engine_dict", "engine_summary", "engine_table", "engine_verdict", "verdict_lines"]

#: Weighted layers in float that are listed without ``-v``.
_MOST_FLOATS = 10

#: ONNX nodes that are shown of one layer.
_MOST_NODES = 4


def engine_table(engine: EngineLayers, plan: BuildPlan | None) -> str:
    """Return a line a layer: what it runs in, type, name, and why it is not INT8."""
    if engine.names_only:
        return "\n".join(visible(layer.name) for layer in engine.layers)
    rows = []
    for layer in engine.layers:
        what = layer.precision if layer.role == "compute" else layer.role
        cause = cause_of(layer, plan)
        name = _named(layer, plan)
        rows.append((what, layer.kind, name + (f"   <- {cause}" if cause else "")))
    return "\n".join(aligned(rows))


def _named(layer: EngineLayer, plan: BuildPlan | None) -> str:
    """A layer's name, and the ONNX nodes of a compiled region's, which it does not tell."""
    if plan is None or plan.quantized is None:
        return layer.name
    pairs = plan.quantized.names_of_pairs()
    nodes = [node for node in layer.nodes if node not in pairs]
    shown = and_more(nodes, _MOST_NODES, quote=str)
    return f"{layer.name}  ({shown})" if nodes else layer.name


def engine_verdict(engine: EngineLayers, plan: BuildPlan | None) -> str:
    """Return the verdict in a sentence: of the weighted layers, where they are known."""
    if plan is None or plan.quantized is None or engine.names_only:
        return engine.verdict()
    return _sentence(judge(engine, plan.quantized), plan)


def _sentence(verdict: WeightedVerdict, plan: BuildPlan) -> str:
    types = () if plan.quantized is None else plan.quantized.types
    where = "" if plan.gpus is None else f"{called(parse_gpus(plan.gpus), types)}: "
    return where + verdict.sentence()


def verdict_lines(verdict: WeightedVerdict, *, most: int | None = _MOST_FLOATS) -> list[str]:
    """Return the weighted layers that run in float, with their reasons, and the rest.

    Args:
        verdict: The verdict.
        most: How many are listed; ``None`` lists all.
    """
    floats = verdict.floats()
    shown = floats if most is None else floats[:most]
    lines = [f"  {node.precision}  {node.op} {node.node}: {node.reason}" for node in shown]
    if len(shown) < len(floats):
        lines.append(f"  {left_out(len(floats) - len(shown))}")
    if verdict.rest:
        rest = ", ".join(f"{count} in {p.upper()}" for p, count in verdict.rest.items())
        lines.append(f"  layers without weights: {rest}")
    return lines


def engine_summary(
    engine: EngineLayers,
    plan: BuildPlan | None = None,
    *,
    is_verbose: bool = False,
    is_brief: bool = False,
) -> str:
    """Return the verdict, and counts by layer type and tensor.

    Args:
        engine: The layers.
        plan: What it was built with, if that is known.
        is_verbose: List all weighted layers in float.
        is_brief: Without the counts, where the verdict on weighted layers says enough.
    """
    if engine.names_only:
        return engine.verdict()
    if plan is None or plan.quantized is None:
        lines = [engine.verdict()]
    else:
        verdict = judge(engine, plan.quantized)
        lines = [_sentence(verdict, plan)]
        lines += verdict_lines(verdict, most=None if is_verbose else _MOST_FLOATS)
        if is_brief:
            return "\n".join(lines)
    for kind, counts in engine.counts_by_kind().items():
        lines.append(f"  {visible(kind)}: {_counted(counts)}")
    lines.append(f"  tensors: {_counted(engine.tensor_counts())}")
    copies = {role: len(engine.with_role(role)) for role in ("quantize", "reformat")}
    lines.append(
        f"  copies: {copies['quantize']} between float and INT8, "
        f"{copies['reformat']} to reformat"
    )
    return "\n".join(lines)


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {visible(name)}" for name, count in counts.items())


def engine_dict(engine: EngineLayers, plan: BuildPlan | None) -> dict[str, Any]:
    """Return the stable ``inspect ENGINE --json`` object."""
    return {
        "setrange": 1,
        "verdict": engine_verdict(engine, plan),
        "names_only": engine.names_only,
        "layers_by_precision": engine.counts(),
        "tensors_by_type": engine.tensor_counts(),
        "copies": {role: len(engine.with_role(role)) for role in ("quantize", "reformat")},
        **_weighted_dict(engine, plan),
        "layers": [
            {**layer.to_dict(), "cause": cause_of(layer, plan)} for layer in engine.layers
        ],
    }


def _weighted_dict(engine: EngineLayers, plan: BuildPlan | None) -> dict[str, Any]:
    """The verdict on the weighted layers, where it is known which those are."""
    if plan is None or plan.quantized is None or engine.names_only:
        return {}
    return {"weighted": judge(engine, plan.quantized).to_dict()}
