# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""How often estimates miss, printed (``pytest -s``); benchmarks/estimate has real networks."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from setrange import RangeFile, Source, collect, plan_model
from setrange.estimate.anchors import Ends, ends_of, local_scale
from setrange.estimate.estimates import disagreements
from setrange.estimate.kinship import Side
from setrange.fill.interval import Interval
from setrange.network import LayerKind
from tests.estimate.networks import conv_net
from tests.networks import Maker

if TYPE_CHECKING:
    from pathlib import Path

    from setrange.network import Tensor

pytest.importorskip("onnxruntime")

PRODUCTS = ("images", "c1", "c2", "c3")


def photographs(count: int) -> list[dict[str, np.ndarray]]:
    """Blobs of light on a ramp: no family of the made pictures."""
    chance = np.random.default_rng(5)
    y, x = np.mgrid[0:24, 0:24] / 24.0
    made = []
    for _ in range(count):
        light = chance.uniform(0.1, 0.5) + chance.uniform(-0.4, 0.4) * x * np.ones((3, 1, 1))
        for _ in range(6):
            size, a, b = chance.uniform(0.05, 0.3), *chance.uniform(0, 1, 2)
            blob = np.exp(-((x - a) ** 2 + (y - b) ** 2) / size**2)
            light = light + chance.uniform(-0.6, 0.6, (3, 1, 1)) * blob
        made.append({"images": np.clip(light, 0, 1)[np.newaxis].astype(np.float32)})
    return made


@pytest.mark.parametrize(
    ("given", "least"), [(PRODUCTS, 0.97), (PRODUCTS[::2], 0.9), (PRODUCTS[:1], 0.85)]
)
def test_misses_on_networks_of_random_weights(
    tmp_path: Path, given: tuple[str, ...], least: float
) -> None:
    logs, doubts = [], []
    for seed in range(4):
        model = conv_net(tmp_path / f"{seed}.onnx", seed=seed)
        truth = collect(model, photographs(12), threads=1).entries
        plan = plan_model(
            model, RangeFile(entries={name: truth[name] for name in given}), fill="estimate"
        )
        assert plan.missing() == []
        for item in plan.tensors:
            true = truth.get(item.tensor.onnx_value or "")
            if item.source is not Source.ESTIMATED or item.range is None:
                continue
            if true is not None and true.amax:
                logs.append(math.log2(item.range.amax / true.amax))
                doubts.append(math.log2(item.doubt))
    within = float(np.mean(np.abs(logs) <= 1))
    sys.stdout.write(
        f"{len(given)} given: {len(logs)} estimates, {1 - within:.1%} more than 2x off, "
        f"{np.mean(np.abs(logs) > doubts):.1%} beyond their doubt\n"
    )
    assert within >= least


def chain(length: int) -> tuple[Maker, list[Tensor]]:
    make = Maker()
    tensors = [make.input("x")]
    for index in range(length):
        make.node("Conv", f"t{index}", name=f"n{index}")
        tensors.append(make.add(LayerKind.CONVOLUTION, [tensors[-1]], f"t{index}"))
    make.network.outputs.append(tensors[-1])
    return make, tensors


def both(log: float) -> Ends:
    return Ends(log, log)


def test_what_is_near_counts_more_than_what_is_far() -> None:
    _, tensors = chain(8)
    found = local_scale(tensors[4], Side.HIGH, {tensors[2]: both(1.0), tensors[5]: both(-1.0)})
    assert -1.0 < found.log < -0.1
    assert found.anchors == (tensors[5], tensors[2])


def test_what_is_given_far_away_scales_less_and_is_doubted_more() -> None:
    _, tensors = chain(8)
    steps = [local_scale(tensors[0], Side.HIGH, {tensors[at]: both(1.0)}) for at in range(1, 5)]
    logs, deviations = [x.log for x in steps], [x.deviation for x in steps]
    assert 1.0 > logs[0] > logs[1] > logs[2] > logs[3] > 0
    assert deviations == sorted(deviations)


def test_where_all_given_ranges_say_the_same_it_is_believed() -> None:
    """As with a calibrator that clips everywhere."""
    _, tensors = chain(8)
    alike = {tensor: both(-0.7) for tensor in tensors[1::2]}
    assert local_scale(tensors[4], Side.HIGH, alike).log == pytest.approx(-0.7, abs=0.15)
    one = {tensors[3]: both(-0.7)}
    assert -0.7 < local_scale(tensors[4], Side.HIGH, one).log < -0.3


def test_what_lies_behind_an_anchor_does_not_count() -> None:
    _, tensors = chain(8)
    near = local_scale(tensors[4], Side.HIGH, {tensors[3]: both(0.5)})
    far = local_scale(tensors[4], Side.HIGH, {tensors[3]: both(0.5), tensors[1]: both(-3.0)})
    assert near == far


def test_without_anchors_nothing_is_scaled() -> None:
    _, tensors = chain(3)
    found = local_scale(tensors[1], Side.HIGH, {})
    assert (found.log, found.anchors) == (0.0, ())


def test_a_relu_hands_on_one_end_only() -> None:
    make, tensors = chain(1)
    make.node("Relu", "r")
    relu = make.add(LayerKind.ACTIVATION, [tensors[1]], "r", op="relu")
    found = local_scale(relu, Side.HIGH, {tensors[1]: Ends(low=2.0, high=0.5)})
    assert found.log == pytest.approx(0.5, abs=0.03)
    make.node("Neg", "n")
    negated = make.add(LayerKind.UNARY, [tensors[1]], "n", op="neg")
    found = local_scale(negated, Side.HIGH, {tensors[1]: Ends(low=2.0, high=0.5)})
    assert found.log == pytest.approx(2.0, abs=0.05)


def test_what_gates_itself_follows_its_input() -> None:
    """x * sigmoid(x) is x where it is large; a gate that is made of other values is not."""
    make, tensors = chain(2)
    make.node("Sigmoid", "g")
    own = make.add(LayerKind.ACTIVATION, [tensors[1]], "g", op="sigmoid")
    other = make.add(LayerKind.ACTIVATION, [tensors[2]], op="sigmoid")
    make.node("Mul", "silu")
    silu = make.add(LayerKind.ELEMENTWISE, [tensors[1], own], "silu", op="prod")
    make.node("Mul", "gated")
    gated = make.add(LayerKind.ELEMENTWISE, [other, tensors[1]], "gated", op="prod")
    anchors = {tensors[1]: Ends(low=3.0, high=0.5)}
    near, far = (local_scale(one, Side.HIGH, anchors) for one in (silu, gated))
    assert near.log == pytest.approx(0.5, abs=0.1)
    assert near.deviation < 0.5 * far.deviation


def test_copies_do_not_lengthen_the_way() -> None:
    make, tensors = chain(1)
    tensor = tensors[1]
    for index in range(30):
        make.node("Identity", f"i{index}")
        tensor = make.add(LayerKind.IDENTITY, [tensor], f"i{index}")
    assert local_scale(tensor, Side.LOW, {tensors[1]: both(1.0)}).log > 0.9


def test_which_ends_a_given_range_speaks_for() -> None:
    made = Interval(-1.0, 4.0)
    two = ends_of(Interval(-2.0, 2.0001), made)
    assert two == pytest.approx((math.log(2), math.log(0.5)), abs=1e-3)
    # Of a symmetric one only the amax is known: it is that of the end that reaches further.
    assert ends_of(Interval(-8.0, 8.0), made) == (None, pytest.approx(math.log(2)))
    assert ends_of(Interval(-8.0, 8.0), Interval(-4.0, 4.0)) == pytest.approx(both(math.log(2)))
    # Ends that reach nowhere say nothing.
    assert ends_of(Interval(0.0, 8.0), Interval(-0.2, 4.0)) == (
        None,
        pytest.approx(math.log(2)),
    )
    assert ends_of(Interval(-1.0, 1.0), Interval(0.0, 0.0)) == (None, None)
    assert ends_of(Interval(0.0, 0.0), Interval(-1.0, 1.0)) == (None, None)


def test_an_anchor_says_nothing_behind_a_normalization() -> None:
    make, tensors = chain(2)
    make.node("Softmax", "s")
    soft = make.add(LayerKind.SOFTMAX, [tensors[-1]], "s")
    make.node("Div", "d")
    over = make.add(LayerKind.ELEMENTWISE, [soft, tensors[-1]], "d", op="div")
    for wall in (soft, over):
        assert local_scale(wall, Side.HIGH, {tensors[1]: both(1.0)}).anchors == ()
        assert local_scale(tensors[1], Side.HIGH, {wall: both(1.0)}).anchors == ()
    make.node("Conv", "c")
    behind = make.add(LayerKind.CONVOLUTION, [over], "c")
    assert local_scale(over, Side.HIGH, {behind: both(1.0)}).anchors == (behind,)


def test_anchors_are_not_looked_for_without_end() -> None:
    _, tensors = chain(60)
    assert local_scale(tensors[1], Side.HIGH, {tensors[60]: both(1.0)}).anchors == ()


def test_one_anchor_of_many_paths_is_sound() -> None:
    """Residual branches that meet again: all weights are finite, and nothing overshoots."""
    make, tensors = chain(1)
    tensor, given = tensors[1], {}
    for index in range(6):
        make.node("Conv", f"a{index}")
        branch = make.add(LayerKind.CONVOLUTION, [tensor], f"a{index}")
        given[branch] = both(0.4)
        make.node("Add", f"s{index}")
        tensor = make.add(LayerKind.ELEMENTWISE, [branch, tensor], f"s{index}", op="sum")
        for side in Side:
            found = local_scale(tensor, side, given)
            assert 0 < found.log < 0.42
            assert 0 < found.deviation < 0.6


def test_which_given_ranges_are_remarkable() -> None:
    _, (a, b, c, d) = chain(3)
    given = dict.fromkeys((a, b, c, d), 1.0)
    ten, scale = math.log(10), math.log(1 / 127)
    assert disagreements({}, {}) == []
    assert disagreements({a: 1.0, b: -1.0, c: 0.5}, given) == []
    [one] = disagreements({a: 0.1, b: ten, c: 0.0, d: -0.1}, given)
    assert one.tensor is b
    assert not one.is_common
    assert one.ratio == pytest.approx(10)
    # With two, the input decides which of them is odd.
    [one] = disagreements({a: 0.1, b: -ten}, given)
    assert one.tensor is b
    every = disagreements({a: scale, b: scale + 0.2, c: scale - 0.2}, given)
    assert len(every) == 3
    assert all(one.is_common for one in every)


@pytest.mark.parametrize("features", [3, 600])  # of 600 the interval bound is too wide
def test_loops_of_recurrent_nodes_have_no_holes(tmp_path: Path, features: int) -> None:
    chance = np.random.default_rng(4)
    weights = {
        "w": chance.normal(size=(1, 16, features)).astype(np.float32),
        "r": (chance.normal(size=(1, 16, 4)) / 2).astype(np.float32),
        "b": np.zeros((1, 32), dtype=np.float32),
    }
    node = helper.make_node("LSTM", ["x", "w", "r", "b"], ["y", "h", "c"], "l", hidden_size=4)
    graph = helper.make_graph(
        [node],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, (12, 1, features))],
        [
            helper.make_tensor_value_info("y", TensorProto.FLOAT, (12, 1, 1, 4)),
            helper.make_tensor_value_info("c", TensorProto.FLOAT, (1, 1, 4)),
        ],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    opset = helper.make_opsetid("", 13)
    path = tmp_path / "lstm.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[opset], ir_version=8), path)
    ranges = tmp_path / "r.json"
    ranges.write_text('{"x": [-2, 2]}', encoding="utf-8")
    plan = plan_model(path, ranges, fill="estimate")
    assert [item.tensor.name for item in plan.missing()] == []
    inside = [item for item in plan.tensors if "does not show" in item.why]
    assert len(inside) > 5
    assert all(item.doubt == 8.0 and item.range is not None for item in inside)
    assert max(item.range.amax for item in inside if item.range is not None) < 100
