# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The lines of TensorRT's log that decide about INT8, from 5.1 to 11.

Source: docs and public logs of TensorRT 5.1 to 11.1; NVIDIA/TensorRT samples/common.
"""

from __future__ import annotations

from setrange.explain.dla_meanings import DLA_MEANINGS
from setrange.explain.failure_meanings import FAILURE_MEANINGS
from setrange.explain.meaning import Meaning, Severity
from setrange.explain.meaning import meaning_of as _m
from setrange.explain.rtx_meanings import RTX_MEANINGS

__all__ = ["MEANINGS", "Meaning", "Severity"]

_FILL = "give it a range: 'setrange check RANGES MODEL' lists what is missing"
_REWRITE = "write a new cache for this TensorRT: setrange apply RANGES MODEL -o OUT.cache"
_TO_QDQ = "build from a Q/DQ model: setrange apply RANGES MODEL -o model.qdq.onnx"
_SYMMETRIC = "TensorRT takes symmetric INT8 only: every zero point must be 0"

#: The first that fits a line counts.
MEANINGS: tuple[Meaning, ...] = (
    *RTX_MEANINGS,
    *DLA_MEANINGS,
    *FAILURE_MEANINGS,
    _m(
        "missing-scale",
        r"Missing (?:scale and zero-point|dynamic range) for tensor (?P<tensor>.+?), expect "
        r"fall ?back",
        Severity.WARNING,
        "the tensor has no range, or another name in the cache; the layers around it run in "
        "FP16 or FP32",
        _FILL,
    ),
    _m(
        "rejected-int8",
        r"Rejecting some int8 implementation of layer (?P<layer>.+?) due to missing int8 "
        r"scales for (?:input |output )?tensors? (?P<tensor>.+?)"
        r"(?: at (?:input|output) index \d+)?$",
        Severity.WARNING,
        "the tensor has no range, so this layer does not run in INT8",
        _FILL,
    ),
    _m(
        "default-quantization",
        r"Setting a default quantization params because quantization data is missing for "
        r"(?P<tensor>.+)$",
        Severity.WARNING,
        "no range has that name (the cache is for another export), or a Q/DQ pair is missing",
        "compare the names: setrange check CACHE MODEL",
    ),
    _m(
        "no-scales-copy",
        r"Could not find scales for tensor (?P<tensor>.+?)(?: copy)?\.",
        Severity.ERROR,
        "TensorRT 5 and 6: the tensor has no range, and that is an error there",
        _FILL,
    ),
    _m(
        "uniformly-zero",
        r"Tensor (?P<tensor>.+?) is uniformly zero",
        Severity.ERROR,
        "the tensor's range is 0",
        "give it a positive range; setrange never writes 0",
    ),
    _m(
        "no-calibrator",
        r"Calibrator is not being used\. Users must provide dynamic range for all tensors",
        Severity.NOTE,
        "this is normal where ranges are set one by one; each missing range costs INT8",
        "make sure that none is missing: setrange check RANGES MODEL",
    ),
    _m(
        "no-scaling-factors",
        r"Calibration failure occurred with no scaling factors detected",
        Severity.ERROR,
        "no tensor has a range: no cache was given to the build, or its names are not those of "
        "this network",
        f"{_REWRITE}, and give it to the build (trtexec --calib=, or a calibrator in code)",
    ),
    _m(
        "algorithm-mismatch",
        r"Calibration table does not match calibrator algorithm type",
        Severity.ERROR,
        "the cache's header names another TensorRT major release, or another calibrator",
        _REWRITE,
    ),
    _m(
        "bound-to-nullptr",
        r'Tensor "(?P<tensor>.+?)" is bound to nullptr',
        Severity.ERROR,
        "the cache was rejected, so trtexec tried to calibrate and has no data",
        _REWRITE,
    ),
    _m(
        "ranges-and-qdq",
        r"Setting dynamic range is only allowed when there are no Q/DQ layers",
        Severity.ERROR,
        "the model has Q/DQ nodes, and takes no ranges beside them",
        "build it as it is, or: setrange convert MODEL -o ranges.json --strip plain.onnx",
    ),
    _m(
        "int8-io",
        r"input/output with DataType Int8 in network without Q/DQ layers must have",
        Severity.ERROR,
        "an INT8 input or output of the network has no range",
        _FILL,
    ),
    _m(
        "fp16-flag",
        r"fp16 precision has been set for a layer or layer output, but fp16 is not configured",
        Severity.ERROR,
        "a layer shall run in FP16, but the build does not allow FP16",
        "add --fp16 (or leave out --no-fp16)",
    ),
    _m(
        "zero-point",
        r"(?i)non-zero zero point is not supported|zeroPt must be all zeros|"
        r"the zero point .{0,200}must be all zeros",
        Severity.ERROR,
        "an asymmetric Q/DQ pair",
        _SYMMETRIC,
        needs="zero",
    ),
    _m(
        "positive-scales",
        r"Scale coefficients must all be positive",
        Severity.ERROR,
        "the scale of a Q/DQ node is 0 or negative",
        "give the tensor a positive range and write the model again",
    ),
    _m(
        "int32-dq",
        r"only activation types allowed as input to this layer",
        Severity.ERROR,
        "a DequantizeLinear node takes INT32, usually a bias",
        "leave biases float, as 'setrange apply ... -o model.onnx' does",
    ),
    _m(
        "qdq-no-implementation",
        r"Could not find any implementation for node (?P<layer>.*QuantizeLinear.*?)\.?$",
        Severity.ERROR,
        "TensorRT has no INT8 kernel for this layer on this GPU (old ones lack some)",
        'keep its node float: "precision": {"NODE": "fp16"} in the ranges file',
    ),
    _m(
        "no-implementation",
        r"Could not find any implementation for node (?P<layer>.+?)\.?$",
        Severity.ERROR,
        "no kernel fits the layer, because memory is short, its shape is unusual, or a "
        "precision is obeyed",
        "allow more workspace and FP16; take its precision entry out of the ranges file",
    ),
    _m(
        "plugin-int8",
        r"All of the candidates were removed, which points to the node being",
        Severity.ERROR,
        "a plugin stands between DQ and Q, so TensorRT needs an INT8 kernel of it",
        "take the inner pair away: Q -> plugin -> DQ",
    ),
    _m(
        "no-profile",
        r"Network has dynamic or shape inputs, but no optimization profile has been defined",
        Severity.ERROR,
        "the model has dynamic inputs without shapes",
        "add --min, --opt, --max NAME:1x3x224x224 (trtexec: --minShapes=...)",
    ),
    _m(
        "removed-in-11",
        r"module 'tensorrt' has no attribute 'CalibrationAlgoType'|"
        r"BuilderFlag['\"]? has no attribute '?(?:INT8|FP16|BF16)|"
        r"NetworkDefinitionCreationFlag['\"]? has no attribute '?EXPLICIT_BATCH",
        Severity.ERROR,
        "the script is for TensorRT 10, and TensorRT 11 has no ranges, caches or INT8 flag",
        _TO_QDQ,
        needs="has no attribute",
    ),
    _m(
        "unknown-option",
        r"Unknown option: --(?:calib|int8|fp16|best)",
        Severity.ERROR,
        "trtexec 11 has no --int8, --fp16 and --calib",
        _TO_QDQ,
    ),
    _m(
        "two-gigabytes",
        r"onnx\.ModelProto exceed(?:s|ed) maximum protobuf size of 2 ?GB",
        Severity.ERROR,
        "a model of more than 2 GB needs its weights in an external file",
        "save it with external data and give its path",
    ),
    _m(
        "no-libs",
        r"No matching distribution found for tensorrt",
        Severity.ERROR,
        "TensorRT's libraries come from NVIDIA's own package index",
        "'setrange doctor' says what works here; ranges and caches need no TensorRT",
    ),
    _m(
        "applied-scales",
        r"INT8 Inference Tensor [Ss]cales(?: and zero-points)?: "
        r"(?P<tensor>.+?)(?: scale and zero-point\b.*| \[[^]]*\])$",
        Severity.GOOD,
        "the tensor has its range",
    ),
    _m(
        "reading-cache",
        r"Reading Calibration Cache for calibrator",
        Severity.GOOD,
        "the cache is read",
    ),
    _m(
        "cache-used",
        r"Generated calibration scales using calibration cache",
        Severity.GOOD,
        "the cache was accepted and its ranges are used",
    ),
)
