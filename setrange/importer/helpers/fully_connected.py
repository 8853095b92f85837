# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Fully Connected layers (up to 8.2), which take 4-D tensors, and matrix operations.

Source: onnx/onnx-tensorrt 7.0 to 8.2-GA: importGemm, importMatMul, transposeWeights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer.rejections import require

if TYPE_CHECKING:
    from setrange.model.weights import Weights
    from setrange.network import Tensor
    from setrange.network.modes import MatrixOp

__all__ = ["matrix_op", "transposed"]


def matrix_op(tensor: Tensor, *, transpose: bool = False) -> MatrixOp:
    """How a Matrix Multiply takes this operand."""
    if tensor.rank == 1:
        return "vector"
    return "transpose" if transpose else "none"


def transposed(weights: Weights) -> Weights:
    """Weights the parser transposes; their values are not read."""
    require(
        weights.rank == 2 and weights.dtype in ("float32", "float16"),
        "the parser transposes two-dimensional FLOAT and HALF weights only",
    )
    return weights.derived(lambda data: data.T, weights.dtype, weights.shape[::-1])
