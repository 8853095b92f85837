# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The other tools: ONNX Runtime's quantize_static, and NVIDIA's ModelOpt."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx.external_data_helper import load_external_data_for_model

from setrange.model.loading import load_model
from setrange.surgery.opset import raised

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

#: ModelOpt wants versions of its own, so it runs in its own Python.
_MODELOPT = """
import sys
import numpy as np
from modelopt.onnx.quantization import quantize
model, data, out = sys.argv[1:]
with np.load(data) as file:
    arrays = {name: file[name] for name in file}
quantize(
    model, calibration_data=arrays, calibration_method="max", calibration_eps=["cpu"],
    output_path=out, high_precision_dtype="fp32", log_level="ERROR",
)
"""


class _Reader:
    """What quantize_static calibrates on."""

    def __init__(self, name: str, arrays: list[npt.NDArray[Any]]) -> None:
        self._left = iter({name: array} for array in arrays)

    def get_next(self) -> dict[str, npt.NDArray[Any]] | None:
        """Return the next sample."""
        return next(self._left, None)


def with_onnxruntime(path: Path, out: Path, name: str, arrays: list[Any]) -> None:
    """Quantize with quantize_static: MinMax, symmetric, weights per channel."""
    from onnxruntime.quantization import CalibrationMethod, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    ready, newer = out.with_suffix(".ready.onnx"), out.with_suffix(".newer.onnx")
    # A scale per channel needs opset 13, to which the tool does not raise models.
    model = raised(load_model(path), 13)
    load_external_data_for_model(model.proto, str(model.base))
    onnx.save(model.proto, newer)
    quant_pre_process(str(newer), str(ready), skip_symbolic_shape=True)
    quantize_static(
        str(ready), str(out), _Reader(name, arrays), per_channel=True,
        activation_type=QuantType.QInt8, weight_type=QuantType.QInt8,
        calibrate_method=CalibrationMethod.MinMax,
        extra_options={"ActivationSymmetric": True, "WeightSymmetric": True},
    )  # fmt: skip


def with_modelopt(python: str, path: Path, out: Path, name: str, arrays: list[Any]) -> None:
    """Quantize with ModelOpt: its "max", which is MinMax, and FP32 for what stays float."""
    data = out.with_suffix(".npz")
    np.savez(data, **{name: np.concatenate(arrays)})
    command = [python, "-c", _MODELOPT, str(path), str(data), str(out)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=out.parent)
    if not out.exists():
        raise RuntimeError((done.stderr.strip() or "it wrote nothing").splitlines()[-1])


def activation_pairs(path: Path) -> int:
    """Count the QuantizeLinear nodes that take no constant."""
    graph = onnx.load(path, load_external_data=False).graph
    constants = {tensor.name for tensor in graph.initializer}
    constants.update(n.output[0] for n in graph.node if n.op_type == "Constant")
    return sum(
        node.op_type == "QuantizeLinear" and node.input[0] not in constants
        for node in graph.node
    )
