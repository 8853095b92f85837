# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Values that are out of the ordinary: NaN inside, float16, empty, several sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from setrange.measure.collecting import collect
from tests.cli.material import run, small_cnn

if TYPE_CHECKING:
    from pathlib import Path

    from setrange.ranges import RangeFile

pytest.importorskip("onnxruntime")

METHODS = ["minmax", "percentile", "entropy", "mse", "moving-average"]


def saved(
    path: Path,
    nodes: list[onnx.NodeProto],
    tensors: dict[str, np.ndarray] | None = None,
    *,
    dtype: int = TensorProto.FLOAT,
    shape: tuple[int | str, ...] = ("N", 8),
) -> Path:
    graph = helper.make_graph(
        nodes,
        "values",
        [helper.make_tensor_value_info("x", dtype, shape)],
        [helper.make_tensor_value_info("y", dtype, ["N", "M"])],
        [numpy_helper.from_array(value, name) for name, value in (tensors or {}).items()],
    )
    opset = helper.make_opsetid("", 13)
    onnx.save(helper.make_model(graph, opset_imports=[opset], ir_version=8), path)
    return path


def reasons(ranges: RangeFile) -> dict[str, str | None]:
    return {name: entry.reason for name, entry in ranges.entries.items()}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("place", [0, 5, 7])
@pytest.mark.parametrize("bad", [-1.0, 0.0])
def test_nan_and_infinity_inside(tmp_path: Path, method: str, place: int, bad: float) -> None:
    # The logarithm of -1 is NaN, that of 0 infinite; 0 times that is NaN again.
    nodes = [
        helper.make_node("Log", ["x"], ["log"], "log"),
        helper.make_node("Mul", ["log", "x"], ["y"], "mul"),
    ]
    model = saved(tmp_path / "m.onnx", nodes)
    values = np.random.default_rng(0).uniform(0.1, 1, (4, 8)).astype(np.float32)
    values[2, place] = bad
    found = reasons(collect(model, [values], method=method))
    assert found == {
        "x": None,
        "log": "NaN or infinite on some of the data",
        "y": "NaN or infinite on some of the data",
    }


@pytest.mark.parametrize("method", METHODS)
def test_float16(tmp_path: Path, method: str) -> None:
    weights = np.random.default_rng(0).normal(size=(8, 8)).astype(np.float16)
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["product"], "product"),
        helper.make_node("Relu", ["product"], ["y"], "relu"),
    ]
    model = saved(tmp_path / "m.onnx", nodes, {"w": weights}, dtype=TensorProto.FLOAT16)
    values = np.random.default_rng(1).normal(size=(64, 8)).astype(np.float32)
    ranges = collect(model, [values], method=method, batch=64)
    half = values.astype(np.float16)
    found = ranges.entries["x"].range
    assert found is not None
    if method in ("minmax", "moving-average"):
        assert (np.float16(found.min), np.float16(found.max)) == (half.min(), half.max())
    product = half.astype(np.float32) @ weights.astype(np.float32)
    found = ranges.entries["product"].range
    assert found is not None
    least = 0.5 if method == "entropy" else 0.9
    assert least < found.amax / np.abs(product).max() < 1.01
    assert ranges.entries["y"].range is not None


@pytest.mark.parametrize("method", METHODS)
def test_a_sample_that_is_not_contiguous(tmp_path: Path, method: str) -> None:
    nodes = [helper.make_node("Neg", ["x"], ["y"], "neg")]
    model = saved(tmp_path / "m.onnx", nodes, shape=("N", "L"))
    values = np.random.default_rng(0).normal(size=(1500, 1000)).astype(np.float32)
    plain = collect(model, [values.T.copy()], method=method, batch=1000)
    assert collect(model, [values.T], method=method, batch=1000).entries == plain.entries
    if method == "minmax":
        found = plain.entries["y"].range
        assert found is not None
        assert (np.float32(found.min), np.float32(found.max)) == (-values.max(), -values.min())


@pytest.mark.parametrize("method", ["minmax", "moving-average"])
def test_float_and_float16_in_one_model(tmp_path: Path, method: str) -> None:
    nodes = [
        helper.make_node("Neg", ["x"], ["float"], "first"),
        helper.make_node("Cast", ["float"], ["half"], "cast", to=TensorProto.FLOAT16),
        helper.make_node("Neg", ["half"], ["back"], "second"),
        helper.make_node("Cast", ["back"], ["y"], "up", to=TensorProto.FLOAT),
    ]
    model = saved(tmp_path / "m.onnx", nodes)
    values = np.random.default_rng(1).normal(size=(64, 8)).astype(np.float32)
    entries = collect(model, [values], method=method, batch=64).entries
    half = values.astype(np.float16)
    wanted = {
        "float": (-values.max(), -values.min()),
        "half": (-half.max(), -half.min()),
        "back": (half.min(), half.max()),
        "y": (half.min(), half.max()),
    }
    for name, bounds in wanted.items():
        found = entries[name].range
        assert found is not None
        # ONNX Runtime may leave out a rounding to float16 and back.
        assert (found.min, found.max) == pytest.approx(tuple(map(float, bounds)), rel=1e-3)


@pytest.mark.parametrize("method", METHODS)
def test_values_that_are_empty_on_some_or_all_data(tmp_path: Path, method: str) -> None:
    nodes = [
        helper.make_node("Slice", ["x", "from", "to", "axes"], ["tail"], "slice"),
        helper.make_node("Relu", ["tail"], ["relu"], "relu"),
        helper.make_node("Concat", ["relu", "x"], ["y"], "concat", axis=1),
    ]
    bounds = {"from": np.array([4]), "to": np.array([99]), "axes": np.array([1])}
    model = saved(tmp_path / "m.onnx", nodes, bounds, shape=("N", "L"))
    short, long = np.ones((1, 3), np.float32), np.full((1, 7), 2, np.float32)
    found = reasons(collect(model, [short], method=method))
    assert found["tail"] == found["relu"] == "empty on all of the data"
    assert found["x"] is None
    found = collect(model, [short, long, short], method=method).entries["tail"].range
    assert found is not None
    assert (found.min, found.max) == (2, 2)


def test_several_sizes_in_one_batch_are_refused(tmp_path: Path) -> None:
    nodes = [helper.make_node("Relu", ["x"], ["y"], "relu")]
    model = saved(tmp_path / "m.onnx", nodes, shape=("N", "L"))
    for length in (3, 5):
        np.save(tmp_path / f"{length}.npy", np.ones((1, length), np.float32))
    arguments = ("collect", model, "--data", tmp_path / "*.npy", "-o", tmp_path / "r.json")
    assert run(*arguments).status == 0
    refused = run(*arguments, "--batch", 2)
    assert refused.status == 2
    assert "5.npy: input 'x' has shape [1, 5]" in refused.err
    assert "--batch 1" in refused.err


def test_an_unknown_provider_names_those_there_are(tmp_path: Path) -> None:
    model = small_cnn(tmp_path / "m.onnx")
    found = run("collect", model, "--random", "--provider", "cpus", "-o", tmp_path / "r.json")
    assert found.status == 3
    assert "did you mean 'cpu'? it has" in found.err
    assert not (tmp_path / "r.json").exists()


@pytest.mark.parametrize("method", METHODS)
def test_values_scaled_by_a_power_of_two(tmp_path: Path, method: str) -> None:
    nodes = [
        helper.make_node("Div", ["x", "eight"], ["eighth"], "div"),
        helper.make_node("Mul", ["half", "eighth"], ["less"], "mul"),
        helper.make_node("Relu", ["less"], ["relu"], "relu"),
        helper.make_node("Mul", ["relu", "third"], ["third_of_it"], "third"),
        helper.make_node("Div", ["half", "third_of_it"], ["not_scaled"], "not_scaled"),
        helper.make_node("Identity", ["not_scaled"], ["y"], "end"),
    ]
    scalars = {"eight": 8, "half": 0.5, "third": 1 / 3}
    tensors = {name: np.array(value, np.float32) for name, value in scalars.items()}
    model = saved(tmp_path / "m.onnx", nodes, tensors)
    values = np.random.default_rng(1).normal(size=(500, 8)).astype(np.float32)
    ranges = collect(model, [values], method=method, batch=500)
    found = {name: entry.range for name, entry in ranges.entries.items()}
    x, less, third = found["x"], found["less"], found["third_of_it"]
    assert x is not None
    assert less is not None
    assert third is not None
    assert np.float32(less.min) * 16 == np.float32(x.min)
    assert np.float32(less.max) * 16 == np.float32(x.max)
    if method == "minmax":
        assert np.float32(third.max) == (np.maximum(values / 16, 0) * np.float32(1 / 3)).max()
    # 1 / 0 is infinite.
    assert ranges.entries["y"].reason == "NaN or infinite on some of the data"
