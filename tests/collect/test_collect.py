# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``collect`` from outside: against numpy on ONNX Runtime's own values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from setrange.errors import InputError, UsageError
from setrange.formats.reading import read_ranges
from setrange.measure.collecting import collect
from setrange.measure.state import merge_states
from tests.cli.material import run, small_cnn

if TYPE_CHECKING:
    from pathlib import Path

ort = pytest.importorskip("onnxruntime")

METHODS = ["minmax", "percentile", "entropy", "mse", "moving-average"]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return small_cnn(tmp_path / "small.onnx", batch="N")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.npy"
    np.save(path, np.random.default_rng(3).normal(size=(12, 3, 8, 8)).astype(np.float32))
    return path


def values_of(
    model: Path, feeds: dict[str, np.ndarray], names: list[str]
) -> dict[str, np.ndarray]:
    proto = onnx.load(model)
    for name in names:
        if name not in {o.name for o in proto.graph.output} | set(feeds):
            proto.graph.output.append(onnx.ValueInfoProto(name=name))
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(
        proto.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    wanted = [name for name in names if name not in feeds]
    return {**feeds, **dict(zip(wanted, session.run(wanted, feeds), strict=True))}


NAMES = ["input", "conv", "relu", "pool", "flat", "out"]


def test_minmax_is_numpys(model: Path, data: Path) -> None:
    ranges = collect(model, data, batch=12, threads=1)
    values = values_of(model, {"input": np.load(data)}, NAMES)
    assert list(ranges.entries) == NAMES
    for name, entry in ranges.entries.items():
        assert entry.range is not None
        assert np.float32(entry.range.min) == values[name].min()
        assert np.float32(entry.range.max) == values[name].max()


def test_percentile_is_numpys(model: Path, data: Path) -> None:
    ranges = collect(model, data, batch=12, method="percentile", percentile=99)
    values = values_of(model, {"input": np.load(data)}, NAMES)
    for name in ("input", "conv", "relu"):
        entry = ranges.entries[name].range
        assert entry is not None
        wanted = np.percentile(np.abs(values[name]), 99)
        assert entry.amax == pytest.approx(wanted, rel=1 / 64)


def test_mse_is_near_the_best(model: Path, data: Path) -> None:
    ranges = collect(model, data, batch=12, method="mse")
    values = values_of(model, {"input": np.load(data)}, NAMES)["conv"]

    def error(amax: float) -> float:
        scale = amax / 127
        return float(
            np.mean((np.clip(np.rint(values / scale), -127, 127) * scale - values) ** 2)
        )

    found = ranges.entries["conv"].range
    assert found is not None
    best = min(error(np.abs(values).max() * k / 100) for k in range(20, 101))
    assert error(found.amax) <= 1.1 * best


def test_moving_average_is_the_mean_of_batches(model: Path, data: Path) -> None:
    ranges = collect(model, data, batch=4, method="moving-average")
    parts = np.load(data).reshape(3, -1)
    found = ranges.entries["input"].range
    assert found is not None
    assert found.min == pytest.approx(parts.min(1).mean(), rel=1e-6)
    assert found.max == pytest.approx(parts.max(1).mean(), rel=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_shards_give_what_one_run_gives(
    model: Path, data: Path, tmp_path: Path, method: str
) -> None:
    common = ("collect", model, "--data", data, "--method", method, "--batch", 2)
    assert run(*common, "-o", tmp_path / "one.json").status == 0
    parts = [tmp_path / f"{i}.state.npz" for i in (1, 2, 3)]
    for i, part in enumerate(parts, 1):
        assert run(*common, "--shard", f"{i}/3", "-o", part).status == 0
    merged = run("merge", *parts[::-1], "-o", tmp_path / "all.json")
    assert merged.status == 0, merged.err
    assert (tmp_path / "all.json").read_bytes() == (tmp_path / "one.json").read_bytes()


def test_a_shard_counts_once(model: Path, data: Path, tmp_path: Path) -> None:
    part = tmp_path / "a.state.npz"
    run("collect", model, "--data", data, "--shard", "1/2", "-o", part)
    with pytest.raises(UsageError, match="twice"):
        merge_states([part, part])


def test_states_of_other_methods_are_not_merged(
    model: Path, data: Path, tmp_path: Path
) -> None:
    parts = []
    for i, method in enumerate(("minmax", "mse"), 1):
        parts.append(tmp_path / f"{i}.state.npz")
        run(
            "collect", model, "--data", data, "--method", method,
            "--shard", f"{i}/2", "-o", parts[-1],
        )  # fmt: skip
    with pytest.raises(UsageError, match="differ in method"):
        merge_states(parts)


def test_a_shard_that_is_missing_is_said(model: Path, data: Path, tmp_path: Path) -> None:
    part = tmp_path / "a.state.npz"
    run("collect", model, "--data", data, "--shard", "2/3", "-o", part)
    merged = run("merge", part, "-o", tmp_path / "r.json")
    assert merged.status == 0
    assert "warning: 2 shards missing: 1/3, 3/3" in merged.err
    collected = read_ranges(tmp_path / "r.json").collected
    assert collected is not None
    assert collected["shards_missing"] == ["1/3", "3/3"]


def test_shards_of_different_numbers_are_not_merged(
    model: Path, data: Path, tmp_path: Path
) -> None:
    parts = [tmp_path / "a.state.npz", tmp_path / "b.state.npz"]
    for part, shard in zip(parts, ("1/2", "2/3"), strict=True):
        run("collect", model, "--data", data, "--shard", shard, "-o", part)
    with pytest.raises(UsageError, match=r"one of 2 shards, .* one of 3"):
        merge_states(parts)


def test_the_file_says_how_it_was_made(model: Path, data: Path, tmp_path: Path) -> None:
    out = tmp_path / "r.json"
    assert run("collect", model, "--data", data, "--samples", 5, "-o", out).status == 0
    ranges = read_ranges(out)
    assert ranges.collected is not None
    assert ranges.collected["samples"] == 5
    assert ranges.collected["method"] == "minmax"
    assert len(ranges.collected["data_sha256_sum"]) == 64
    assert run("check", out, model, "--trt", "8.6").status == 0


def test_random_is_marked(model: Path, tmp_path: Path) -> None:
    out = tmp_path / "r.json"
    assert run("collect", model, "--random", "--samples", 3, "-o", out).status == 0
    collected = read_ranges(out).collected
    assert collected is not None
    assert collected["random"] is True


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((2, 8, 8, 3), np.float32), "looks like NHWC"),
        (np.zeros((2, 3, 9, 8), np.float32), "does not fit input input"),
        (np.zeros((2, 3, 8, 8), np.uint8), "scale and normalize"),
        (np.array([{}]), "no readable NumPy file"),
    ],
)
def test_data_that_do_not_fit(
    model: Path, tmp_path: Path, array: np.ndarray, message: str
) -> None:
    np.save(tmp_path / "bad.npy", array, allow_pickle=True)
    with pytest.raises(InputError, match=message):
        collect(model, tmp_path / "bad.npy")


def test_nan_names_the_sample(model: Path, data: Path) -> None:
    values = np.load(data)
    values[7, 0, 0, 0] = np.nan
    np.save(data, values)
    with pytest.raises(InputError, match="sample 7: input 'input' holds NaN"):
        collect(model, data)


def test_samples_without_a_batch_dimension(model: Path, tmp_path: Path) -> None:
    for i in range(3):
        np.save(tmp_path / f"s{i}.npy", np.full((3, 8, 8), i + 1, np.float32))
    found = collect(model, str(tmp_path / "s*.npy")).entries["input"].range
    assert found is not None
    assert (found.min, found.max) == (1, 3)


def test_a_missing_place(model: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        collect(model, "nowhere")


def tokens_model(path: Path, *, external: bool) -> Path:
    """Two inputs, one of them integer; one output of integers."""
    random = np.random.default_rng(0)
    table = numpy_helper.from_array(random.normal(size=(50, 64)).astype(np.float32), "table")
    nodes = [
        helper.make_node("Gather", ["table", "ids"], ["words"], "Gather_0"),
        helper.make_node("Add", ["words", "bias"], ["sum"], "Add_0"),
        helper.make_node("ArgMax", ["sum"], ["best"], "ArgMax_0", axis=2),
    ]
    graph = helper.make_graph(
        nodes,
        "tokens",
        [
            helper.make_tensor_value_info("ids", TensorProto.INT64, ["N", 4]),
            helper.make_tensor_value_info("bias", TensorProto.FLOAT, ["N", 4, 64]),
        ],
        [helper.make_tensor_value_info("best", TensorProto.INT64, ["N", 4, 1])],
        [table],
    )
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(proto, path, save_as_external_data=external, size_threshold=0)
    return path


@pytest.mark.parametrize("external", [False, True])
def test_tokens_two_inputs_and_external_data(tmp_path: Path, external: bool) -> None:
    model = tokens_model(tmp_path / "tokens.onnx", external=external)
    random = np.random.default_rng(1)
    feeds = {
        "ids": random.integers(0, 50, (6, 4)),
        "bias": random.normal(size=(6, 4, 64)).astype(np.float32),
    }
    np.savez(tmp_path / "d.npz", **feeds)
    ranges = collect(model, tmp_path / "d.npz", batch=3)
    total = onnx.numpy_helper.to_array(onnx.load(model).graph.initializer[0])[feeds["ids"]]
    total = total + feeds["bias"]
    assert set(ranges.entries) == {"words", "bias", "sum"}
    found = ranges.entries["sum"].range
    assert found is not None
    assert np.float32(found.min) == total.min()
    assert np.float32(found.max) == total.max()


def test_one_array_for_two_inputs(tmp_path: Path) -> None:
    model = tokens_model(tmp_path / "tokens.onnx", external=False)
    np.save(tmp_path / "d.npy", np.zeros((1, 4), np.int64))
    with pytest.raises(InputError, match="no array for input 'ids', 'bias'"):
        collect(model, tmp_path / "d.npy")


def test_the_package_is_the_function(model: Path, data: Path) -> None:
    import setrange

    ranges = setrange.collect(model, data, method="entropy")
    assert ranges.entries == collect(model, data, method="entropy").entries
