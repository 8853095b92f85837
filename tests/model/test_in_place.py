# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A model whose large weights stay in its file: the same model, without them in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from google.protobuf.message import DecodeError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from setrange.errors import ModelError
from setrange.importer.parser import import_model
from setrange.model.constants import weights_from_tensor
from setrange.model.external import is_in_place
from setrange.model.loading import Model, load_model
from setrange.model.streamed import embedded
from setrange.model.writing import skeleton_of, write_model
from setrange.versions import TrtVersion

if TYPE_CHECKING:
    from pathlib import Path


def saved(path: Path, tensors: list[TensorProto]) -> onnx.ModelProto:
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 64])
    result = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 64])
    node = helper.make_node("MatMul", ["x", "w"], ["y"], "n")
    graph = helper.make_graph([node], "g", [value], [result], tensors, doc_string="d")
    model = helper.make_model(graph, producer_name="p", ir_version=8)
    model.metadata_props.add(key="k", value="v")
    onnx.save(model, path)
    return model


def tensors(seed: int = 0) -> list[TensorProto]:
    random = np.random.default_rng(seed)
    as_list = helper.make_tensor("b", TensorProto.FLOAT, [8192], random.standard_normal(8192))
    return [
        numpy_helper.from_array(np.arange(3), "small"),
        numpy_helper.from_array(random.standard_normal((64, 1024)).astype(np.float32), "w"),
        as_list,  # float_data, not raw
        numpy_helper.from_array(random.standard_normal(40000).astype(np.float16), "h"),
    ]


def test_only_large_raw_values_stay_in_the_file(tmp_path: Path) -> None:
    model = saved(tmp_path / "m.onnx", tensors())
    light = load_model(tmp_path / "m.onnx")
    assert [t.name for t in light.graph.initializer if is_in_place(t)] == ["w", "h"]
    assert light.proto.ByteSize() < model.ByteSize() / 4
    for kept, tensor in zip(model.graph.initializer, light.graph.initializer, strict=True):
        read = weights_from_tensor(tensor, light.base)
        np.testing.assert_array_equal(read.data(), numpy_helper.to_array(kept))
        assert read.amax() == abs(numpy_helper.to_array(kept)).max()


def test_it_is_written_as_it_was(tmp_path: Path) -> None:
    saved(tmp_path / "m.onnx", tensors())
    light = load_model(tmp_path / "m.onnx")
    parts = [embedded(tensor, light.base) for tensor in light.graph.initializer]
    write_model(tmp_path / "copy.onnx", skeleton_of(light.proto), parts, base=light.base)
    assert onnx.load(tmp_path / "copy.onnx") == onnx.load(tmp_path / "m.onnx")


def test_it_can_be_written_over_itself(tmp_path: Path) -> None:
    model = saved(tmp_path / "m.onnx", tensors())
    light = load_model(tmp_path / "m.onnx")
    parts = [embedded(tensor, light.base) for tensor in light.graph.initializer]
    write_model(tmp_path / "m.onnx", skeleton_of(light.proto), parts, base=light.base)
    assert onnx.load(tmp_path / "m.onnx") == model


@pytest.mark.parametrize("trt", ["6.0", "8.6", "10.16"])
def test_the_importer_sees_no_difference(tmp_path: Path, trt: str) -> None:
    saved(tmp_path / "m.onnx", tensors()[1:2])
    light = load_model(tmp_path / "m.onnx")
    proto = onnx.load(tmp_path / "m.onnx")
    whole = Model(path=light.path, proto=proto, opsets=light.opsets)
    assert is_in_place(light.graph.initializer[0])
    version = TrtVersion.parse(trt)
    assert import_model(whole, version).to_dict() == import_model(light, version).to_dict()


@pytest.mark.parametrize("seed", range(3))
def test_models_in_several_pieces_are_parsed_whole(tmp_path: Path, seed: int) -> None:
    """Protobuf merges a field that comes twice; hardly any writer does that."""
    model = saved(tmp_path / "m.onnx", tensors(seed))
    half = onnx.ModelProto(graph=onnx.GraphProto(initializer=[tensors(seed + 1)[1]]))
    (tmp_path / "m.onnx").write_bytes(model.SerializeToString() + half.SerializeToString())
    light = load_model(tmp_path / "m.onnx")
    assert light.proto == onnx.load(tmp_path / "m.onnx")


def test_values_that_do_not_fit_their_shape_are_told_as_ever(tmp_path: Path) -> None:
    wrong = tensors()[1]
    wrong.dims[0] += 1
    saved(tmp_path / "m.onnx", [wrong])
    light = load_model(tmp_path / "m.onnx")
    (tensor,) = light.graph.initializer
    with pytest.raises(ModelError, match="'w' holds 65536 values, but its shape"):
        weights_from_tensor(tensor, light.base).data()


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cut=st.integers(0, 260_000), flip=st.integers(0, 255))
def test_damaged_files_are_told_as_ever(tmp_path: Path, cut: int, flip: int) -> None:
    path = tmp_path / "m.onnx"
    if not path.exists():
        saved(path, tensors())
    data = bytearray(path.read_bytes())
    damaged = tmp_path / "d.onnx"
    damaged.write_bytes(data[:cut] + bytes([flip]))
    told = ""
    try:
        proto = onnx.load(damaged, load_external_data=False)
        is_no_model = not proto.ir_version and not proto.graph.node  # a few bytes of anything
    except DecodeError:
        is_no_model = True
    try:
        load_model(damaged)
    except ModelError as error:
        told = str(error)
    assert ("not an ONNX model" in told) == is_no_model


def test_first_rows_are_read_alone(tmp_path: Path) -> None:
    saved(tmp_path / "m.onnx", tensors())
    light = load_model(tmp_path / "m.onnx")
    for tensor in light.graph.initializer:
        weights = light.weights(tensor)
        np.testing.assert_array_equal(weights.first_rows(5), weights.data()[:5])
    assert (
        weights_from_tensor(helper.make_tensor("s", 1, [], [3.0]), tmp_path).first_rows(2) == 3
    )
