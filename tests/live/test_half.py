# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A float32 model as float16."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from onnx import TensorProto, numpy_helper

from setrange import import_network, make_plan, read_ranges, write_qdq
from setrange.errors import UnsupportedError
from setrange.exporters.qdq.opset import raised
from setrange.model.half import to_half
from setrange.model.loading import load_model
from tests.cli.material import small_cnn
from tests.exporters.quantizing import save

if TYPE_CHECKING:
    from pathlib import Path

ort = pytest.importorskip("onnxruntime")


def run_model(path: Path, values: np.ndarray) -> np.ndarray:
    ort.set_default_logger_severity(4)
    session = ort.InferenceSession(str(path))
    (result,) = session.run(None, {"input": values})
    return np.asarray(result)


def test_the_half_model_computes_the_same(tmp_path: Path) -> None:
    path = small_cnn(tmp_path / "small.onnx")
    half = raised(to_half(load_model(path)), 19)
    onnx.checker.check_model(half.proto, full_check=True)
    onnx.save(half.proto, tmp_path / "half.onnx")
    values = np.random.default_rng(0).normal(size=(1, 3, 8, 8)).astype(np.float32)
    exact, result = (run_model(tmp_path / name, values) for name in ("small.onnx", "half.onnx"))
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, exact, atol=0.02)
    types = {tensor.data_type for tensor in half.graph.initializer}
    assert types == {TensorProto.FLOAT16}


def test_pairs_fit_a_half_model(tmp_path: Path) -> None:
    path = small_cnn(tmp_path / "small.onnx")
    ranges = tmp_path / "ranges.json"
    ranges.write_text('{"input": 4.0, "relu": 20.0, "out": 20.0}')
    onnx.save(raised(to_half(load_model(path)), 19).proto, tmp_path / "half.onnx")
    plan = make_plan(import_network(tmp_path / "half.onnx", "10.16"), read_ranges(ranges))
    made = write_qdq(plan, tmp_path / "half.onnx", tmp_path / "q.onnx", quantize_small=True)
    assert made.scales
    values = np.random.default_rng(0).normal(size=(1, 3, 8, 8)).astype(np.float32)
    exact, result = (run_model(tmp_path / name, values) for name in ("small.onnx", "q.onnx"))
    np.testing.assert_allclose(result, exact, atol=0.5)
    assert not np.array_equal(result, exact)


@pytest.mark.parametrize(
    ("op", "constant", "message"),
    [("Pow", 2.0, "Pow 'n' may need float32"), ("Add", 1e-12, "1e-12: 0 in FP16")],
)
def test_what_may_not_survive_is_refused(
    op: str, constant: float, message: str, tmp_path: Path
) -> None:
    weight = numpy_helper.from_array(np.float32(constant).reshape(()), "c")
    graph = f"(float[2] x) => (float[2] y) {{ [n] y = {op}(x, c) }}"
    path = save(tmp_path / "m.onnx", graph, initializers=[weight])
    with pytest.raises(UnsupportedError, match=message):
        to_half(load_model(path))


def test_sizes_of_a_resize_stay_float32(tmp_path: Path) -> None:
    graph = """(float[1,1,2,2] x) => (float[1,1,4,4] y) <float[4] scales = {1, 1, 2, 2}> {
        [n] y = Resize(x, , scales)
    }"""
    (kept,) = to_half(load_model(save(tmp_path / "m.onnx", graph))).graph.initializer
    assert kept.data_type == TensorProto.FLOAT
