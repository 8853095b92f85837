# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Which values follow from others, in rows of any length."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from setrange.importer import import_network
from setrange.measure.observed import Observed, observed_values
from setrange.model.loading import load_model

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def observed(path: Path, ops: Sequence[str]) -> dict[str, Observed]:
    """A row of nodes over x, whose values are called 1, 2, ...; Mul is by 4."""
    nodes, last = [], "x"
    for number, op in enumerate(ops, 1):
        inputs = [last, "four"] if op == "Mul" else [last]
        nodes.append(helper.make_node(op, inputs, [str(number)], name=f"n{number}"))
        last = str(number)
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [*nodes, helper.make_node("Tanh", [last], ["y"])],
        "g",
        [value("x", TensorProto.FLOAT, [2, 2])],
        [value("y", TensorProto.FLOAT, [2, 2])],
        initializer=[numpy_helper.from_array(np.float32(4.0), "four")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    onnx.save(model, path)
    found, hidden = observed_values(load_model(path), import_network(path, trt="10.3"))
    assert not hidden
    return {item.name: item for item in found}


def test_a_long_row_of_copies_takes_time_in_proportion(tmp_path: Path) -> None:
    begin = time.process_time()
    found = observed(tmp_path / "m.onnx", ["Transpose"] * 10_000)
    assert {item.base for name, item in found.items() if name != "y"} == {"x"}
    assert time.process_time() - begin < 10  # asking each for all before it takes longer


def test_what_lies_on_the_way_adds_up(tmp_path: Path) -> None:
    found = observed(tmp_path / "m.onnx", ["Mul", "Transpose", "Relu", "Mul", "Transpose"])
    assert [(f.base, f.is_rectified, f.factor) for f in found.values()] == [
        ("x", False, 1.0),
        ("x", False, 4.0),
        ("x", False, 4.0),
        ("x", True, 4.0),
        ("x", True, 16.0),
        ("x", True, 16.0),
        ("y", False, 1.0),
    ]


def test_a_factor_that_float32_may_not_hold_is_measured(tmp_path: Path) -> None:
    found = observed(tmp_path / "m.onnx", ["Mul"] * 70)
    assert (found["32"].base, found["32"].factor) == ("x", 2.0**64)
    assert (found["33"].base, found["33"].factor) == ("33", 1.0)
    assert (found["70"].base, found["70"].factor) == ("66", 2.0**8)
