# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Which ops are modelled for which release, how well that is proven, and who is told so."""

from __future__ import annotations

import functools
import json
import pkgutil
from typing import TYPE_CHECKING, NamedTuple

from setrange.findings import Finding
from setrange.importer.registry import find_importer, registered_ops
from setrange.network import Confidence
from setrange.versions import PROFILES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.network import Layer, Network
    from setrange.versions import TrtVersion

#: Registered under an op's name, but not an op.
_INTERNAL = frozenset({"FallbackPluginImporter", "LocalFunctionImporter"})


class OpSupport(NamedTuple):
    """How well one op is modelled, by profile."""

    op: str  #: ONNX op type (or ``TRT_...`` for the parser's own).
    since: tuple[str, ...]  #: Parser versions at which the behaviour changes, oldest first.
    #: Parser version -> confidence; ``None``: that parser has no importer for the op.
    confidence: dict[str, Confidence | None]
    sources: tuple[str, ...]  #: Where each behaviour was read, in the order of ``since``.


@functools.cache
def _shown() -> dict[str, frozenset[str]]:
    """Profile -> the ops that its layer lists show, predicted in full."""
    data = pkgutil.get_data("setrange.importer", "proven_ops.json")
    return {profile: frozenset(ops) for profile, ops in json.loads(data or b"{}").items()}


@functools.cache
def _is_proven(op: str, profile: str) -> bool:
    """True for an op that layer lists prove.

    In a profile that no list shows, an op is proven where it does what it does in the nearest
    profile before or after that lists show.
    """
    shown = _shown()
    if profile in shown:
        return op in shown[profile]
    if profile not in PROFILES:
        return False
    i = PROFILES.index(profile)
    before = next(p for p in reversed(PROFILES[:i]) if p in shown)
    after = next((p for p in PROFILES[i:] if p in shown), before)
    return any(
        op in shown[other] and find_importer(op, profile) is find_importer(op, other)
        for other in (before, after)
    )


def op_confidence(op: str, profile: str) -> Confidence | None:
    """Return how sure a prediction of this op is, ``None`` if the parser lacks the op.

    *Exact*: golden layer lists of that version contain the op and are predicted in full.
    *Assumed*: modelled from the parser's source, but no golden list shows it.
    """
    if find_importer(op, profile) is None:
        return None
    return Confidence.EXACT if _is_proven(op, profile) else Confidence.ASSUMED


def op_support() -> list[OpSupport]:
    """Every op the importer knows, by name."""
    table = []
    for op, entries in registered_ops().items():
        if op in _INTERNAL:
            continue
        table.append(
            OpSupport(
                op=op,
                since=tuple(entry.since for entry in entries),
                confidence={profile: op_confidence(op, profile) for profile in PROFILES},
                sources=tuple(entry.source for entry in entries),
            )
        )
    return table


# -- what a prediction rests on, said once it is complete -------------------------------


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
