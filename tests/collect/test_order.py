# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What a sample is: the batch dimension, inputs without one, and time-major sequences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from setrange.errors import InputError, UsageError
from setrange.measure.collecting import collect
from setrange.measure.counting import count_samples
from setrange.measure.data import DataOptions, samples_of
from setrange.measure.inputs import Inputs
from setrange.model.loading import load_model
from tests.cli.material import run

if TYPE_CHECKING:
    from pathlib import Path

STEPS = np.random.default_rng(3).normal(size=(12, 3, 4)).astype(np.float32)


def recurrent(
    path: Path, first: int | str, *, op: str = "GRU", before: tuple[onnx.NodeProto, ...] = ()
) -> Path:
    """An input [first, 3, 4], perhaps something before, and a recurrent op over it."""
    random = np.random.default_rng(0)
    gates = {"GRU": 3, "LSTM": 4, "RNN": 1}[op]
    weights = {
        "W": random.normal(size=(1, gates * 5, 4)).astype(np.float32),
        "R": random.normal(size=(1, gates * 5, 5)).astype(np.float32),
    }
    taken = before[-1].output[0] if before else "x"
    node = helper.make_node(op, [taken, "W", "R"], ["y"], "cell", hidden_size=5)
    graph = helper.make_graph(
        [*before, node],
        "recurrent",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [first, 3, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    opset = helper.make_opsetid("", 14)
    onnx.save(helper.make_model(graph, opset_imports=[opset], ir_version=8), path)
    return path


@pytest.mark.parametrize("op", ["GRU", "LSTM", "RNN"])
@pytest.mark.parametrize("first", ["N", "", "seq_len"])
def test_time_is_not_taken_for_samples(tmp_path: Path, op: str, first: str) -> None:
    tanh = helper.make_node("Tanh", ["x"], ["t"], "tanh")
    model = recurrent(tmp_path / "m.onnx", first, op=op, before=(tanh,))
    np.save(tmp_path / "x.npy", STEPS)
    arguments = ("collect", model, "--data", tmp_path / "x.npy", "-o", tmp_path / "r.json")
    asked = run(*arguments)
    assert asked.status == 2
    assert "x.npy" in asked.err
    assert "--batch-axis none" in asked.err
    assert not (tmp_path / "r.json").exists()
    whole = run(*arguments, "--batch-axis", "none")
    assert whole.status == 0
    assert "1 sample" in whole.out + whole.err
    steps = run(*arguments, "--batch-axis", 0)
    assert "12 samples" in steps.out + steps.err


def test_dicts_are_fed_as_they_are(tmp_path: Path) -> None:
    model = recurrent(tmp_path / "m.onnx", "T")
    wanted = collect(model, [STEPS], batch_axis="none").entries["x"].range
    found = collect(model, [{"x": STEPS}])
    assert found.collected is not None
    assert found.collected["samples"] == 1
    assert found.entries["x"].range == wanted
    with pytest.raises(UsageError, match=r"data, item 0: .* is called 'T'"):
        collect(model, [STEPS])


def test_batches_behind_a_transpose_are_batches(tmp_path: Path) -> None:
    swap = helper.make_node("Transpose", ["x"], ["t"], "swap", perm=[1, 0, 2])
    model = recurrent(tmp_path / "m.onnx", "N", before=(swap,))
    assert collect(model, [STEPS]).collected["samples"] == 12  # type: ignore[index]


def test_samples_along_another_dimension(tmp_path: Path) -> None:
    inputs = Inputs.of(load_model(recurrent(tmp_path / "m.onnx", "T")))
    np.save(tmp_path / "x.npy", STEPS)
    np.save(tmp_path / "f.npy", np.asfortranarray(STEPS))
    free = Inputs([*inputs.items.values()], None)
    assert free.rows is None
    for name in ("x.npy", "f.npy"):
        for axis, shape, count in ((0, (1, 3, 4), 12), (1, (12, 3, 4), 1), (2, (12, 3, 4), 1)):
            data = DataOptions.of(tmp_path / name)
            along = inputs.along(axis)
            found = [sample.load()["x"] for sample in samples_of(data, along)]
            assert [array.shape for array in found] == [shape] * count
            assert count_samples(data, along) == count
            assert np.array_equal(np.concatenate(found, axis=axis), STEPS)
    for axis in (3, -1, "rows"):
        with pytest.raises(UsageError, match="--batch-axis"):
            inputs.along(axis)


def scaled(path: Path, dtype: int, *, first: int | str = "N", rank: int = 2) -> Path:
    """A sum of x and a number without dimensions."""
    shape = [first, *[4] * (rank - 1)]
    graph = helper.make_graph(
        [
            helper.make_node("Cast", ["k"], ["factor"], "cast", to=TensorProto.FLOAT),
            helper.make_node("Mul", ["x", "factor"], ["y"], "mul"),
        ],
        "scaled",
        [
            helper.make_tensor_value_info("x", TensorProto.FLOAT, shape),
            helper.make_tensor_value_info("k", dtype, []),
        ],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
    )
    opset = helper.make_opsetid("", 13)
    onnx.save(helper.make_model(graph, opset_imports=[opset], ir_version=8), path)
    return path


@pytest.mark.parametrize("method", ["minmax", "entropy", "moving-average"])
@pytest.mark.parametrize(("dtype", "kind"), [(1, "f4"), (10, "f2"), (7, "i8"), (6, "i4")])
def test_numbers_without_dimensions(tmp_path: Path, method: str, dtype: int, kind: str) -> None:
    model = scaled(tmp_path / "m.onnx", dtype)
    x = np.linspace(0.1, 1, 20, dtype=np.float32).reshape(5, 4)
    for k in (np.array(3, kind), np.array([3], kind)):
        np.savez(tmp_path / "d.npz", x=x, k=k)
        for batch in (1, 5):
            ranges = collect(model, tmp_path / "d.npz", method=method, batch=batch)
            assert ranges.collected is not None
            assert ranges.collected["samples"] == 5
            found = ranges.entries["y"].range
            assert found is not None
            least = 2.9 if method == "minmax" else 1.0
            assert least < found.max < 3.01
    random = run("collect", model, "--random", "--batch", 2, "-o", tmp_path / "r.json")
    assert random.status in (0, 2)


def test_a_number_that_differs_within_a_batch(tmp_path: Path) -> None:
    model = scaled(tmp_path / "m.onnx", 1)
    feeds = [{"x": np.ones((1, 4), np.float32), "k": np.float32(k)} for k in (1, 2)]
    collect(model, feeds)
    with pytest.raises(InputError, match="samples that differ in it need --batch 1"):
        collect(model, feeds, batch=2)


@pytest.mark.parametrize("dim", [-1, -5])
def test_a_negative_dimension_is_free(tmp_path: Path, dim: int) -> None:
    model = scaled(tmp_path / "m.onnx", 1, first=dim, rank=3)
    x = np.ones((6, 4, 4), np.float32)
    np.savez(tmp_path / "d.npz", x=x, k=np.float32(2))
    ranges = collect(model, tmp_path / "d.npz", batch=4)
    assert ranges.collected is not None
    assert ranges.collected["samples"] == 6
    assert run("collect", model, "--random", "-o", tmp_path / "r.json").status == 0


ABSURD = [("--threads", 1_000_000), ("--batch", 10**30), ("--samples", 10**30)]


@pytest.mark.parametrize(
    ("command", "option", "value"),
    [
        *(("verify", *pair) for pair in ABSURD),
        *(("collect", *pair) for pair in ABSURD),
        ("collect", "--batch-axis", 7),
        ("collect", "--batch-axis", -1),
        ("collect", "--batch-axis", "rows"),
        ("collect", "--shard", "1/1000000000000"),
        ("collect", "--shard", "1/10000000"),
    ],
)
def test_absurd_numbers(tmp_path: Path, command: str, option: str, value: object) -> None:
    model = scaled(tmp_path / "m.onnx", 1)
    np.savez(tmp_path / "d.npz", x=np.ones((6, 4), np.float32), k=np.float32(2))
    (tmp_path / "r.json").write_text('{"x": 1, "k": 1, "y": 1, "factor": 1}')
    collect_it = (model, "-o", tmp_path / "o.state.npz")
    what = collect_it if command == "collect" else (tmp_path / "r.json", model)
    found = run(command, *what, "--data", tmp_path / "d.npz", option, value)
    assert found.status == 2
    assert f"{option} {value}: expected" in found.err or f"{option} {value}: the" in found.err
    assert found.err.count("\n") == 1


def test_a_huge_random_sample(tmp_path: Path) -> None:
    model = scaled(tmp_path / "m.onnx", 1, first=10**12)
    found = run("collect", model, "--random", "-o", tmp_path / "r.json")
    assert found.status == 2
    assert "--random: one sample of input x" in found.err
