# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Pairs behind LSTM, GRU and RNN are held where they are: the builder would unroll them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest

from setrange.exporters.qdq import make_qdq
from setrange.exporters.rtx_recurrence import held_behind_recurrences
from tests.cli.material import run
from tests.exporters.quantizing import plan_of, save
from tests.support.running import run as run_model

if TYPE_CHECKING:
    from pathlib import Path

#: Gates of each op.
GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}


def recurrent(path: Path, op: str = "LSTM") -> Path:
    """Four steps, the last of which a matrix product takes."""
    graph = f"""(float[4,8,16] x) => (float[8,32] y)
    <int64 last = {{3}}, int64[1] one = {{1}}> {{
        h = {op}<hidden_size = 16>(x, w, r)
        s = Squeeze(h, one)
        l = Gather<axis = 0>(s, last)
        y = MatMul(l, v)
    }}"""
    shapes = {"w": (1, 16 * GATES[op], 16), "r": (1, 16 * GATES[op], 16), "v": (16, 32)}
    return save(path, graph, shapes, opset=17)


@pytest.mark.parametrize("op", GATES)
@pytest.mark.parametrize("fp16", [False, True])
def test_the_clip_changes_no_value(op: str, fp16: bool, tmp_path: Path) -> None:
    path = recurrent(tmp_path / "m.onnx", op)
    made = make_qdq(plan_of(path, {"l": 0.3}), path, placement="all", fp16=fp16)
    held = held_behind_recurrences(made)
    assert held is not made
    results = []
    for name, model in (("before", made), ("after", held)):
        written = tmp_path / f"{name}.onnx"
        model.write(written)
        onnx.checker.check_model(str(written), full_check=True)
        x = np.random.default_rng(3).standard_normal((4, 8, 16)).astype(np.float32) * 5
        results.append(run_model(written, {"x": x})[0])
    np.testing.assert_array_equal(*results)
    ops = [node.op_type for node in held.skeleton.graph.node]
    assert ops.count("Clip") >= 1
    assert "Clip" not in [node.op_type for node in made.skeleton.graph.node]


def test_other_models_stay_as_they_are(tmp_path: Path) -> None:
    graph = "(float[16,64] x) => (float[16,64] y) { a = MatMul(x, w)  y = MatMul(a, w) }"
    path = save(tmp_path / "m.onnx", graph, {"w": (64, 64)})
    made = make_qdq(plan_of(path), path)
    assert held_behind_recurrences(made) is made


@pytest.mark.rtx
def test_the_builder_ends(tmp_path: Path) -> None:
    path = recurrent(tmp_path / "small.onnx")
    ranges = tmp_path / "r.json"
    ranges.write_text('{"x": 1, "h": 1, "s": 1, "l": 1, "y": 4}')
    result = run("check", ranges, path, "--build", "--placement", "all")
    assert result.status == 0, result.err
    assert "1 of 1 weighted" in result.out
