# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Interval bounds: exact where they can be, marked, and left out where they are useless."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from setrange.fill.engine import MAX_WIDENING, fill_ranges
from setrange.model.weights import Weights
from setrange.network import LayerKind, Tensor
from tests.networks import Maker
from tests.support.filling import activation, fill

if TYPE_CHECKING:
    import numpy.typing as npt


def weights(values: npt.ArrayLike) -> Weights:
    return Weights.of(np.asarray(values, np.float32))


def bound(make: Maker, tensor: Tensor, given: dict[Tensor, Any]) -> tuple[float, float] | None:
    """The bound, which safe rules must not find."""
    assert tensor not in fill(make.network, given, "safe")
    fact = fill(make.network, given, "bounds").get(tensor)
    if fact is None:
        return None
    assert fact.is_bound
    assert fact.why.startswith("bound: ")
    return fact.interval.lo, fact.interval.hi


def exact(make: Maker, tensor: Tensor, given: dict[Tensor, Any]) -> tuple[float, float] | None:
    """The range, which safe rules find too: the tensor is a function of one other."""
    fact = fill(make.network, given, "safe").get(tensor)
    if fact is None:
        return bound(make, tensor, given)
    assert not fact.is_bound
    assert "function of 'x'" in fact.why
    return fact.interval.lo, fact.interval.hi


@pytest.mark.parametrize(
    ("op", "expected"),
    [
        ("sum", (-3.0, 8.0)),
        ("sub", (-7.0, 4.0)),
        ("prod", (-10.0, 15.0)),
        ("div", None),
        ("floor_div", None),
        ("pow", None),
    ],
)
def test_elementwise(op: str, expected: tuple[float, float] | None) -> None:
    make = Maker()
    a, b = make.input("a"), make.input("b")
    y = make.add(LayerKind.ELEMENTWISE, [a, b], "y", op=op)
    assert bound(make, y, {a: (-2.0, 3.0), b: (-1.0, 5.0)}) == expected


@pytest.mark.parametrize(
    ("op", "low", "expected"),
    [
        ("div", 2.0, (-1.0, 1.5)),
        ("div", -4.0, None),
        ("floor_div", 2.0, (-1.0, 1.0)),
    ],
)
def test_divisor_must_stay_away_from_zero(
    op: str, low: float, expected: tuple[float, float] | None
) -> None:
    make = Maker()
    a, b = make.input("a"), make.input("b")
    y = make.add(LayerKind.ELEMENTWISE, [a, b], "y", op=op)
    assert bound(make, y, {a: (-2.0, 3.0), b: (low, 4.0)}) == expected


def test_a_constant_keeps_its_sign() -> None:
    """x / 255 of an image: the constant is 255, not anything in +-255."""
    make = Maker()
    x = make.input("x")
    y = make.add(LayerKind.ELEMENTWISE, [x, make.constant(255.0)], "y", op="div")
    assert exact(make, y, {x: (0.0, 255.0)}) == (0, 1)


def test_squares() -> None:
    make = Maker()
    x = make.input("x")
    y = make.add(LayerKind.ELEMENTWISE, [x, x], "y", op="prod")
    z = make.add(LayerKind.ELEMENTWISE, [x, make.constant(2.0)], "z", op="pow")
    assert exact(make, y, {x: 3.0}) == (0, 9)
    assert exact(make, z, {x: 3.0}) == (0, 9)


@pytest.mark.parametrize(
    ("op", "given", "expected"),
    [
        ("exp", (0.0, 1.0), (1.0, math.e)),
        ("sqrt", (-4.0, 9.0), (0.0, 3.0)),
        ("sqrt", (-4.0, -1.0), None),
        ("log", (1.0, math.e), (0.0, 1.0)),
        ("log", (0.0, 1.0), None),
        ("recip", (0.5, 4.0), (0.25, 2.0)),
        ("recip", (-1.0, 4.0), None),
        ("ceil", (-1.5, 2.5), (-1.0, 3.0)),
        ("floor", (-1.5, 2.5), (-2.0, 2.0)),
        ("cosh", (-1.0, 2.0), (1.0, math.cosh(2))),
        ("exp", (0.0, 1e4), None),
        ("tan", (0.0, 1.0), None),
    ],
)
def test_unary(
    op: str, given: tuple[float, float], expected: tuple[float, float] | None
) -> None:
    make = Maker()
    x = make.input("x")
    y = make.add(LayerKind.UNARY, [x], "y", op=op)
    assert exact(make, y, {x: given}) == (
        expected if expected is None else pytest.approx(expected)
    )


@pytest.mark.parametrize(
    ("op", "params", "given", "expected"),
    [
        ("elu", {"alpha": 1.0}, (-2.0, 3.0), (math.expm1(-2), 3.0)),
        ("softplus", {"alpha": 1.0, "beta": 1.0}, (0.0, 3.0), (math.log(2), 3.0485873)),
        ("gelu_erf", {}, (-2.0, 3.0), (-0.169971, 2.995950)),
        ("gelu_tanh", {}, (1.0, 3.0), (0.841192, 2.996363)),
        ("thresholded_relu", {"alpha": 1.0}, (-2.0, 3.0), (0.0, 3.0)),
        ("selu", {}, (-2.0, 3.0), (1.050701 * 1.6732632 * math.expm1(-2), 3 * 1.050701)),
    ],
)
def test_activations(
    op: str, params: dict[str, float], given: tuple[float, float], expected: tuple[float, float]
) -> None:
    make = Maker()
    x = make.input("x")
    y = activation(make, x, op, "y", **params)
    assert exact(make, y, {x: given}) == pytest.approx(expected)


class TestWeights:
    def test_convolution_per_output_channel(self) -> None:
        make = Maker()
        x = make.input("x", (1, 2, 1, 1))
        kernel = weights(np.reshape([1.0, -2.0, 0.5, 0.5], (2, 2, 1, 1)))
        y = make.add(
            LayerKind.CONVOLUTION, [x], "y", kernel=kernel, bias=weights([10.0, -1.0]), maps=2
        )
        # channel 0: 1 x - 2 x' + 10, channel 1: (x + x') / 2 - 1, for x in [-1, 3]
        assert bound(make, y, {x: (-1.0, 3.0)}) == (-2.0, 15.0)

    def test_convolution_pads_with_zeros(self) -> None:
        make = Maker()
        x = make.input("x", (1, 1, 1, 1))
        y = make.add(
            LayerKind.CONVOLUTION,
            [x],
            "y",
            kernel=weights([[[[1.0]]]]),
            bias=None,
            maps=1,
        )
        assert bound(make, y, {x: (2.0, 3.0)}) == (0, 3)

    @pytest.mark.parametrize("value", [math.inf, math.nan])
    def test_weights_that_are_not_finite(self, value: float) -> None:
        make = Maker()
        x = make.input("x", (1, 1, 1, 1))
        kernel = weights([[[[value]]], [[[0.0]]]])
        y = make.add(LayerKind.CONVOLUTION, [x], "y", kernel=kernel, bias=None, maps=2)
        z = make.add(LayerKind.SCALE, [x], "z", scale=weights([value, 0]), shift=None)
        assert bound(make, y, {x: 1.0}) is None
        assert bound(make, z, {x: (0.0, 1.0)}) is None

    def test_kernel_as_a_constant_tensor(self) -> None:
        make = Maker()
        x = make.input("x", (1, 1, 1, 1))
        kernel = make.constant([[[[2.0]]]])
        y = make.add(LayerKind.CONVOLUTION, [x, kernel], "y", kernel=None, bias=None, maps=1)
        assert bound(make, y, {x: 3.0}) == (-6, 6)

    def test_a_kernel_that_is_not_known(self) -> None:
        make = Maker()
        x, kernel = make.input("x", (1, 1, 1, 1)), make.input("w", (1, 1, 1, 1))
        y = make.add(LayerKind.CONVOLUTION, [x, kernel], "y", kernel=None, bias=None, maps=1)
        assert bound(make, y, {x: 3.0, kernel: 1.0}) is None

    def test_grouped_deconvolution(self) -> None:
        make = Maker()
        x = make.input("x", (1, 4, 2, 2))
        kernel = weights(np.reshape([1.0, 2.0, 3.0, 4.0], (4, 1, 1, 1)))
        y = make.add(
            LayerKind.DECONVOLUTION,
            [x],
            "y",
            kernel=kernel,
            bias=weights([0.0, 5.0]),
            maps=2,
            groups=2,
        )
        assert bound(make, y, {x: 1.0}) == (-3, 12)

    def test_fully_connected(self) -> None:
        make = Maker()
        x = make.input("x", (1, 2, 1, 1))
        y = make.add(
            LayerKind.FULLY_CONNECTED,
            [x],
            "y",
            kernel=weights([[1.0, 2.0], [3.0, -4.0]]),
            bias=weights([1.0, 0.0]),
            maps=2,
        )
        assert bound(make, y, {x: 1.0}) == (-7, 7)

    @pytest.mark.parametrize(
        ("kernel", "op1", "expected"),
        [
            ([[1.0, 10.0], [2.0, 0.0]], "none", 10),  # columns: 3, 10
            ([[1.0, 10.0], [2.0, 0.0]], "transpose", 11),  # rows: 11, 2
            ([4.0, 2.0], "vector", 6),
        ],
    )
    def test_matrix_product_with_weights(
        self, kernel: list[Any], op1: str, expected: float
    ) -> None:
        make = Maker()
        x, w = make.input("x", (1, 2)), make.constant(kernel)
        y = make.add(LayerKind.MATRIX_MULTIPLY, [x, w], "y", op0="none", op1=op1)
        assert bound(make, y, {x: 1.0}) == (-expected, expected)

    def test_weights_on_the_left(self) -> None:
        make = Maker()
        w, x = make.constant([[1.0, 10.0], [2.0, 0.0]]), make.input("x", (2, 3))
        y = make.add(LayerKind.MATRIX_MULTIPLY, [w, x], "y", op0="none", op1="none")
        assert bound(make, y, {x: 1.0}) == (-11, 11)

    def test_weights_behind_a_transpose(self) -> None:
        make = Maker()
        x, w = make.input("x", (1, 2)), make.constant([[1.0, 10.0], [2.0, 0.0]])
        turned = make.add(LayerKind.SHUFFLE, [w], shape=(2, 2), first_transpose=(1, 0))
        y = make.add(LayerKind.MATRIX_MULTIPLY, [x, turned], "y", op0="none", op1="none")
        assert bound(make, y, {x: 1.0}) == (-11, 11)

    def test_product_of_two_tensors(self) -> None:
        make = Maker()
        a, b = make.input("a", (2, 5)), make.input("b", (5, 3))
        y = make.add(LayerKind.MATRIX_MULTIPLY, [a, b], "y", op0="none", op1="none")
        assert bound(make, y, {a: 2.0, b: 3.0}) == (-30, 30)

    def test_product_of_unknown_length(self) -> None:
        make = Maker()
        a, b = make.input("a", (2, -1)), make.input("b", (-1, 3))
        y = make.add(LayerKind.MATRIX_MULTIPLY, [a, b], "y", op0="none", op1="none")
        assert bound(make, y, {a: 2.0, b: 3.0}) is None

    def test_scale(self) -> None:
        make = Maker()
        x = make.input("x", (1, 2, 1, 1))
        y = make.add(
            LayerKind.SCALE,
            [x],
            "y",
            scale=weights([2.0, -1.0]),
            shift=weights([0.0, 5.0]),
            power=None,
        )
        assert bound(make, y, {x: (-1.0, 3.0)}) == (-2, 6)

    def test_scale_with_a_power(self) -> None:
        make = Maker()
        x = make.input("x", (1, 2, 1, 1))
        y = make.add(
            LayerKind.SCALE, [x], "y", scale=None, shift=weights([1.0]), power=weights([2.0])
        )
        assert exact(make, y, {x: (-3.0, 1.0)}) == (0, 4)


class TestReductions:
    def test_sum_of_a_known_number(self) -> None:
        make = Maker()
        x = make.input("x", (1, 2, 3, 4))
        y = make.add(LayerKind.REDUCE, [x], "y", op="sum", axes=(2, 3), keepdims=True)
        assert bound(make, y, {x: (-1.0, 2.0)}) == (-12, 24)

    def test_sum_of_an_unknown_number(self) -> None:
        make = Maker()
        x = make.input("x", (1, 2, -1, 4))
        y = make.add(LayerKind.REDUCE, [x], "y", op="sum", axes=(2, 3), keepdims=True)
        assert bound(make, y, {x: 1.0}) is None

    def test_local_response_normalization(self) -> None:
        make = Maker()
        x = make.input("x")
        y = make.add(LayerKind.LRN, [x], "y", size=5, alpha=1e-4, beta=0.5, bias=4.0)
        assert bound(make, y, {x: 3.0}) == (-1.5, 1.5)

    def test_layer_normalization(self) -> None:
        make = Maker()
        x = make.input("x", (1, 16))
        scale, bias = make.constant([[2.0, 1.0]]), make.constant([[0.5, 0.0]])
        y = make.add(
            LayerKind.NORMALIZATION, [x, scale, bias], "y", axes=(1,), groups=1, epsilon=1e-5
        )
        make.output(y)
        fact = fill(make.network, {})[y]
        assert fact.interval == (-8 + 0.5, 8.5)  # |scale| x sqrt(16) + |bias|, per channel
        assert not fact.is_bound

    def test_layer_normalization_with_weights_that_are_computed(self) -> None:
        make = Maker()
        x = make.input("x", (1, 16))
        scale, bias = make.input("scale", (1, 2)), make.constant([[0.5, 0.0]])
        y = make.add(
            LayerKind.NORMALIZATION, [x, scale, bias], "y", axes=(1,), groups=1, epsilon=1e-5
        )
        assert bound(make, y, {scale: (1.0, 2.0)}) == (-8, 8.5)


class TestWidth:
    def test_a_bound_may_be_127_times_what_it_rests_on(self) -> None:
        make = Maker()
        x = make.input("x")
        fits = make.constant([float(MAX_WIDENING)] * 4)
        y = make.add(LayerKind.ELEMENTWISE, [x, fits], "y", op="prod")
        z = make.add(LayerKind.ELEMENTWISE, [y, fits], "z", op="prod")
        facts, too_wide = fill_ranges(
            make.network, fill(make.network, {x: 200.0}), fill="bounds"
        )
        assert facts[y].interval.amax == 200 * 127
        assert z not in facts
        assert too_wide[z].amax == 200 * 127 * 127

    def test_widening_adds_up_along_a_chain(self) -> None:
        make = Maker()
        tensor = x = make.input("x")
        for i in range(10):
            twice = make.constant([2.0] * 4)
            tensor = make.add(LayerKind.ELEMENTWISE, [tensor, twice], f"t{i}", op="prod")
        facts = fill(make.network, {x: 1.0}, "bounds")
        bounds = [fact.interval.amax for fact in facts.values() if fact.is_bound]
        assert bounds == [2, 4, 8, 16, 32, 64, 128]  # at most 127 times the constant

    def test_what_is_copied_from_a_bound_is_one(self) -> None:
        make = Maker()
        x = make.input("x")
        y = make.add(LayerKind.ELEMENTWISE, [x, make.constant([2.0] * 4)], "y", op="prod")
        z = make.add(LayerKind.SHUFFLE, [y], "z")
        fact = fill(make.network, {x: 1.0}, "bounds")[z]
        assert fact.is_bound
        assert fact.anchor == 2

    def test_a_bound_is_taken_only_where_nothing_better_is_known(self) -> None:
        make = Maker()
        x = make.input("x", (1, 1, 1, 1))
        conv = make.add(
            LayerKind.CONVOLUTION, [x], "conv", kernel=weights([[[[5.0]]]]), bias=None, maps=1
        )
        relu = activation(make, conv, "relu", "relu")
        fact = fill(make.network, {x: 1.0, relu: 2.0}, "bounds")[conv]
        assert not fact.is_bound
        assert fact.interval.amax == 2
