# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Text of ``inspect ENGINE``: which layers run in what, and why not in INT8."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from setrange.engine_layers import cause_of

if TYPE_CHECKING:
    from setrange.engine_layers import BuildPlan, EngineLayers

__all__ = ["engine_dict", "engine_summary", "engine_table"]


def engine_table(engine: EngineLayers, plan: BuildPlan | None) -> str:
    """Return a line a layer: what it runs in, type, name, and why it is not INT8."""
    if engine.names_only:
        return "\n".join(layer.name for layer in engine.layers)
    rows = []
    for layer in engine.layers:
        what = layer.precision if layer.role == "compute" else layer.role
        cause = cause_of(layer, plan)
        rows.append((what, layer.kind, layer.name + (f"   <- {cause}" if cause else "")))
    widths = [max((len(row[i]) for row in rows), default=0) for i in range(2)]
    return "\n".join(
        f"{what:<{widths[0]}}  {kind:<{widths[1]}}  {name}" for what, kind, name in rows
    )


def engine_summary(engine: EngineLayers) -> str:
    """Return the verdict, and counts by layer type and tensor."""
    lines = [engine.verdict()]
    if engine.names_only:
        return lines[0]
    for kind, counts in engine.counts_by_kind().items():
        lines.append(f"  {kind}: {_counted(counts)}")
    lines.append(f"  tensors: {_counted(engine.tensor_counts())}")
    copies = {role: len(engine.with_role(role)) for role in ("quantize", "reformat")}
    lines.append(
        f"  copies: {copies['quantize']} between float and INT8, "
        f"{copies['reformat']} to reformat"
    )
    return "\n".join(lines)


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())


def engine_dict(engine: EngineLayers, plan: BuildPlan | None) -> dict[str, Any]:
    """Return the stable ``inspect ENGINE --json`` object."""
    return {
        "setrange": 1,
        "verdict": engine.verdict(),
        "names_only": engine.names_only,
        "layers_by_precision": engine.counts(),
        "tensors_by_type": engine.tensor_counts(),
        "copies": {role: len(engine.with_role(role)) for role in ("quantize", "reformat")},
        "layers": [
            {**layer.to_dict(), "cause": cause_of(layer, plan)} for layer in engine.layers
        ],
    }
