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
from setrange.model.types import EXTERNAL, DataType
from setrange.model.weights import Weights

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt
    from onnx import TensorProto

__all__ = ["DTYPE_NAMES", "array_of", "weights_from_tensor"]

#: onnx.TensorProto.DataType -> our name.
DTYPE_NAMES: dict[int, str] = {int(dtype): dtype.label for dtype in DataType}

_NUMPY = {dtype.label: dtype.code for dtype in DataType if dtype.code is not None}


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
    if tensor.data_location != EXTERNAL or dtype not in _NUMPY or dtype == "bf16":
        return Weights(dtype, shape, load, name=label, initializer=label)
    # Values whose bytes are numpy's can be gone over piece by piece.
    data = ExternalData.of(tensor, base, np.dtype(_NUMPY[dtype]), math.prod(shape))
    is_float = dtype in ("float32", "float64", "float16")
    return Weights(
        dtype,
        shape,
        load,
        name=label,
        initializer=label,
        chunks=data.chunks if is_float else None,
        part=data.part,
        place=data,
    )


def array_of(tensor: TensorProto, base: Path) -> npt.NDArray[Any]:
    """Return a tensor's values in onnx's own types of numpy, external ones too.

    Raises:
        ModelError: They cannot be read.
    """
    from onnx import TensorProto, numpy_helper

    if tensor.data_location == EXTERNAL:
        raw = ExternalData.bytes_of(tensor, base).read().tobytes()
        tensor = TensorProto(
            name=tensor.name, data_type=tensor.data_type, dims=tensor.dims, raw_data=raw
        )
    try:
        return np.asarray(numpy_helper.to_array(tensor))
    except (TypeError, ValueError, KeyError) as e:
        raise ModelError(f"tensor {tensor.name!r} does not hold what it says ({e})") from e


def _read(
    tensor: TensorProto, base: Path, dtype: str, shape: tuple[int, ...]
) -> npt.NDArray[Any]:
    code = _NUMPY.get(dtype)
    if tensor.data_location == EXTERNAL:
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
