# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Lines of TensorRT for RTX's log.

Source: logs of its releases 1.4 to 1.7, built without a GPU.
"""

from __future__ import annotations

from setrange.explain.meaning import Meaning, Severity
from setrange.explain.meaning import meaning_of as _m

__all__ = ["RTX_MEANINGS"]

_BY_TENSORRT = "cut the node off, or build with TensorRT itself (--via tensorrt, --via trtexec)"

RTX_MEANINGS: tuple[Meaning, ...] = (
    _m(
        "rtx-turing",
        r"check_turing_op_compatibility\] Cannot compile operation '(?P<layer>.+?)' for Turing",
        Severity.ERROR,
        "on RTX 20 (sm75) the products that stay float must be FP16",
        "leave --no-fp16 out, keep no weighted node fp32, or build for RTX 30 and later only",
    ),
    _m(
        "rtx-int8-convolution",
        r"MyelinCheckException: cudnn_impl\.cpp:\d+: CHECK\(dtype == myelinTypeFloat",
        Severity.ERROR,
        "this TensorRT for RTX has no INT8 convolutions; 1.7 and later have them",
        "pip install --upgrade tensorrt-rtx-cu12",
    ),
    _m(
        "rtx-asks-for-the-gpu",
        r"Cuda Runtime \(In generateForCurrent at \S+:\d+\)",
        Severity.ERROR,
        "this TensorRT for RTX (1.4) asks the GPU of the machine about quantized layers, and "
        "there is none; 1.5 and later do without, and 1.7 has INT8 convolutions",
        "pip install --upgrade tensorrt-rtx-cu12",
    ),
    _m(
        "rtx-target",
        r"Cannot compile for target\(s\) sm",
        Severity.ERROR,
        "one of the GPUs of this engine is too old for the model's types: FP8 needs RTX 40 "
        "(sm89), FP4 RTX 50 (sm120)",
        "leave that GPU out of --gpu, or quantize to INT8",
    ),
    _m(
        "rtx-no-driver",
        r"cudaError 35: CUDA driver version is insufficient",
        Severity.ERROR,
        "there is no NVIDIA driver here, or it is too old, so --gpu current has no GPU to ask",
        "name the GPUs instead (--gpu rtx40), or install the driver: setrange doctor",
    ),
    _m(
        "rtx-no-plugin",
        r"\b(?P<layer>\w+) plugin creator version \d+ was not found in plugin registry",
        Severity.ERROR,
        "TensorRT for RTX has no plugins, and this op is one there",
        _BY_TENSORRT,
        needs=" plugin creator version ",
    ),
    _m(
        "rtx-workspace",
        r"no tactics to implement the operation within workspace limit",
        Severity.ERROR,
        "workspace_mib in the build settings is too small for a layer",
        "raise it, or leave it out",
    ),
    _m(
        "rtx-same-bytes",
        r"INetworkDefinition::setWeightsName: Error Code 3",
        Severity.ERROR,
        "two weights of the model lie at one place of a data file, which this library refuses",
        "write the model through setrange (apply -o model.qdq.onnx), which writes them apart",
    ),
    _m(
        "rtx-conv-scales",
        r"\(foreignNode\) Converting conv (?:activation|weight) scales to fp32",
        Severity.NOTE,
        "this is normal with FP16: scales of convolutions are kept in FP32",
        needs="(foreignNode) Converting conv ",
    ),
    _m(
        "rtx-int64-binding",
        r"Make sure (?:input|output) (?P<tensor>.+?) has Int64 binding",
        Severity.NOTE,
        "this input or output of the engine holds 64-bit integers: bind such a buffer",
    ),
    _m(
        "layernorm-fp16",
        r"Detected layernorm nodes in FP16",
        Severity.NOTE,
        "the model spells normalization out, in FP16",
    ),
    _m(
        "layernorm-overflow",
        r"Running layernorm after self-attention with FP16 Reduce or Pow may cause overflow",
        Severity.WARNING,
        "sums of squares in FP16 may overflow",
        "setrange keeps ReduceMean and Pow of squares FP32 where it casts; export at opset 17 "
        "or later for LayerNormalization",
    ),
)
