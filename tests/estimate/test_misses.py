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
from setrange.estimate.anchors import local_scale, trust_in
from setrange.estimate.estimates import disagreements
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


def test_the_nearest_anchors_of_both_sides_count_by_distance() -> None:
    _, tensors = chain(8)
    # Two steps below and one above: weights 1/4 and 1.
    found = local_scale(tensors[4], {tensors[2]: 1.0, tensors[5]: -1.0})
    assert found.log == pytest.approx((0.25 * 1.0 + 1.0 * -1.0) / 1.25)
    assert found.anchors == (tensors[5], tensors[2])
    assert found.nearest == 1


def test_what_lies_behind_an_anchor_does_not_count() -> None:
    _, tensors = chain(8)
    near = local_scale(tensors[4], {tensors[3]: 0.5})
    both = local_scale(tensors[4], {tensors[3]: 0.5, tensors[1]: -3.0})
    assert near == both
    assert near.log == pytest.approx(0.5)


def test_without_anchors_nothing_is_scaled() -> None:
    _, tensors = chain(3)
    found = local_scale(tensors[1], {})
    assert (found.log, found.anchors) == (0.0, ())


def test_an_anchor_says_nothing_behind_a_normalization() -> None:
    make, tensors = chain(2)
    make.node("Softmax", "s")
    soft = make.add(LayerKind.SOFTMAX, [tensors[-1]], "s")
    make.node("Div", "d")
    over = make.add(LayerKind.ELEMENTWISE, [soft, tensors[-1]], "d", op="div")
    for wall in (soft, over):
        assert local_scale(wall, {tensors[1]: 1.0}).anchors == ()
        assert local_scale(tensors[1], {wall: 1.0}).anchors == ()
    make.node("Conv", "c")
    behind = make.add(LayerKind.CONVOLUTION, [over], "c")
    assert local_scale(over, {behind: 1.0}).anchors == (behind,)


def test_anchors_that_do_not_predict_each_other_count_half() -> None:
    _, tensors = chain(12)
    alike = dict.fromkeys(tensors[1:], -0.4)
    assert trust_in(alike) == pytest.approx(1.0)
    in_turn = {tensor: (-1.0) ** index for index, tensor in enumerate(tensors[1:])}
    assert trust_in(in_turn) == 0.5
    assert trust_in({tensors[1]: 1.0, tensors[2]: -1.0}) == 1.0


def test_anchors_are_not_looked_for_without_end() -> None:
    _, tensors = chain(60)
    assert local_scale(tensors[1], {tensors[60]: 1.0}).anchors == ()


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


def test_loops_of_recurrent_nodes_have_no_holes(tmp_path: Path) -> None:
    chance = np.random.default_rng(4)
    weights = {
        "w": chance.normal(size=(1, 16, 3)).astype(np.float32),
        "r": (chance.normal(size=(1, 16, 4)) / 2).astype(np.float32),
        "b": np.zeros((1, 32), dtype=np.float32),
    }
    node = helper.make_node("LSTM", ["x", "w", "r", "b"], ["y", "h", "c"], "l", hidden_size=4)
    graph = helper.make_graph(
        [node],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, (12, 1, 3))],
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
