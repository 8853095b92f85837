# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from onnx import ModelProto

from setrange.model.loading import load_model
from tests.cli.material import small_cnn

if TYPE_CHECKING:
    from pathlib import Path


def test_another_graph_has_its_own_nodes(tmp_path: Path) -> None:
    model = load_model(small_cnn(tmp_path / "model.onnx"))
    assert [node.op for node in model.nodes()][:2] == ["Conv", "Relu"]
    changed = ModelProto()
    changed.CopyFrom(model.proto)
    del changed.graph.node[0]
    other = dataclasses.replace(model, proto=changed)
    assert [node.op for node in other.nodes()][:2] == ["Relu", "GlobalAveragePool"]
