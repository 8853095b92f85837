# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Scales of weights: by the largest value, and by the least squared error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from setrange.errors import UsageError
from setrange.exporters.qdq import make_qdq
from tests.exporters.quantizing import plan_of, save

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

_CONV = (
    "(float[1,3,8,8] x) => (float[1,6,6,6] y) { y = Conv(x, w) }",
    {"w": (6, 3, 3, 3)},
)
_MATMUL = ("(float[4,5] x) => (float[4,7] y) { y = MatMul(x, w) }", {"w": (5, 7)})
_GROUPED = (
    "(float[1,4,4,4] x) => (float[1,2,6,6] y) { y = ConvTranspose<group=2>(x, w) }",
    {"w": (4, 1, 3, 3)},
)


def _written(
    path: Path, out: Path, **how: str
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], int | None]:
    """The float weights, what the file makes of them, and the axis of their scales."""
    made = make_qdq(plan_of(path), path, placement="all", weights="int8", **how)
    made.write(out)
    weights = numpy_helper.to_array(onnx.load(path).graph.initializer[0])
    model = onnx.load(out)
    constants = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    (node,) = (
        n
        for n in model.graph.node
        if n.op_type == "DequantizeLinear" and n.input[0] in constants
    )
    steps, scale = constants[node.input[0]], constants[node.input[1]]
    (axis,) = (a.i for a in node.attribute if a.name == "axis")
    assert np.abs(steps.astype(int)).max() <= 127
    if not scale.shape:
        return weights, steps * scale, None
    return (
        weights,
        steps * np.moveaxis(scale.reshape(-1, *[1] * (steps.ndim - 1)), 0, axis),
        axis,
    )


@pytest.mark.parametrize(
    ("network", "least_gain"),
    [(_CONV, 0.03), (_MATMUL, 0.1), (_GROUPED, 0.0)],
    ids=["conv", "matmul", "one scale"],
)
def test_the_error_of_a_channel_is_never_larger_and_mostly_smaller(
    tmp_path: Path, network: tuple[str, dict[str, tuple[int, ...]]], least_gain: float
) -> None:
    path = save(tmp_path / "m.onnx", *network)
    weights, largest, axis = _written(path, tmp_path / "max.onnx")
    _, least, same_axis = _written(path, tmp_path / "mse.onnx", weight_scales="mse")
    assert axis == same_axis
    other = tuple(i for i in range(weights.ndim) if axis is None or i != axis)
    by_largest = ((weights - largest) ** 2).sum(other)
    by_error = ((weights - least) ** 2).sum(other)
    assert (by_error <= by_largest * (1 + 1e-6)).all()
    assert by_error.sum() <= (1 - least_gain) * by_largest.sum()


def test_a_channel_of_zeros_stays_zero(tmp_path: Path) -> None:
    path = save(tmp_path / "m.onnx", *_CONV)
    model = onnx.load(path)
    weights = numpy_helper.to_array(model.graph.initializer[0]).copy()
    weights[2] = 0
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(weights, "w"))
    onnx.save(model, path)
    _, kept, _ = _written(path, tmp_path / "q.onnx", weight_scales="mse")
    assert not kept[2].any()
    assert np.isfinite(kept).all()


def test_scales_of_fp8_weights_are_chosen_too(tmp_path: Path) -> None:
    path = save(tmp_path / "m.onnx", *_CONV)
    made = {
        choice: make_qdq(
            plan_of(path), path, dtype="fp8", weight_scales=choice, quantize_small=True
        )
        for choice in ("max", "mse")
    }
    scales = {}
    for choice, model in made.items():
        model.write(tmp_path / "q.onnx")
        (scale,) = (
            numpy_helper.to_array(t)
            for t in onnx.load(tmp_path / "q.onnx").graph.initializer
            if t.name == "w_scale"
        )
        scales[choice] = scale
    assert (scales["mse"] <= 1.021 * scales["max"]).all()
    assert (scales["mse"] != scales["max"]).any()


def test_an_unknown_choice_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "m.onnx", *_CONV)
    with pytest.raises(UsageError, match="weight_scales"):
        make_qdq(plan_of(path), path, weight_scales="least")
