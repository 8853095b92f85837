# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
from onnx import TensorProto, defs, helper

from setrange.model.types import EXTERNAL, DataType


def test_every_type_of_onnx_is_known_by_its_number() -> None:
    here = {int(dtype) for dtype in DataType}
    assert {number for number in TensorProto.DataType.values() if 0 < number <= 24} <= here
    assert DataType.of(1) is DataType.FLOAT32
    assert DataType.of(0) is DataType.of(999) is None
    assert TensorProto.EXTERNAL == EXTERNAL


def test_the_table_agrees_with_onnx_and_numpy() -> None:
    for dtype in DataType:
        if dtype.code is None:
            continue
        code = np.dtype(dtype.code)
        assert code.itemsize * 8 == dtype.bits
        if dtype is not DataType.BFLOAT16:
            assert helper.tensor_dtype_to_np_dtype(int(dtype)) == code


def test_names_are_used_once() -> None:
    labels = [dtype.label for dtype in DataType]
    names = [dtype.trt for dtype in DataType if dtype.trt is not None]
    assert len({*labels, *names}) == len(labels) + len(names)


def test_words_are_those_of_the_schemas_of_onnx() -> None:
    (values,) = defs.get_schema("Identity").type_constraints
    here = {dtype for dtype in DataType if int(dtype) in TensorProto.DataType.values()}
    assert len(here) > 15
    assert {dtype.onnx_text for dtype in here} <= set(values.allowed_type_strs)
