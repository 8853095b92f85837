# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A small model, opened in the editor without a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from setrange.editing.document import Document
from setrange.editing.edited_model import EditedModel
from setrange.editing.snapshot import Snapshots
from setrange.formats.reading import read_ranges
from setrange.importer.model_at import ModelAt
from setrange.model.digest import BackgroundDigest
from setrange.page.data import report_data
from setrange.plan.purpose import purpose_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from setrange.editing.edited_model import View

#: x -> Conv -> "c1" -> Relu -> "r1" -> Conv -> "c2" -> Relu -> "y"; wide enough for INT8.
CHANNELS = 16


def save_model(
    path: Path, *, names: Sequence[str] = ("conv1", "relu1", "conv2", "relu2")
) -> Path:
    """Two convolutions with a ReLU each; ``names`` are the nodes'."""
    random = np.random.default_rng(0)
    shape = (CHANNELS, CHANNELS, 3, 3)
    weights = [
        numpy_helper.from_array(random.normal(0, 0.1, shape).astype(np.float32), name)
        for name in ("w1", "w2")
    ]
    conv = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}
    nodes = [
        helper.make_node("Conv", ["x", "w1"], ["c1"], names[0], **conv),
        helper.make_node("Relu", ["c1"], ["r1"], names[1]),
        helper.make_node("Conv", ["r1", "w2"], ["c2"], names[2], **conv),
        helper.make_node("Relu", ["c2"], ["y"], names[3]),
    ]
    size = [1, CHANNELS, 8, 8]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, size)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, size)],
        weights,
    )
    opset = helper.make_opsetid("", 13)
    onnx.save(helper.make_model(graph, opset_imports=[opset], ir_version=8), path)
    return path


def edited_model(path: Path, *, trt: str = "8.6", **fields: Any) -> EditedModel:
    models = ModelAt.of(path)
    return EditedModel(
        network=models.network(trt),
        models=models,
        digest=BackgroundDigest(path),
        purposes={name: purpose_of(name) for name in ("cache", "qdq", "rtx")},
        **fields,
    )


def opened_document(
    folder: Path, *, text: str | None = None, purpose: str = "cache", trt: str = "8.6"
) -> Document:
    """The small model, and a ranges file of this text (none where there is no text)."""
    path = folder / "ranges.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    model = folder / "model.onnx"
    if not model.exists():
        save_model(model)
    file = None if text is None else read_ranges(path)
    return Document(
        edited_model(model, trt=trt), path, read=read_ranges, file=file, purpose=purpose
    )


def describe(view: View, purpose: str) -> dict[str, Any]:
    return report_data(view.plan, purpose=purpose, needs=view.needs)


def snapshots(document: Document) -> Snapshots:
    return Snapshots(document, describe)


def place(document: Document, name: str) -> int:
    """The position of the tensor of this name."""
    return [tensor.name for tensor in document.model.tensors].index(name)


def give(document: Document, name: str, text: str) -> None:
    document.change({"kind": "set", "tensors": [place(document, name)], "text": text})


def ranges(document: Document) -> dict[str, tuple[float, float]]:
    """What was given, by the name in the file."""
    return {
        entry.name: (entry.range.min, entry.range.max)
        for entry in document.state.entries().values()
        if entry.range is not None
    }


def planned(document: Document, name: str) -> tuple[str, float | None]:
    """Where the range of a tensor is from, and its amax."""
    found = document.view.plan.tensors[place(document, name)]
    return found.source.value, None if found.range is None else found.range.amax
