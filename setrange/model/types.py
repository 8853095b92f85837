# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Element types of tensors: ONNX's numbers, our names, TensorRT's, and what numpy reads."""

from __future__ import annotations

import enum
from typing import Final

__all__ = ["EXTERNAL", "DataType"]

#: ``onnx.TensorProto.DataLocation.EXTERNAL``.
EXTERNAL: Final = 1


class DataType(enum.IntEnum):
    """The element type of a tensor; a member is the number that ONNX gives it.

    Source: onnx/onnx v1.19: onnx/onnx.proto, TensorProto.DataType; NvInferRuntimeBase.h of
    TensorRT 10.10, DataType.

    Attributes:
        label: What it is called here: ``float32``.
        bits: Bits of one element as a file holds it; 0 where they differ (strings).
        code: What numpy calls little-endian bytes of it, ``None`` if numpy has no such type.
            bfloat16 is read as whole numbers of its bits.
        trt: What TensorRT calls it, ``None`` if it has no such type.
    """

    label: str
    bits: int
    code: str | None
    trt: str | None

    def __new__(
        cls, number: int, label: str, bits: int, code: str | None, trt: str | None
    ) -> DataType:
        """Make a member of its row in the table."""
        member = int.__new__(cls, number)
        member._value_ = number
        member.label = label
        member.bits = bits
        member.code = code
        member.trt = trt
        return member

    FLOAT32 = 1, "float32", 32, "<f4", "FLOAT"
    UINT8 = 2, "uint8", 8, "u1", "UINT8"
    INT8 = 3, "int8", 8, "i1", "INT8"
    UINT16 = 4, "uint16", 16, "<u2", None
    INT16 = 5, "int16", 16, "<i2", None
    INT32 = 6, "int32", 32, "<i4", "INT32"
    INT64 = 7, "int64", 64, "<i8", "INT64"
    STRING = 8, "string", 0, None, None
    BOOL = 9, "bool", 8, "?", "BOOL"
    FLOAT16 = 10, "float16", 16, "<f2", "HALF"
    FLOAT64 = 11, "float64", 64, "<f8", None
    UINT32 = 12, "uint32", 32, "<u4", None
    UINT64 = 13, "uint64", 64, "<u8", None
    COMPLEX64 = 14, "complex64", 64, None, None
    COMPLEX128 = 15, "complex128", 128, None, None
    BFLOAT16 = 16, "bf16", 16, "<u2", "BF16"
    FLOAT8E4M3FN = 17, "fp8", 8, None, "FP8"
    FLOAT8E4M3FNUZ = 18, "fp8_e4m3fnuz", 8, None, None
    FLOAT8E5M2 = 19, "fp8_e5m2", 8, None, None
    FLOAT8E5M2FNUZ = 20, "fp8_e5m2fnuz", 8, None, None
    UINT4 = 21, "uint4", 4, None, None
    INT4 = 22, "int4", 4, None, "INT4"
    FLOAT4E2M1 = 23, "fp4", 4, None, "FP4"
    FLOAT8E8M0 = 24, "e8m0", 8, None, None

    @property
    def word(self) -> str:
        """What trtexec and engines call it: ``fp32``, ``fp16``, else as we do."""
        return {"float32": "fp32", "float16": "fp16"}.get(self.label, self.label)

    @property
    def onnx_text(self) -> str:
        """How ONNX's schemas and ONNX Runtime write a tensor of it: ``tensor(float)``."""
        words = {DataType.FLOAT32: "float", DataType.FLOAT64: "double"}
        return f"tensor({words.get(self, self.name.lower())})"

    @classmethod
    def of_label(cls, label: str) -> DataType | None:
        """Return the type of our name, ``None`` for one that is not known."""
        return next((dtype for dtype in cls if dtype.label == label), None)

    @classmethod
    def label_of_trt(cls, name: str) -> str:
        """Return our name of the type that TensorRT calls so; of an unknown one its own."""
        return next((dtype.label for dtype in cls if dtype.trt == name), name.lower())

    @classmethod
    def of(cls, number: int) -> DataType | None:
        """Return the type of ONNX's number, ``None`` for one that is not known."""
        found = cls._value2member_map_.get(number)
        return found if isinstance(found, DataType) else None
