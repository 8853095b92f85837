# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Checking given ranges reads a few channels of a convolution, not all its weights."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from setrange.model.weights import Weights
from setrange.network import LayerKind
from setrange.plan import make_plan
from tests.networks import Maker, ranges_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from setrange.network import Network

_SHAPE = (64, 16, 3, 3)


def network(read: Callable[[int], None], bias: float) -> Network:
    """A convolution whose weights say how many of them are read."""
    kernel = np.full(_SHAPE, 0.5, dtype=np.float32)

    def part(first: int, count: int) -> npt.NDArray[Any]:
        read(count)
        return kernel.reshape(-1)[first : first + count]

    def whole() -> npt.NDArray[Any]:
        return part(0, math.prod(_SHAPE))

    make = Maker()
    x = make.input("x", (1, 16, 8, 8))
    weights = Weights("float32", _SHAPE, whole, part=part)
    y = make.add(
        LayerKind.CONVOLUTION,
        [x],
        "y",
        maps=64,
        kernel=weights,
        bias=Weights.of(np.full(64, bias, dtype=np.float32)),
        kernel_shape=(3, 3),
        stride=(1, 1),
        pre_padding=(1, 1),
        post_padding=(1, 1),
        dilation=(1, 1),
        groups=1,
    )
    return make.output(y)


@pytest.mark.parametrize(
    ("amax", "bias", "code", "most"),
    [
        (10.0, 0.0, None, 8 * 144),  # plausible: the first channels allow it
        (30000.0, 0.0, "SR211", 65 * 144 + 8 * 144),  # more than all inputs together give
        (10.0, 900.0, "SR211", 65 * 144 + 8 * 144),  # less than the bias alone
    ],
)
def test_weights_are_read_where_they_matter(
    amax: float, bias: float, code: str | None, most: int
) -> None:
    read: list[int] = []
    plan = make_plan(
        network(read.append, bias), ranges_of({"x": (-1.0, 1.0), "y": (-amax, amax)})
    )
    assert sum(read) <= most
    assert [f.code for f in plan.findings if f.code == "SR211"] == ([code] if code else [])
