# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What docs/migrate.md starts from: a model, and the cache TensorRT 8.6 made of it.

``python -m tests.e2e.migration`` runs the commands of the page and writes down what they say.
"""

from __future__ import annotations

import os
import re
import shlex
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from setrange import RangeFile, import_network
from setrange.formats.writing import write_as
from setrange.ranges import DynamicRange, RangeEntry
from setrange.resolver.in_cache import appears_in_cache
from tests.cli.material import run
from tests.meta.source_tree import ROOT

__all__ = ["PAGE", "prepare", "with_transcripts"]

PAGE = ROOT / "docs" / "migrate.md"

_TRANSCRIPT = re.compile(r"^```\n(\$ .*?)^```$", re.MULTILINE | re.DOTALL)

#: What was measured, in network order: the Gemm's two constants and its bias among it.
AMAXES = (2.64, 9.5, 9.5, 31.0, 31.0, 4.2, 4.2, 2.6, 8.4, 1.5, 1.5, 9.1, 1.0, 1.0)


def prepare(folder: Path) -> None:
    """Write ``model.onnx``, ``calib.cache`` and ``edited.cache`` into a folder."""
    _model(folder / "model.onnx")
    cached = filter(appears_in_cache, import_network(folder / "model.onnx", "8.6").tensors())
    entries = {
        tensor.name: RangeEntry(name=tensor.name, range=DynamicRange.symmetric(amax))
        for tensor, amax in zip(cached, AMAXES, strict=True)
    }
    ranges = RangeFile(entries=entries, named_by="8.6")
    write_as(ranges, folder / "calib.cache", "trt-cache")
    text = (folder / "calib.cache").read_text()
    (folder / "edited.cache").write_text(text.replace("TRT-8601", "TRT-7203"))


def with_transcripts(text: str, folder: Path) -> str:
    """Return the page with what its commands say, one after the other, in the folder."""

    def transcript(block: re.Match[str]) -> str:
        commands = re.findall(r"^\$ (.*)$", block[1], re.MULTILINE)
        return f"```\n{''.join(map(said, commands))}```"

    def said(command: str) -> str:
        program, *arguments = shlex.split(command)
        if program != "setrange":
            raise ValueError(f"{command}: not run")
        here = Path.cwd()
        os.chdir(folder)
        try:
            done = run(*arguments)
        finally:
            os.chdir(here)
        shown = f"{done.out}{done.err}".replace(str(folder), "/home/me")
        return f"$ {command}\n{shown}"

    return _TRANSCRIPT.sub(transcript, text)


def _model(path: Path) -> None:
    random = np.random.default_rng(6)
    shapes = {
        "conv1.weight": (16, 16, 3, 3),
        "conv2.weight": (32, 16, 3, 3),
        "fc.weight": (10, 32),
        "fc.bias": (10,),
    }
    conv: dict[str, Any] = {"pads": [1] * 4}
    nodes: list[tuple[str, list[str], str, dict[str, Any]]] = [
        ("Conv", ["input", "conv1.weight"], "/conv1/Conv", conv),
        ("Relu", ["/conv1/Conv"], "/relu1/Relu", {}),
        ("Conv", ["/relu1/Relu", "conv2.weight"], "/conv2/Conv", conv),
        ("Relu", ["/conv2/Conv"], "/relu2/Relu", {}),
        ("GlobalAveragePool", ["/relu2/Relu"], "/pool/GlobalAveragePool", {}),
        ("Flatten", ["/pool/GlobalAveragePool"], "/Flatten", {}),
        ("Gemm", ["/Flatten", "fc.weight", "fc.bias"], "/fc/Gemm", {"transB": 1}),
    ]
    made = [
        helper.make_node(
            op, [_value(name) for name in inputs], [_value(name)], name, **attributes
        )
        for op, inputs, name, attributes in nodes
    ]
    made.append(helper.make_node("Softmax", [_value("/fc/Gemm")], ["prob"], "/Softmax"))
    weights = [
        numpy_helper.from_array(random.normal(size=shape).astype(np.float32), name)
        for name, shape in shapes.items()
    ]
    graph = helper.make_graph(
        made,
        "classifier",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [8, 16, 32, 32])],
        [helper.make_tensor_value_info("prob", TensorProto.FLOAT, [8, 10])],
        weights,
    )
    opset = helper.make_opsetid("", 17)
    onnx.save(helper.make_model(graph, opset_imports=[opset], ir_version=8), path)


def _value(node: str) -> str:
    """The exporter calls a node's output after the node."""
    return f"{node}_output_0" if node.startswith("/") else node


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        prepare(Path(name))
        page = with_transcripts(PAGE.read_text(encoding="utf-8"), Path(name))
    PAGE.write_text(page, encoding="utf-8")
