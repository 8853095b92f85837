# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What a prediction rests on, said once it is complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.findings import Finding
from setrange.importer.support import op_confidence
from setrange.network import Confidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.network import Layer, Network
    from setrange.versions import TrtVersion

__all__ = ["add_findings"]


def add_findings(network: Network, version: TrtVersion) -> None:
    """Add the findings on versions, assumptions and unknown ops; settle the confidence."""
    _mark_unproven(network)
    if version.is_assumed:
        network.confidence = max(network.confidence, Confidence.ASSUMED)
        network.findings.append(
            Finding(
                code="SR303",
                message=f"TensorRT {version} is followed with the rules of "
                f"{network.profile}; no evidence shows that its names are the same",
            )
        )
    if not version.has_caches:
        network.findings.append(
            Finding(
                code="SR305",
                message=f"TensorRT {version} has neither ranges nor caches: these names are "
                f"for its logs and layer lists; a Q/DQ model says what it quantizes "
                f"(setrange apply RANGES MODEL -o model.qdq.onnx)",
            )
        )
    _report(network, Confidence.UNKNOWN, "SR301", "unknown to the importer")
    _report(
        network,
        Confidence.ASSUMED,
        "SR302",
        "assumed, since no list of the real parser shows them",
    )


def _mark_unproven(network: Network) -> None:
    """Layers of ops that no golden list shows at this version are assumed."""
    confidence: dict[str, Confidence] = {}
    for layer in network.layers:
        origin = layer.origin
        if origin is None:
            continue
        if origin.op not in confidence:
            found = op_confidence(origin.op, network.profile)
            # An op without an importer came through a plugin, which has said so itself.
            confidence[origin.op] = Confidence.EXACT if found is None else found
        layer.confidence = max(layer.confidence, confidence[origin.op])
    worst = max((layer.confidence for layer in network.layers), default=Confidence.EXACT)
    network.confidence = max(network.confidence, worst)


def _report(network: Network, level: Confidence, code: str, what: str) -> None:
    layers = [layer for layer in network.layers if layer.confidence is level]
    if not layers:
        return
    later = len(network.layers) - layers[0].index - 1
    reach = f"; names of the {later} layers after the first may differ" if later else ""
    network.findings.append(
        Finding(
            code=code,
            message=f"{len(layers)} of {len(network.layers)} layers are {what}: "
            f"{_examples(layers)}{reach}",
        )
    )


def _examples(layers: Sequence[Layer]) -> str:
    ops: dict[str, Layer] = {}
    for layer in layers:
        ops.setdefault(layer.origin.op if layer.origin else layer.kind.value, layer)
    named = [f"{op} ({layer.name})" for op, layer in list(ops.items())[:3]]
    more = len(ops) - len(named)
    return ", ".join(named) + (f" and {more} more ops" if more else "")
