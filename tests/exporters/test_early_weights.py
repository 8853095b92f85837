# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Weights that are quantized while the ranges are planned are those that are made later."""

from __future__ import annotations

import contextlib
from concurrent.futures import Future
from typing import TYPE_CHECKING

import numpy as np
import pytest
from onnx import numpy_helper

from setrange.errors import ModelError
from setrange.exporters.qdq import QdqDraft, QdqModel, QdqOptions, early_weights, finish_qdq
from setrange.exporters.qdq.early_weights import EarlyWeights
from setrange.exporters.qdq.types import INT8
from setrange.model.constants import weights_from_tensor
from setrange.model.loading import load_model
from setrange.model.streamed import StreamedTensor, head_of
from tests.exporters.quantizing import plan_of, save

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from setrange.plan import Plan

#: A weight of two layers, one with its channels second, one that is moved, one with one scale.
GRAPH = """(float[1,32,16,16] x) => (float[1,256,64] y, float[1,10] z) {
    [c1] a = Conv<pads=[1,1,1,1]>(x, w1)
    [again] a2 = Conv<pads=[1,1,1,1]>(a, w1)
    [wide] a3 = Conv(a2, w6)
    [c2] b = Conv<pads=[1,1,1,1]>(a3, w7)
    [up] c = ConvTranspose<pads=[1,1,1,1]>(b, w2)
    [grouped] d = ConvTranspose<pads=[1,1,1,1], group=2>(c, w2g)
    [flat] e = Reshape(d, rows)
    [turned] t = Transpose<perm=[1,0]>(w3)
    [mm] f = MatMul(e, t)
    [mm2] y = MatMul(f, w4)
    [gap] g = GlobalAveragePool(d)
    [last] h = Flatten(g)
    [fc] z = Gemm<transB=1>(h, w5)
}"""
SHAPES = {
    "w1": (32, 32, 3, 3),
    "w2": (32, 64, 3, 3),
    "w2g": (64, 32, 3, 3),
    "w3": (96, 64),
    "w4": (96, 64),
    "w5": (10, 64),
    "w6": (160, 32, 1, 1),
    "w7": (32, 160, 3, 3),
}


def model_of(folder: Path, dtype: type = np.float32) -> Path:
    rows = numpy_helper.from_array(np.array([1, 256, 64]), "rows")
    text = GRAPH if dtype is np.float32 else GRAPH.replace("float[", "float16[")
    return save(folder / "m.onnx", text, SHAPES, dtype=dtype, initializers=[rows])


def made_early(plan: Plan, path: Path, options: QdqOptions) -> dict[str, bytes]:
    model = load_model(path)
    with EarlyWeights(model, options) as early:
        return values(finish_qdq(QdqDraft.of(plan, model, options), early=early))


def values(made: QdqModel) -> dict[str, bytes]:
    return {
        head_of(tensor).name: b"".join(tensor.parts())
        if isinstance(tensor, StreamedTensor)
        else tensor.SerializeToString()
        for tensor in made.initializers
    }


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
@pytest.mark.parametrize(
    "options",
    [
        QdqOptions(weights="int8"),
        QdqOptions(weights="int8", weight_scales="mse", quantize_small=True),
        QdqOptions(weights="float", fp16=True),
        QdqOptions(weights="int8", dtype="fp8"),
    ],
)
def test_they_are_those_made_later(tmp_path: Path, options: QdqOptions, dtype: type) -> None:
    path = model_of(tmp_path, dtype)
    plan = plan_of(path)
    later = values(finish_qdq(QdqDraft.of(plan, load_model(path), options)))
    assert made_early(plan, path, options) == later


class Later:
    """A pool whose threads begin when they are told to, and not before."""

    def __init__(self, _threads: int) -> None:
        self.work: list[Callable[[], None]] = []

    def submit(self, work: Callable[[], None]) -> Future[None]:
        self.work.append(work)
        return Future()

    def shutdown(self, **_how: bool) -> None:
        """Nothing was begun."""


def test_what_is_given_up_does_not_end_the_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread that gets no time finds the first weights given up, and makes the last ones."""
    monkeypatch.setattr(early_weights, "ThreadPoolExecutor", Later)
    monkeypatch.setattr(early_weights, "filling", contextlib.nullcontext)
    model = load_model(model_of(tmp_path))
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    with EarlyWeights(model, QdqOptions(weights="int8")) as early:
        last = weights_from_tensor(tensors["w2"], model.base)
        found = early.find(last, 1, last.dtype, INT8)
        assert found is not None
        early.drop_rest()
        for work in early._pool.work:
            work()
        assert found.result(timeout=0).values


def test_a_channel_of_zeros(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    weights = {n: random.standard_normal((64, 64, 3, 3), np.float32) for n in ("w1", "w2")}
    weights["w2"][3] = 0
    graph = """(float[1,64,16,16] x) => (float[1,64,16,16] y) {
        [c1] a = Conv<pads=[1,1,1,1]>(x, w1)
        [c2] y = Conv<pads=[1,1,1,1]>(a, w2)
    }"""
    tensors = [numpy_helper.from_array(values, name) for name, values in weights.items()]
    path = save(tmp_path / "m.onnx", graph, initializers=tensors)
    plan, options = plan_of(path), QdqOptions(weights="int8")
    later = values(finish_qdq(QdqDraft.of(plan, load_model(path), options)))
    assert made_early(plan, path, options) == later


def test_only_what_gets_a_pair_has_to_be_finite(tmp_path: Path) -> None:
    options = QdqOptions(weights="int8")
    shapes = {"w": (64, 32, 3, 3), "broken": (10, 64 * 16 * 16)}
    graph = """(float[1,32,16,16] x) => (float[1,10] y) {
        [c] a = Conv<pads=[1,1,1,1]>(x, w)
        [flat] b = Flatten(a)
        [fc] y = Gemm<transB=1>(b, broken)
    }"""
    path = save(tmp_path / "m.onnx", graph, {"w": shapes["w"]}, initializers=[
        numpy_helper.from_array(np.full(shapes["broken"], np.nan, np.float32), "broken")
    ])  # fmt: skip
    plan = plan_of(path)
    assert made_early(plan, path, options)
    whole = QdqOptions(weights="int8", quantize_small=True)
    with pytest.raises(ModelError, match="broken"):
        made_early(plan, path, whole)
