# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Float tensors that only become dimensions need no range."""

from __future__ import annotations

from setrange.network import LayerKind, Network
from setrange.network.shape_tensors import mark_shape_tensors
from setrange.plan import Source, make_plan
from tests.networks import Maker


def computed_in_float() -> Network:
    """Dimensions halved in float, as exporters do: Shape, Cast, Div, Cast, Resize."""
    make = Maker()
    x = make.input("x", (1, 3, 8, 8))
    shape = make.add(LayerKind.SHAPE, [x], "shape", shape=(4,), dtype="int32")
    wide = make.add(LayerKind.CAST, [shape], "wide", shape=(4,))
    half = make.constant([0.5])
    product = make.add(LayerKind.ELEMENTWISE, [wide, half], "product", shape=(4,), op="prod")
    dims = make.add(LayerKind.CAST, [product], "dims", shape=(4,), dtype="int32")
    return make.output(make.add(LayerKind.RESIZE, [x, dims], "y", mode="nearest"))


def test_the_whole_computation_is_marked() -> None:
    network = computed_in_float()
    mark_shape_tensors(network)
    marked = {tensor.key for tensor in network.tensors() if tensor.is_shape_tensor}
    assert marked == {"shape", "wide", "wide@Constant[0]", "product", "dims"}
    assert [t.name for t in network.float_tensors()] == ["x", "y"]


def test_they_are_not_needed_in_a_plan() -> None:
    network = computed_in_float()
    mark_shape_tensors(network)
    plan = make_plan(network, None)
    assert [planned.tensor.name for planned in plan.missing()] == ["x", "y"]
    assert plan.count(Source.NOT_NEEDED) == 5


def test_what_is_also_used_as_data_is_not_marked() -> None:
    network = computed_in_float()
    product = next(t for t in network.tensors() if t.name == "product")
    network.outputs.append(product)
    mark_shape_tensors(network)
    assert [t.name for t in network.float_tensors() if t.onnx_value] == [
        "x",
        "wide",
        "product",
        "y",
    ]


def test_data_of_a_reshape_is_not_a_shape() -> None:
    make = Maker()
    x = make.input("x")
    y = make.add(LayerKind.ACTIVATION, [x], "y", op="relu")
    make.output(make.add(LayerKind.SHUFFLE, [y], "z"))
    mark_shape_tensors(make.network)
    assert not y.is_shape_tensor
