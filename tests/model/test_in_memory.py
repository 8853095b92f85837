# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A model handed over in memory holds what its file would."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from setrange.model.in_memory import in_memory, is_self_contained
from setrange.model.loading import load_model
from setrange.model.streamed import StreamedTensor
from setrange.model.writing import skeleton_of

if TYPE_CHECKING:
    from pathlib import Path


def model_with(tensors: list[TensorProto], *bodies: onnx.NodeProto) -> onnx.ModelProto:
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "xy"]
    nodes = [helper.make_node("Relu", ["x"], ["y"]), *bodies]
    return helper.make_model(
        helper.make_graph(nodes, "g", values[:1], values[1:], tensors), ir_version=8
    )


def test_values_of_every_kind(tmp_path: Path) -> None:
    """In the file, beside it, as raw bytes, as numbers, made while they are handed over."""
    random = np.random.default_rng(0)
    arrays = {
        "small": np.arange(3),
        "in the file": random.standard_normal((300, 300)).astype(np.float32),
        "beside it": random.standard_normal((64, 32)).astype(np.float32),
        "raw": random.standard_normal(400).astype(np.float16),
    }
    tensors = [numpy_helper.from_array(values, name) for name, values in arrays.items()]
    arrays["numbers"] = random.standard_normal(500).astype(np.float32)
    tensors.append(helper.make_tensor("numbers", TensorProto.FLOAT, [500], arrays["numbers"]))
    beside = tensors[2]
    (tmp_path / "w.data").write_bytes(beside.raw_data)
    beside.ClearField("raw_data")
    beside.data_location = TensorProto.EXTERNAL
    beside.external_data.add(key="location", value="w.data")
    onnx.save(model_with(tensors), tmp_path / "m.onnx")

    model = load_model(tmp_path / "m.onnx")
    arrays["made"] = np.arange(5000, dtype=np.int8)
    made = StreamedTensor(
        head=TensorProto(name="made", data_type=TensorProto.INT8, dims=[5000]),
        size=5000,
        parts=lambda: iter([arrays["made"].tobytes()[:4000], arrays["made"].tobytes()[4000:]]),
    )
    whole = in_memory(skeleton_of(model.proto), [*model.graph.initializer, made], base=tmp_path)

    proto = onnx.ModelProto.FromString(whole.proto)
    assert set(whole.values) == {"in the file", "beside it", "made"}
    assert [tensor.name for tensor in proto.graph.initializer] == list(arrays)
    for tensor in proto.graph.initializer:
        if tensor.name in whole.values:
            assert tensor.data_location == TensorProto.DEFAULT
            assert not tensor.external_data
            tensor.raw_data = whole.values[tensor.name].tobytes()
        np.testing.assert_array_equal(numpy_helper.to_array(tensor), arrays[tensor.name])
    assert [node.op_type for node in proto.graph.node] == ["Relu"]


def test_values_in_files_that_a_body_holds_need_the_file() -> None:
    tensor = numpy_helper.from_array(np.zeros(4, np.float32), "w")
    inside = model_with([], helper.make_node("Constant", [], ["c"], value=tensor))
    assert is_self_contained(inside)
    constant = inside.graph.node[1].attribute[0].t
    constant.data_location = TensorProto.EXTERNAL
    assert not is_self_contained(inside)
