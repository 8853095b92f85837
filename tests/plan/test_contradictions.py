# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Given ranges that cannot be, and true ones that must give no alarm."""

from __future__ import annotations

import struct
import time
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from setrange.formats.registry import read_source
from setrange.formats.trt_cache import reversed_bytes
from setrange.importer.parser import import_network
from setrange.plan import make_plan
from setrange.ranges.model import DynamicRange, RangeEntry, RangeFile
from setrange.ranges.source import SourceFile
from tests.cli.material import run

if TYPE_CHECKING:
    from pathlib import Path

CODES = {"SR210", "SR211", "SR212"}
#: What the network of ``model`` computes on inputs of at most 3, roughly.
TRUE = {"x": 3.0, "c": 40.0, "r": 38.0, "s": 40.5, "t": 1.0, "g": 9.0, "p": 0.98, "shift": 1.7}


def saved(path: Path, nodes: list[onnx.NodeProto], weights: dict[str, object]) -> Path:
    """A model of one input ``x`` whose last node makes its output."""
    out = nodes[-1].output[0]
    shape = [1, 4, 8, 8]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", 1, shape)],
        [helper.make_tensor_value_info(out, 1, None)],
        [numpy_helper.from_array(np.float32(v), k) for k, v in weights.items()],
    )
    opset = helper.make_opsetid("", 13)
    onnx.save(helper.make_model(graph, opset_imports=[opset], ir_version=8), path)
    return path


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Conv, Relu, Add of a constant, Tanh, MatMul, Softmax."""
    random = np.random.default_rng(5)
    weights = {
        "w": random.normal(size=(8, 4, 3, 3)),
        "b": np.linspace(-6, 6, 8),
        "shift": np.linspace(-1.7, 1.6, 8).reshape(8, 1, 1),
        "m": random.normal(size=(6, 6)),
    }
    nodes = [
        helper.make_node("Conv", ["x", "w", "b"], ["c"], "conv"),
        helper.make_node("Relu", ["c"], ["r"], "relu"),
        helper.make_node("Add", ["r", "shift"], ["s"], "add"),
        helper.make_node("Tanh", ["s"], ["t"], "tanh"),
        helper.make_node("MatMul", ["t", "m"], ["g"], "mul"),
        helper.make_node("Softmax", ["g"], ["p"], "softmax", axis=-1),
    ]
    return saved(tmp_path / "m.onnx", nodes, weights)


def found(model: Path, amax: dict[str, float], trt: str = "8.6") -> dict[str, list[str]]:
    """Messages of the findings, by code; constants are given by their initializer."""
    network = import_network(model, trt)
    constants = {
        tensor.constant.initializer: tensor.name
        for tensor in network.tensors()
        if tensor.constant is not None
    }
    entries = {}
    for key, value in amax.items():
        name = constants.get(key, key)
        entries[name] = RangeEntry(name=name, range=DynamicRange.symmetric(value))
    plan = make_plan(network, RangeFile(entries=entries, named_by=trt))
    messages: dict[str, list[str]] = {}
    for finding in plan.findings:
        if finding.code in CODES:
            messages.setdefault(finding.code, []).append(finding.message)
    return messages


@pytest.mark.parametrize("trt", ["7.2", "8.6", "10.3"])
def test_true_ranges_give_no_alarm(model: Path, trt: str) -> None:
    assert found(model, TRUE, trt) == {}
    without = {name: value for name, value in TRUE.items() if name != "shift"}
    assert found(model, without, trt) == {}


@pytest.mark.parametrize("factor", [0.35, 0.7, 1.3, 2.0])
def test_what_a_calibrator_clips_or_adds_gives_no_alarm(model: Path, factor: float) -> None:
    random = np.random.default_rng(3)
    low, high = sorted((factor, 1.0))
    drawn = {name: value * float(random.uniform(low, high)) for name, value in TRUE.items()}
    assert found(model, drawn) == {}


@pytest.mark.parametrize("kept", [set(TRUE), {"x", "shift", "c"}, {"x", "c", "p", "g"}])
def test_scales_taken_for_amax(model: Path, kept: set[str]) -> None:
    messages = found(model, {k: v / 127 for k, v in TRUE.items() if k in kept})
    assert list(messages) == ["SR210"]
    assert "127 times too small: these look like scales, not amax" in messages["SR210"][0]


def test_amax_written_as_scales(model: Path) -> None:
    messages = found(model, {k: v * 127 for k, v in TRUE.items()})
    assert list(messages) == ["SR210"]
    assert "127 times too large: these look like amax written as scales" in messages["SR210"][0]


def test_one_wrong_number_is_named_with_its_factor(model: Path) -> None:
    messages = found(model, {**TRUE, "t": 50.0})
    assert list(messages) == ["SR211"]
    assert messages["SR211"] == ["'t' is given ±50, but tanh is at most 1: 50 times too wide"]


def test_a_range_that_the_inputs_do_not_allow(model: Path) -> None:
    messages = found(model, {**TRUE, "g": 8e4})
    assert list(messages) == ["SR211"]
    assert "'g' is given ±80000" in messages["SR211"][0]


def test_absurd_ranges_but_not_masks(model: Path) -> None:
    assert "no network computes with values beyond" in found(model, {"x": 1e29})["SR211"][0]
    assert found(model, {"x": 3.4028234663852886e38}) == {}


def test_ranges_of_other_weights(tmp_path: Path) -> None:
    nodes, weights, value = [], {}, "x"
    for index in range(3):
        weights[f"k{index}"] = [[0.5 + index, -2.0] * 4]
        nodes.append(helper.make_node("Add", [value, f"k{index}"], [f"a{index}"], f"n{index}"))
        value = f"a{index}"
    path = saved(tmp_path / "adds.onnx", nodes, weights)
    messages = found(path, {"x": 4, "k0": 0.1, "k1": 31, "k2": 2.5, value: 9})
    assert "SR211" not in messages
    assert "2 constants of 3 hold other values" in messages["SR212"][0]
    assert "is given ±0.1, but max |values| of k0: 20 times" in messages["SR212"][0]


def test_a_concat_of_thousands_is_looked_at_once(tmp_path: Path) -> None:
    count = 3000
    nodes = [helper.make_node("Sqrt", ["x"], [f"s{i}"], f"n{i}") for i in range(count)]
    names = [f"s{i}" for i in range(count)]
    nodes.append(helper.make_node("Concat", names, ["y"], "c", axis=1))
    path = saved(tmp_path / "wide.onnx", nodes, {})
    start = time.process_time()
    assert found(path, {"x": 4.0, "y": 2.0, **dict.fromkeys(names, 2.0)}) == {}
    assert time.process_time() - start < 8


def test_a_long_chain_is_walked_once_and_not_for_each_of_its_tensors(tmp_path: Path) -> None:
    nodes = [helper.make_node("Add", [f"t{i}", "k"], [f"t{i + 1}"]) for i in range(2999)]
    nodes.insert(0, helper.make_node("Add", ["x", "k"], ["t0"]))
    nodes.append(helper.make_node("Add", ["t2999", "k"], ["y"]))
    model = saved(tmp_path / "chain.onnx", nodes, {"k": np.ones((1, 1), np.float32)})
    network = import_network(model, "8.6")
    amax = {tensor.name: 1.0 for tensor in network.float_tensors()}
    begin = time.process_time()
    found(model, amax)
    assert time.process_time() - begin < 40  # one; 90 where each tensor walks back to t0


def test_weights_that_are_not_here_say_nothing(model: Path) -> None:
    proto = onnx.load(model)
    onnx.save(proto, model, save_as_external_data=True, location="w.bin", size_threshold=0)
    (model.parent / "w.bin").unlink()
    assert found(model, {**TRUE, "m": 3.0}) == {}  # given, so nothing else reads them


@pytest.mark.parametrize("seed", range(5))
def test_reversed_bytes_are_seen_and_right_ones_are_not(seed: int) -> None:
    random = np.random.default_rng(seed)
    scales = [float(s) for s in 10 ** random.uniform(-4, 1, size=25)]
    for order, expected in (("<", True), (">", False)):
        lines = [f"t{i}: {struct.pack(order + 'f', s).hex()}" for i, s in enumerate(scales)]
        data = "\n".join(["TRT-8601-EntropyCalibration2", *lines, ""]).encode()
        ranges = read_source(SourceFile("c.cache", data))
        said = reversed_bytes(ranges.entries, ranges.extra["hex"])
        assert (said is not None) is expected
        assert any("reversed bytes" in note for note in ranges.notes) is expected


def test_a_reversed_cache_is_a_warning_of_check(model: Path, tmp_path: Path) -> None:
    cache = tmp_path / "le.cache"
    values = {name: value / 127 for name, value in TRUE.items() if name != "shift"}
    lines = [f"{name}: {struct.pack('<f', scale).hex()}" for name, scale in values.items()]
    cache.write_text("\n".join(["TRT-8601-EntropyCalibration2", *lines, ""]))
    result = run("check", cache, model, "--trt", "8.6")
    assert "warning[SR213]" in result.out
    assert result.out.count("reversed bytes") == 1
