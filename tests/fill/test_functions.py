# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Functions of one tensor, as exporters write them: the range follows from the input's."""

from __future__ import annotations

import math
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setrange.fill.pointwise import Known, chains_to
from setrange.network import LayerKind, Tensor
from tests.networks import Maker
from tests.support.filling import activation, elementwise, fill, unary

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

Array = "npt.NDArray[np.float64]"


def silu(make: Maker, x: Tensor) -> Tensor:
    return elementwise(make, "prod", x, activation(make, x, "sigmoid"))


def quick_gelu(make: Maker, x: Tensor) -> Tensor:
    scaled = elementwise(make, "prod", x, 1.702)
    return elementwise(make, "prod", x, activation(make, scaled, "sigmoid"))


def gelu(make: Maker, x: Tensor) -> Tensor:
    erf = unary(make, "erf", elementwise(make, "div", x, math.sqrt(2)))
    half = elementwise(make, "prod", elementwise(make, "sum", erf, 1.0), 0.5)
    return elementwise(make, "prod", x, half)


def gelu_tanh(make: Maker, x: Tensor) -> Tensor:
    cubed = elementwise(make, "prod", elementwise(make, "pow", x, 3.0), 0.044715)
    inner = elementwise(
        make, "prod", elementwise(make, "sum", x, cubed), math.sqrt(2 / math.pi)
    )
    gate = elementwise(make, "sum", activation(make, inner, "tanh"), 1.0)
    return elementwise(make, "prod", elementwise(make, "prod", x, gate), 0.5)


def mish(make: Maker, x: Tensor) -> Tensor:
    soft = activation(make, x, "softplus", alpha=1.0, beta=1.0)
    return elementwise(make, "prod", x, activation(make, soft, "tanh"))


def mish_of_logarithms(make: Maker, x: Tensor) -> Tensor:
    soft = unary(make, "log", elementwise(make, "sum", unary(make, "exp", x), 1.0))
    return elementwise(make, "prod", x, activation(make, soft, "tanh"))


def hard_swish(make: Maker, x: Tensor) -> Tensor:
    gate = activation(make, x, "hard_sigmoid", alpha=1 / 6, beta=0.5)
    return elementwise(make, "prod", x, gate)


def hard_swish_of_clip(make: Maker, x: Tensor) -> Tensor:
    gate = activation(make, elementwise(make, "sum", x, 3.0), "clip", alpha=0.0, beta=6.0)
    return elementwise(make, "div", elementwise(make, "prod", x, gate), 6.0)


def erf(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.vectorize(math.erf, otypes=[float])(x)


def softplus(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.logaddexp(0, x)


PATTERNS: dict[Callable[[Maker, Tensor], Tensor], Callable[..., npt.NDArray[np.float64]]] = {
    silu: lambda x: x / (1 + np.exp(-x)),
    quick_gelu: lambda x: x / (1 + np.exp(-1.702 * x)),
    gelu: lambda x: x * 0.5 * (1 + erf(x / math.sqrt(2))),
    gelu_tanh: lambda x: (
        0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    ),
    mish: lambda x: x * np.tanh(softplus(x)),
    mish_of_logarithms: lambda x: x * np.tanh(softplus(x)),
    hard_swish: lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
    hard_swish_of_clip: lambda x: x * np.clip(x + 3, 0, 6) / 6,
}


@pytest.mark.property
@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.__name__)
@given(high=st.floats(0.1, 40), width=st.floats(0.01, 60), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_the_output_of_any_input_lies_in_the_range(
    pattern: Callable[[Maker, Tensor], Tensor], high: float, width: float, seed: int
) -> None:
    low = high - width
    make = Maker()
    x = make.input("x")
    y = pattern(make, x)
    make.output(y)
    fact = fill(make.network, {x: (low, high)})[y]
    assert not fact.is_bound
    samples = np.random.default_rng(seed).uniform(low, high, 500)
    values = PATTERNS[pattern](np.append(samples, [low, high]))
    slack = 1e-4 * max(fact.interval.amax, 1e-3)
    assert fact.interval.lo - slack <= values.min()
    assert values.max() <= fact.interval.hi + slack
    everywhere = PATTERNS[pattern](np.linspace(low, high, 100_001))
    assert fact.interval.hi <= everywhere.max() + slack, "wider than the function's values"
    assert everywhere.min() - slack <= fact.interval.lo


def test_the_tensors_within_a_pattern_have_ranges_too() -> None:
    make = Maker()
    x = make.input("x")
    make.output(gelu(make, x))
    assert set(make.network.tensors()) == set(fill(make.network, {x: (-3.0, 4.0)}))


def test_a_pattern_behind_a_derived_range() -> None:
    make = Maker()
    x = make.input("x")
    relu = activation(make, x, "relu", "relu")
    y = silu(make, relu)
    assert fill(make.network, {x: (-3.0, 4.0)})[y].interval == pytest.approx((0, 3.928055))


def test_where_both_ends_lead_far_apart_an_amax_does_not_tell() -> None:
    """Exp of +-10 is at most 22026 or at most 1, by which end the values reach."""
    make = Maker()
    x = make.input("x")
    y = unary(make, "exp", x)
    assert y not in fill(make.network, {x: 10.0})
    assert fill(make.network, {x: (-10.0, 2.0)})[y].interval.hi == pytest.approx(math.exp(2))


def test_another_constant_in_each_channel_is_no_function_of_one_value() -> None:
    make = Maker()
    x = make.input("x")
    y = make.add(LayerKind.ELEMENTWISE, [x, make.constant([1.0, 2.0, 3.0, 4.0])], op="sum")
    assert y not in fill(make.network, {x: (-1.0, 2.0)})


def test_a_broadcast_operand_is_no_function_of_one_value() -> None:
    """x - mean(x), where the mean is of x but not at the same place."""
    make = Maker()
    x = make.input("x")
    other = make.add(LayerKind.SHUFFLE, [x], shape=(4, 1))
    y = make.add(LayerKind.ELEMENTWISE, [x, other], op="sub")
    assert y not in fill(make.network, {x: (-1.0, 2.0)})


def test_a_pole_gives_none() -> None:
    make = Maker()
    x = make.input("x")
    y = unary(make, "recip", elementwise(make, "sub", x, 1.0))
    assert y not in fill(make.network, {x: (-1.0, 2.0)})
    assert fill(make.network, {x: (1.5, 2.0)})[y].interval == pytest.approx((1, 2))


def test_behind_a_transposition_values_come_from_other_places() -> None:
    """x / x is 1, but an element of x by another one is not."""
    make = Maker()
    x = make.input("x", (4, 4))
    turned = make.add(LayerKind.SHUFFLE, [x], shape=(4, 4), first_transpose=(1, 0))
    y = make.add(LayerKind.ELEMENTWISE, [x, turned], shape=(4, 4), op="div")
    make.output(y)
    assert y not in fill(make.network, {x: (1.0, 2.0)})


def test_an_operand_that_is_broadcast_comes_from_other_places() -> None:
    make = Maker()
    x = make.input("x", (4, 1))
    flat = make.add(LayerKind.SHUFFLE, [x], shape=(1, 4))
    y = make.add(LayerKind.ELEMENTWISE, [x, flat], shape=(4, 4), op="div")
    make.output(y)
    assert y not in fill(make.network, {x: (1.0, 2.0)})


def test_a_long_row_beside_one_constant_is_a_function_of_nothing() -> None:
    """Each layer depends on two tensors all the way back: seen without walking there."""
    make = Maker()
    tensor = make.input("x")
    constant = make.constant([[1.0, 2.0, 3.0, 4.0]], "k")
    for i in range(300):
        make.node("Add", f"t{i}")
        tensor = make.add(LayerKind.ELEMENTWISE, [tensor, constant], f"t{i}", op="sum")
    known = Known()
    assert list(chains_to(tensor, known)) == []
    assert len(known.nearest) == 302
    assert not any(known.is_function_of_one(t) for t in known.nearest)


@pytest.mark.parametrize("seed", range(40))
def test_chains_start_where_all_ways_back_meet(seed: int) -> None:
    """Held against taking each tensor away and looking whether an input is still reached."""
    random = Random(seed)
    make = Maker()
    tensors = [make.input("x"), make.input("z")][: random.choice([1, 2])]
    for i in range(12):
        make.node("Op", f"t{i}")
        picked = random.choices(tensors[-4:], k=random.choice([1, 2, 2]))
        if len(set(picked)) == 1:
            made = make.add(LayerKind.ACTIVATION, picked[:1], f"t{i}", op="tanh")
        else:
            made = make.add(LayerKind.ELEMENTWISE, picked, f"t{i}", op="sum")
        tensors.append(made)

    def reaches_an_input(tensor: Tensor, without: Tensor) -> bool:
        if tensor is without:
            return False
        if tensor.layer is None:
            return True
        return any(reaches_an_input(t, without) for t in tensor.layer.inputs if t is not None)

    known = Known()
    for tensor in tensors:
        roots = {chain.root for chain in chains_to(tensor, known)}
        is_row = {t for t in tensors if t is not tensor and not reaches_an_input(tensor, t)}
        if len(is_row) < 8:  # longer rows are cut short
            assert roots == is_row
