# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What the command-line tests share: running a command, and a small model."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from setrange.cli import main

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a command did."""

    status: int
    out: str
    err: str


def run(*arguments: object) -> Run:
    """Run `setrange` in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main([str(argument) for argument in arguments])
    return Run(status=status, out=out.getvalue(), err=err.getvalue())


def small_cnn(path: Path, *, batch: int | str = 1) -> Path:
    """Conv, Relu, GlobalAveragePool, Flatten, Gemm; Gemm makes tensors the model lacks."""
    random = np.random.default_rng(1)
    weights = {
        "conv.weight": random.normal(size=(16, 3, 3, 3)),
        "fc.weight": random.normal(size=(5, 16)),
        "fc.bias": random.normal(size=5),
    }
    nodes = [
        helper.make_node("Conv", ["input", "conv.weight"], ["conv"], "Conv_0", pads=[1] * 4),
        helper.make_node("Relu", ["conv"], ["relu"], "Relu_0"),
        helper.make_node("GlobalAveragePool", ["relu"], ["pool"], "Pool_0"),
        helper.make_node("Flatten", ["pool"], ["flat"], "Flatten_0"),
        helper.make_node("Gemm", ["flat", "fc.weight", "fc.bias"], ["out"], "Gemm_0", transB=1),
    ]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [batch, 3, 8, 8])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, [batch, 5])],
        [numpy_helper.from_array(v.astype(np.float32), k) for k, v in weights.items()],
    )
    opset = helper.make_opsetid("", 13)
    onnx.save(helper.make_model(graph, opset_imports=[opset], ir_version=8), path)
    return path


def torch_cnn(path: Path) -> Path:
    """A Conv that two others read, with the node names torch.onnx.export gives."""
    random = np.random.default_rng(2)
    weights = {f"w{i}": random.normal(size=(3, 3, 1, 1)).astype(np.float32) for i in range(3)}
    nodes = [
        helper.make_node("Conv", ["input", "w0"], ["/conv1/Conv_output_0"], "/conv1/Conv"),
        *(
            helper.make_node(
                "Conv",
                ["/conv1/Conv_output_0", f"w{i - 1}"],
                [f"/layer1/layer1.0/conv{i}/Conv_output_0"],
                f"/layer1/layer1.0/conv{i}/Conv",
            )
            for i in (2, 3)
        ),
        helper.make_node(
            "Add",
            [f"/layer1/layer1.0/conv{i}/Conv_output_0" for i in (2, 3)],
            ["output"],
            "/layer1/layer1.0/Add",
        ),
    ]
    graph = helper.make_graph(
        nodes,
        "torch",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, 8, 8])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 3, 8, 8])],
        [numpy_helper.from_array(v, k) for k, v in weights.items()],
    )
    opset = helper.make_opsetid("", 13)
    onnx.save(helper.make_model(graph, opset_imports=[opset], ir_version=8), path)
    return path
