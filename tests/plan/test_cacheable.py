# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What TensorRT leaves out of the caches it writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from setrange.network import LayerKind
from setrange.resolver.in_cache import appears_in_cache
from tests.networks import Maker
from tests.resolver.networks import resnet50_tail, resnet50_tail_7

if TYPE_CHECKING:
    from setrange.network import Network


def absent(network: Network) -> set[str]:
    return {tensor.name for tensor in network.tensors() if not appears_in_cache(tensor)}


@pytest.mark.parametrize(
    ("network", "names"),
    [
        (resnet50_tail("8.6"), {"(Unnamed Layer* 179) [Shuffle]_output"}),
        (resnet50_tail("10.3"), set()),
        (resnet50_tail_7("7.2"), set()),
    ],
    ids=["8.6", "10.3", "7.2"],
)
def test_the_flatten_before_a_softmax(network: Network, names: set[str]) -> None:
    assert absent(network) == names


def test_the_reshape_after_a_softmax_is_dropped_unless_it_is_an_output() -> None:
    network = resnet50_tail("8.5")
    network.outputs.clear()
    assert absent(network) == {"(Unnamed Layer* 179) [Shuffle]_output", "softmax_1"}


@pytest.mark.parametrize(("trt", "dropped"), [("8.6", True), ("10.3", False)])
def test_scalar_constants(trt: str, dropped: bool) -> None:
    make = Maker(trt)
    scalar = make.constant(2.0, "two")
    reshaped = make.add(LayerKind.SHUFFLE, [scalar])
    make.add(LayerKind.ELEMENTWISE, [make.input("x"), reshaped], "y", op="prod")
    assert appears_in_cache(scalar) is not dropped
    assert appears_in_cache(reshaped)


def test_weights_as_tensors() -> None:
    make = Maker()
    kernel = make.constant([[1.0]])
    copied = make.add(LayerKind.SHUFFLE, [kernel])
    make.add(LayerKind.CONVOLUTION, [make.input("x"), copied], "y")
    unused = make.constant([3.0])
    assert absent(make.network) == {kernel.name, copied.name, unused.name}


def test_integers_and_shape_tensors() -> None:
    make = Maker()
    x = make.input("x", dtype="int32")
    y = make.add(LayerKind.CAST, [x], "y")
    y.is_shape_tensor = True
    assert absent(make.network) == {"x", "y"}
