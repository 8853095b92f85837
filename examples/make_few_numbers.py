# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Make the three small networks of docs/few-numbers.md, and data for each.

    python examples/make_few_numbers.py FOLDER

Written are detector.onnx (SiLU, Concat, MaxPool, upsampling), encoder.onnx (a transformer
encoder over tokens) and segmentation.onnx (ConvTranspose and skips), with PyTorch's modules in
the names, as torch.onnx.export has them. The weights are seeded random numbers that keep
activations at a realistic size. Beside each is MODEL.npy: eight inputs to measure on.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SAMPLES, SIZE = 8, 64
TOKENS, WIDTH, HEADS, WORDS = 32, 64, 4, 100


class Builder:
    """Collects nodes and weights; a node in module a.b is called /a/b/Op."""

    def __init__(self, seed: int, gain: float = 1.4) -> None:
        self.gain = gain
        self.nodes: list[onnx.NodeProto] = []
        self.weights: dict[str, np.ndarray] = {}
        self.random = np.random.default_rng(seed)

    def node(self, op: str, module: str, *inputs: str, **attributes: object) -> str:
        """Add a node; return its first output."""
        name = base = f"/{module.replace('.', '/')}/{op}" if module else f"/{op}"
        taken = {node.name for node in self.nodes}
        count = 0
        while name in taken:
            count += 1
            name = f"{base}_{count}"
        outputs = attributes.pop("outputs", 1)
        made = [f"{name}_output_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(op, inputs, made, name, **attributes))
        return made[0]

    def constant(self, name: str, values: object, dtype: type = np.float32) -> str:
        """Add an initializer."""
        self.weights[name] = np.asarray(values, dtype)
        return name

    def normal(self, name: str, *shape: int, gain: float = 0.0) -> str:
        """Add weights; a gain of 1.4 makes up for a ReLU behind them."""
        gain = gain or self.gain
        fan = int(np.prod(shape[1:])) if len(shape) > 2 else shape[0]
        return self.constant(name, self.random.standard_normal(shape) * gain / fan**0.5)

    def conv(
        self, module: str, x: str, ins: int, outs: int, kernel: int = 3, stride: int = 1
    ) -> str:
        """Add a convolution that keeps the size, but for its stride."""
        weight = self.normal(f"{module}.weight", outs, ins, kernel, kernel)
        bias = self.constant(f"{module}.bias", self.random.standard_normal(outs) * 0.2)
        pads, strides = [kernel // 2] * 4, [stride] * 2
        return self.node("Conv", module, x, weight, bias, pads=pads, strides=strides)

    def silu(self, module: str, x: str) -> str:
        """Add x * sigmoid(x) as PyTorch exports it."""
        return self.node("Mul", module, x, self.node("Sigmoid", module, x))

    def relu_conv(self, module: str, x: str, ins: int, outs: int) -> str:
        """Add a convolution and a ReLU."""
        return self.node("Relu", f"{module}.relu", self.conv(f"{module}.conv", x, ins, outs))

    def model(
        self, source: onnx.ValueInfoProto, name: str, value: str, shape: list[int]
    ) -> onnx.ModelProto:
        """Return the model, whose output is a value under a name."""
        last = next(node for node in self.nodes if value in node.output)
        last.output[:] = [name]
        graph = helper.make_graph(
            self.nodes,
            "main_graph",
            [source],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)],
            [numpy_helper.from_array(value, name) for name, value in self.weights.items()],
        )
        opsets = [helper.make_opsetid("", 17)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def detector() -> onnx.ModelProto:
    """A small YOLO: blocks that split and join, pooling at three scales, two heads."""
    net = Builder(1, gain=1.8)

    def block(
        module: str, x: str, ins: int, outs: int, kernel: int = 3, stride: int = 1
    ) -> str:
        y = net.conv(f"{module}.conv", x, ins, outs, kernel, stride)
        return net.silu(f"{module}.act", y)

    def joined(module: str, x: str, ins: int, outs: int, *, adds: bool) -> str:
        y = block(f"{module}.cv1", x, ins, outs, kernel=1)
        z = block(f"{module}.m.cv2", block(f"{module}.m.cv1", y, outs, outs), outs, outs)
        z = net.node("Add", f"{module}.m", y, z) if adds else z
        both = net.node("Concat", module, y, z, axis=1)
        return block(f"{module}.cv2", both, 2 * outs, outs, kernel=1)

    x = block("backbone.stem", "images", 3, 16, stride=2)
    small = joined(
        "backbone.c2", block("backbone.down1", x, 16, 32, stride=2), 32, 32, adds=True
    )
    x = joined(
        "backbone.c3", block("backbone.down2", small, 32, 64, stride=2), 64, 64, adds=True
    )
    pooled = [block("backbone.sppf.cv1", x, 64, 32, kernel=1)]
    for _ in range(3):
        pooled.append(
            net.node(
                "MaxPool", "backbone.sppf.m", pooled[-1], kernel_shape=[5, 5], pads=[2] * 4
            )
        )
    x = net.node("Concat", "backbone.sppf", *pooled, axis=1)
    x = block("backbone.sppf.cv2", x, 128, 64, kernel=1)
    scales = net.constant("scales", [1, 1, 2, 2])
    up = net.node(
        "Resize",
        "neck.up",
        x,
        "",
        scales,
        mode="nearest",
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    )
    x = net.node("Concat", "neck", up, small, axis=1)
    x = joined("neck.c2", x, 96, 32, adds=False)
    boxes = net.conv("head.box.1", block("head.box.0", x, 32, 32), 32, 16, kernel=1)
    classes = net.conv("head.cls.1", block("head.cls.0", x, 32, 32), 32, 16, kernel=1)
    scores = net.node("Sigmoid", "head", classes)
    result = net.node("Concat", "head", boxes, scores, axis=1)
    shape = [1, 3, SIZE, SIZE]
    source = helper.make_tensor_value_info("images", TensorProto.FLOAT, shape)
    return net.model(source, "predictions", result, [1, 32, SIZE // 4, SIZE // 4])


def encoder() -> onnx.ModelProto:
    """Two layers of a transformer encoder, with GELU written by Erf."""
    net = Builder(2)
    one, two, half = (net.constant(f"c{v}", v) for v in (1.0, 2**0.5, 0.5))
    scale = net.constant("scale", (WIDTH / HEADS) ** -0.5)
    apart = net.constant("apart", [0, 0, HEADS, WIDTH // HEADS], np.int64)
    together = net.constant("together", [0, 0, WIDTH], np.int64)

    def linear(module: str, x: str, ins: int, outs: int, gain: float = 1.0) -> str:
        weight = net.normal(f"{module}.weight", ins, outs, gain=gain)
        bias = net.constant(f"{module}.bias", net.random.standard_normal(outs) * 0.1)
        return net.node("Add", module, net.node("MatMul", module, x, weight), bias)

    def norm(module: str, x: str) -> str:
        gamma = net.constant(f"{module}.weight", 1 + 0.1 * net.random.standard_normal(WIDTH))
        beta = net.constant(f"{module}.bias", 0.1 * net.random.standard_normal(WIDTH))
        return net.node("LayerNormalization", module, x, gamma, beta, axis=-1)

    def heads(module: str, x: str, order: list[int]) -> str:
        return net.node("Transpose", module, net.node("Reshape", module, x, apart), perm=order)

    def attention(module: str, x: str) -> str:
        q = heads(module, linear(f"{module}.q", x, WIDTH, WIDTH), [0, 2, 1, 3])
        k = heads(module, linear(f"{module}.k", x, WIDTH, WIDTH), [0, 2, 3, 1])
        v = heads(module, linear(f"{module}.v", x, WIDTH, WIDTH), [0, 2, 1, 3])
        scores = net.node("Mul", module, net.node("MatMul", module, q, k), scale)
        shares = net.node("Softmax", module, scores, axis=-1)
        mixed = net.node("MatMul", module, shares, v)
        mixed = net.node("Transpose", module, mixed, perm=[0, 2, 1, 3])
        mixed = net.node("Reshape", module, mixed, together)
        return linear(f"{module}.out", mixed, WIDTH, WIDTH)

    def gelu(module: str, x: str) -> str:
        share = net.node("Erf", module, net.node("Div", module, x, two))
        gate = net.node("Mul", module, x, net.node("Add", module, share, one))
        return net.node("Mul", module, gate, half)

    table = net.constant("embed.weight", net.random.standard_normal((WORDS, WIDTH)))
    places = net.constant("places", 0.3 * net.random.standard_normal((1, TOKENS, WIDTH)))
    x = net.node("Add", "embed", net.node("Gather", "embed", table, "tokens"), places)
    for layer in ("layers.0", "layers.1"):
        mixed = attention(f"{layer}.attn", norm(f"{layer}.norm1", x))
        x = net.node("Add", layer, x, mixed)
        inner = gelu(
            f"{layer}.act", linear(f"{layer}.fc1", norm(f"{layer}.norm2", x), WIDTH, 128)
        )
        x = net.node("Add", layer, x, linear(f"{layer}.fc2", inner, 128, WIDTH))
    result = linear("classifier", norm("norm", x), WIDTH, 16)
    source = helper.make_tensor_value_info("tokens", TensorProto.INT64, [1, TOKENS])
    return net.model(source, "logits", result, [1, TOKENS, 16])


def segmentation() -> onnx.ModelProto:
    """A U-Net: two steps down, two up by ConvTranspose, with skips."""
    net = Builder(3)

    def twice(module: str, x: str, ins: int, outs: int) -> str:
        first = net.relu_conv(f"{module}.0", x, ins, outs)
        return net.relu_conv(f"{module}.1", first, outs, outs)

    def up(module: str, x: str, skip: str, ins: int, outs: int) -> str:
        weight = net.normal(f"{module}.weight", ins, outs, 2, 2)
        y = net.node("ConvTranspose", module, x, weight, strides=[2, 2], kernel_shape=[2, 2])
        return net.node("Concat", module, skip, y, axis=1)

    def pool(module: str, x: str) -> str:
        return net.node("MaxPool", module, x, kernel_shape=[2, 2], strides=[2, 2])

    first = twice("down.0", "image", 3, 16)
    second = twice("down.1", pool("pool.0", first), 16, 32)
    deep = twice("middle", pool("pool.1", second), 32, 64)
    x = twice("up.0", up("lift.0", deep, second, 64, 32), 64, 32)
    x = twice("up.1", up("lift.1", x, first, 32, 16), 32, 16)
    result = net.conv("head", x, 16, 16, kernel=1)
    source = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, SIZE, SIZE])
    return net.model(source, "classes", result, [1, 16, SIZE, SIZE])


def pictures(seed: int) -> np.ndarray:
    """Return smooth random pictures [samples, 3, size, size] between 0 and 1."""
    random = np.random.default_rng(seed)
    x = random.standard_normal((SAMPLES, 3, SIZE, SIZE))
    for _ in range(6):
        for axis in (2, 3):
            x = (np.roll(x, 1, axis) + x + np.roll(x, -1, axis)) / 3
    low, high = x.min((1, 2, 3), keepdims=True), x.max((1, 2, 3), keepdims=True)
    return ((x - low) / (high - low)).astype(np.float32)


def main() -> None:
    """Write the models and their data."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    tokens = np.random.default_rng(4).integers(0, WORDS, (SAMPLES, TOKENS))
    for name, model, data in (
        ("detector", detector(), pictures(5)),
        ("encoder", encoder(), tokens),
        ("segmentation", segmentation(), pictures(6)),
    ):
        onnx.checker.check_model(model)
        onnx.save(model, folder / f"{name}.onnx")
        np.save(folder / f"{name}.npy", data)


if __name__ == "__main__":
    main()
