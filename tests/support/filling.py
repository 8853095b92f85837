# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Ranges filled on small networks by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.fill.engine import fill_ranges
from setrange.fill.facts import Fact
from setrange.fill.interval import Interval
from setrange.network import LayerKind, Tensor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from setrange.network import Network
    from tests.networks import Maker


def fill(
    network: Network, given: Mapping[Tensor, float | tuple[float, float]], how: str = "safe"
) -> dict[Tensor, Fact]:
    """Facts by tensor; a number stands for a symmetric range."""
    known = {}
    for tensor, value in given.items():
        low, high = value if isinstance(value, tuple) else (-value, value)
        known[tensor] = Fact.given(Interval(low, high))
    return fill_ranges(network, known, fill=how)[0]


def activation(
    make: Maker, x: Tensor, op: str, name: str | None = None, **params: Any
) -> Tensor:
    return make.add(LayerKind.ACTIVATION, [x], name, op=op, **params)


def elementwise(make: Maker, op: str, a: Tensor, b: Tensor | float) -> Tensor:
    if isinstance(b, float):
        b = make.constant(np.full((1, 1), b))
    return make.add(LayerKind.ELEMENTWISE, [a, b], op=op)


def unary(make: Maker, op: str, x: Tensor) -> Tensor:
    return make.add(LayerKind.UNARY, [x], op=op)
