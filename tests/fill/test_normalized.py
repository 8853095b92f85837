# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Normalizations from single layers, products with a number, and NMS plugins."""

from __future__ import annotations

import math

import numpy as np
import pytest

from setrange.network import LayerKind, Tensor
from tests.networks import Maker
from tests.support.filling import elementwise, fill, unary

SIZE = 16
GAMMA = np.linspace(0.5, 2.0, SIZE)
BETA = np.linspace(-1.0, 0.25, SIZE)


def mean(make: Maker, x: Tensor) -> Tensor:
    return make.add(LayerKind.REDUCE, [x], shape=(1, 1), op="avg", axes=(1,), keepdims=True)


def layer_norm(make: Maker, x: Tensor, *, by: str = "div", square: str = "pow") -> Tensor:
    """As exporters write it; returns the quotient."""
    centred = make.add(LayerKind.ELEMENTWISE, [x, mean(make, x)], shape=x.shape, op="sub")
    return rms_norm(make, centred, by=by, square=square)


def rms_norm(make: Maker, x: Tensor, *, by: str = "div", square: str = "pow") -> Tensor:
    two: Tensor = make.constant([[2.0]]) if square == "pow" else x
    squared = make.add(LayerKind.ELEMENTWISE, [x, two], shape=x.shape, op=square)
    root = unary(make, "sqrt", elementwise(make, "sum", mean(make, squared), 1e-5))
    factor = unary(make, "recip", root) if by == "prod" else root
    return make.add(LayerKind.ELEMENTWISE, [x, factor], shape=x.shape, op=by)


def affine(make: Maker, x: Tensor) -> tuple[Tensor, Tensor]:
    gamma, beta = make.constant(GAMMA[None]), make.constant(BETA[None])
    scaled = make.add(LayerKind.ELEMENTWISE, [x, gamma], shape=x.shape, op="prod")
    shifted = make.add(LayerKind.ELEMENTWISE, [scaled, beta], shape=x.shape, op="sum")
    return scaled, shifted


@pytest.mark.parametrize("norm", [layer_norm, rms_norm])
@pytest.mark.parametrize("by", ["div", "prod"])
@pytest.mark.parametrize("square", ["pow", "prod"])
def test_a_normalization_of_single_layers(norm, by: str, square: str) -> None:  # type: ignore[no-untyped-def]
    make = Maker()
    x = make.input("x", (1, SIZE))
    y = norm(make, x, by=by, square=square)
    scaled, shifted = affine(make, y)
    make.output(shifted)
    facts = fill(make.network, {})
    assert facts[y].interval == (-4, 4)
    assert facts[scaled].interval.amax == pytest.approx(4 * 2)
    low, high = (-4 * GAMMA + BETA).min(), (4 * GAMMA + BETA).max()
    assert facts[shifted].interval == pytest.approx((low, high), rel=1e-6)
    assert not facts[shifted].is_bound


@pytest.mark.parametrize("seed", range(5))
def test_no_input_leads_out_of_it(seed: int) -> None:
    random = np.random.default_rng(seed)
    values = random.standard_t(1.2, (2000, SIZE))  # with large outliers
    centred = values - values.mean(1, keepdims=True)
    y = centred / np.sqrt((centred**2).mean(1, keepdims=True) + 1e-5)
    result = y * GAMMA + BETA
    assert np.abs(y).max() <= math.sqrt(SIZE)
    assert (-4 * GAMMA + BETA).min() <= result.min()
    assert result.max() <= (4 * GAMMA + BETA).max()


def test_a_quotient_by_another_root_is_no_normalization() -> None:
    make = Maker()
    x, other = make.input("x", (1, SIZE)), make.input("other", (1, SIZE))
    squared = make.add(LayerKind.ELEMENTWISE, [other, other], shape=x.shape, op="prod")
    root = unary(make, "sqrt", mean(make, squared))
    y = make.add(LayerKind.ELEMENTWISE, [x, root], shape=x.shape, op="div")
    make.output(y)
    assert y not in fill(make.network, {})


@pytest.mark.parametrize(
    ("op", "number", "expected"),
    [
        ("prod", 0.5, (-2, 8)),
        ("prod", -2.0, (-2, 0.5)),
        ("div", 4.0, (-4, 16)),
        ("prod", 0.0, None),
    ],
)
def test_what_is_only_multiplied_by_a_number(
    op: str, number: float, expected: tuple[float, float] | None
) -> None:
    """The product of a Gemm with alpha, before it is scaled."""
    make = Maker()
    x = make.input("x")
    product = make.add(LayerKind.MATRIX_MULTIPLY, [x, make.constant(np.eye(4))])
    y = elementwise(make, op, product, number)
    make.output(y)
    fact = fill(make.network, {y: (-1.0, 4.0)}).get(product)
    assert (fact and fact.interval) == expected


class TestSuppression:
    def nms(self, plugin: str, **settings: int) -> tuple[Maker, list[Tensor]]:
        make = Maker()
        inputs = [make.input("boxes", (1, 9, 4)), make.input("scores", (1, 9, 2))]
        make.add(LayerKind.PLUGIN_V2_DYNAMIC, inputs, "kept", plugin=plugin, **settings)
        layer = make.network.layers[-1]
        for dtype in ("float32", "float32", "int32"):
            layer.outputs.append(
                Tensor(layer=layer, output_index=len(layer.outputs), dtype=dtype)
            )
        make.output(*layer.outputs)
        return make, [*inputs, *layer.outputs]

    def test_boxes_and_scores_are_a_part_of_the_inputs(self) -> None:
        settings = {"box_coding": 0, "score_activation": 0, "clip_boxes": 1}
        make, (boxes, scores, _, kept, best, _) = self.nms("EfficientNMS_TRT", **settings)
        facts = fill(make.network, {boxes: (-3.0, 640.0), scores: (0.0, 0.98)})
        assert facts[kept].interval == (-3, 640)
        assert facts[best].interval == (0, 0.98)

    def test_scores_behind_a_sigmoid_and_decoded_boxes(self) -> None:
        settings = {"box_coding": 1, "score_activation": 1, "clip_boxes": 1}
        make, (boxes, scores, _, kept, best, _) = self.nms("EfficientNMS_TRT", **settings)
        facts = fill(make.network, {boxes: 4.0, scores: 7.0})
        assert kept not in facts
        assert facts[best].interval == (0, 1)

    def test_clipped_boxes(self) -> None:
        settings = {"box_coding": 0, "score_activation": 0, "clip_boxes": 1}
        make, (boxes, _, _, kept, _, _) = self.nms("BatchedNMSDynamic_TRT", **settings)
        assert fill(make.network, {boxes: (-0.5, 1.25)})[kept].interval == (0, 1)
