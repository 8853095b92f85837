# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Whole networks: measured ranges in, a Q/DQ model out, compared with float on the CPU."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest

from setrange.exporters.qdq import write_qdq
from setrange.exporters.qdq.rules import check_qdq
from setrange.model.loading import load_model
from tests.exporters.quantizing import Shapes, plan_of, save
from tests.support.running import run, sqnr

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

K3 = "<kernel_shape = [3, 3], pads = [1, 1, 1, 1]>"
HALVE = "<kernel_shape = [3, 3], pads = [1, 1, 1, 1], strides = [2, 2]>"
POINT = "<kernel_shape = [1, 1]>"


@dataclass(frozen=True)
class Case:
    """A network, what gets a pair, and the noise that is allowed (dB)."""

    graph: str
    weights: Shapes
    pairs: set[str]
    noise: float
    opset: int = 17


RESNET = Case(
    f"""(float[1,3,32,32] x) => (float[1,10] y) {{
        c0 = Conv{HALVE}(x, w0)
        r0 = Relu(c0)
        p0 = MaxPool<kernel_shape = [2, 2], strides = [2, 2]>(r0)
        c1 = Conv{K3}(p0, w1)
        r1 = Relu(c1)
        c2 = Conv{K3}(r1, w2)
        a1 = Add(c2, p0)
        b1 = Relu(a1)
        c3 = Conv{HALVE}(b1, w3)
        r3 = Relu(c3)
        c4 = Conv{K3}(r3, w4)
        s4 = Conv<kernel_shape = [1, 1], strides = [2, 2]>(b1, w5)
        a2 = Add(c4, s4)
        b2 = Relu(a2)
        g = GlobalAveragePool(b2)
        f = Flatten(g)
        y = Gemm<transB = 1>(f, fw, fb)
    }}""",
    {
        "w0": (16, 3, 3, 3), "w1": (16, 16, 3, 3), "w2": (16, 16, 3, 3), "w3": (32, 16, 3, 3),
        "w4": (32, 32, 3, 3), "w5": (32, 16, 1, 1), "fw": (10, 32), "fb": (10,),
    },
    {"x", "p0", "r1", "b1", "r3"},
    25,
)  # fmt: skip

MOBILENET = Case(
    f"""(float[1,16,16,16] x) => (float[1,16,16,16] y)
    <float low = {{0.0}}, float high = {{6.0}}> {{
        e = Conv{POINT}(x, expand)
        e6 = Clip(e, low, high)
        d = Conv<kernel_shape = [3, 3], pads = [1, 1, 1, 1], group = 32>(e6, depthwise)
        d6 = Clip(d, low, high)
        p = Conv{POINT}(d6, project)
        y = Add(x, p)
    }}""",
    {"expand": (32, 16, 1, 1), "depthwise": (32, 1, 3, 3), "project": (16, 32, 1, 1)},
    {"x", "e6", "d6"},
    28,
)

YOLO = Case(
    f"""(float[1,16,16,16] x) => (float[1,18,16,16] y) {{
        c = Conv{HALVE}(x, w0)
        s = Sigmoid(c)
        a = Mul(c, s)
        left, right = Split<axis = 1>(a, halves)
        m = Conv{K3}(left, w1)
        ms = Sigmoid(m)
        ma = Mul(m, ms)
        k = Concat<axis = 1>(ma, right)
        n = Conv{POINT}(k, w2)
        u = Resize<mode = "nearest">(n, , scales)
        t = Concat<axis = 1>(u, x)
        y = Conv{POINT}(t, w3)
    }}""",
    {"w0": (32, 16, 3, 3), "w1": (16, 16, 3, 3), "w2": (16, 32, 1, 1), "w3": (18, 32, 1, 1)},
    {"x", "left", "k", "t"},
    25,
)

UNET = Case(
    f"""(float[1,16,16,16] x) => (float[1,2,16,16] y) {{
        d = Conv{K3}(x, w0)
        r = Relu(d)
        p = MaxPool<kernel_shape = [2, 2], strides = [2, 2]>(r)
        b = Conv{K3}(p, w1)
        br = Relu(b)
        u = ConvTranspose<kernel_shape = [2, 2], strides = [2, 2]>(br, w2)
        k = Concat<axis = 1>(u, r)
        o = Conv{K3}(k, w3)
        or = Relu(o)
        y = Conv{POINT}(or, w4)
    }}""",
    {
        "w0": (16, 16, 3, 3), "w1": (32, 16, 3, 3), "w2": (32, 16, 2, 2),
        "w3": (16, 32, 3, 3), "w4": (2, 16, 1, 1),
    },
    {"x", "p", "k", "or"},
    25,
)  # fmt: skip

TRANSFORMER = Case(
    """(float[2,16,64] x) => (float[2,16,64] y) <float root = {8.0}> {
        n = LayerNormalization(x, g0, b0)
        q = MatMul(n, wq)
        k = MatMul(n, wk)
        v = MatMul(n, wv)
        kt = Transpose<perm = [0, 2, 1]>(k)
        s = MatMul(q, kt)
        sd = Div(s, root)
        p = Softmax(sd)
        a = MatMul(p, v)
        o = MatMul(a, wo)
        h = Add(x, o)
        m = LayerNormalization(h, g1, b1)
        f1 = MatMul(m, w1)
        f1b = Add(f1, c1)
        r = Relu(f1b)
        f2 = MatMul(r, w2)
        y = Add(h, f2)
    }""",
    {
        "g0": (64,), "b0": (64,), "g1": (64,), "b1": (64,), "c1": (128,), "wq": (64, 64),
        "wk": (64, 64), "wv": (64, 64), "wo": (64, 64), "w1": (64, 128), "w2": (128, 64),
    },
    {"n", "a", "m", "r"},
    28,
)  # fmt: skip

RECURRENT = Case(
    """(float[5,2,16] x) => (float[10,8] y) {
        g = GRU<hidden_size = 16>(x, gw, gr)
        gs = Squeeze(g, one)
        l = LSTM<hidden_size = 16>(gs, lw, lr)
        f = Reshape(l, flat)
        y = MatMul(f, w)
    }""",
    {"gw": (1, 48, 16), "gr": (1, 48, 16), "lw": (1, 64, 16), "lr": (1, 64, 16), "w": (16, 8)},
    {"f"},
    30,
)

INTEGERS = {
    "halves": np.array([16, 16]),
    "one": np.array([1]),
    "flat": np.array([10, 16]),
    "scales": np.array([1, 1, 2, 2], dtype=np.float32),
}

CASES = {
    "resnet": RESNET,
    "mobilenet": MOBILENET,
    "yolo": YOLO,
    "unet": UNET,
    "transformer": TRANSFORMER,
    "recurrent": RECURRENT,
}


def built(path: Path, case: Case) -> Path:
    """The network, its weights scaled so that values stay of one size."""
    constants = [
        onnx.numpy_helper.from_array(array, name)
        for name, array in INTEGERS.items()
        if f" {name})" in case.graph
    ]
    save(path, case.graph, case.weights, opset=case.opset, initializers=constants)
    model = onnx.load(path)
    for tensor in model.graph.initializer:
        if tensor.name in case.weights and len(tensor.dims) > 1:
            values = onnx.numpy_helper.to_array(tensor)
            fan_in = math.prod(values.shape[1:]) if values.ndim > 2 else values.shape[0]
            scaled = values * np.float32(math.sqrt(2 / fan_in))
            tensor.CopyFrom(onnx.numpy_helper.from_array(scaled, tensor.name))
    onnx.save(model, path)
    return path


def measured(path: Path, x: npt.NDArray[Any]) -> dict[str, float]:
    """Largest absolute value of every float tensor on one input."""
    model = onnx.load(path)
    known = {value.name for value in model.graph.output}
    names = [n for node in model.graph.node for n in node.output if n and n not in known]
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    taps = path.with_name("taps.onnx")
    onnx.save(model, taps)
    values = run(taps, {"x": x})
    order = [*known, *names]
    ranges = {n: float(abs(v).max()) for n, v in zip(order, values, strict=True) if v.size}
    return {"x": float(abs(x).max())} | {n: amax for n, amax in ranges.items() if amax > 0}


@pytest.mark.parametrize("weights", ["float", "int8"])
@pytest.mark.parametrize("name", CASES)
def test_networks(tmp_path: Path, name: str, weights: str) -> None:
    case = CASES[name]
    path = built(tmp_path / "m.onnx", case)
    shape = [d.dim_value for d in onnx.load(path).graph.input[0].type.tensor_type.shape.dim]
    x = np.random.default_rng(3).standard_normal(shape).astype(np.float32)
    plan = plan_of(path, measured(path, x), default=None, fill="safe")
    out = tmp_path / "q.onnx"
    made = write_qdq(plan, path, out, weights=weights)
    assert set(made.scales) == case.pairs
    onnx.checker.check_model(out, full_check=True)
    assert check_qdq(load_model(out)) == []
    (wanted,), (got,) = run(path, {"x": x}), run(out, {"x": x})
    assert sqnr(wanted, got) > case.noise
