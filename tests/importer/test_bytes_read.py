# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Weights are read only where the parser's decision or a range needs a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from setrange.importer import import_network
from setrange.model.external import ExternalData
from setrange.plan import Source, make_plan
from setrange.versions import PROFILES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy.typing as npt

SHAPES = {"conv": (8, 3, 3, 3), "bias": (8,), "matmul": (8, 32), "add": (32,)}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Conv, global pooling, MatMul with all weights outside; the reshape's target inside."""
    values = {name: np.ones(shape, np.float32) for name, shape in SHAPES.items()}
    data = b"".join(array.tobytes() for array in values.values())
    (tmp_path / "w.bin").write_bytes(data)
    initializers, offset = [], 0
    for name, array in values.items():
        tensor = TensorProto(name=name, data_type=1, dims=array.shape, data_location=1)
        for key, value in (("location", "w.bin"), ("offset", offset), ("length", array.nbytes)):
            tensor.external_data.add(key=key, value=str(value))
        initializers.append(tensor)
        offset += array.nbytes
    initializers.append(numpy_helper.from_array(np.array([1, 8], np.int64), "shape"))
    nodes = [
        helper.make_node("Conv", ["x", "conv", "bias"], ["c"], name="conv_node"),
        helper.make_node("Relu", ["c"], ["r"], name="relu"),
        helper.make_node("GlobalAveragePool", ["r"], ["p"], name="pool"),
        helper.make_node("Reshape", ["p", "shape"], ["f"], name="reshape"),
        helper.make_node("MatMul", ["f", "matmul"], ["m"], name="matmul_node"),
        helper.make_node("Add", ["m", "add"], ["y"], name="add_node"),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", 1, [1, 3, 8, 8])],
        [helper.make_tensor_value_info("y", 1, [1, 32])],
        initializers,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    onnx.save(model, str(tmp_path / "model.onnx"))
    return tmp_path / "model.onnx"


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Bytes of external data read, by tensor."""
    counts: dict[str, int] = {}
    whole, pieces = ExternalData.read, ExternalData.chunks

    def counted(data: ExternalData) -> npt.NDArray[Any]:
        counts[data.tensor] = counts.get(data.tensor, 0) + data.count * data.code.itemsize
        return whole(data)

    def counted_pieces(data: ExternalData) -> Iterator[npt.NDArray[Any]]:
        for piece in pieces(data):
            counts[data.tensor] = counts.get(data.tensor, 0) + piece.nbytes
            yield piece

    monkeypatch.setattr(ExternalData, "read", counted)
    monkeypatch.setattr(ExternalData, "chunks", counted_pieces)
    return counts


# 7.0's parser knows no external data and refuses it.
@pytest.mark.parametrize("trt", [profile for profile in PROFILES if profile != "7.0"])
def test_importing_reads_no_weights(path: Path, read: dict[str, int], trt: str) -> None:
    import_network(path, trt=trt)
    assert read == {}


def test_a_plan_reads_each_constant_once_and_no_convolution(
    path: Path, read: dict[str, int]
) -> None:
    plan = make_plan(import_network(path, trt="8.6"), None)
    assert plan.count(Source.DERIVED) >= 2
    assert read == {"matmul": 8 * 32 * 4, "add": 32 * 4}
