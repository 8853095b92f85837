# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""ONNX tensors as lazily read weights; external data stays on disk."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.errors import ModelError
from setrange.model.external import ExternalData
from setrange.model.weights import Weights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import numpy.typing as npt
    from onnx import TensorProto

__all__ = ["DTYPE_NAMES", "weights_from_tensor"]

#: onnx.TensorProto.DataType -> our name. Source: onnx/onnx v1.16: onnx/onnx.proto, DataType.
DTYPE_NAMES: dict[int, str] = {
    1: "float32",
    2: "uint8",
    3: "int8",
    4: "uint16",
    5: "int16",
    6: "int32",
    7: "int64",
    8: "string",
    9: "bool",
    10: "float16",
    11: "float64",
    12: "uint32",
    13: "uint64",
    14: "complex64",
    15: "complex128",
    16: "bf16",
    17: "fp8",
    18: "fp8_e4m3fnuz",
    19: "fp8_e5m2",
    20: "fp8_e5m2fnuz",
    21: "uint4",
    22: "int4",
    23: "fp4",
}

_NUMPY = {
    "float32": "<f4",
    "float64": "<f8",
    "float16": "<f2",
    "uint8": "u1",
    "int8": "i1",
    "uint16": "<u2",
    "int16": "<i2",
    "int32": "<i4",
    "int64": "<i8",
    "uint32": "<u4",
    "uint64": "<u8",
    "bool": "?",
    "bf16": "<u2",
}


def weights_from_tensor(tensor: TensorProto, base: Path, name: str | None = None) -> Weights:
    """Wrap a ``TensorProto``; nothing is read until ``Weights.data()``.

    Args:
        tensor: Initializer or attribute value.
        base: Directory that external data locations are relative to.
        name: Name to record; the tensor's own by default.
    """
    dtype = DTYPE_NAMES.get(tensor.data_type, f"onnx{tensor.data_type}")
    shape = tuple(tensor.dims)
    label = name or tensor.name or None
    load = partial(_read, tensor, base, dtype, shape)
    return Weights(
        dtype, shape, load, name=label, initializer=label, chunks=_streamed(tensor, base, dtype)
    )


def _streamed(
    tensor: TensorProto, base: Path, dtype: str
) -> Callable[[], Iterator[npt.NDArray[Any]]] | None:
    """How to go over external values piece by piece, where their bytes are numpy's."""
    if tensor.data_location != 1 or dtype not in ("float32", "float64", "float16"):
        return None
    code = np.dtype(_NUMPY[dtype])
    return ExternalData.of(tensor, base, code, math.prod(tensor.dims)).chunks


def _read(
    tensor: TensorProto, base: Path, dtype: str, shape: tuple[int, ...]
) -> npt.NDArray[Any]:
    code = _NUMPY.get(dtype)
    if tensor.data_location == 1:  # EXTERNAL
        if code is None:
            raise ModelError(
                f"tensor {tensor.name!r}: external data of type {dtype} is not supported"
            )
        data = ExternalData.of(tensor, base, np.dtype(code), math.prod(shape)).read()
    else:
        try:
            data = _embedded(tensor, code)
        except ValueError as e:
            raise ModelError(
                f"tensor {tensor.name!r} does not hold the values that its type {dtype} and "
                f"shape {list(shape)} need; the model file is damaged: export it again"
            ) from e
        if dtype == "bf16" and data.dtype != np.uint16:
            return data.astype(np.float32).reshape(shape)
    if dtype == "bf16":
        data = (data.astype(np.uint32) << 16).view(np.float32)
    if data.size != math.prod(shape):
        raise ModelError(
            f"tensor {tensor.name!r} holds {data.size} values, but its shape {list(shape)} "
            f"needs {math.prod(shape)}; the model file is damaged: export it again"
        )
    return data.reshape(shape)


def _embedded(tensor: TensorProto, code: str | None) -> npt.NDArray[Any]:
    if code is not None and tensor.HasField("raw_data"):
        return np.frombuffer(tensor.raw_data, dtype=code)
    from onnx import numpy_helper

    return np.asarray(numpy_helper.to_array(tensor))
