# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Which ops the importer models at which parser profile, and how well that is proven."""

from __future__ import annotations

import functools
import json
import pkgutil
from typing import NamedTuple

from setrange.importer.registry import find_importer, registered_ops
from setrange.network import Confidence
from setrange.versions import PROFILES

__all__ = ["OpSupport", "op_confidence", "op_support"]

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
