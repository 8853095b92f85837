# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Names of free dimensions: TensorRT takes those of one name for one size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import onnx
import pytest

from tests.cli.material import run
from tests.exporters.quantizing import save

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.rtx


@pytest.fixture
def ranges(tmp_path: Path) -> Path:
    path = tmp_path / "r.json"
    path.write_text('{"x": 1, "a": 3}')
    return path


@pytest.fixture
def dynamic(tmp_path: Path) -> Callable[[str], Path]:
    def make(name: str) -> Path:
        graph = "(float[N,16,N,N] x) => (float[N,32,N,N] a) { a = Conv<pads=[1,1,1,1]>(x, w) }"
        path = save(tmp_path / "dynamic.onnx", graph, {"w": (32, 16, 3, 3)})
        model = onnx.load(path)
        for dim in model.graph.input[0].type.tensor_type.shape.dim:
            if dim.dim_param:
                dim.dim_param = name
        onnx.save(model, path)
        return path

    return make


SIZES = ("--min", "x:1x16x8x8", "--opt", "x:2x16x16x16", "--max", "x:4x16x32x32")


@pytest.mark.parametrize("name", ["?", "None"])
def test_a_placeholder_is_no_name(
    name: str, dynamic: Callable[[str], Path], ranges: Path, tmp_path: Path
) -> None:
    """PaddlePaddle calls each free dimension "?", and TensorRT takes those for one size."""
    model, qdq = dynamic(name), tmp_path / "dynamic.qdq.onnx"
    result = run("apply", ranges, model, "-o", tmp_path / "net.engine", *SIZES)
    assert result.status == 0, result.err
    assert run("check", ranges, model, "--build", *SIZES).status == 0
    assert run("apply", ranges, model, "-o", qdq).status == 0
    assert run("check", qdq, "--build", *SIZES).status == 0


def test_a_name_is_one_size(
    dynamic: Callable[[str], Path], ranges: Path, tmp_path: Path
) -> None:
    model = dynamic("N")
    before = sorted(tmp_path.iterdir())
    for command in (
        ("apply", ranges, model, "-o", tmp_path / "net.engine"),
        ("check", ranges, model, "--build"),
    ):
        result = run(*command, *SIZES)
        assert result.status == 2, result.err
        assert "calls 3 dimensions 'N'" in result.err
        assert "dimension 2 of 'x': 8, 16, 32" in result.err
    assert sorted(tmp_path.iterdir()) == before
    same = ("--min", "x:8x16x8x8", "--opt", "x:16x16x16x16", "--max", "x:32x16x32x32")
    assert run("check", ranges, model, "--build", *same).status == 0


def test_a_placeholder_in_anybodys_model(
    dynamic: Callable[[str], Path], ranges: Path, tmp_path: Path
) -> None:
    """What TensorRT reads as it is has the name."""
    qdq = tmp_path / "theirs.onnx"
    assert run("apply", ranges, dynamic("N"), "-o", qdq).status == 0
    model = onnx.load(qdq)
    for dim in model.graph.input[0].type.tensor_type.shape.dim:
        if dim.dim_param:
            dim.dim_param = "?"
    onnx.save(model, qdq)
    result = run("check", qdq, "--build", *SIZES)
    assert result.status == 2, result.err
    assert "calls 3 dimensions '?'" in result.err
