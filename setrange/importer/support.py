# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Which ops the importer models at which parser version, and how well that is proven."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from importlib import resources

from setrange.importer.registry import find_importer, registered_ops
from setrange.network import Confidence
from setrange.versions import PROFILES

__all__ = ["OpSupport", "op_confidence", "op_support"]

#: Registered under an op's name, but not an op.
_INTERNAL = frozenset({"FallbackPluginImporter", "LocalFunctionImporter"})


@dataclass(frozen=True, slots=True, kw_only=True)
class OpSupport:
    """How well one op is modelled, by profile.

    Attributes:
        op: ONNX op type (or ``TRT_...`` for the parser's own).
        since: Parser versions at which the behaviour changes, oldest first.
        confidence: Parser version -> confidence; ``None`` = that parser has no importer for it.
        sources: Where each behaviour was read, in the order of ``since``.
    """

    op: str
    since: tuple[str, ...]
    confidence: dict[str, Confidence | None]
    sources: tuple[str, ...]


@functools.cache
def _proven() -> dict[str, frozenset[str]]:
    """Ops that layer lists prove, by profile.

    In a profile that no list shows, an op is proven where it does what it does in the nearest
    profile before or after that lists show.
    """
    text = resources.files("setrange.importer").joinpath("proven_ops.json").read_text("utf-8")
    shown = {profile: frozenset(ops) for profile, ops in json.loads(text).items()}
    proven: dict[str, frozenset[str]] = {}
    for i, profile in enumerate(PROFILES):
        if profile in shown:
            proven[profile] = shown[profile]
            continue
        before = next(p for p in reversed(PROFILES[:i]) if p in shown)
        after = next((p for p in PROFILES[i:] if p in shown), before)
        proven[profile] = frozenset(
            op
            for other in (before, after)
            for op in shown[other]
            if find_importer(op, profile) is find_importer(op, other)
        )
    return proven


def op_confidence(op: str, profile: str) -> Confidence | None:
    """Return how sure a prediction of this op is, ``None`` if the parser lacks the op.

    *Exact*: golden layer lists of that version contain the op and are predicted in full.
    *Assumed*: modelled from the parser's source, but no golden list shows it.
    """
    if find_importer(op, profile) is None:
        return None
    return Confidence.EXACT if op in _proven().get(profile, ()) else Confidence.ASSUMED


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
