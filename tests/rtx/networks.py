# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Small whole networks of the kinds people quantize: a detector, a ViT, a UNet."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.qdq.models import Builder

if TYPE_CHECKING:
    from pathlib import Path


class Net(Builder):
    """Layers by name; weights are random."""

    def conv(self, x: str, name: str, ins: int, outs: int, k: int = 3, stride: int = 1) -> str:
        weights = self.weight(f"{name}.w", outs, ins, k, k, scale=math.sqrt(2 / (ins * k * k)))
        inputs = [x, weights, self.weight(f"{name}.b", outs, scale=0.01)]
        return self.node(
            "Conv",
            inputs,
            name,
            kernel_shape=[k, k],
            strides=[stride] * 2,
            pads=[k // 2] * 4,
        )

    def silu(self, x: str) -> str:
        return self.node("Mul", [x, self.node("Sigmoid", [x], f"{x}.sigmoid")], f"{x}.silu")

    def linear(self, x: str, name: str, ins: int, outs: int) -> str:
        weights = self.weight(f"{name}.w", ins, outs, scale=ins**-0.5)
        product = self.node("MatMul", [x, weights], f"{name}.mm")
        return self.node("Add", [product, self.weight(f"{name}.b", outs, scale=0.02)], name)


def detector(path: Path) -> Path:
    """YOLO-like: stem, a block with Split and Concat, upsampling, a head of three convs."""
    n = Net()
    n.constant("scales", np.array([1, 1, 2, 2], np.float32))
    n.constant("halves", np.array([16, 16]))
    x = n.silu(n.conv("input", "stem", 3, 16, stride=2))
    x = n.silu(n.conv(x, "down1", 16, 32, stride=2))
    n.nodes.append(_split(x, "halves", ("left", "right")))
    y = n.silu(n.conv("right", "inner1", 16, 16))
    y = n.silu(n.conv(y, "inner2", 16, 16))
    y = n.node("Add", ["right", y], "skip")
    small = n.silu(n.conv(n.node("Concat", ["left", "right", y], "c2f", axis=1), "mix", 48, 32))
    deep = n.silu(n.conv(small, "down2", 32, 64, stride=2))
    pool = n.node("MaxPool", [deep], "sppf", kernel_shape=[5, 5], pads=[2] * 4, strides=[1, 1])
    deep = n.silu(n.conv(n.node("Concat", [deep, pool], "spp", axis=1), "spp.mix", 128, 64, 1))
    up = n.node("Resize", [deep, "", "scales"], "up", mode="nearest")
    joined = n.node("Concat", [up, small], "join", axis=1)
    head = n.silu(n.conv(joined, "head1", 96, 32))
    boxes = n.conv(n.silu(n.conv(head, "head2", 32, 32)), "boxes", 32, 64, 1)
    n.node("Sigmoid", [boxes], "output")
    shapes = {"input": [1, 3, 64, 64], "output": [1, 64, 16, 16]}
    return n.save(path, shapes, "output")


def _split(x: str, sizes: str, outputs: tuple[str, ...]) -> object:
    from onnx import helper

    return helper.make_node("Split", [x, sizes], list(outputs), "split_n", axis=1)


def vit(path: Path, width: int = 64, heads: int = 4, depth: int = 2) -> Path:
    """A vision transformer: patches by a convolution, attention, GELU."""
    n = Net()
    tokens = 16
    for name, value in {"root2": math.sqrt(2), "one": 1.0, "half": 0.5, "root": 4.0}.items():
        n.constant(name, np.float32(value))
    n.constant("rows", np.array([1, width, tokens]))
    n.constant("split", np.array([1, tokens, heads, width // heads]))
    n.constant("join", np.array([1, tokens, width]))
    weights = n.weight("patch.w", width, 3, 8, 8, scale=0.1)
    x = n.node("Conv", ["input", weights], "patch", kernel_shape=[8, 8], strides=[8, 8])
    x = n.node("Transpose", [n.node("Reshape", [x, "rows"], "flat")], "tokens", perm=[0, 2, 1])
    for i in range(depth):
        y, parts = _norm(n, x, f"l{i}.n1", width), []
        for part, perm in (("q", [0, 2, 1, 3]), ("k", [0, 2, 3, 1]), ("v", [0, 2, 1, 3])):
            z = n.node("Reshape", [n.linear(y, f"l{i}.{part}", width, width), "split"],
                       f"l{i}.{part}s")  # fmt: skip
            parts.append(n.node("Transpose", [z], f"l{i}.{part}t", perm=perm))
        scores = n.node("Div", [n.node("MatMul", parts[:2], f"l{i}.qk"), "root"], f"l{i}.s")
        soft = n.node("Softmax", [scores], f"l{i}.soft", axis=-1)
        z = n.node("Transpose", [n.node("MatMul", [soft, parts[2]], f"l{i}.mix")], f"l{i}.back",
                   perm=[0, 2, 1, 3])  # fmt: skip
        z = n.linear(n.node("Reshape", [z, "join"], f"l{i}.joined"), f"l{i}.out", width, width)
        x = n.node("Add", [x, z], f"l{i}.res1")
        y = n.linear(_norm(n, x, f"l{i}.n2", width), f"l{i}.up", width, 4 * width)
        erf = n.node("Erf", [n.node("Div", [y, "root2"], f"l{i}.by")], f"l{i}.erf")
        gate = n.node("Mul", [y, n.node("Add", [erf, "one"], f"l{i}.erf1")], f"l{i}.gate")
        y = n.linear(
            n.node("Mul", [gate, "half"], f"l{i}.gelu"), f"l{i}.down", 4 * width, width
        )
        x = n.node("Add", [x, y], f"l{i}.res2")
    n.node("Tanh", [x], "output")
    return n.save(path, {"input": [1, 3, 32, 32], "output": [1, tokens, width]}, "output")


def _norm(n: Net, x: str, name: str, width: int) -> str:
    mean = n.node("ReduceMean", [x], f"{name}.mean", axes=[-1])
    centred = n.node("Sub", [x, mean], f"{name}.centred")
    square = n.node("Mul", [centred, centred], f"{name}.square")
    variance = n.node("ReduceMean", [square], f"{name}.variance", axes=[-1])
    eps = n.constant(f"{name}.eps", np.float32(1e-5))
    deviation = n.node("Sqrt", [n.node("Add", [variance, eps], f"{name}.shifted")], f"{name}.d")
    unit = n.node("Div", [centred, deviation], f"{name}.unit")
    scale = n.constant(f"{name}.scale", np.ones(width, np.float32))
    return n.node("Mul", [unit, scale], name)


def unet(path: Path) -> Path:
    """Two levels down, two up by transposed convolutions, skips by Concat."""
    n = Net()

    def double(x: str, name: str, ins: int, outs: int) -> str:
        y = n.node("Relu", [n.conv(x, f"{name}.a", ins, outs)], f"{name}.a.relu")
        return n.node("Relu", [n.conv(y, f"{name}.b", outs, outs)], f"{name}.b.relu")

    def down(x: str, name: str) -> str:
        return n.node("MaxPool", [x], name, kernel_shape=[2, 2], strides=[2, 2])

    def up(x: str, name: str, ins: int, outs: int) -> str:
        weights = n.weight(f"{name}.w", ins, outs, 2, 2, scale=0.1)
        return n.node("ConvTranspose", [x, weights], name, kernel_shape=[2, 2], strides=[2, 2])

    first = double("input", "enc1", 3, 16)
    second = double(down(first, "pool1"), "enc2", 16, 32)
    deep = double(down(second, "pool2"), "deep", 32, 64)
    joined = n.node("Concat", [up(deep, "up2", 64, 32), second], "cat2", axis=1)
    x = double(joined, "dec2", 64, 32)
    joined = n.node("Concat", [up(x, "up1", 32, 16), first], "cat1", axis=1)
    x = double(joined, "dec1", 32, 16)
    n.node("Sigmoid", [n.conv(x, "mask", 16, 16, 1)], "output")
    return n.save(path, {"input": [1, 3, 32, 32], "output": [1, 16, 32, 32]}, "output")
