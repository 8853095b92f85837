# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Models whose fields say something else, run by ONNX Runtime: no crash, one message."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from google.protobuf.descriptor import FieldDescriptor
from onnx import TensorProto, helper, numpy_helper

from setrange.measure.data import DataOptions
from setrange.measure.method import Method
from setrange.measure.run import Collector, MeasureOptions
from setrange.measure.run_options import RunOptions
from setrange.versions import TrtVersion
from tests.fuzz.corpus import Corpus

if TYPE_CHECKING:
    import random
    from pathlib import Path

    from google.protobuf.message import Message

_INTEGERS = (0, 1, -1, 2, 3, 5, 7, 8, 10, 11, 16, 100, 2**31 - 1, -(2**31))
_FLOATS = (0.0, -1.0, 1e38, float("inf"), float("nan"))
_TEXTS = ("", "x", "y", "w", "a", "t", "Relu", "If", "Loop", "Reshape", "axis", "perm", "to")
_BYTES = (b"", bytes(4), b"\xff" * 8, bytes(64))

_TRT = TrtVersion.parse("10.3")


@functools.cache
def _models() -> tuple[onnx.ModelProto, ...]:
    weights = numpy_helper.from_array(np.ones((4, 4), np.float32), "w")
    shape = numpy_helper.from_array(np.array([2, 8]), "shape")
    body = helper.make_graph(
        [helper.make_node("Neg", ["a"], ["t"], "neg")],
        "body",
        [],
        [helper.make_tensor_value_info("t", TensorProto.FLOAT, None)],
    )
    chains = (
        [
            helper.make_node("MatMul", ["x", "w"], ["a"], "matmul"),
            helper.make_node("Transpose", ["a"], ["b"], "turn", perm=[1, 0]),
            helper.make_node("Softmax", ["b"], ["y"], "softmax", axis=1),
        ],
        [
            helper.make_node("Relu", ["x"], ["a"], "relu"),
            helper.make_node("Reshape", ["a", "shape"], ["b"], "reshape"),
            helper.make_node("ReduceMean", ["b"], ["y"], "mean", axes=[1]),
        ],
        [
            helper.make_node("Tanh", ["x"], ["a"], "tanh"),
            helper.make_node("ReduceMax", ["a"], ["m"], "max", keepdims=0),
            helper.make_node("Cast", ["m"], ["c"], "cast", to=TensorProto.BOOL),
            helper.make_node("If", ["c"], ["y"], "if", then_branch=body, else_branch=body),
        ],
    )
    made = []
    for chain in chains:
        graph = helper.make_graph(
            chain,
            "fuzz",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, [4, 4])],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
            [weights, shape],
        )
        opset = helper.make_opsetid("", 13)
        made.append(helper.make_model(graph, opset_imports=[opset], ir_version=8))
    return tuple(made)


def _messages(message: Message) -> list[Message]:
    """Return a message and all inside it."""
    found = [message]
    for field, value in message.ListFields():
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            inner = [value] if hasattr(value, "ListFields") else value
            for item in inner:
                found += _messages(item)
    return found


def _change(model: onnx.ModelProto, rng: random.Random) -> None:
    """Change a field of some message in place."""
    message = rng.choice(_messages(model))
    field = rng.choice(message.DESCRIPTOR.fields)
    value = getattr(message, field.name)
    numbers = _FLOATS if field.type == FieldDescriptor.TYPE_FLOAT else _INTEGERS
    by_type: dict[int, tuple[Any, ...]] = {
        FieldDescriptor.TYPE_STRING: _TEXTS,
        FieldDescriptor.TYPE_BYTES: _BYTES,
    }
    choices = by_type.get(field.type, numbers)
    if not hasattr(value, "append") and not hasattr(value, "add"):
        if field.type == FieldDescriptor.TYPE_MESSAGE or rng.random() < 0.3:
            message.ClearField(field.name)
        else:
            setattr(message, field.name, rng.choice(choices))
    elif len(value) and rng.random() < 0.4:
        del value[rng.randrange(len(value))]
    elif hasattr(value, "add"):
        item = value.add()
        if len(value) > 1 and rng.random() < 0.7:
            item.CopyFrom(value[rng.randrange(len(value) - 1)])
    else:
        value.append(rng.choice(choices))


def _attack(rng: random.Random, folder: Path) -> None:
    model = onnx.ModelProto()
    model.CopyFrom(rng.choice(_models()))
    for _ in range(rng.choice((1, 1, 2, 4))):
        try:
            _change(model, rng)
        except (TypeError, ValueError):  # this field does not hold such a value
            continue
    path = folder / "m.onnx"
    path.write_bytes(model.SerializeToString())
    method = Method.of(rng.choice(("minmax", "entropy")))
    options = MeasureOptions(method=method, run=RunOptions(threads=1))
    data = DataOptions(is_random=True, samples=1)
    Collector.of(path, _TRT, data, options).run()


CORPORA = [Corpus(name="measured/models", attack=_attack)]
