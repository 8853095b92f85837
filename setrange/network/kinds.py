# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Kinds of layers: one row each, with the label that TensorRT prints between the brackets."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["LayerKind"]

_ON_HOST: Final = True


class LayerKind(str, enum.Enum):
    """A TensorRT layer kind; the value is its label.

    Source: default layer names in public caches and logs (`(Unnamed Layer* 0) [Shuffle]`).

    Attributes:
        dimensions: Inputs whose values it takes as dimensions, or as a number of them.
        on_host: TensorRT can compute it on the host, so that its output can be a dimension.
    """

    dimensions: frozenset[int]
    on_host: bool

    if TYPE_CHECKING:

        @property
        def value(self) -> str:
            """The label."""

    def __new__(
        cls, label: str, dimensions: Collection[int] = (), on_host: bool = False
    ) -> LayerKind:
        """Make a kind of its row."""
        kind = str.__new__(cls, label)
        kind._value_ = label
        kind.dimensions, kind.on_host = frozenset(dimensions), on_host
        return kind

    ACTIVATION = "Activation"
    ASSERTION = "Assertion"
    ATTENTION_INPUT = "AttentionInput"
    ATTENTION_OUTPUT = "AttentionOutput"
    CAST = "Cast", (), _ON_HOST
    CONCATENATION = "Concatenation", (), _ON_HOST
    CONDITION = "Condition"
    CONDITIONAL_INPUT = "Conditional Input"
    CONDITIONAL_OUTPUT = "Conditional Output"
    CONSTANT = "Constant", (), _ON_HOST
    CONVOLUTION = "Convolution"
    CUMULATIVE = "Cumulative"
    DECONVOLUTION = "Deconvolution"
    DEQUANTIZE = "Dequantize"
    DYNAMIC_QUANTIZE = "DynamicQuantize"
    EINSUM = "Einsum"
    ELEMENTWISE = "ElementWise", (), _ON_HOST
    FILL = "Fill", (0,), _ON_HOST
    FULLY_CONNECTED = "Fully Connected"
    GATHER = "Gather", (), _ON_HOST
    GRID_SAMPLE = "GridSample"
    IDENTITY = "Identity", (), _ON_HOST
    ITERATOR = "Iterator"
    KV_CACHE_UPDATE = "KVCacheUpdate"
    LOOP_OUTPUT = "LoopOutput"
    LRN = "LRN"
    MATRIX_MULTIPLY = "Matrix Multiply"
    NMS = "NMS"
    NON_ZERO = "NonZero"
    NORMALIZATION = "Normalization"
    ONE_HOT = "OneHot", (2,)
    PADDING = "Padding"
    PARAMETRIC_RELU = "Parametric ReLU"
    PLUGIN = "Plugin"
    PLUGIN_V2 = "PluginV2"
    PLUGIN_V2_DYNAMIC = "PluginV2DynamicExt"
    PLUGIN_V2_EXT = "PluginV2Ext"
    PLUGIN_V2_IO = "PluginV2IOExt"
    PLUGIN_V3 = "PluginV3_V3ONE"
    POOLING = "Pooling"
    QUANTIZE = "Quantize"
    RAGGED_SOFTMAX = "Ragged Softmax"
    RECURRENCE = "Recurrence"
    REDUCE = "Reduce", (), _ON_HOST
    RESIZE = "Resize", (1,)
    REVERSE_SEQUENCE = "ReverseSequence"
    RNN = "RNN"
    ROTARY_EMBEDDING = "RotaryEmbedding"
    SCALE = "Scale"
    SCATTER = "Scatter"
    SELECT = "Select", (), _ON_HOST
    SHAPE = "Shape"
    SHUFFLE = "Shuffle", (1,), _ON_HOST
    SLICE = "Slice", (1, 2, 3), _ON_HOST
    SOFTMAX = "Softmax"
    SQUEEZE = "Squeeze", (1,), _ON_HOST
    TOPK = "TopK", (1,)
    TRIP_LIMIT = "Trip Limit", (0,)
    UNARY = "Unary", (), _ON_HOST
    UNKNOWN = "Unknown"
    UNSQUEEZE = "Unsqueeze", (1,), _ON_HOST

    @property
    def is_plugin(self) -> bool:
        """True for plugin layers (opaque; their default output names number from 0)."""
        return self.name.startswith("PLUGIN")
