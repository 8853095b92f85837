# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Random and damaged models: a network or one of our errors, never anything else."""

from __future__ import annotations

import functools
from typing import Any

import hypothesis.strategies as st
import numpy as np
import onnx
import pytest
from hypothesis import HealthCheck, given, settings
from onnx import TensorProto, helper, numpy_helper

from setrange.errors import SetrangeError
from setrange.importer.model_at import UNNAMED
from setrange.importer.parser import import_model
from setrange.importer.registry import registered_ops
from setrange.versions import PROFILES, TrtVersion
from tests.golden.data import own_models
from tests.importer.graphs import model_of

RELAXED = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def check(proto: onnx.ModelProto, profile: str) -> None:
    """Import; a network must be consistent, an error must be ours."""
    model = model_of(proto)
    try:
        network = import_model(model, TrtVersion.parse(profile))
        record = network.to_dict()
    except SetrangeError:
        return
    assert [layer["index"] for layer in record["layers"]] == list(range(len(network.layers)))
    # TensorRT 7.0 gives a name of its own although the model has that name: two then share it.
    like_its_own = {name for name in model.value_names() if name.startswith(UNNAMED)}
    names = [t.name for t in network.tensors() if t.name not in like_its_own]
    assert len(names) == len(set(names)), "tensor names must be unique"


UNARY = ("Relu", "Sigmoid", "Tanh", "Exp", "Neg", "Sqrt", "Identity", "Softplus", "Abs", "Erf")
BINARY = ("Add", "Sub", "Mul", "Div", "Max", "Min", "Pow")
DIMS = st.one_of(st.integers(1, 4), st.just(-1))


@st.composite
def chains(draw: st.DrawFn) -> onnx.ModelProto:
    """A DAG of well-formed nodes over one input, static or dynamic."""
    rank = draw(st.integers(1, 5))
    shape: list[Any] = [
        None if d < 0 else d for d in draw(st.lists(DIMS, min_size=rank, max_size=rank))
    ]
    values, nodes, initializers = ["x"], [], []
    for i in range(draw(st.integers(1, 8))):
        source = draw(st.sampled_from(values))
        kind = draw(st.sampled_from(("unary", "binary", "const", "reduce", "shape", "other")))
        out = f"v{i}"
        if kind == "unary":
            nodes.append(helper.make_node(draw(st.sampled_from(UNARY)), [source], [out]))
        elif kind == "binary":
            other = draw(st.sampled_from(values))
            nodes.append(
                helper.make_node(draw(st.sampled_from(BINARY)), [source, other], [out])
            )
        elif kind == "const":
            dims = draw(st.lists(st.integers(1, 3), max_size=rank))
            name = f"w{i}"
            initializers.append(numpy_helper.from_array(np.ones(dims, np.float32), name))
            nodes.append(helper.make_node(draw(st.sampled_from(BINARY)), [source, name], [out]))
        elif kind == "reduce":
            axes = draw(st.lists(st.integers(-rank, rank - 1), min_size=1, max_size=2))
            nodes.append(helper.make_node("ReduceMean", [source], [out], axes=axes, keepdims=1))
        elif kind == "shape":
            target = draw(st.lists(st.sampled_from((0, -1, 1, 2, 4)), min_size=1, max_size=4))
            name = f"s{i}"
            initializers.append(numpy_helper.from_array(np.array(target, np.int64), name))
            nodes.append(helper.make_node("Reshape", [source, name], [out]))
        else:
            axis = draw(st.integers(-rank, rank - 1))
            op = draw(st.sampled_from(("Softmax", "Flatten", "Transpose", "Concat")))
            if op == "Concat":
                nodes.append(helper.make_node(op, [source, source], [out], axis=axis))
            elif op == "Transpose":
                nodes.append(helper.make_node(op, [source], [out]))
            else:
                nodes.append(helper.make_node(op, [source], [out], axis=axis))
        values.append(out)
    graph = helper.make_graph(
        nodes,
        "random",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(values[-1], TensorProto.FLOAT, None)],
        initializers,
    )
    opset = draw(st.sampled_from((9, 11, 13, 17)))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])


@pytest.mark.property
@RELAXED
@given(proto=chains(), profile=st.sampled_from(PROFILES))
def test_random_graphs_never_crash(proto: onnx.ModelProto, profile: str) -> None:
    check(proto, profile)


#: Values of every kind that a node may find at its inputs.
INPUTS = ("", "x", "x1", "i", "b", "scalar", "w", "w4", "w0", "ints", "flag", "half", "missing")


@st.composite
def odd_nodes(draw: st.DrawFn) -> onnx.ModelProto:
    """One node of any op with inputs and attributes that may not fit it."""
    op = draw(st.sampled_from([op for op in registered_ops() if "Importer" not in op]))
    inputs = draw(st.lists(st.sampled_from(INPUTS[:-1]), max_size=6))
    attributes: dict[str, Any] = draw(
        st.dictionaries(
            st.sampled_from(
                (
                    "axis",
                    "axes",
                    "perm",
                    "to",
                    "mode",
                    "pads",
                    "kernel_shape",
                    "strides",
                    "split",
                    "keepdims",
                    "k",
                    "value",
                    "group",
                    "blocksize",
                    "hidden_size",
                    "direction",
                    "equation",
                    "starts",
                    "ends",
                    "scales",
                    "output_shape",
                    "dilations",
                    "ceil_mode",
                    "auto_pad",
                    "num_outputs",
                    "batch_dims",
                )
            ),
            st.one_of(
                st.integers(-3, 9),
                st.lists(st.integers(-3, 5), min_size=1, max_size=4),
                st.floats(-2, 2),
                st.lists(st.floats(-2, 2), min_size=1, max_size=4),
                st.sampled_from(("SAME_UPPER", "linear", "edge", "bidirectional", "ij,jk->ik")),
            ),
            max_size=4,
        )
    )
    outputs = [f"y{i}" for i in range(draw(st.integers(0, 3)))]
    node = helper.make_node(op, inputs, outputs, **attributes)
    tensors = {
        "x1": (TensorProto.FLOAT, [None]),
        "x": (TensorProto.FLOAT, [2, 3, None, 8]),
        "i": (TensorProto.INT64, [2]),
        "b": (TensorProto.BOOL, [2, 3]),
        "scalar": (TensorProto.FLOAT, []),
    }
    weights = {
        "w": np.ones((3, 3), np.float32),
        "w4": np.ones((4, 3, 2, 2), np.float32),
        "w0": np.ones((0,), np.float32),
        "ints": np.array([1, -1], np.int64),
        "flag": np.array(True),
        "half": np.ones((3,), np.float16),
    }
    graph = helper.make_graph(
        [node],
        "odd",
        [
            helper.make_tensor_value_info(n, t, s)
            for n, (t, s) in tensors.items()
            if n in inputs
        ],
        [helper.make_tensor_value_info(o, TensorProto.FLOAT, None) for o in outputs[:1]],
        [numpy_helper.from_array(a, n) for n, a in weights.items() if n in inputs],
    )
    opset = draw(st.sampled_from((6, 9, 11, 13, 18)))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])


@pytest.mark.property
@settings(RELAXED, max_examples=400)
@given(proto=odd_nodes(), profile=st.sampled_from(PROFILES))
def test_ill_fitting_nodes_never_crash(proto: onnx.ModelProto, profile: str) -> None:
    check(proto, profile)


def mutated(proto: onnx.ModelProto, draw: st.DrawFn) -> None:
    """Damage one node or one initializer of a good model."""
    graph = proto.graph
    node = graph.node[draw(st.integers(0, len(graph.node) - 1))]
    names = [name for n in graph.node for name in n.output] + [
        t.name for t in graph.initializer
    ]
    kind = draw(
        st.sampled_from(("drop", "swap", "attribute", "op", "shape", "empty", "output"))
    )
    if kind == "drop" and node.input:
        del node.input[draw(st.integers(0, len(node.input) - 1))]
    elif kind == "swap" and node.input and names:
        node.input[draw(st.integers(0, len(node.input) - 1))] = draw(st.sampled_from(names))
    elif kind == "attribute" and node.attribute:
        attribute = node.attribute[draw(st.integers(0, len(node.attribute) - 1))]
        if draw(st.booleans()):
            node.attribute.remove(attribute)
        else:
            attribute.i = draw(st.integers(-9, 9))
            del attribute.ints[: draw(st.integers(0, 3))]
    elif kind == "op":
        node.op_type = draw(st.sampled_from(sorted(registered_ops())))
    elif kind == "shape" and graph.initializer:
        tensor = graph.initializer[draw(st.integers(0, len(graph.initializer) - 1))]
        if tensor.dims:
            tensor.dims[draw(st.integers(0, len(tensor.dims) - 1))] = draw(st.integers(0, 5))
    elif kind == "empty" and node.input:
        node.input[0] = ""
    elif kind == "output" and node.output:
        node.output.append("one_more")


@pytest.mark.property
@pytest.mark.golden
@settings(RELAXED, max_examples=200)
@given(data=st.data(), profile=st.sampled_from(PROFILES))
def test_mutated_models_never_crash(data: st.DataObject, profile: str) -> None:
    path = own_models() / data.draw(st.sampled_from(small_models()))
    proto = onnx.load(str(path), load_external_data=False)
    for _ in range(data.draw(st.integers(1, 3))):
        mutated(proto, data.draw)
    check(proto, profile)


@functools.cache
def small_models() -> list[str]:
    small = [p for p in own_models().glob("*.onnx") if p.stat().st_size < 200_000]
    return sorted(p.name for p in small)
