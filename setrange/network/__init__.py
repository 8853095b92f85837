# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""TensorRT's network: layers, tensors, names, and where each came from."""

from __future__ import annotations

from setrange.network.graph import MAX_DIMS, Confidence, Layer, Network, Shape, Tensor
from setrange.network.kinds import LayerKind
from setrange.network.naming import NamingScheme

__all__ = [
    "MAX_DIMS",
    "Confidence",
    "Layer",
    "LayerKind",
    "NamingScheme",
    "Network",
    "Shape",
    "Tensor",
]
