# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The operations and modes of layers, in TensorRT's own words in lower case.

They are types, so that a misspelt one is found by the type checker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

__all__ = [
    "ActivationOp",
    "ElementwiseOp",
    "FillOp",
    "GatherMode",
    "GridSampleMode",
    "LoopOutputMode",
    "MatrixOp",
    "PaddingMode",
    "PoolingOp",
    "ReduceOp",
    "ResizeMode",
    "RnnOp",
    "SampleMode",
    "ScaleMode",
    "ScatterMode",
    "TopKOp",
    "TripLimitMode",
    "UnaryOp",
]

ActivationOp = Literal[
    "clip", "elu", "gelu_erf", "gelu_tanh", "hard_sigmoid", "leaky_relu", "relu", "scaled_tanh",
    "selu", "sigmoid", "softplus", "softsign", "tanh", "thresholded_relu",
]  # fmt: skip

ElementwiseOp = Literal[
    "and", "div", "equal", "floor_div", "greater", "less", "max", "min", "or", "pow", "prod",
    "sub", "sum", "xor",
]  # fmt: skip

UnaryOp = Literal[
    "abs", "acos", "acosh", "asin", "asinh", "atan", "atanh", "ceil", "cos", "cosh", "erf",
    "exp", "floor", "isinf", "isnan", "log", "neg", "not", "recip", "round", "sign", "sin",
    "sinh", "sqrt", "tan",
]  # fmt: skip

ReduceOp = Literal["avg", "max", "min", "prod", "sum"]
PoolingOp = Literal["average", "max", "max_average_blend"]
FillOp = Literal["linspace", "random_normal", "random_uniform"]
TopKOp = Literal["max", "min"]
RnnOp = Literal["gru", "lstm", "relu", "tanh"]

#: How a Matrix Multiply takes an operand.
MatrixOp = Literal["none", "transpose", "vector"]

#: Whether a Scale layer has one weight, one per channel, or one per element.
ScaleMode = Literal["channel", "elementwise", "uniform"]

GatherMode = Literal["default", "element", "nd"]
ScatterMode = Literal["element", "nd"]
ResizeMode = Literal["cubic", "linear", "nearest"]
GridSampleMode = ResizeMode

#: What is read outside a tensor by Slice and GridSample.
SampleMode = Literal["clamp", "default", "fill", "reflect", "wrap"]

#: How a window treats the border (nvinfer1::PaddingMode).
PaddingMode = Literal[
    "caffe_round_down", "caffe_round_up", "explicit_round_down", "explicit_round_up",
    "same_lower", "same_upper",
]  # fmt: skip

LoopOutputMode = Literal["concatenate", "last_value", "reverse"]
TripLimitMode = Literal["count", "while"]

if TYPE_CHECKING:
    #: What `LayerParams.op` and `LayerParams.mode` can be.
    Op = ActivationOp | ElementwiseOp | FillOp | PoolingOp | ReduceOp | TopKOp | UnaryOp | RnnOp
    Mode = (
        GatherMode
        | LoopOutputMode
        | ResizeMode
        | SampleMode
        | ScaleMode
        | ScatterMode
        | TripLimitMode
    )
