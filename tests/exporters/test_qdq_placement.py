# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Each placement rule on the smallest graph that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from setrange.errors import UsageError
from setrange.exporters.qdq import make_qdq
from setrange.exporters.qdq.graph import QdqGraph
from setrange.model.streamed import head_of
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
    assert placed(tmp_path, graph, {"w": C}, residual="int8") == {"x", "ra", "short"}


def test_the_first_input_stays_fused_where_branches_are_equal(tmp_path: Path) -> None:
    graph = f"""(float[1,16,8,8] x) => (float[1,16,8,8] y) {{
        a = Conv{K3}(x, w)
        b = Conv{K3}(x, w)
        y = Add(a, b)
    }}"""
    assert placed(tmp_path, graph, {"w": C}, residual="int8") == {"x", "b"}


@pytest.mark.parametrize(
    ("skip", "more", "pairs"),
    [
        # What only the Add reads is computed and undone in one kernel of NVIDIA's builder.
        (f"s = Conv{K3}(x, w)", "", {"x", "ra"}),
        (f"q = Conv{K3}(x, w)\n s = Relu(q)", "", {"x", "ra"}),
        (f"q = Conv{K3}(x, w)\n s = Relu(q)", "z = Neg(s)", {"x", "ra"}),
        # Another node takes it in INT8, as it is or moved.
        (f"q = Conv{K3}(x, w)\n s = Relu(q)", f"z = Conv{K3}(s, w)", {"x", "ra", "s"}),
        (
            f"q = Conv{K3}(x, w)\n s = Relu(q)",
            f"t = Transpose<perm = [0, 1, 3, 2]>(s)\n z = Conv{K3}(t, w)",
            {"x", "ra", "s", "t"},
        ),
        ("s = Transpose<perm = [0, 1, 3, 2]>(x)", "", {"x", "ra", "s"}),
    ],
)
def test_a_skip_input_has_a_pair_where_it_is_int8_anyway(
    tmp_path: Path, skip: str, more: str, pairs: set[str]
) -> None:
    graph = f"""(float[1,16,8,8] x) => (float[1,16,8,8] y, float[1,16,8,8] z) {{
        a = Conv{K3}(x, w)
        ra = Relu(a)
        long = Conv{K3}(ra, w)
        {skip}
        y = Add(long, s)
        {more or "z = Neg(y)"}
    }}"""
    assert placed(tmp_path, graph, {"w": C}) == pairs
    assert placed(tmp_path, graph, {"w": C}, residual="int8") == pairs | {"s"}
    made = quantized(tmp_path / "m.onnx", residual="float")
    assert not [d for d in made.decisions if d.op == "Add"]


def test_values_around_a_concat_share_a_scale_or_have_their_own(tmp_path: Path) -> None:
    graph = f"""(float[1,16,8,8] x) => (float[1,16,8,8] y, float[1,16,8,8] z) {{
        a = Relu(x)
        b = Sigmoid(x)
        c = Concat<axis = 1>(a, b)
        y = Conv{K3}(c, w)
        z = Conv{K3}(a, v)
    }}"""
    path = save(tmp_path / "m.onnx", graph, {"w": (16, 32, 3, 3), "v": C})
    ranges = {"a": 2.0, "b": 1.0, "c": 4.0}
    shared = quantized(path, ranges).scales
    assert shared["a"] == shared["c"] == np.float32(4 / 127)
    own = quantized(path, ranges, scaling="own").scales
    assert (own["a"], own["c"]) == (np.float32(2 / 127), np.float32(4 / 127))
    with pytest.raises(UsageError, match="scaling 'each' is not known"):
        quantized(path, ranges, scaling="each")


def test_a_concat_of_dimensions_is_no_branch_of_what_it_shapes(tmp_path: Path) -> None:
    graph = f"""(float[1,16,8,8] x) => (float[1,16,8,8] y)
    <int64[1] rest = {{-1}}> {{
        s = Shape<start = 0, end = 3>(x)
        t = Concat<axis = 0>(s, rest)
        r = Reshape(x, t)
        y = Conv{K3}(r, w)
    }}"""
    made = quantized(save(tmp_path / "m.onnx", graph, {"w": C}))
    assert made.branches == ()


def test_an_unknown_residual_choice_is_refused(tmp_path: Path) -> None:
    graph = f"(float[1,16,8,8] x) => (float[1,16,8,8] y) {{ y = Conv{K3}(x, w) }}"
    path = save(tmp_path / "m.onnx", graph, {"w": C})
    with pytest.raises(UsageError, match="residual 'both' is not known"):
        quantized(path, residual="both")


def test_an_add_without_a_convolution_stays_float(tmp_path: Path) -> None:
    graph = f"""(float[1,16,8,8] x) => (float[1,16,8,8] y) {{
        c = Conv{K3}(x, w)
        r = Sigmoid(c)
        s = Tanh(c)
        y = Add(r, s)
    }}"""
    assert placed(tmp_path, graph, {"w": C}) == {"x"}


@pytest.mark.parametrize("pool", ["AveragePool<kernel_shape = [2, 2]>", "GlobalAveragePool"])
def test_average_pooling_has_no_pair_unless_it_is_asked_for(tmp_path: Path, pool: str) -> None:
    """NVIDIA's builder averages in float: a pair before it is computed and undone."""
    graph = f"""(float[1,16,8,8] x) => (float[N,M,H,W] y) {{
        r = Relu(x)
        p = {pool}(r)
        y = Conv(p, w)
    }}"""
    path = save(tmp_path / "m.onnx", graph, {"w": (16, 16, 1, 1)})
    model = onnx.load(path)
    model.graph.node[1].name = "pool"
    onnx.save(model, path)
    made = quantized(path)
    assert set(made.scales) == {"p"}
    assert set(quantized(path, precision={"pool": "int8"}).scales) == {"r", "p"}


def test_a_transposed_convolution_stays_float_unless_int8_is_asked_for(tmp_path: Path) -> None:
    graph = f"""(float[1,16,8,8] x) => (float[N,M,H,W] y) {{
        c = Conv{K3}(x, w)
        y = ConvTranspose{K3}(c, w)
    }}"""
    path = save(tmp_path / "m.onnx", graph, {"w": C})
    model = onnx.load(path)
    model.graph.node[1].name = "up"
    onnx.save(model, path)
    made = quantized(path)
    assert set(made.scales) == {"x"}
    assert "runs ConvTranspose in float" in reasons(made, "up")[0]
    assert set(quantized(path, precision={"up": "int8"}).scales) == {"x", "c"}
    assert set(quantized(path, placement="all").scales) == {"x", "c"}


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


@pytest.mark.parametrize("shares", ["other values", "two readers", "an output"])
def test_the_pair_goes_behind_a_pad_that_is_not_fused(tmp_path: Path, shares: str) -> None:
    """Only a Pad of zeros with one reader is; before another one a pair buys nothing."""
    second = f"z = Conv{K3}(p, w)" if shares == "two readers" else "z = Neg(y)"
    also = ", float[N,M,H,W] p" if shares == "an output" else ""
    number = 1.0 if shares == "other values" else 0.0
    graph = f"""(float[1,16,8,8] x) => (float[N,M,H,W] y, float[N,M,H,W] z{also})
    <int64[8] pads = {{0, 0, 1, 1, 0, 0, 1, 1}}, float value = {{{number}}}> {{
        c = Relu(x)
        p = Pad(c, pads, value)
        y = Conv<kernel_shape = [3, 3]>(p, w)
        {second}
    }}"""
    assert placed(tmp_path, graph, {"w": C}) == {"p"}


def test_a_reader_of_the_shape_is_no_reader(tmp_path: Path) -> None:
    """GPT-2 reads the dimensions of the scores to cut its mask."""
    graph = """(float[1,16,64] x) => (float[1,16,64] y, int64[3] d) {
        k = Transpose<perm = [0, 2, 1]>(x)
        s = MatMul(x, k)
        d = Shape(s)
        p = Softmax(s)
        o = MatMul(p, x)
        y = MatMul(o, w)
    }"""
    assert placed(tmp_path, graph, {"w": (64, 64)}) == {"o"}


def test_weights_of_a_product_that_is_split_stay_float(tmp_path: Path) -> None:
    graph = """(float[1,16,64] x) => (float[N,M,H,W] y, float[N,M] z)
    <int64[4] dims = {1, 16, 3, 64}> {
        qkv = MatMul(x, w)
        r = Reshape(qkv, dims)
        t = Transpose<perm = [2, 0, 1, 3]>(r)
        q, k, v = Split(t)
        qk = Add(q, k)
        y = Add(qk, v)
        z = MatMul(x, u)
    }"""
    path = save(tmp_path / "m.onnx", graph, {"w": (64, 192), "u": (64, 64)}, opset=13)
    made = quantized(path, weights="int8")
    types = {t.name: t.data_type for t in map(head_of, made.initializers)}
    assert types["w"] == onnx.TensorProto.FLOAT
    assert types["u_quantized"] == onnx.TensorProto.INT8
    assert any("takes the product apart" in d.reason for d in made.decisions)


def test_the_same_for_a_gemm_whose_result_is_sliced(tmp_path: Path) -> None:
    graph = """(float[16,64] x) => (float[N,M,H] y)
    <int64[3] dims = {16, 3, 64}, int64[1] zero = {0}, int64[1] one = {1}, int64[1] two = {2}> {
        qkv = Gemm<transB = 1>(x, w)
        r = Reshape(qkv, dims)
        t = Transpose<perm = [1, 0, 2]>(r)
        q = Slice(t, zero, one, zero)
        k = Slice(t, one, two, zero)
        y = Add(q, k)
    }"""
    path = save(tmp_path / "m.onnx", graph, {"w": (192, 64)}, opset=13)
    types = {
        t.name: t.data_type for t in map(head_of, quantized(path, weights="int8").initializers)
    }
    assert types["w"] == onnx.TensorProto.FLOAT


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
    graph = f"""(float[1,{ins},8,8] x) => (float[1,{shape[0]},H,W] y, float[N,M,P,Q] z) {{
        r = Relu(x)
        y = Conv<kernel_shape = {kernel}, group = {group}>({"x" if first else "r"}, w)
        z = Conv<kernel_shape = [3, 3]>(r, large)
    }}"""
    path = save(tmp_path / "m.onnx", graph, {"w": shape, "large": (32, ins, 3, 3)})
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


BOXES = f"""(float[1,16,8,8] x) => (float[1,16,8,8] y, float[1,16,8,8] z) {{
    boxes = Relu(x)
    scores = Sigmoid(x)
    k = Concat<axis = 1>(boxes, scores)
    [head] y = Conv{K3}(k, wide)
    z = Conv{K3}(scores, w)
}}"""


def test_a_small_branch_of_a_concat_is_not_rounded_away_without_a_word(tmp_path: Path) -> None:
    path = save(tmp_path / "m.onnx", BOXES, {"wide": (16, 32, 3, 3), "w": C})
    made = quantized(path, {"boxes": 512.0, "k": 512.0, "scores": 1.0})
    lost = [f for f in made.findings if f.code == "SR616"]
    assert [f.tensor for f in lost] == ["scores"]
    assert "ends at ±1," in lost[0].message
    assert "one step of the pair on 'k' is 4.031, so all of it becomes 0" in lost[0].message
    # Where it has a pair of its own, it keeps its own scale.
    assert made.scales["scores"] == np.float32(1 / 127)
    assert made.scales["k"] == np.float32(512 / 127)


def test_branches_of_one_size_share_a_scale_and_need_no_word(tmp_path: Path) -> None:
    path = save(tmp_path / "m.onnx", BOXES, {"wide": (16, 32, 3, 3), "w": C})
    made = quantized(path, {"boxes": 20.0, "k": 20.0, "scores": 1.0})
    assert made.scales["scores"] == made.scales["k"] == np.float32(20 / 127)
    assert "SR616" not in {f.code for f in made.findings}


def test_a_node_before_which_the_joined_values_stay_float_loses_nothing(tmp_path: Path) -> None:
    path = save(tmp_path / "m.onnx", BOXES, {"wide": (16, 32, 3, 3), "w": C})
    ranges = {"boxes": 512.0, "k": 512.0, "scores": 1.0}
    made = quantized(path, ranges, precision={"head": "fp16"})
    assert set(made.scales) == {"scores"}
    assert "SR616" not in {f.code for f in made.findings}


def test_a_plan_for_dla_has_pairs_on_every_tensor_it_computes_with(tmp_path: Path) -> None:
    graph = f"""(float[1,16,8,8] x) => (float[1,16,4,4] y) {{
        a = Conv{K3}(x, w)
        b = Conv{K3}(x, w)
        s = Add(a, b)
        r = Relu(s)
        m = Mul(r, k)
        p = AveragePool<kernel_shape = [2, 2], strides = [2, 2]>(m)
        y = Sigmoid(p)
    }}"""
    path = save(tmp_path / "m.onnx", graph, {"w": C, "k": (1, 16, 1, 1)})
    ranges = {"x": 3.0, "a": 5.0, "s": 9.0, "r": 9.0, "m": 2.0, "p": 1.0, "y": 1.0}
    plan = plan_of(path, ranges, default=None, fill="safe", target="dla")
    made = make_qdq(plan, path)
    # b is fused into the Add: its scale is a mark, and no pair is on it.
    assert set(made.scales) == {"x", "a", "s", "r", "k", "m", "p"}
    assert made.scales["r"] == made.scales["k"]  # operands of the Mul
    assert made.scales["m"] == made.scales["p"] == np.float32(2 / 127)
    assert made.weights == ("w",)
    with pytest.raises(UsageError, match="DLA has no FP8"):
        make_qdq(plan, path, dtype="fp8")
