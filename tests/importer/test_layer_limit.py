# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A network has a bounded number of layers, whatever the file asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from setrange.errors import ModelError
from setrange.importer import import_network

if TYPE_CHECKING:
    from pathlib import Path


def _chain(path: Path, length: int) -> Path:
    """Muls one after the other: two layers each, since the constant gets a dimension."""
    nodes = [helper.make_node("Mul", [f"v{i}", "k"], [f"v{i + 1}"]) for i in range(length)]
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3])
        for name in ("v0", f"v{length}")
    ]
    scale = numpy_helper.from_array(np.full(3, 0.5, np.float32), "k")
    graph = helper.make_graph(nodes, "g", ends[:1], ends[1:], [scale])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), path)
    return path


def test_too_many_layers_are_refused(tmp_path: Path) -> None:
    path = _chain(tmp_path / "m.onnx", 15_000)
    with pytest.raises(ModelError, match=r"m\.onnx: .* more than 25000 layers"):
        import_network(path, trt="8.6")
