# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Accuracy on something real: a small CNN on scikit-learn's digits, float against Q/DQ."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from running import measure_ranges, session

if TYPE_CHECKING:
    from pathlib import Path

    from setrange import QdqModel, RangeFile

#: Kernel 3 x 3, padding 1; the second convolution halves the image.
CHANNELS = (1, 16, 32)
CLASSES = 10


def columns(x: np.ndarray, stride: int) -> np.ndarray:
    """The 3 x 3 neighbourhoods of [N, C, H, W] as [N, H', W', C * 9]."""
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride]
    n, c, h, w = windows.shape[:4]
    return windows.transpose(0, 2, 3, 1, 4, 5).reshape(n, h, w, c * 9)


class Network:
    """Conv, ReLU, Conv of stride 2, ReLU, linear; trained with Adam."""

    def __init__(self, seed: int = 0) -> None:
        random = np.random.default_rng(seed)
        shapes = [(9 * a, b) for a, b in itertools.pairwise(CHANNELS)]
        shapes.append((CHANNELS[-1] * 16, CLASSES))
        self.weights = [random.standard_normal(s) * np.sqrt(2 / s[0]) for s in shapes]
        self.biases = [np.zeros(s[1]) for s in shapes]

    def forward(self, x: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
        first = columns(x, 1)
        a = np.maximum(first @ self.weights[0] + self.biases[0], 0)
        second = columns(a.transpose(0, 3, 1, 2), 2)
        b = np.maximum(second @ self.weights[1] + self.biases[1], 0)
        flat = b.transpose(0, 3, 1, 2).reshape(len(x), -1)
        return flat @ self.weights[2] + self.biases[2], [first, a, second, b, flat]

    def gradients(self, x: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
        scores, (first, a, second, b, flat) = self.forward(x)
        p = np.exp(scores - scores.max(1, keepdims=True))
        p /= p.sum(1, keepdims=True)
        p[np.arange(len(y)), y] -= 1
        p /= len(y)
        n, h, w, c = b.shape
        db = (p @ self.weights[2].T).reshape(n, c, h, w).transpose(0, 2, 3, 1) * (b > 0)
        da = np.zeros((n, a.shape[1] + 2, a.shape[2] + 2, a.shape[3]))
        patches = (db @ self.weights[1].T).reshape(n, h, w, a.shape[3], 3, 3)
        for i in range(3):
            for j in range(3):
                da[:, i : i + 2 * h : 2, j : j + 2 * w : 2] += patches[..., i, j]
        da = da[:, 1:-1, 1:-1] * (a > 0)
        gradients = [
            np.tensordot(first, da, axes=([0, 1, 2], [0, 1, 2])),
            np.tensordot(second, db, axes=([0, 1, 2], [0, 1, 2])),
            flat.T @ p,
        ]
        return [*gradients, da.sum((0, 1, 2)), db.sum((0, 1, 2)), p.sum(0)]

    def train(self, x: np.ndarray, y: np.ndarray, epochs: int = 12, batch: int = 64) -> None:
        random = np.random.default_rng(1)
        parameters = [*self.weights, *self.biases]
        mean = [np.zeros_like(p) for p in parameters]
        square = [np.zeros_like(p) for p in parameters]
        step = 0
        for _ in range(epochs):
            order = random.permutation(len(x))
            for start in range(0, len(x), batch):
                step += 1
                rows = order[start : start + batch]
                for k, g in enumerate(self.gradients(x[rows], y[rows])):
                    mean[k] = 0.9 * mean[k] + 0.1 * g
                    square[k] = 0.999 * square[k] + 0.001 * g * g
                    m, v = mean[k] / (1 - 0.9**step), square[k] / (1 - 0.999**step)
                    parameters[k] -= 2e-3 * m / (np.sqrt(v) + 1e-8)

    def save(self, path: Path) -> None:
        tensors, nodes, value = [], [], "input"
        for k, stride in enumerate((1, 2)):
            ins, outs = CHANNELS[k], CHANNELS[k + 1]
            kernel = self.weights[k].T.reshape(outs, ins, 3, 3)
            tensors += [_tensor(f"w{k}", kernel), _tensor(f"b{k}", self.biases[k])]
            nodes += [
                helper.make_node(
                    "Conv", [value, f"w{k}", f"b{k}"], [f"c{k}"], f"conv{k}",
                    kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[stride, stride],
                ),
                helper.make_node("Relu", [f"c{k}"], [f"r{k}"], f"relu{k}"),
            ]  # fmt: skip
            value = f"r{k}"
        tensors += [_tensor("w2", self.weights[2]), _tensor("b2", self.biases[2])]
        nodes += [
            helper.make_node("Flatten", [value], ["flat"], "flatten"),
            helper.make_node("Gemm", ["flat", "w2", "b2"], ["scores"], "fc"),
        ]
        image = helper.make_tensor_value_info("input", TensorProto.FLOAT, ["n", 1, 8, 8])
        scores = helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", CLASSES])
        graph = helper.make_graph(nodes, "digits", [image], [scores], tensors)
        opset = [helper.make_opsetid("", 13)]
        onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), path)


def _tensor(name: str, values: np.ndarray) -> onnx.TensorProto:
    return numpy_helper.from_array(values.astype(np.float32), name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Digits:
    """A trained model and its images."""

    model: Path
    train: np.ndarray
    test: np.ndarray
    labels: np.ndarray

    def right(self, model: Path) -> int:
        """How many test images a model classifies right."""
        scores = session(model).run(None, {"input": self.test})[0]
        return int((scores.argmax(1) == self.labels).sum())

    def show(self, title: str, model: Path) -> None:
        right, total = self.right(model), len(self.labels)
        print(f"  {title:14} top-1 {right / total:.2%} ({right} of {total})")


def trained(work: Path) -> Digits | None:
    """Train on two thirds of scikit-learn's digits; ``None`` where that is not installed."""
    try:
        from sklearn.datasets import load_digits
    except ModuleNotFoundError:
        print("digits: scikit-learn is not installed, left out")
        return None
    x, y = load_digits(return_X_y=True)
    x = (x.reshape(-1, 1, 8, 8) / 16).astype(np.float32)
    order = np.random.default_rng(0).permutation(len(x))
    train, test = order[:1200], order[1200:]
    network = Network()
    network.train(x[train], y[train])
    network.save(work / "digits.onnx")
    return Digits(model=work / "digits.onnx", train=x[train], test=x[test], labels=y[test])


def quantized(model: Path, ranges: RangeFile, out: Path) -> QdqModel:
    """Write the Q/DQ model of ranges."""
    from setrange import import_network, make_plan, write_qdq

    plan = make_plan(import_network(model, trt="10.16"), ranges)
    return write_qdq(plan, model, out, quantize_small=True)


def report(work: Path) -> None:
    """Train, measure ranges on the training split, print top-1 on the test split."""
    digits = trained(work)
    if digits is None:
        return
    from setrange import read_ranges

    ranges, out = work / "digits.json", work / "digits.qdq.onnx"
    ranges.write_text(json.dumps(measure_ranges(digits.model, {"input": digits.train})))
    made = quantized(digits.model, read_ranges(ranges), out)
    print(
        f"digits: {len(digits.train)} training and {len(digits.test)} test images; "
        f"{len(made.scales)} activation pairs, {len(made.weights)} weight pairs"
    )
    digits.show("float", digits.model)
    digits.show("Q/DQ", out)
