# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Every safe rule on the smallest network that needs it."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
import pytest

from setrange.errors import UsageError
from setrange.fill.engine import fill_ranges
from setrange.fill.facts import Fact
from setrange.fill.interval import Interval
from setrange.model.weights import Weights
from setrange.network import LayerKind, Tensor
from tests.networks import Maker
from tests.support.filling import activation, fill


class TestConstants:
    @pytest.mark.parametrize("dtype", ["float32", "float16", "float64"])
    def test_largest_absolute_value(self, dtype: str) -> None:
        make = Maker()
        bias = make.constant([0.5, -1.5, 1.0], "fc.bias", dtype)
        bias.dtype = "float32"
        fact = fill(make.network, {})[bias]
        assert fact.interval == (-1.5, 1.0)
        assert fact.why == "max |values| of fc.bias"

    def test_zeros_are_known_to_be_zero(self) -> None:
        make = Maker()
        zeros = make.constant(np.zeros(3))
        assert fill(make.network, {})[zeros].interval == (0, 0)

    @pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
    def test_not_finite_gives_none(self, value: float) -> None:
        make = Maker()
        mask = make.constant([0.0, value])
        assert mask not in fill(make.network, {})

    def test_integers_give_none(self) -> None:
        make = Maker()
        assert make.constant([3, 4], dtype="int64") not in fill(make.network, {})

    def test_values_are_not_read_where_the_range_is_given(self) -> None:
        make = Maker()

        def explode() -> Any:
            raise AssertionError("the weights were read")

        weights = Weights("float32", (4,), explode, name="w")
        constant = make.add(LayerKind.CONSTANT, [], shape=(4,), weights=weights)
        assert fill(make.network, {constant: 2.0})[constant].interval == (-2, 2)

    def test_convolution_kernels_are_not_read_by_safe_rules(self) -> None:
        make = Maker()

        def explode() -> Any:
            raise AssertionError("the kernel was read")

        x = make.input("x", (1, 3, 8, 8))
        kernel = Weights("float32", (4, 3, 3, 3), explode)
        make.add(LayerKind.CONVOLUTION, [x], "y", kernel=kernel, bias=None)
        assert set(fill(make.network, {x: 1.0})) == {x}


MOVEMENTS: list[tuple[LayerKind, dict[str, Any]]] = [
    (LayerKind.SHUFFLE, {}),
    (LayerKind.SQUEEZE, {}),
    (LayerKind.UNSQUEEZE, {}),
    (LayerKind.IDENTITY, {}),
    (LayerKind.CAST, {}),
    (LayerKind.GATHER, {}),
    (LayerKind.SLICE, {}),
    (LayerKind.SLICE, {"mode": "wrap"}),
    (LayerKind.PADDING, {}),
    (LayerKind.RESIZE, {"mode": "nearest"}),
    (LayerKind.RESIZE, {"mode": "linear"}),
    (LayerKind.POOLING, {"op": "max"}),
    (LayerKind.REVERSE_SEQUENCE, {}),
]


class TestMovement:
    @pytest.mark.parametrize(("kind", "params"), MOVEMENTS)
    def test_output_is_the_input(self, kind: LayerKind, params: dict[str, Any]) -> None:
        make = Maker()
        x = make.input("x")
        make.node("Reshape", "y", name="/fc/Reshape")
        y = make.add(kind, [x], "y", **params)
        fact = fill(make.network, {x: 3.0})[y]
        assert fact.interval == (-3, 3)
        assert fact.why == "= input of Reshape /fc/Reshape"
        assert not fact.is_bound

    @pytest.mark.parametrize(("kind", "params"), MOVEMENTS)
    def test_input_is_the_output_where_nobody_else_reads_it(
        self, kind: LayerKind, params: dict[str, Any]
    ) -> None:
        make = Maker()
        x = make.input("x")
        make.node("Reshape", "y", name="/fc/Reshape")
        y = make.add(kind, [x], "y", **params)
        fact = fill(make.network, {y: 3.0})[x]
        assert fact.interval == (-3, 3)
        assert fact.why == "= output of Reshape /fc/Reshape"

    def test_not_backward_where_another_layer_reads_the_input(self) -> None:
        make = Maker()
        x = make.input("x")
        y = make.add(LayerKind.SHUFFLE, [x], "y")
        activation(make, x, "sigmoid", "z")
        assert x not in fill(make.network, {y: 3.0})

    def test_backward_where_a_shape_layer_reads_the_dimensions(self) -> None:
        make = Maker()
        x = make.input("x")
        y = make.add(LayerKind.SHUFFLE, [x], "y")
        make.add(LayerKind.SHAPE, [x], "dims", dtype="int64")
        assert fill(make.network, {y: 3.0})[x].interval == (-3, 3)

    def test_not_backward_through_a_network_output(self) -> None:
        make = Maker()
        x = make.input("x")
        y = activation(make, x, "relu", "y")
        z = make.add(LayerKind.SHUFFLE, [y], "z")
        make.output(y, z)
        assert y not in fill(make.network, {z: 3.0})

    def test_cubic_resize_overshoots(self) -> None:
        make = Maker()
        x = make.input("x")
        y = make.add(LayerKind.RESIZE, [x], "y", mode="cubic")
        assert y not in fill(make.network, {x: 3.0})

    def test_padding_adds_zero(self) -> None:
        make = Maker()
        x = make.input("x")
        y = make.add(LayerKind.SLICE, [x, None, None, None, None], "y", mode="fill")
        assert fill(make.network, {x: (1.0, 3.0)})[y].interval == (0, 3)

    def test_padding_with_a_value(self) -> None:
        make = Maker()
        x, value = make.input("x"), make.constant(-7.0)
        y = make.add(LayerKind.SLICE, [x, None, None, None, value], "y", mode="fill")
        assert fill(make.network, {x: 3.0})[y].interval == (-7, 3)

    def test_integers_do_not_become_ranges(self) -> None:
        make = Maker()
        x = make.input("x", dtype="int32")
        y = make.add(LayerKind.CAST, [x], "y")
        assert y not in fill(make.network, {})

    @pytest.mark.parametrize(("dtype", "largest"), [("uint8", 255), ("bool", 1)])
    def test_small_types_have_known_values(self, dtype: str, largest: float) -> None:
        make = Maker()
        x = make.input("x", dtype=dtype)
        y = make.add(LayerKind.CAST, [x], "y")
        assert fill(make.network, {})[y].interval == (0, largest)

    def test_select_takes_the_larger_input(self) -> None:
        make = Maker()
        condition = make.input("c", dtype="bool")
        a, b = make.input("a"), make.input("b")
        y = make.add(LayerKind.SELECT, [condition, a, b], "y")
        assert fill(make.network, {a: 2.0, b: (-5.0, 1.0)})[y].interval == (-5, 2)
        assert y not in fill(make.network, {a: 2.0})

    def test_concatenation_takes_the_largest_input(self) -> None:
        make = Maker()
        a, b, c = (make.input(n) for n in "abc")
        y = make.add(LayerKind.CONCATENATION, [a, b, c], "y", axis=0)
        fact = fill(make.network, {a: 1.0, b: 4.0, c: 2.0})[y]
        assert fact.interval == (-4, 4)
        assert y not in fill(make.network, {a: 1.0, b: 4.0})

    def test_inputs_of_a_concatenation_take_its_output(self) -> None:
        make = Maker()
        a, b = make.input("a"), make.input("b")
        y = make.add(LayerKind.CONCATENATION, [a, b], "y", axis=0)
        facts = fill(make.network, {y: 4.0, b: 1.0})
        assert facts[a].interval == (-4, 4)
        assert facts[b].interval == (-1, 1)

    def test_topk_values_are_the_inputs(self) -> None:
        make = Maker()
        x = make.input("x")
        y = make.add(LayerKind.TOPK, [x], "y", op="max", k=2, axis=1)
        assert fill(make.network, {x: 3.0})[y].interval == (-3, 3)

    def test_one_hot_takes_its_values(self) -> None:
        make = Maker()
        x, depth = make.input("x", dtype="int32"), make.input("d", dtype="int32")
        values = make.constant([0.0, 5.0])
        y = make.add(LayerKind.ONE_HOT, [x, values, depth], "y", axis=1)
        assert fill(make.network, {})[y].interval == (0, 5)

    def test_a_loop_carries_what_enters_and_what_comes_back(self) -> None:
        make = Maker()
        first = make.input("h0")
        h = make.add(LayerKind.RECURRENCE, [first], "h")
        following = activation(make, h, "tanh", "next")
        assert h.layer is not None
        h.layer.set_input(1, following)
        last = make.add(LayerKind.LOOP_OUTPUT, [following], "y")
        facts = fill(make.network, {first: 0.5})
        assert facts[h].interval == (-1, 1)
        assert facts[last].interval == (-1, 1)


class TestActivations:
    @pytest.mark.parametrize(
        ("op", "low", "high"),
        [
            ("sigmoid", 0, 1),
            ("tanh", -1, 1),
            ("hard_sigmoid", 0, 1),
            ("softsign", -1, 1),
        ],
    )
    def test_bounded_functions_need_no_input(self, op: str, low: float, high: float) -> None:
        make = Maker()
        y = activation(make, make.input("x"), op, "y")
        fact = fill(make.network, {})[y]
        assert fact.interval == (low, high)
        assert fact.why == f"{op} is at most 1"

    @pytest.mark.parametrize("op", ["sin", "cos", "erf", "sign"])
    def test_bounded_unary_functions(self, op: str) -> None:
        make = Maker()
        y = make.add(LayerKind.UNARY, [make.input("x")], "y", op=op)
        assert fill(make.network, {})[y].interval == (-1, 1)

    def test_scaled_tanh(self) -> None:
        make = Maker()
        y = activation(make, make.input("x"), "scaled_tanh", "y", alpha=-1.7, beta=0.6)
        assert fill(make.network, {})[y].interval == (-1.7, 1.7)

    def test_softmax(self) -> None:
        make = Maker()
        y = make.add(LayerKind.SOFTMAX, [make.input("x")], "y", axis=1)
        fact = fill(make.network, {})[y]
        assert fact.interval == (0, 1)
        assert fact.why == "softmax is at most 1"

    def test_softmax_tells_nothing_about_its_input(self) -> None:
        make = Maker()
        x = make.input("x")
        make.add(LayerKind.SOFTMAX, [x], "y", axis=1)
        assert x not in fill(make.network, {})

    @pytest.mark.parametrize(
        ("op", "params", "given", "expected"),
        [
            ("relu", {}, (-10, 3), (0, 3)),
            ("relu", {}, (-2, 5), (0, 5)),
            ("leaky_relu", {"alpha": 0.1}, (-10, 3), (-1, 3)),
            ("clip", {"alpha": 0, "beta": 6}, (-2, 3), (0, 3)),
            ("clip", {"alpha": 0, "beta": 6}, (-2, 30), (0, 6)),
        ],
    )
    def test_piecewise_linear_forward(
        self,
        op: str,
        params: dict[str, float],
        given: tuple[float, float],
        expected: tuple[float, float],
    ) -> None:
        make = Maker()
        x = make.input("x")
        y = activation(make, x, op, "y", **params)
        assert fill(make.network, {x: given})[y].interval == expected

    @pytest.mark.parametrize(
        ("op", "params", "given", "expected"),
        [
            ("relu", {}, (0, 3), (0, 3)),
            ("clip", {"alpha": 0, "beta": 6}, (0, 6), (0, 6)),
            ("leaky_relu", {"alpha": 0.1}, (-3, 3), (-3, 3)),
            ("leaky_relu", {"alpha": 0.1}, (-1, 3), (-10, 3)),
            ("leaky_relu", {"alpha": 0.1}, (1, 3), (0, 3)),
        ],
    )
    def test_piecewise_linear_backward(
        self,
        op: str,
        params: dict[str, float],
        given: tuple[float, float],
        expected: tuple[float, float],
    ) -> None:
        make = Maker()
        x = make.input("x")
        y = activation(make, x, op, "y", **params)
        assert fill(make.network, {y: given})[x].interval == pytest.approx(expected)

    def test_relu_not_backward_where_the_input_is_used_elsewhere(self) -> None:
        make = Maker()
        x = make.input("x")
        y = activation(make, x, "relu", "y")
        activation(make, x, "sigmoid", "z")
        assert x not in fill(make.network, {y: 3.0})

    def test_clip_has_its_bounds(self) -> None:
        make = Maker()
        y = activation(make, make.input("x"), "clip", "y", alpha=0.0, beta=6.0)
        assert fill(make.network, {})[y].interval == (0, 6)

    @pytest.mark.parametrize("bound", [3.4028234663852886e38, 65504.0])
    def test_a_clip_against_overflow_says_nothing(self, bound: float) -> None:
        make = Maker()
        y = activation(make, make.input("x"), "clip", "y", alpha=-bound, beta=bound)
        assert y not in fill(make.network, {})

    def test_relu_of_a_negative_range_stays_open(self) -> None:
        make = Maker()
        x = make.input("x")
        y = activation(make, x, "relu", "y")
        assert y not in fill(make.network, {x: (-3.0, -1.0)})

    @pytest.mark.parametrize(("op", "expected"), [("abs", (0, 5)), ("neg", (-2, 5))])
    def test_sign_changes(self, op: str, expected: tuple[float, float]) -> None:
        make = Maker()
        x = make.input("x")
        y = make.add(LayerKind.UNARY, [x], "y", op=op)
        assert fill(make.network, {x: (-5.0, 2.0)})[y].interval == expected

    def test_parametric_relu_with_small_slopes(self) -> None:
        make = Maker()
        x, slope = make.input("x"), make.constant([0.25, -0.5], "slope")
        y = make.add(LayerKind.PARAMETRIC_RELU, [x, slope], "y")
        assert fill(make.network, {x: (-4.0, 3.0)})[y].interval == (-1, 3)

    def test_parametric_relu_with_large_slopes_is_not_safe(self) -> None:
        make = Maker()
        x, slope = make.input("x"), make.constant([2.0], "slope")
        y = make.add(LayerKind.PARAMETRIC_RELU, [x, slope], "y")
        assert y not in fill(make.network, {x: 3.0})


class TestClipByMaximumAndMinimum:
    @pytest.mark.parametrize(("op", "expected"), [("max", (0.0, 3.0)), ("min", (-2.0, 0.0))])
    def test_forward(self, op: str, expected: tuple[float, float]) -> None:
        make = Maker()
        x, limit = make.input("x"), make.constant(0.0)
        y = make.add(LayerKind.ELEMENTWISE, [x, limit], "y", op=op)
        assert fill(make.network, {x: (-2.0, 3.0)})[y].interval == expected

    def test_backward_past_a_constant(self) -> None:
        make = Maker()
        x, limit = make.input("x"), make.constant(0.0)
        y = make.add(LayerKind.ELEMENTWISE, [x, limit], "y", op="max")
        assert fill(make.network, {y: (0.0, 3.0)})[x].interval == (0, 3)

    def test_not_backward_between_two_tensors(self) -> None:
        make = Maker()
        a, b = make.input("a"), make.input("b")
        y = make.add(LayerKind.ELEMENTWISE, [a, b], "y", op="max")
        assert set(fill(make.network, {y: 3.0})) == {y}


class TestFusedAway:
    @pytest.mark.parametrize(
        "kind", [LayerKind.CONVOLUTION, LayerKind.DECONVOLUTION, LayerKind.SCALE]
    )
    @pytest.mark.parametrize("after", ["relu", "clip", "scale", "sum"])
    def test_takes_the_range_of_the_fused_result(self, kind: LayerKind, after: str) -> None:
        make = Maker()
        inner = make.add(kind, [make.input("x")], "inner")
        if after == "scale":
            y = make.add(LayerKind.SCALE, [inner], "y")
        elif after == "sum":
            y = make.add(LayerKind.ELEMENTWISE, [inner, make.input("r")], "y", op="sum")
        else:
            y = activation(make, inner, after, "y", alpha=0.0, beta=6.0)
        assert fill(make.network, {y: (-4.0, 5.0)})[inner].interval.amax == 5

    def test_through_a_whole_chain(self) -> None:
        make = Maker()
        conv = make.add(LayerKind.CONVOLUTION, [make.input("x")], "conv")
        norm = make.add(LayerKind.SCALE, [conv], "norm")
        total = make.add(LayerKind.ELEMENTWISE, [norm, make.input("r")], "sum", op="sum")
        relu = activation(make, total, "relu", "relu")
        facts = fill(make.network, {relu: 7.0})
        assert [facts[t].interval.amax for t in (conv, norm, total)] == [7, 7, 7]

    def test_not_where_two_layers_read_it(self) -> None:
        make = Maker()
        conv = make.add(LayerKind.CONVOLUTION, [make.input("x")], "conv")
        y = make.add(LayerKind.ELEMENTWISE, [conv, make.input("r")], "y", op="sum")
        activation(make, conv, "sigmoid", "z")
        assert conv not in fill(make.network, {y: 5.0})

    def test_not_where_it_is_a_network_output(self) -> None:
        make = Maker()
        conv = make.add(LayerKind.CONVOLUTION, [make.input("x")], "conv")
        y = activation(make, conv, "relu", "y")
        make.output(conv, y)
        assert conv not in fill(make.network, {y: 5.0})

    def test_not_before_a_product(self) -> None:
        make = Maker()
        conv = make.add(LayerKind.CONVOLUTION, [make.input("x")], "conv")
        y = make.add(LayerKind.ELEMENTWISE, [conv, make.input("r")], "y", op="prod")
        assert conv not in fill(make.network, {y: 5.0})

    def test_residual_operands_are_not_fused(self) -> None:
        make = Maker()
        pool = make.add(LayerKind.POOLING, [make.input("x")], "pool", op="max")
        y = make.add(LayerKind.ELEMENTWISE, [pool, make.input("r")], "y", op="sum")
        assert pool not in fill(make.network, {y: 5.0})


class TestMeans:
    @pytest.mark.parametrize(
        ("kind", "params"),
        [
            (LayerKind.POOLING, {"op": "average"}),
            (LayerKind.REDUCE, {"op": "avg", "axes": (2, 3), "keepdims": True}),
        ],
    )
    def test_mean_is_at_most_the_input(self, kind: LayerKind, params: dict[str, Any]) -> None:
        make = Maker()
        x = make.input("x", (1, 4, 2, 2))
        make.node("GlobalAveragePool", "y", name="gap")
        y = make.add(kind, [x], "y", **params)
        fact = fill(make.network, {x: 3.0})[y]
        assert fact.interval == (-3, 3)
        assert fact.why == "at most the input of GlobalAveragePool gap: |mean| <= |input|"

    def test_not_backward(self) -> None:
        make = Maker()
        x = make.input("x")
        y = make.add(LayerKind.POOLING, [x], "y", op="average")
        assert x not in fill(make.network, {y: 3.0})

    @pytest.mark.parametrize("op", ["max", "min"])
    def test_extremes_are_values_of_the_input(self, op: str) -> None:
        make = Maker()
        x = make.input("x")
        y = make.add(LayerKind.REDUCE, [x], "y", op=op, axes=(1,), keepdims=True)
        assert fill(make.network, {x: (-2.0, 5.0)})[y].interval == (-2, 5)


class TestProductBeforeItsBias:
    def gemm(self, trt: str = "8.6") -> tuple[Maker, Tensor, Tensor]:
        make = Maker(trt)
        x = make.input("x")
        make.node("Gemm", "y", name="fc")
        weight = make.constant([[2.0]], "w")
        product = make.add(LayerKind.MATRIX_MULTIPLY, [x, weight], op0="none", op1="none")
        bias = make.add(LayerKind.SHUFFLE, [make.constant([0.25, -0.5], "b")])
        y = make.add(LayerKind.ELEMENTWISE, [product, bias], "y", op="sum")
        return make, product, y

    def test_amax_of_result_and_bias_add_up(self) -> None:
        make, product, y = self.gemm()
        fact = fill(make.network, {y: 6.0})[product]
        assert fact.interval.amax == 6.5
        assert fact.why == "amax of the output of the ElementWise of Gemm fc + amax of its bias"

    def test_not_the_reverse(self) -> None:
        make, product, y = self.gemm()
        assert y not in fill(make.network, {product: 6.0})

    def test_not_where_the_product_is_used_elsewhere(self) -> None:
        make, product, y = self.gemm()
        activation(make, product, "sigmoid", "z")
        assert product not in fill(make.network, {y: 6.0})

    def test_a_residual_sum_is_no_bias(self) -> None:
        make = Maker()
        x, r = make.input("x"), make.input("r")
        product = make.add(LayerKind.MATRIX_MULTIPLY, [x, make.constant([[2.0]])])
        y = make.add(LayerKind.ELEMENTWISE, [product, r], "y", op="sum")
        assert product not in fill(make.network, {y: 6.0, r: 1.0})

    def test_bias_in_a_scale_layer_of_tensorrt_6(self) -> None:
        make = Maker("6.0")
        make.node("MatMul", "90")
        product = make.add(
            LayerKind.MATRIX_MULTIPLY, [make.input("88"), make.constant([[2.0]])], "90"
        )
        make.node("Add", "92")
        flat = make.add(LayerKind.SHUFFLE, [product])
        shift = Weights.of(np.array([0.25, -0.5], np.float32))
        scale = make.add(LayerKind.SCALE, [flat], shift=shift, scale=None, power=None)
        y = make.add(LayerKind.SHUFFLE, [scale], "92")
        facts = fill(make.network, {y: 6.0})
        assert facts[scale].interval.amax == 6
        assert facts[flat].interval.amax == 6.5
        assert facts[product].interval.amax == 6.5


class TestPolicy:
    def test_given_ranges_are_never_changed(self) -> None:
        make = Maker()
        x = make.input("x")
        y = make.add(LayerKind.SHUFFLE, [x], "y")
        s = activation(make, y, "sigmoid", "s")
        c = make.constant([9.0])
        given = {x: 1.0, y: 8.0, s: 0.5, c: 2.0}
        facts = fill(make.network, given, "bounds")
        assert {t: f.interval.amax for t, f in facts.items()} == given
        assert all(fact.is_given for fact in facts.values())

    def test_none_derives_nothing(self) -> None:
        make = Maker()
        x = make.input("x")
        make.add(LayerKind.SHUFFLE, [x], "y")
        make.constant([1.0])
        assert set(fill(make.network, {x: 1.0}, "none")) == {x}

    def test_unknown_ways_are_refused(self) -> None:
        with pytest.raises(UsageError, match="'all' is no way to fill; expected none, safe"):
            fill_ranges(Maker().network, {}, fill="all")

    def test_copies_keep_the_exact_scale(self) -> None:
        make = Maker()
        x = make.input("x")
        y = make.add(LayerKind.SHUFFLE, [x], "y")
        z = activation(make, y, "relu", "z")
        known = {x: Fact.given(Interval(-3.0, 3.0), 0.0236220472)}
        facts = fill_ranges(make.network, known)[0]
        assert facts[y].scale == facts[z].scale == 0.0236220472

    def test_unknown_kinds_stay_open(self) -> None:
        make = Maker()
        x = make.input("x")
        y = make.add(LayerKind.PLUGIN_V2, [x], "y")
        assert y not in fill(make.network, {x: 1.0}, "bounds")

    def test_the_better_rule_wins_whatever_the_order(self) -> None:
        """The input's range and the output's are both known: forward comes first."""
        make = Maker()
        x = make.input("x")
        y = make.add(LayerKind.SHUFFLE, [x], "y")
        z = make.add(LayerKind.SHUFFLE, [y], "z")
        assert fill(make.network, {z: 5.0, x: 4.0})[y].interval == (-4, 4)

    def test_a_long_chain_is_filled_from_either_end(self) -> None:
        make = Maker()
        first = tensor = make.input("x")
        for i in range(5000):
            tensor = make.add(LayerKind.SHUFFLE, [tensor], f"t{i}")
        assert len(fill(make.network, {first: 1.0})) == 5001
        assert len(fill(make.network, {tensor: 1.0})) == 5001


def test_a_concatenation_of_thousands_is_not_asked_for_each_input() -> None:
    make = Maker()
    x = make.input("x")
    count = 6000
    parts = [
        make.add(LayerKind.ACTIVATION, [x], f"t{i}", op="relu", shape=(1, 4))
        for i in range(count)
    ]
    joined = make.add(LayerKind.CONCATENATION, parts, "y", shape=(1, 4 * count), axis=1)
    make.output(joined)
    known = {joined: Fact(interval=Interval(0.0, 6.0), why="given", anchor=6.0)}
    start = time.process_time()
    facts, _ = fill_ranges(make.network, known)
    assert time.process_time() - start < 10  # a minute, were it asked each time
    assert all(facts[part].interval == Interval(0.0, 6.0) for part in parts)
