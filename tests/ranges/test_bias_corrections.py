# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``bias_corrections`` of a ranges file: read, refused, kept by what writes, and applied."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from setrange import convert, read_ranges
from setrange.errors import SetrangeError
from setrange.ranges.merge import merge_ranges
from tests.cli.material import run, small_cnn
from tests.exporters.quantizing import save
from tests.meta.source_tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

RANGES = {"input": 1.0, "conv": 8.0, "relu": 8.0, "pool": 4.0, "flat": 4.0, "out": 16.0}

NUMBERS = {"Conv_0": [0.5, -1e-7, 0.0], "a[0]*": [3.0]}


def written(path: Path, numbers: Any, tensors: dict[str, float] = RANGES) -> Path:
    path.write_text(
        json.dumps({"setrange": 1, "tensors": tensors, "bias_corrections": numbers})
    )
    return path


@pytest.mark.parametrize("name", ["out.json", "out.yaml"])
def test_what_is_written_reads_back_the_same(tmp_path: Path, name: str) -> None:
    source = written(tmp_path / "r.json", NUMBERS)
    schema = json.loads((ROOT / "schemas" / "ranges.v1.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(json.loads(source.read_text()))
    wanted = {node: tuple(numbers) for node, numbers in NUMBERS.items()}
    assert read_ranges(source).bias_corrections == wanted
    convert(source, tmp_path / name)
    assert read_ranges(tmp_path / name).bias_corrections == wanted


@pytest.mark.parametrize(
    "numbers", [0.5, [], None, "mse", {"0": 1}, ["1"], [True], [1e39], [float("nan")], [[1.0]]]
)
def test_what_are_no_numbers_is_refused(tmp_path: Path, numbers: Any) -> None:
    with pytest.raises(SetrangeError) as found:
        read_ranges(written(tmp_path / "r.json", {"a": numbers}))
    assert 'r.json:1: bias_corrections: "a" ' in str(found.value)
    assert len(str(found.value).splitlines()) == 1


def test_formats_without_a_place_for_it_say_so(tmp_path: Path) -> None:
    source = written(tmp_path / "r.json", NUMBERS)
    done = run("convert", source, "-o", tmp_path / "r.csv")
    assert done.status == 0
    assert "bias_corrections" in done.err


def test_of_merged_files_the_first_one_counts(tmp_path: Path) -> None:
    one = read_ranges(written(tmp_path / "1.json", {"a": [1, 2, 3, 4], "b": [1]}))
    two = read_ranges(written(tmp_path / "2.json", {"a": [2, 2, 3, 4], "c": [3]}))
    merged = merge_ranges([one, two])
    assert merged.ranges.bias_corrections == {"a": (1, 2, 3, 4), "b": (1,), "c": (3,)}
    [conflict] = merged.conflicts
    assert (conflict.name, conflict.taken) == (
        "bias_corrections: a",
        "[1.0, 2.0, 3.0, ...]",
    )


def test_a_template_keeps_it(tmp_path: Path) -> None:
    model = small_cnn(tmp_path / "small.onnx")
    channels = onnx.load(model).graph.initializer[0].dims[0]
    source = written(tmp_path / "r.json", {"Conv_0": [0.25] * channels})
    run("template", model, "-o", source, "--keep", source, "--overwrite")
    assert read_ranges(source).bias_corrections == {"Conv_0": (0.25,) * channels}


GRAPH = """(float[1,16,8,8] x) => (float[1,8,6,6] y, float[1,16,6] z) {
    [conv] a = Conv(x, w)
    [turned] y = ConvTranspose<group = 2, kernel_shape = [1, 1]>(a, v)
    [mean] m = ReduceMean<axes = [3], keepdims = 0>(a)
    [product] z = MatMul(m, u)
}"""
SHAPES = {"w": (16, 16, 3, 3), "v": (16, 4, 1, 1), "u": (6, 6)}
TENSORS = {"x": 3.0, "a": 40.0, "y": 99.0, "m": 40.0, "z": 99.0}


def test_each_channel_of_a_qdq_model_is_moved(tmp_path: Path) -> None:
    """Whatever makes the channels; ``verify`` and ``apply`` read the same file."""
    model = save(tmp_path / "m.onnx", GRAPH, SHAPES)
    steps = {"turned": np.arange(8) / 8, "product": np.arange(6) / 4}
    numbers = {node: [float(x) for x in values] for node, values in steps.items()}
    found = {}
    for name, given in (("plain", {}), ("moved", numbers)):
        ranges = written(tmp_path / f"{name}.json", given, TENSORS)
        out = tmp_path / f"{name}.qdq.onnx"
        assert run("apply", ranges, model, "-o", out, "--quantize-small").status == 0
        session = pytest.importorskip("onnxruntime").InferenceSession(
            out, providers=["CPUExecutionProvider"]
        )
        feeds = {"x": np.random.default_rng(1).random((1, 16, 8, 8), np.float32)}
        found[name] = session.run(["y", "z"], feeds)
    y, z = (b - a for a, b in zip(found["plain"], found["moved"], strict=True))
    np.testing.assert_allclose(y, np.broadcast_to(steps["turned"][:, None, None], y.shape),
                               atol=1e-5)  # fmt: skip
    np.testing.assert_allclose(z, np.broadcast_to(steps["product"], z.shape), atol=1e-5)


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ({"con": [1.0]}, ["m.onnx", '"con"', '"conv"']),
        ({"conv": [1.0, 2.0]}, ['"conv"', "2 numbers", "16 output channels"]),
        ({"turned": [0.0] * 4}, ['"turned"', "4 numbers", "8 output channels"]),
        ({"mean": [1.0]}, ['"mean"', "ReduceMean"]),
    ],
)
def test_numbers_that_fit_no_node_are_one_error(
    tmp_path: Path, numbers: dict[str, list[float]], said: list[str]
) -> None:
    model = save(tmp_path / "m.onnx", GRAPH, SHAPES)
    ranges = written(tmp_path / "r.json", numbers, TENSORS)
    for call in (
        ("apply", ranges, model, "-o", tmp_path / "o.qdq.onnx"),
        ("check", ranges, model, "--for", "qdq"),
    ):
        done = run(*call)
        assert done.status == 2
        text = done.out + done.err
        assert all(part in text for part in said), text
    assert not (tmp_path / "o.qdq.onnx").exists()


def test_other_outputs_leave_it_out_and_say_so(tmp_path: Path) -> None:
    model = save(tmp_path / "m.onnx", GRAPH, SHAPES)
    ranges = written(tmp_path / "r.json", {"turned": [0.5] * 8}, TENSORS)
    plain = written(tmp_path / "p.json", {}, TENSORS)
    for source in (ranges, plain):
        done = run("apply", source, model, "-o", source.with_suffix(".cache"), "--trt", "8.6")
        assert done.status == 0, done.err
        assert ("bias_corrections" in done.err) == (source is ranges)
    assert ranges.with_suffix(".cache").read_bytes() == plain.with_suffix(".cache").read_bytes()


def test_it_adds_to_what_correct_bias_finds(tmp_path: Path) -> None:
    """What is corrected already needs no more: the sums are the same, but for the rounding."""
    pytest.importorskip("onnxruntime")
    model = save(tmp_path / "m.onnx", GRAPH, SHAPES)
    data = tmp_path / "data.npy"
    np.save(data, np.random.default_rng(2).exponential(0.2, (6, 16, 8, 8)).astype(np.float32))
    biases = []
    for given in ({}, {"conv": [0.125] * 16}):
        ranges = written(tmp_path / "r.json", given, TENSORS)
        out = tmp_path / "o.qdq.onnx"
        call = ("apply", ranges, model, "-o", out, "--overwrite", "--correct-bias", data)
        assert run(*call).status == 0
        initializers = onnx.load(out).graph.initializer
        [bias] = [numpy_helper.to_array(t) for t in initializers if t.name == "a_bias"]
        biases.append(bias)
    np.testing.assert_allclose(*biases, atol=1e-6)


def test_a_bias_that_its_type_does_not_hold_is_refused(tmp_path: Path) -> None:
    graph = GRAPH.replace("float[", "float16[")
    model = save(tmp_path / "m.onnx", graph, SHAPES, dtype=np.float16)
    ranges = written(tmp_path / "r.json", {"conv": [1e5] * 16}, TENSORS)
    done = run("apply", ranges, model, "-o", tmp_path / "o.qdq.onnx")
    assert done.status == 2
    assert "RuntimeWarning" not in done.err
    assert all(part in done.err for part in ("conv", "100000", "float16"))
    assert not (tmp_path / "o.qdq.onnx").exists()
