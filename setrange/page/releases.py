# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The releases whose names the page shows, where nobody says which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.versions import DEFAULT_TRT, PROFILES

if TYPE_CHECKING:
    from setrange.model.loading import Model
    from setrange.network.graph import Network

__all__ = ["OF_LARGE_MODELS", "default_releases"]

#: Those that are asked for most: Jetson's, the last of 8, of JetPack 6, the newest with ranges.
OF_LARGE_MODELS = ("7.2", "8.6", "10.3", DEFAULT_TRT)

#: Nodes or layers that are imported for names; about 15,000 take a second.
_MOST_WORK = 10_000


def default_releases(model: Model, network: Network) -> tuple[str, ...]:
    """Return one release of each profile, or of a large model those that matter most."""
    # One node may be thousands of layers: a Max of many inputs, a function that calls others.
    size = max(model.node_count, len(network.layers))
    return PROFILES if size * len(PROFILES) <= _MOST_WORK else OF_LARGE_MODELS
