# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Layer kinds; the value is the label TensorRT prints between the brackets."""

from __future__ import annotations

import enum

__all__ = ["LayerKind"]


class LayerKind(str, enum.Enum):
    """A TensorRT layer kind.

    Source: default layer names in public caches and logs (`(Unnamed Layer* 0) [Shuffle]`).
    """

    ACTIVATION = "Activation"
    ASSERTION = "Assertion"
    ATTENTION_INPUT = "AttentionInput"
    ATTENTION_OUTPUT = "AttentionOutput"
    CAST = "Cast"
    CONCATENATION = "Concatenation"
    CONDITION = "Condition"
    CONDITIONAL_INPUT = "Conditional Input"
    CONDITIONAL_OUTPUT = "Conditional Output"
    CONSTANT = "Constant"
    CONVOLUTION = "Convolution"
    CUMULATIVE = "Cumulative"
    DECONVOLUTION = "Deconvolution"
    DEQUANTIZE = "Dequantize"
    DYNAMIC_QUANTIZE = "DynamicQuantize"
    EINSUM = "Einsum"
    ELEMENTWISE = "ElementWise"
    FILL = "Fill"
    FULLY_CONNECTED = "Fully Connected"
    GATHER = "Gather"
    GRID_SAMPLE = "GridSample"
    IDENTITY = "Identity"
    ITERATOR = "Iterator"
    KV_CACHE_UPDATE = "KVCacheUpdate"
    LOOP_OUTPUT = "LoopOutput"
    LRN = "LRN"
    MATRIX_MULTIPLY = "Matrix Multiply"
    NMS = "NMS"
    NON_ZERO = "NonZero"
    NORMALIZATION = "Normalization"
    ONE_HOT = "OneHot"
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
    REDUCE = "Reduce"
    RESIZE = "Resize"
    REVERSE_SEQUENCE = "ReverseSequence"
    RNN = "RNN"
    ROTARY_EMBEDDING = "RotaryEmbedding"
    SCALE = "Scale"
    SCATTER = "Scatter"
    SELECT = "Select"
    SHAPE = "Shape"
    SHUFFLE = "Shuffle"
    SLICE = "Slice"
    SOFTMAX = "Softmax"
    SQUEEZE = "Squeeze"
    TOPK = "TopK"
    TRIP_LIMIT = "Trip Limit"
    UNARY = "Unary"
    UNKNOWN = "Unknown"
    UNSQUEEZE = "Unsqueeze"

    @property
    def is_plugin(self) -> bool:
        """True for plugin layers (opaque; their default output names number from 0)."""
        return self.name.startswith("PLUGIN")
