# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Models read without their weights are the same models."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx.external_data_helper import load_external_data_for_model

from setrange.model.loading import load_model
from setrange.model.skimming import skim

if TYPE_CHECKING:
    from pathlib import Path


def saved(path: Path, tensors: list[TensorProto], **options: object) -> Path:
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    nodes = [helper.make_node("Identity", ["x"], ["y"])]
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
    graph = helper.make_graph(nodes, "graph", [value], [output], tensors)
    model = helper.make_model(graph, producer_name="test")
    helper.set_model_props(model, {"key": "value"})
    onnx.save(model, path, **options)
    return path


def tensors() -> list[TensorProto]:
    random = np.random.default_rng(0)
    large = random.normal(size=(70, 50)).astype(np.float32)
    typed = TensorProto(name="typed", data_type=TensorProto.FLOAT, dims=[5000])
    typed.float_data.extend(random.normal(size=5000))
    return [
        numpy_helper.from_array(large, "large"),
        numpy_helper.from_array(np.arange(3), "small"),
        typed,
        numpy_helper.from_array(large.astype(np.float16), "half"),
        numpy_helper.from_array(np.zeros((0, 4), np.float32), "empty"),
    ]


def test_large_values_stay_in_the_file(tmp_path: Path) -> None:
    path = saved(tmp_path / "m.onnx", tensors())
    found, wanted = skim(path), onnx.load(path)
    assert found is not None
    external = [t.name for t in found.graph.initializer if t.external_data]
    assert external == ["large", "half"]
    assert found.ByteSize() < wanted.ByteSize() - 20_000
    model = load_model(path, skims=True)
    for tensor, whole in zip(model.graph.initializer, wanted.graph.initializer, strict=True):
        values = model.weights(tensor).data()
        np.testing.assert_array_equal(values, numpy_helper.to_array(whole))
    load_external_data_for_model(found, str(tmp_path))
    for tensor in found.graph.initializer:
        del tensor.external_data[:]
        tensor.ClearField("data_location")
    assert found == wanted


def test_external_data_are_left_to_the_loader(tmp_path: Path) -> None:
    path = saved(tmp_path / "m.onnx", tensors(), save_as_external_data=True, size_threshold=0)
    assert skim(path) is None
    assert load_model(path, skims=True).proto == load_model(path).proto


@pytest.mark.parametrize("cut", [1, 40, 5000, 20_000])
def test_a_truncated_file_is_left_to_the_loader(tmp_path: Path, cut: int) -> None:
    path = saved(tmp_path / "m.onnx", tensors())
    path.write_bytes(path.read_bytes()[:-cut])
    assert skim(path) is None


def test_what_is_no_model_is_left_to_the_loader(tmp_path: Path) -> None:
    for content in (b"", b"PK\x03\x04", b"\x3a\xff\xff\xff\xff\x0f", b"\x3c" * 90):
        (tmp_path / "m.onnx").write_bytes(content)
        assert skim(tmp_path / "m.onnx") is None
