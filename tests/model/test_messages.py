# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The command line reads and checks models with the least of onnx that does it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from onnx import TensorProto, helper, save

from setrange.model.messages import messages

if TYPE_CHECKING:
    from pathlib import Path

#: Runs the program, then says what it loaded and whether onnx still works.
_PROGRAM = """
import sys
sys.argv = ["setrange", *sys.argv[1:]]
sys.orig_argv = sys.argv
from setrange.cli.main import main
assert main() == 0
print("onnx" in sys.modules, "onnx.onnx_ml_pb2" in sys.modules, file=sys.stderr)
alone = sys.modules["onnx.onnx_ml_pb2"].ModelProto
import onnx
onnx.checker.check_model(onnx.load(sys.orig_argv[2]))
assert onnx.ModelProto is alone
from onnx import helper, onnx_ml_pb2
assert onnx_ml_pb2.ModelProto is alone
"""


@pytest.mark.parametrize("method", [None, "minmax", "entropy"])
def test_a_model_is_read_and_checked_without_all_of_onnx(
    tmp_path: Path, method: str | None
) -> None:
    """A template needs the message classes; collect needs the checker, too."""
    value = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3]) for name in "xy"]
    graph = helper.make_graph(
        [helper.make_node("Relu", ["x"], ["y"])], "g", value[:1], value[1:]
    )
    opset = helper.make_opsetid("", 13)
    path = tmp_path / "m.onnx"
    save(helper.make_model(graph, opset_imports=[opset], ir_version=8), path)
    command = ["template", str(path), "--trt", "8.6"]
    if method is not None:
        pytest.importorskip("onnxruntime")
        command = ["collect", str(path), "--random", "--method", method, "--samples", "2"]
        command += ["-o", str(tmp_path / "ranges.json")]
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *command], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "False True\n" in done.stderr


def test_they_are_those_of_onnx() -> None:
    assert messages().TensorProto is TensorProto
