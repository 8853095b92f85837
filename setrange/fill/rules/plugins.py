# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Plugins whose outputs are a part of their inputs: non-maximum suppression.

Source: NVIDIA/TensorRT plugin/efficientNMSPlugin and plugin/batchedNMSPlugin, README.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.fill.facts import Rank
from setrange.fill.interval import Interval
from setrange.fill.registry import propose, rule
from setrange.network import LayerKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from setrange.fill.facts import Proposal, Ranges
    from setrange.network import Layer

__all__: list[str] = []

_UNIT = Interval(0.0, 1.0)


@rule(*(kind for kind in LayerKind if kind.is_plugin))
def _plugin(layer: Layer, ranges: Ranges) -> Iterable[Proposal]:
    name = layer.params.get("plugin", "")
    if len(layer.outputs) != 4 or not name.startswith(("EfficientNMS", "BatchedNMS")):
        return
    _, boxes, scores, _ = layer.outputs
    why = "a part of the input of {}", layer
    if _keeps_boxes(layer):
        clips = name.startswith("BatchedNMS") and layer.params.get("clip_boxes")
        yield from propose(
            ranges,
            boxes,
            Rank.SELECTED,
            [layer.input_at(0)],
            lambda x: x.clipped(*_UNIT) if clips and x.clipped(*_UNIT).amax > 0 else x,
            why,
        )
    if layer.params.get("score_activation"):
        reason = "{} applies a sigmoid to its scores: at most 1", layer
        yield from propose(ranges, scores, Rank.BOUNDED, [], lambda: _UNIT, reason)
    else:
        yield from propose(ranges, scores, Rank.SELECTED, [layer.input_at(1)], lambda x: x, why)


def _keeps_boxes(layer: Layer) -> bool:
    """True where boxes leave as they came: corners, and no anchors to decode them with."""
    return layer.params.get("box_coding") == 0 and len(layer.inputs) == 2
