# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Any name a user may write -> a tensor of the network, with the reason."""

from __future__ import annotations

from setrange.resolver.describe import describe_kind, describe_tensor, node_label
from setrange.resolver.entries import resolve_entries
from setrange.resolver.result import MatchKind, Resolution, Resolved, Unresolved
from setrange.resolver.single import Elsewhere, NameReport, resolve, resolve_name

__all__ = [
    "Elsewhere",
    "MatchKind",
    "NameReport",
    "Resolution",
    "Resolved",
    "Unresolved",
    "describe_kind",
    "describe_tensor",
    "node_label",
    "resolve",
    "resolve_entries",
    "resolve_name",
]
