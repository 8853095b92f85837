# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Make a small classifier and data for it: the example of docs/accuracy.md.

    python examples/make_patterns.py FOLDER

Pictures of 16 x 16 pixels, each one of ten patterns, shifted and under noise. The model is two
convolutions with random filters and a linear layer that is fitted by least squares: no
training, a second of work. Written are patterns.onnx, train.npy (200 pictures to measure
ranges on; in one of them a pixel is stuck at 200), test.npy and labels.txt (500 others).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

CLASSES, SIZE, NOISE = 10, 16, 1.4


def pictures(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return pictures [count, 1, 16, 16] and their classes [count]."""
    patterns = np.random.default_rng(0).standard_normal((CLASSES, SIZE, SIZE))
    for axis in (1, 2):  # neighbours are alike
        patterns = (np.roll(patterns, 1, axis) + patterns + np.roll(patterns, -1, axis)) / 2
    random = np.random.default_rng(seed)
    labels = random.integers(0, CLASSES, count)
    shifts = random.integers(-1, 2, (count, 2))
    moved = [np.roll(patterns[k], s, (0, 1)) for k, s in zip(labels, shifts, strict=True)]
    noisy = np.stack(moved) + NOISE * random.standard_normal((count, SIZE, SIZE))
    return noisy[:, np.newaxis].astype(np.float32), labels


def make_model(head: np.ndarray, outputs: int) -> onnx.ModelProto:
    """Return the model, with ``head`` [1 + features, outputs] as its linear layer."""
    random = np.random.default_rng(1)
    weights = {
        "conv1.weight": random.standard_normal((16, 1, 3, 3)) / 3,
        "conv2.weight": random.standard_normal((32, 16, 3, 3)) / 12,
        "fc.weight": head[1:],
        "fc.bias": head[0],
    }
    nodes = [
        helper.make_node("Conv", ["image", "conv1.weight"], ["c1"], "conv1", pads=[1] * 4),
        helper.make_node("Relu", ["c1"], ["r1"], "relu1"),
        helper.make_node(
            "Conv", ["r1", "conv2.weight"], ["c2"], "conv2", pads=[1] * 4, strides=[2, 2]
        ),
        helper.make_node("Relu", ["c2"], ["r2"], "relu2"),
        helper.make_node("Flatten", ["r2"], ["features"], "flatten"),
        helper.make_node("Gemm", ["features", "fc.weight", "fc.bias"], ["scores"], "fc"),
    ]
    graph = helper.make_graph(
        nodes,
        "patterns",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 1, SIZE, SIZE])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", outputs])],
        [numpy_helper.from_array(v.astype(np.float32), k) for k, v in weights.items()],
    )
    opset = [helper.make_opsetid("", 13)]
    return helper.make_model(graph, opset_imports=opset, ir_version=8)


def main() -> None:
    """Write the model and the data."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    images, labels = pictures(2000, seed=2)
    size = 32 * (SIZE // 2) ** 2
    bare = make_model(np.vstack([np.zeros(size), np.eye(size)]), size)
    features = ReferenceEvaluator(bare).run(None, {"image": images})[0]
    rows = np.hstack([np.ones((len(features), 1)), features]).astype(np.float64)
    wanted = np.eye(CLASSES)[labels]
    ridge = 30.0 * np.eye(rows.shape[1])
    head = np.linalg.solve(rows.T @ rows + ridge, rows.T @ wanted)
    onnx.save(make_model(head, CLASSES), folder / "patterns.onnx")
    train, _ = pictures(200, seed=3)
    train[17, 0, 5, 5] = 200.0
    np.save(folder / "train.npy", train)
    test, labels = pictures(500, seed=4)
    np.save(folder / "test.npy", test)
    np.savetxt(folder / "labels.txt", labels, fmt="%d")


if __name__ == "__main__":
    main()
