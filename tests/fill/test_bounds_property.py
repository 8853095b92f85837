# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Random float networks: what ONNX Runtime computes lies within the bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from hypothesis import HealthCheck, example, given, reject, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from setrange.errors import ParserRefusedError
from setrange.fill.engine import fill_ranges
from setrange.fill.facts import Fact
from setrange.fill.interval import Interval
from setrange.importer.parser import import_model
from setrange.model.loading import load_model
from setrange.versions import TrtVersion

if TYPE_CHECKING:
    from pathlib import Path

onnxruntime = pytest.importorskip("onnxruntime", reason="evaluates the random networks")

SHAPE = (1, 4, 6, 6)
UNARY = (
    *("Relu", "Sigmoid", "Tanh", "LeakyRelu", "Elu", "Selu", "Softplus", "Softsign"),
    *("HardSigmoid", "Abs", "Neg", "Exp", "Sqrt", "Sin", "Cos", "Erf", "Floor", "Ceil"),
    *("Softmax", "Identity", "Clip", "BatchNormalization", "InstanceNormalization"),
    *("MaxPool", "AveragePool", "Conv", "ConvTranspose", "MatMul", "PRelu", "LRN"),
    *("ReduceMean", "ReduceMax", "ReduceSum", "Transpose", "Reshape", "Slice", "Pad"),
    *("AddConstant", "MulConstant", "DivConstant", "PowConstant"),
)
BINARY = ("Add", "Sub", "Mul", "Div", "Max", "Min", "Concat", "Where")


class RandomModel:
    """A chain of ops that all keep the shape, each fed by any earlier value."""

    def __init__(self, seed: int, ops: list[str]) -> None:
        self.random = np.random.default_rng(seed)
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self.values = ["x"]
        for op in ops:
            self.values.append(self.add(op))

    def weights(self, values: Any, dtype: str = "float32") -> str:
        name = f"w{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(np.asarray(values, dtype), name))
        return name

    def normal(self, *shape: int) -> str:
        return self.weights(self.random.normal(0, 0.5, shape))

    def node(self, op: str, inputs: list[str], **attributes: Any) -> str:
        output = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [output], output, **attributes))
        return output

    def add(self, op: str) -> str:
        x, y = (str(v) for v in self.random.choice(self.values[-3:], 2))
        if op in BINARY:
            return self.binary(op, x, y)
        if op.endswith("Constant"):
            value = self.weights(self.random.uniform(0.5, 2.0, (4, 1, 1)).round(2))
            value = self.weights(2.0) if op == "PowConstant" else value
            return self.node(op.removesuffix("Constant"), [x, value])
        build = getattr(self, op, None)
        return self.node(op, [x]) if build is None else str(build(x))

    def binary(self, op: str, x: str, y: str) -> str:
        if op == "Concat":
            both = self.node("Concat", [x, y], axis=1)
            bounds = [self.weights([v], "int64") for v in (2, 6, 1)]
            return self.node("Slice", [both, *bounds])
        if op == "Where":
            mask = self.weights(self.random.random(SHAPE) < 0.5, "bool")
            return self.node("Where", [mask, x, y])
        if op == "Div":
            y = self.node("Exp", [self.node("Tanh", [y])])
        return self.node(op, [x, y])

    def Clip(self, x: str) -> str:  # noqa: N802
        return self.node("Clip", [x, self.weights(-0.5), self.weights(2.0)])

    def BatchNormalization(self, x: str) -> str:  # noqa: N802
        variance = self.weights(self.random.uniform(0.5, 2, 4))
        parts = [self.normal(4), self.normal(4), self.normal(4), variance]
        return self.node("BatchNormalization", [x, *parts])

    def InstanceNormalization(self, x: str) -> str:  # noqa: N802
        return self.node("InstanceNormalization", [x, self.normal(4), self.normal(4)])

    def MaxPool(self, x: str) -> str:  # noqa: N802
        return self.node("MaxPool", [x], kernel_shape=[3, 3], pads=[1] * 4)

    def AveragePool(self, x: str) -> str:  # noqa: N802
        count = int(self.random.integers(2))
        return self.node(
            "AveragePool", [x], kernel_shape=[3, 3], pads=[1] * 4, count_include_pad=count
        )

    def Conv(self, x: str) -> str:  # noqa: N802
        group = int(self.random.choice([1, 2, 4]))
        parts = [self.normal(4, 4 // group, 3, 3), self.normal(4)]
        return self.node("Conv", [x, *parts], pads=[1] * 4, group=group)

    def ConvTranspose(self, x: str) -> str:  # noqa: N802
        group = int(self.random.choice([1, 2, 4]))
        parts = [self.normal(4, 4 // group, 3, 3), self.normal(4)]
        return self.node("ConvTranspose", [x, *parts], pads=[1] * 4, group=group)

    def reduce(self, op: str, x: str) -> str:
        return self.node("Add", [x, self.node(op, [x], axes=[2, 3])])

    def ReduceMean(self, x: str) -> str:  # noqa: N802
        return self.reduce("ReduceMean", x)

    def ReduceMax(self, x: str) -> str:  # noqa: N802
        return self.reduce("ReduceMax", x)

    def ReduceSum(self, x: str) -> str:  # noqa: N802
        axes = self.weights([2, 3], "int64")
        return self.node("Add", [x, self.node("ReduceSum", [x, axes])])

    def PRelu(self, x: str) -> str:  # noqa: N802
        return self.node("PRelu", [x, self.normal(4, 1, 1)])

    def LRN(self, x: str) -> str:  # noqa: N802
        return self.node("LRN", [x], size=3, alpha=0.1, bias=float(self.random.uniform(0.5, 2)))

    def Transpose(self, x: str) -> str:  # noqa: N802
        return self.node("Transpose", [x], perm=[0, 1, 3, 2])

    def Reshape(self, x: str) -> str:  # noqa: N802
        flat = self.node("Reshape", [x, self.weights([1, -1], "int64")])
        return self.node("Reshape", [flat, self.weights(SHAPE, "int64")])

    def Slice(self, x: str) -> str:  # noqa: N802
        bounds = [self.weights([v], "int64") for v in (1, 3, 2)]
        half = self.node("Slice", [x, *bounds])
        return self.node("Concat", [half, half, half], axis=2)

    def Pad(self, x: str) -> str:  # noqa: N802
        half = self.node("Slice", [x, *(self.weights([v], "int64") for v in (0, 4, 2))])
        pads = self.weights([0, 0, 1, 0, 0, 0, 1, 0], "int64")
        return self.node("Pad", [half, pads, self.weights(1.5)])

    def MatMul(self, x: str) -> str:  # noqa: N802
        return self.node("MatMul", [x, self.normal(6, 6)])

    def build(self) -> onnx.ModelProto:
        outputs = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, None)
            for node in self.nodes
            for name in node.output
        ]
        data = helper.make_tensor_value_info("x", TensorProto.FLOAT, SHAPE)
        # Shapes of the outputs are inferred; the last one alone is a network output.
        graph = helper.make_graph(self.nodes, "g", [data], outputs[-1:], self.initializers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
        model.ir_version = 8
        return onnx.shape_inference.infer_shapes(model)

    def evaluate(self, samples: list[np.ndarray[Any, Any]]) -> dict[str, tuple[float, float]]:
        """(min, max) of every value over the samples."""
        model = self.build()
        del model.graph.output[:]
        for node in self.nodes:
            for name in node.output:
                model.graph.output.append(
                    helper.make_tensor_value_info(name, TensorProto.FLOAT, None)
                )
        names = [value.name for value in model.graph.output]
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        session = onnxruntime.InferenceSession(model.SerializeToString(), options)
        found: dict[str, tuple[float, float]] = {}
        for sample in samples:
            for name, value in zip(names, session.run(names, {"x": sample}), strict=True):
                # A MaxPool that sees only NaN gives the lowest number there is.
                value = value[np.isfinite(value) & (value > np.finfo(np.float32).min)]
                if value.size:
                    low, high = found.get(name, (np.inf, -np.inf))
                    found[name] = min(low, value.min()), max(high, value.max())
        return found


@pytest.mark.property
@pytest.mark.parametrize("trt", ["8.2", "8.6", "10.10"])
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@example(seed=0, ops=["Floor"], low=-5.960464477539063e-08, width=2.0)
@given(
    seed=st.integers(0, 2**32 - 1),
    ops=st.lists(st.sampled_from([*UNARY, *BINARY]), min_size=1, max_size=8),
    low=st.floats(-4, 2, width=16),
    width=st.floats(0.25, 4, width=16),
)
def test_samples_lie_within_bounds(
    tmp_path: Path, trt: str, seed: int, ops: list[str], low: float, width: float
) -> None:
    random = RandomModel(seed, ops)
    path = tmp_path / "model.onnx"
    onnx.save(random.build(), path)
    try:
        network = import_model(load_model(path), TrtVersion.parse(trt))
    except ParserRefusedError:
        reject()
    high = float(np.float32(low + width))  # samples are rounded as well
    known = {network.inputs[0]: Fact.given(Interval(low, high))}
    facts, _ = fill_ranges(network, known, fill="bounds")
    draw = np.random.default_rng(seed)
    samples = [
        (low + width * draw.random(SHAPE)).astype(np.float32),
        (low + width * draw.integers(0, 2, SHAPE)).astype(np.float32),
    ]
    seen = random.evaluate(samples)
    for tensor, fact in facts.items():
        # A range taken from the output side need not hold values that the layer cuts off.
        if tensor.onnx_value not in seen or fact.why.startswith("= output"):
            continue
        least, most = map(float, seen[tensor.onnx_value])  # a bound may pass float32
        slack = 1e-3 * max(1.0, abs(least), abs(most))
        assert fact.interval.lo - slack <= least, (tensor, fact)
        assert most <= fact.interval.hi + slack, (tensor, fact)
