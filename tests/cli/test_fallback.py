# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Ops that the default release lacks: Q/DQ models and measuring do not need its names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from tests.cli.material import run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def ranges(tmp_path: Path) -> Path:
    path = tmp_path / "ranges.json"
    path.write_text('{"x": 1, "a": 2, "s": 2, "y": 2}')
    return path


def save(path: Path, op: str, domain: str = "", *, declares: bool = True) -> Path:
    """A convolution, the op, a Relu."""
    weights = np.ones((16, 16, 3, 3), np.float32)
    shape = [1, 16, 8, 8]
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["a"], name="c", pads=[1, 1, 1, 1]),
        helper.make_node(op, ["a"], ["s"], name="odd", domain=domain),
        helper.make_node("Relu", ["s"], ["y"], name="r"),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(weights, "w")],
        value_info=[helper.make_tensor_value_info("s", TensorProto.FLOAT, shape)] * declares,
    )
    opsets = [helper.make_opsetid("", 24)]
    if domain:
        opsets.append(helper.make_opsetid(domain, 1))
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=10), path)
    return path


@pytest.mark.parametrize(
    ("op", "domain", "note"),
    [
        (
            "Swish",
            "",
            "note: TensorRT 10.16 does not take the model, so it is read as TensorRT 11.4 does",
        ),
        ("Own", "mine", "note: no TensorRT knows Own, so it is taken for a plugin"),
    ],
)
def test_a_qdq_model_of_an_op_that_the_release_lacks(
    ranges: Path, tmp_path: Path, op: str, domain: str, note: str
) -> None:
    model = save(tmp_path / "m.onnx", op, domain)
    out = tmp_path / "m.qdq.onnx"
    done = run("apply", ranges, model, "-o", out)
    assert done.status == 0, done.err
    assert note in done.err
    assert "SR305" not in done.err
    assert "QuantizeLinear" in {node.op_type for node in onnx.load(out).graph.node}


def test_onnx_tells_the_shapes_of_its_own_ops(ranges: Path, tmp_path: Path) -> None:
    model = save(tmp_path / "m.onnx", "Bernoulli", declares=False)  # no release has it
    done = run("apply", ranges, model, "-o", tmp_path / "m.qdq.onnx")
    assert done.status == 0, done.err
    assert "no TensorRT knows Bernoulli" in done.err


def test_a_release_that_was_asked_for_is_kept(ranges: Path, tmp_path: Path) -> None:
    model = save(tmp_path / "m.onnx", "Swish")
    done = run("apply", ranges, model, "--trt", "10.3", "-o", tmp_path / "m.qdq.onnx")
    assert done.status == 2
    assert "accepted by TensorRT 11.4" in done.err


def test_a_cache_needs_the_names(ranges: Path, tmp_path: Path) -> None:
    model = save(tmp_path / "m.onnx", "Swish")
    done = run("apply", ranges, model, "--trt", "10.16", "-o", tmp_path / "m.cache")
    assert done.status == 2
    assert "no importer for the op Swish" in done.err
