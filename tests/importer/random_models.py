# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Random well-formed ONNX graphs: what exporters write, joined at random."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

__all__ = ["exported"]

_UNARY = (
    *("Relu", "Sigmoid", "Tanh", "Exp", "Neg", "Sqrt", "Identity", "Softplus", "Abs", "Erf"),
    *("Floor", "Sin", "HardSigmoid", "Elu", "LeakyRelu", "Log", "Reciprocal"),
)
_BINARY = ("Add", "Sub", "Mul", "Div", "Max", "Min", "Pow")
_REDUCE = ("ReduceMean", "ReduceMax", "ReduceMin", "ReduceL2", "ReduceLogSumExp", "ReduceProd")


class _Graph:
    """A graph that grows; shapes are known, as dims of the first value may be dynamic."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.opset: int = draw(st.sampled_from((9, 11, 13, 17, 18, 20)))
        rank = draw(st.integers(1, 4))
        self.shape = draw(st.lists(st.integers(1, 5), min_size=rank, max_size=rank))
        self.free = draw(st.lists(st.booleans(), min_size=rank, max_size=rank))
        self.values: list[tuple[str, tuple[int, ...]]] = [("x", tuple(self.shape))]
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self.weight_count = 0

    def pick(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def weights(self, array: Any) -> str:
        self.weight_count += 1
        name = f"w{self.weight_count}"
        if self.pick(True, True, False):
            self.initializers.append(numpy_helper.from_array(array, name))
        else:
            value = numpy_helper.from_array(array, "")
            self.nodes.append(helper.make_node("Constant", [], [name], value=value))
        return name

    def ints(self, *values: int) -> str:
        return self.weights(np.array(values, np.int64))

    def node(self, op: str, inputs: list[str], **attributes: Any) -> str:
        out = f"v{len(self.nodes)}"
        name = self.pick("", f"/{op}_{len(self.nodes)}", "twice")
        self.nodes.append(helper.make_node(op, inputs, [out], name=name, **attributes))
        return out

    def grow(self) -> None:
        kind = self.pick(
            *("unary", "binary", "constant", "reduce", "reshape", "transpose", "concat"),
            *("softmax", "flatten", "squeeze", "unsqueeze", "slice", "matmul", "shape", "clip"),
            *("gather", "expand", "layer_norm", "split", "topk", "cast", "where", "pad"),
            *("conv", "pool", "global_pool", "batch_norm", "instance_norm", "resize", "gemm"),
            *("arg", "tile", "depth_to_space", "gelu", "conv_transpose", "cumsum", "einsum"),
        )
        x, shape = self.draw(st.sampled_from(self.values))
        result = getattr(self, f"add_{kind}")(x, shape)
        if result is not None:
            self.values.append(result)

    def add_unary(self, x: str, shape: tuple[int, ...]) -> Any:
        return self.node(self.pick(*_UNARY), [x]), shape

    def add_binary(self, x: str, shape: tuple[int, ...]) -> Any:
        fitting = [v for v, s in self.values if s == shape]
        return self.node(self.pick(*_BINARY), [x, self.pick(*fitting)]), shape

    def add_constant(self, x: str, shape: tuple[int, ...]) -> Any:
        tail = shape[self.draw(st.integers(0, len(shape))) :]
        dims = [self.pick(1, d) for d in tail]
        w = self.weights(np.full(dims, 1.5, np.float32))
        inputs = self.pick([x, w], [w, x])
        return self.node(self.pick(*_BINARY), inputs), shape

    def add_reduce(self, x: str, shape: tuple[int, ...]) -> Any:
        if not shape:
            return None
        axes = sorted(
            self.draw(st.sets(st.integers(0, len(shape) - 1), min_size=1, max_size=2))
        )
        keep = self.pick(0, 1)
        op = self.pick(*_REDUCE)
        if self.opset >= 18:
            y = self.node(op, [x, self.ints(*axes)], keepdims=keep)
        else:
            y = self.node(op, [x], axes=axes, keepdims=keep)
        kept = [1 if i in axes else d for i, d in enumerate(shape) if keep or i not in axes]
        return y, tuple(kept)

    def add_reshape(self, x: str, shape: tuple[int, ...]) -> Any:
        if not shape:
            return None
        flat = self.pick((-1,), (shape[0], -1), (0, -1), (1, -1))
        first = [] if len(flat) == 1 else [1 if flat[0] == 1 else shape[0]]
        size = int(np.prod(shape))
        return self.node("Reshape", [x, self.ints(*flat)]), (*first, size // (first or [1])[0])

    def add_transpose(self, x: str, shape: tuple[int, ...]) -> Any:
        if not shape:
            return None
        perm = self.draw(st.permutations(range(len(shape))))
        return self.node("Transpose", [x], perm=perm), tuple(shape[i] for i in perm)

    def add_concat(self, x: str, shape: tuple[int, ...]) -> Any:
        if not shape:
            return None
        axis = self.draw(st.integers(0, len(shape) - 1))
        dims = list(shape)
        dims[axis] *= 2
        return self.node("Concat", [x, x], axis=axis), tuple(dims)

    def add_softmax(self, x: str, shape: tuple[int, ...]) -> Any:
        if not shape:
            return None
        axis = self.draw(st.integers(-len(shape), len(shape) - 1))
        return self.node(self.pick("Softmax", "LogSoftmax", "Hardmax"), [x], axis=axis), shape

    def add_flatten(self, x: str, shape: tuple[int, ...]) -> Any:
        axis = self.draw(st.integers(0, len(shape)))
        dims = int(np.prod(shape[:axis])), int(np.prod(shape[axis:]))
        return self.node("Flatten", [x], axis=axis), dims

    def add_squeeze(self, x: str, shape: tuple[int, ...]) -> Any:
        ones = [i for i, d in enumerate(shape) if d == 1]
        if not ones:
            return None
        axis = self.pick(*ones)
        rest = shape[:axis] + shape[axis + 1 :]
        if self.opset >= 13:
            return self.node("Squeeze", [x, self.ints(axis)]), rest
        return self.node("Squeeze", [x], axes=[axis]), rest

    def add_unsqueeze(self, x: str, shape: tuple[int, ...]) -> Any:
        if len(shape) > 4:
            return None
        axis = self.draw(st.integers(0, len(shape)))
        dims = (*shape[:axis], 1, *shape[axis:])
        if self.opset >= 13:
            return self.node("Unsqueeze", [x, self.ints(axis)]), dims
        return self.node("Unsqueeze", [x], axes=[axis]), dims

    def add_slice(self, x: str, shape: tuple[int, ...]) -> Any:
        if not shape:
            return None
        axis = self.draw(st.integers(0, len(shape) - 1))
        dims = (*shape[:axis], 1, *shape[axis + 1 :])
        if self.opset >= 11:
            return self.node("Slice", [x, self.ints(0), self.ints(1), self.ints(axis)]), dims
        return self.node("Slice", [x], starts=[0], ends=[1], axes=[axis]), dims

    def add_matmul(self, x: str, shape: tuple[int, ...]) -> Any:
        if not shape:
            return None
        w = self.weights(np.ones((shape[-1], 3), np.float32))
        return self.node("MatMul", [x, w]), (*shape[:-1], 3)

    def add_shape(self, x: str, shape: tuple[int, ...]) -> Any:
        """Reshape to the value's own shape, the way exporters of dynamic models do."""
        if not shape:
            return None
        taken = self.node("Shape", [x])
        if self.pick(True, False):
            return self.node("Reshape", [x, taken]), shape
        parts = []
        for i in range(len(shape)):
            one = self.node("Gather", [taken, self.ints(i)], axis=0)
            parts.append(one)
        joined = self.node("Concat", parts, axis=0)
        return self.node(self.pick("Reshape", "Expand"), [x, joined]), shape

    def add_clip(self, x: str, shape: tuple[int, ...]) -> Any:
        if self.opset < 11:
            return self.node("Clip", [x], min=0.0, max=6.0), shape
        low, high = (self.weights(np.array(v, np.float32)) for v in (0.0, 6.0))
        return self.node("Clip", self.pick([x, low, high], [x, low], [x, "", high])), shape

    def add_gather(self, x: str, shape: tuple[int, ...]) -> Any:
        if not shape:
            return None
        axis = self.draw(st.integers(0, len(shape) - 1))
        scalar = self.pick(True, False)
        index = self.weights(np.array(0 if scalar else [0], np.int64))
        middle = () if scalar else (1,)
        return (
            self.node("Gather", [x, index], axis=axis),
            (*shape[:axis], *middle, *shape[axis + 1 :]),
        )

    def add_expand(self, x: str, shape: tuple[int, ...]) -> Any:
        if not shape:
            return None
        return self.node("Expand", [x, self.ints(2, *([1] * len(shape)))]), (2, *shape)

    def add_layer_norm(self, x: str, shape: tuple[int, ...]) -> Any:
        if self.opset < 17 or not shape:
            return None
        scale = self.weights(np.ones(shape[-1], np.float32))
        inputs = [x, scale]
        if self.pick(True, False):
            inputs.append(self.weights(np.zeros(shape[-1], np.float32)))
        return self.node("LayerNormalization", inputs, axis=-1), shape

    def add_split(self, x: str, shape: tuple[int, ...]) -> Any:
        if not shape or shape[-1] % 2 or self.opset >= 18:
            return None
        outs = [f"v{len(self.nodes)}", f"v{len(self.nodes)}b"]
        self.nodes.append(helper.make_node("Split", [x], outs, axis=len(shape) - 1))
        half = (*shape[:-1], shape[-1] // 2)
        self.values.append((outs[0], half))
        return outs[1], half

    def add_topk(self, x: str, shape: tuple[int, ...]) -> Any:
        if not shape or self.opset < 11:
            return None
        k = self.ints(1)
        outs = [f"v{len(self.nodes)}", f"v{len(self.nodes)}b"]
        self.nodes.append(helper.make_node("TopK", [x, k], outs, axis=-1))
        return outs[0], (*shape[:-1], 1)

    def add_cast(self, x: str, shape: tuple[int, ...]) -> Any:
        half = self.node("Cast", [x], to=TensorProto.FLOAT16)
        return self.node("Cast", [half], to=TensorProto.FLOAT), shape

    def add_where(self, x: str, shape: tuple[int, ...]) -> Any:
        if self.opset < 11:
            return None
        above = self.node("Greater", [x, self.weights(np.zeros((), np.float32))])
        other = self.weights(np.ones(self.pick((), (1,)), np.float32))
        return self.node("Where", [above, x, other]), shape

    def add_pad(self, x: str, shape: tuple[int, ...]) -> Any:
        if not shape:
            return None
        ends = [*([0] * (2 * len(shape) - 1)), 1]
        dims = (*shape[:-1], shape[-1] + 1)
        if self.opset < 11:
            return self.node("Pad", [x], pads=ends), dims
        return self.node("Pad", [x, self.ints(*ends)]), dims

    def add_conv(self, x: str, shape: tuple[int, ...]) -> Any:
        if len(shape) not in (3, 4):
            return None
        size = [1] * (len(shape) - 2)
        w = self.weights(np.ones((2, shape[1], *size), np.float32))
        inputs = [x, w]
        if self.pick(True, False):
            inputs.append(self.weights(np.ones(2, np.float32)))
        return self.node("Conv", inputs), (shape[0], 2, *shape[2:])

    def add_conv_transpose(self, x: str, shape: tuple[int, ...]) -> Any:
        if len(shape) not in (3, 4):
            return None
        size = [2] * (len(shape) - 2)
        w = self.weights(np.ones((shape[1], 2, *size), np.float32))
        dims = (shape[0], 2, *(2 * d for d in shape[2:]))
        return self.node("ConvTranspose", [x, w], strides=size), dims

    def add_pool(self, x: str, shape: tuple[int, ...]) -> Any:
        if len(shape) not in (3, 4) or min(shape[2:]) < 2:
            return None
        op = self.pick("MaxPool", "AveragePool")
        kernel = [2] * (len(shape) - 2)
        y = self.node(op, [x], kernel_shape=kernel)
        return y, (*shape[:2], *(d - 1 for d in shape[2:]))

    def add_global_pool(self, x: str, shape: tuple[int, ...]) -> Any:
        if len(shape) not in (3, 4):
            return None
        y = self.node(self.pick("GlobalAveragePool", "GlobalMaxPool"), [x])
        return y, (*shape[:2], *([1] * (len(shape) - 2)))

    def add_batch_norm(self, x: str, shape: tuple[int, ...]) -> Any:
        if len(shape) < 2:
            return None
        inputs = [self.weights(np.full(shape[1], v, np.float32)) for v in (1, 0, 0, 1)]
        return self.node("BatchNormalization", [x, *inputs]), shape

    def add_instance_norm(self, x: str, shape: tuple[int, ...]) -> Any:
        if len(shape) not in (3, 4):
            return None
        inputs = [self.weights(np.full(shape[1], v, np.float32)) for v in (1, 0)]
        return self.node("InstanceNormalization", [x, *inputs]), shape

    def add_resize(self, x: str, shape: tuple[int, ...]) -> Any:
        if self.opset < 11 or len(shape) not in (3, 4):
            return None
        roi = self.weights(np.zeros(0, np.float32)) if self.opset < 13 else ""
        factors = np.array([1, 1, *([2] * (len(shape) - 2))], np.float32)
        mode = self.pick("nearest", "linear")
        y = self.node("Resize", [x, roi, self.weights(factors)], mode=mode)
        return y, (*shape[:2], *(2 * d for d in shape[2:]))

    def add_gemm(self, x: str, shape: tuple[int, ...]) -> Any:
        if len(shape) != 2:
            return None
        inputs = [x, self.weights(np.ones((3, shape[1]), np.float32))]
        if self.pick(True, False):
            inputs.append(self.weights(np.ones(self.pick((3,), (1, 3), (1,)), np.float32)))
        factors = self.pick({}, {"alpha": 0.5}, {"beta": 2.0})
        return self.node("Gemm", inputs, transB=1, **factors), (shape[0], 3)

    def add_arg(self, x: str, shape: tuple[int, ...]) -> Any:
        if not shape:
            return None
        axis = self.draw(st.integers(0, len(shape) - 1))
        keep = self.pick(0, 1)
        y = self.node(self.pick("ArgMax", "ArgMin"), [x], axis=axis, keepdims=keep)
        kept = (*shape[:axis], *((1,) * keep), *shape[axis + 1 :])
        return self.node("Cast", [y], to=TensorProto.FLOAT), kept

    def add_tile(self, x: str, shape: tuple[int, ...]) -> Any:
        if not shape:
            return None
        repeats = [self.pick(1, 2) for _ in shape]
        dims = tuple(d * r for d, r in zip(shape, repeats, strict=True))
        return self.node("Tile", [x, self.ints(*repeats)]), dims

    def add_depth_to_space(self, x: str, shape: tuple[int, ...]) -> Any:
        if len(shape) != 4 or shape[1] % 4:
            return None
        dims = (shape[0], shape[1] // 4, 2 * shape[2], 2 * shape[3])
        return self.node("DepthToSpace", [x], blocksize=2), dims

    def add_gelu(self, x: str, shape: tuple[int, ...]) -> Any:
        if self.opset < 20:
            return None
        return self.node("Gelu", [x], approximate=self.pick("none", "tanh")), shape

    def add_cumsum(self, x: str, shape: tuple[int, ...]) -> Any:
        if not shape or self.opset < 11:
            return None
        axis = self.weights(np.array(len(shape) - 1, np.int64))
        return self.node("CumSum", [x, axis]), shape

    def add_einsum(self, x: str, shape: tuple[int, ...]) -> Any:
        if len(shape) != 2 or self.opset < 12:
            return None
        return self.node("Einsum", [x, x], equation="ij,ik->jk"), (shape[1], shape[1])

    def model(self) -> onnx.ModelProto:
        dims = [None if free else d for d, free in zip(self.shape, self.free, strict=True)]
        used = {name for node in self.nodes for name in node.input}
        loose = [v for v, _ in self.values if v not in used] or [self.values[-1][0]]
        outputs = [
            helper.make_tensor_value_info(v, TensorProto.FLOAT, None) for v in loose if v != "x"
        ]
        graph = helper.make_graph(
            self.nodes,
            "random",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, dims)],
            outputs,
            self.initializers,
        )
        opsets = [helper.make_opsetid("", self.opset)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=8)


@st.composite
def exported(draw: st.DrawFn) -> onnx.ModelProto:
    """A graph of well-formed nodes over one input whose dims may be dynamic."""
    graph = _Graph(draw)
    graph.add_unary("x", graph.values[0][1])
    graph.values.append((graph.nodes[-1].output[0], graph.values[0][1]))
    for _ in range(draw(st.integers(1, 7))):
        graph.grow()
    return graph.model()
