# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Each placement rule on the smallest graph that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from onnx import numpy_helper

from setrange.errors import ModelError
from setrange.exporters.qdq import make_qdq
from setrange.exporters.qdq.graph import QdqGraph
from setrange.model.loading import load_model
from tests.exporters.quantizing import Shapes, plan_of, quantized, reasons, save

if TYPE_CHECKING:
    from pathlib import Path

K3 = "<kernel_shape = [3, 3], pads = [1, 1, 1, 1]>"
C = (16, 16, 3, 3)


def placed(
    path: Path, graph: str, weights: Shapes | None = None, **options: object
) -> set[str]:
    """The activations that get a pair, with the default range on every value."""
    return set(quantized(save(path / "m.onnx", graph, weights), **options).scales)  # type: ignore[arg-type]


def test_a_convolution_has_pairs_on_input_and_weights_only(tmp_path: Path) -> None:
    graph = f"""(float[1,16,8,8] x) => (float[1,16,8,8] y) {{
        c = Conv{K3}(x, w, b)
        y = Relu(c)
    }}"""
    made = quantized(save(tmp_path / "m.onnx", graph, {"w": C, "b": (16,)}))
    assert set(made.scales) == {"x"}
    assert made.weights == ("w",)


def test_nothing_between_convolution_batch_norm_and_relu(tmp_path: Path) -> None:
    graph = f"""(float[1,16,8,8] x) => (float[1,16,8,8] y) {{
        c = Conv{K3}(x, w)
        n = BatchNormalization(c, s, b, m, v)
        r = Relu(n)
        y = Conv{K3}(r, w)
    }}"""
    weights: Shapes = {"w": C, "s": (16,), "b": (16,), "m": (16,)}
    variance = numpy_helper.from_array(np.ones(16, dtype=np.float32), "v")
    path = save(tmp_path / "m.onnx", graph, weights, initializers=[variance])
    assert set(quantized(path).scales) == {"x", "r"}


def test_a_shared_weight_has_one_pair(tmp_path: Path) -> None:
    graph = f"""(float[1,16,8,8] x) => (float[1,16,8,8] y) {{
        c = Conv{K3}(x, w)
        y = Conv{K3}(c, w)
    }}"""
    assert quantized(save(tmp_path / "m.onnx", graph, {"w": C})).weights == ("w",)


def test_only_the_skip_input_of_a_residual_add(tmp_path: Path) -> None:
    graph = f"""(float[1,16,8,8] x) => (float[1,16,8,8] y) {{
        r = Relu(x)
        c = Conv{K3}(r, w)
        y = Add(c, r)
    }}"""
    path = save(tmp_path / "m.onnx", graph, {"w": C})
    made = quantized(path)
    assert set(made.scales) == {"r"}
    assert [d.value for d in made.decisions if d.op == "Add"] == ["r"]


@pytest.mark.parametrize("swapped", [False, True])
def test_the_short_branch_is_the_skip_input(tmp_path: Path, swapped: bool) -> None:
    add = "Add(short, long)" if swapped else "Add(long, short)"
    graph = f"""(float[1,16,8,8] x) => (float[1,16,8,8] y) {{
        a = Conv{K3}(x, w)
        ra = Relu(a)
        long = Conv{K3}(ra, w)
        short = Conv{K3}(x, w)
        s = {add}
        y = Relu(s)
    }}"""
    assert placed(tmp_path, graph, {"w": C}) == {"x", "ra", "short"}


def test_the_first_input_stays_fused_where_branches_are_equal(tmp_path: Path) -> None:
    graph = f"""(float[1,16,8,8] x) => (float[1,16,8,8] y) {{
        a = Conv{K3}(x, w)
        b = Conv{K3}(x, w)
        y = Add(a, b)
    }}"""
    assert placed(tmp_path, graph, {"w": C}) == {"x", "b"}


def test_an_add_without_a_convolution_stays_float(tmp_path: Path) -> None:
    graph = f"""(float[1,16,8,8] x) => (float[1,16,8,8] y) {{
        c = Conv{K3}(x, w)
        r = Sigmoid(c)
        s = Tanh(c)
        y = Add(r, s)
    }}"""
    assert placed(tmp_path, graph, {"w": C}) == {"x"}


@pytest.mark.parametrize("pool", ["AveragePool<kernel_shape = [2, 2]>", "GlobalAveragePool"])
def test_average_pooling_has_pairs_on_both_sides(tmp_path: Path, pool: str) -> None:
    graph = f"""(float[1,16,8,8] x) => (float[N,M,H,W] y) {{
        c = Relu(x)
        p = {pool}(c)
        y = Sigmoid(p)
    }}"""
    assert placed(tmp_path, graph) == {"c", "p"}


def test_max_pooling_has_no_pair_of_its_own(tmp_path: Path) -> None:
    graph = f"""(float[1,16,8,8] x) => (float[1,16,4,4] y) {{
        c = Conv{K3}(x, w)
        r = Relu(c)
        p = MaxPool<kernel_shape = [2, 2], strides = [2, 2]>(r)
        y = Conv{K3}(p, w)
    }}"""
    assert placed(tmp_path, graph, {"w": C}) == {"x", "p"}


def test_the_pair_goes_before_a_pad(tmp_path: Path) -> None:
    graph = """(float[1,16,8,8] x) => (float[1,16,8,8] y)
    <int64[8] pads = {0, 0, 1, 1, 0, 0, 1, 1}> {
        r = Relu(x)
        p = Pad(r, pads)
        y = Conv<kernel_shape = [3, 3]>(p, w)
    }"""
    assert placed(tmp_path, graph, {"w": C}) == {"r"}


def test_a_pad_with_other_values_keeps_its_convolution_float(tmp_path: Path) -> None:
    graph = f"""(float[1,16,8,8] x) => (float[1,16,8,8] y)
    <int64[8] pads = {{0, 0, 1, 1, 0, 0, 1, 1}}, float one = {{1.0}}> {{
        c = Conv{K3}(x, w)
        p = Pad(c, pads, one)
        [last] y = Conv<kernel_shape = [3, 3]>(p, w)
    }}"""
    made = quantized(save(tmp_path / "m.onnx", graph.replace("[last] ", ""), {"w": C}))
    assert set(made.scales) == {"x"}
    assert reasons(made, "node_of_y") == [
        "the Pad 'node_of_p' before it does not pad with zeros"
    ]


def test_a_concat_group_shares_the_widest_scale(tmp_path: Path) -> None:
    graph = f"""(float[1,16,8,8] x) => (float[1,16,8,8] y, float[1,16,8,8] z) {{
        a = Relu(x)
        b = Sigmoid(x)
        k = Concat<axis = 1>(a, b)
        y = Conv{K3}(k, wide)
        z = Conv{K3}(a, w)
    }}"""
    path = save(tmp_path / "m.onnx", graph, {"w": C, "wide": (16, 32, 3, 3)})
    made = quantized(path, {"a": 127.0, "k": 254.0})
    assert dict(made.scales) == {"a": 2.0, "k": 2.0}
    named = {t.name for t in made.initializers if hasattr(t, "name")}
    assert "k_scale" in named
    assert "a_scale" not in named


def test_values_on_both_sides_of_a_commuting_op_share_a_scale(tmp_path: Path) -> None:
    graph = f"""(float[1,16,8,8] x) => (float[1,16,4,4] y, float[1,16,8,8] z) {{
        r = Relu(x)
        p = MaxPool<kernel_shape = [2, 2], strides = [2, 2]>(r)
        y = Conv{K3}(p, w)
        z = Conv{K3}(r, w)
    }}"""
    made = quantized(save(tmp_path / "m.onnx", graph, {"w": C}), {"r": 127.0, "p": 12.7})
    assert dict(made.scales) == {"r": 1.0, "p": 1.0}
    assert made.findings[0].code == "SR204"


def test_a_value_alone_in_its_group_keeps_its_scale(tmp_path: Path) -> None:
    graph = f"""(float[1,16,8,8] x) => (float[1,16,4,4] y) {{
        p = MaxPool<kernel_shape = [2, 2], strides = [2, 2]>(x)
        y = Conv{K3}(p, w)
    }}"""
    made = quantized(save(tmp_path / "m.onnx", graph, {"w": C}), {"x": 127.0, "p": 12.7})
    assert list(made.scales) == ["p"]
    assert made.scales["p"] == float(np.float32(0.1))


def test_attention_stays_float(tmp_path: Path) -> None:
    graph = """(float[1,4,32,64] q, float[1,4,64,32] k, float[1,4,32,64] v, float[32,64] a)
    => (float[1,4,32,64] y, float[32,32] z) <float scale = {8.0}> {
        scores = MatMul(q, k)
        scaled = Div(scores, scale)
        p = Softmax(scaled)
        y = MatMul(p, v)
        z = MatMul(a, w)
    }"""
    made = quantized(save(tmp_path / "m.onnx", graph, {"w": (64, 32)}))
    assert set(made.scales) == {"a"}
    assert reasons(made, "node_of_scores") == ["it makes attention scores"]
    assert reasons(made, "node_of_y") == ["it sums by attention weights"]


def test_a_product_of_two_activations_has_pairs_on_both(tmp_path: Path) -> None:
    graph = """(float[4,32,64] a, float[4,64,32] b) => (float[4,32,32] y) {
        y = MatMul(a, b)
    }"""
    assert placed(tmp_path, graph) == {"a", "b"}


@pytest.mark.parametrize(
    ("shape", "group", "first", "is_small"),
    [
        ((64, 3, 7, 7), 1, True, False),  # the first layer of most networks
        ((8, 3, 3, 3), 1, True, False),
        ((8, 8, 3, 3), 1, False, True),
        ((8, 16, 3, 3), 1, False, False),
        ((16, 8, 3, 1), 1, False, True),  # not square
        ((16, 16, 3, 3), 1, False, False),
        ((1, 16, 1, 1), 1, False, False),  # 16 is a multiple of 8
        ((32, 1, 3, 3), 32, False, False),  # depthwise
        ((32, 1, 1, 1), 32, False, True),
        ((12, 1, 3, 3), 12, False, True),
    ],
)
def test_small_convolutions_stay_float(
    tmp_path: Path, shape: tuple[int, ...], group: int, first: bool, is_small: bool
) -> None:
    kernel, ins = list(shape[2:]), shape[1] * group
    graph = f"""(float[1,{ins},8,8] x) => (float[1,{shape[0]},H,W] y, float[N] z) {{
        r = Relu(x)
        y = Conv<kernel_shape = {kernel}, group = {group}>({"x" if first else "r"}, w)
        p = GlobalAveragePool(r)
        z = Flatten(p)
    }}"""
    path = save(tmp_path / "m.onnx", graph, {"w": shape})
    made = quantized(path, quantize_small=False)
    assert bool(reasons(made, "node_of_y")) == is_small
    assert not reasons(quantized(path), "node_of_y")


@pytest.mark.parametrize(("rows", "is_vector"), [("1", True), ("2", False), ("N", False)])
def test_products_that_are_vectors_stay_float(
    tmp_path: Path, rows: str, is_vector: bool
) -> None:
    graph = f"""(float[{rows},16] x, float[4,16] z) => (float[{rows},32] y, float[4,32] u) {{
        y = Gemm(x, w)
        u = MatMul(z, w)
    }}"""
    path = save(tmp_path / "m.onnx", graph, {"w": (16, 32)})
    made = quantized(path, quantize_small=False)
    assert any(r.startswith("GEMV") for r in reasons(made, "node_of_y")) == is_vector


def test_precision_keeps_nodes_float_and_int8_overrides_rules(tmp_path: Path) -> None:
    graph = """(float[4,16] x) => (float[4,16] y) {
        [head] a = MatMul(x, w)
        [tail] y = MatMul(a, w)
    }"""
    path = save(tmp_path / "m.onnx", graph, {"w": (16, 16)})
    made = quantized(path, precision={"*": "fp16", "tail": "int8"})
    assert set(made.scales) == {"a"}
    assert reasons(made, "head") == ["precision says fp16"]


def test_a_node_without_a_range_stays_float_and_is_missing(tmp_path: Path) -> None:
    graph = f"""(float[1,16,8,8] x) => (float[1,16,8,8] y) {{
        c = Conv{K3}(x, w)
        y = Conv{K3}(c, w)
    }}"""
    path = save(tmp_path / "m.onnx", graph, {"w": C})
    made = quantized(path, {"x": 1.0}, default=None)
    assert set(made.scales) == {"x"}
    assert [(d.node, d.reason) for d in made.missing()] == [("node_of_y", "'c' has no range")]


def test_recurrent_layers_stay_float(tmp_path: Path) -> None:
    graph = """(float[3,2,16] x) => (float[3,1,2,8] y, float[2,4] z) {
        y = GRU<hidden_size = 8>(x, w, r)
        h = Reshape(y, s)
        z = MatMul(h, m)
    }"""
    shape = numpy_helper.from_array(np.array([6, 8], dtype=np.int64), "s")
    weights: Shapes = {"w": (1, 24, 16), "r": (1, 24, 8), "m": (8, 4)}
    path = save(tmp_path / "m.onnx", graph, weights, initializers=[shape])
    assert set(quantized(path).scales) == {"h"}


def test_placement_all_takes_every_value_with_a_range(tmp_path: Path) -> None:
    graph = f"""(float[1,16,8,8] x) => (float[1,16,8,8] y) {{
        c = Conv{K3}(x, w)
        r = Relu(c)
        s = Sigmoid(r)
        y = Mul(r, s)
    }}"""
    path = save(tmp_path / "m.onnx", graph, {"w": C})
    made = quantized(path, placement="all")
    assert set(made.scales) == {"x", "c", "r", "s"}
    assert made.weights == ("w",)


def test_a_long_chain_is_walked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    length = 300
    adds = "".join(f"a{i + 1} = Add (a{i}, k)\n" for i in range(length))
    graph = f"(float[1, 16, 8, 8] x) => (float[1, 16, 8, 8] a{length}) {{"
    graph += f"a0 = Conv <pads = [1, 1, 1, 1]> (x, w)\n{adds}}}"
    path = save(tmp_path / "m.onnx", graph, {"w": (16, 16, 3, 3), "k": (1, 16, 1, 1)})
    asked = []
    original = QdqGraph.only_consumer
    monkeypatch.setattr(
        QdqGraph,
        "only_consumer",
        lambda self, value: asked.append(value) or original(self, value),
    )
    quantized(path)
    assert length <= len(asked) < 5 * length


@pytest.mark.parametrize(("op", "slots"), [("Add", 1), ("Conv", 1), ("MatMul", 1), ("Conv", 0)])
def test_a_node_that_lacks_an_input_is_named(tmp_path: Path, op: str, slots: int) -> None:
    graph = "(float[1, 16, 8, 8] x) => (float[1, 16, 8, 8] y) {y = Conv (x, w)}"
    path = save(tmp_path / "m.onnx", graph, {"w": (16, 16, 1, 1)})
    plan = plan_of(path)
    model = load_model(path)
    node = model.graph.node.add(op_type=op, name="bad", output=["z"])
    node.input.extend(["x"] * slots)
    model.made.clear()
    with pytest.raises(ModelError, match=rf"node 'bad' \({op}\) has {slots} inputs; expected"):
        make_qdq(plan, model)
