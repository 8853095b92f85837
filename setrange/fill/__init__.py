# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Deriving ranges on the network: one rule per layer kind, applied until nothing changes."""

from __future__ import annotations

from setrange.fill.dla import Equalized, equalize_for_dla, least_for_dla, set_unary_scales
from setrange.fill.engine import FILLS, MAX_WIDENING, ZERO_AMAX, fill_ranges, same_values
from setrange.fill.facts import Fact
from setrange.fill.following import Following
from setrange.fill.interval import Interval
from setrange.fill.ties import Tie, find_ties

__all__ = [
    "FILLS",
    "MAX_WIDENING",
    "ZERO_AMAX",
    "Equalized",
    "Fact",
    "Following",
    "Interval",
    "Tie",
    "equalize_for_dla",
    "fill_ranges",
    "find_ties",
    "least_for_dla",
    "same_values",
    "set_unary_scales",
]
