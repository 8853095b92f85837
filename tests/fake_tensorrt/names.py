# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Enum members and what a version lacks: held to the API records by tests/live/test_fake.py."""

from __future__ import annotations

VERSIONS = {"8.6": "8.6.1", "10.1": "10.1.0", "10.16": "10.16.1.11", "11.1": "11.1.0.106"}

#: Enum -> members, of all versions together.
ENUMS: dict[str, str] = {
    "ActivationType": "RELU SIGMOID TANH LEAKY_RELU ELU SELU SOFTSIGN SOFTPLUS CLIP "
    "HARD_SIGMOID SCALED_TANH THRESHOLDED_RELU GELU_ERF GELU_TANH",
    "BuilderFlag": "FP16 INT8 DEBUG GPU_FALLBACK TF32 OBEY_PRECISION_CONSTRAINTS "
    "PREFER_PRECISION_CONSTRAINTS VERSION_COMPATIBLE",
    "DataType": "FLOAT HALF INT8 INT32 BOOL UINT8 FP8 BF16 INT64 INT4",
    "DeviceType": "GPU DLA",
    "ElementWiseOperation": "SUM PROD MAX MIN SUB DIV POW FLOOR_DIV AND OR XOR EQUAL GREATER "
    "LESS",
    "HardwareCompatibilityLevel": "NONE AMPERE_PLUS SAME_COMPUTE_CAPABILITY",
    "InterpolationMode": "NEAREST LINEAR CUBIC",
    "LayerInformationFormat": "ONELINE JSON",
    "LayerType": "CONVOLUTION CAST ACTIVATION POOLING LRN SCALE SOFTMAX DECONVOLUTION "
    "CONCATENATION ELEMENTWISE PLUGIN UNARY PADDING SHUFFLE REDUCE TOPK GATHER MATRIX_MULTIPLY "
    "RAGGED_SOFTMAX CONSTANT IDENTITY PLUGIN_V2 SLICE SHAPE PARAMETRIC_RELU RESIZE TRIP_LIMIT "
    "RECURRENCE ITERATOR LOOP_OUTPUT SELECT ASSERTION FILL QUANTIZE DEQUANTIZE CONDITION "
    "CONDITIONAL_INPUT CONDITIONAL_OUTPUT SCATTER EINSUM ONE_HOT GRID_SAMPLE NON_ZERO NMS "
    "REVERSE_SEQUENCE NORMALIZATION FULLY_CONNECTED RNN_V2 PLUGIN_V3 SQUEEZE UNSQUEEZE "
    "CUMULATIVE DYNAMIC_QUANTIZE",
    "MatrixOperation": "NONE TRANSPOSE VECTOR",
    "MemoryPoolType": "WORKSPACE DLA_MANAGED_SRAM",
    "NetworkDefinitionCreationFlag": "EXPLICIT_BATCH STRONGLY_TYPED",
    "OnnxParserFlag": "NATIVE_INSTANCENORM",
    "PoolingType": "MAX AVERAGE MAX_AVERAGE_BLEND",
    "ProfilingVerbosity": "LAYER_NAMES_ONLY NONE DETAILED",
    "ReduceOperation": "SUM PROD MAX MIN AVG",
    "SampleMode": "STRICT_BOUNDS WRAP CLAMP FILL REFLECT",
    "Severity": "INTERNAL_ERROR ERROR WARNING INFO VERBOSE",
    "TensorFormat": "LINEAR CHW2 HWC8 CHW4 CHW16 CHW32 DHWC8 CDHW32 HWC DLA_LINEAR DLA_HWC4 "
    "HWC16 DHWC",
    "UnaryOperation": "EXP LOG SQRT RECIP ABS NEG SIN COS TAN SINH COSH ASIN ACOS ATAN ASINH "
    "ACOSH ATANH CEIL FLOOR ERF NOT SIGN ROUND ISINF ISNAN",
}

_OLD_LAYERS = "FULLY_CONNECTED RNN_V2"
_NEW_LAYERS = "SQUEEZE UNSQUEEZE CUMULATIVE DYNAMIC_QUANTIZE"

#: Version -> enum -> members it lacks.
LACKING_MEMBERS: dict[str, dict[str, str]] = {
    "8.6": {
        "ActivationType": "GELU_ERF GELU_TANH",
        "DataType": "BF16 INT64 INT4",
        "HardwareCompatibilityLevel": "SAME_COMPUTE_CAPABILITY",
        "LayerType": f"PLUGIN_V3 {_NEW_LAYERS}",
        "NetworkDefinitionCreationFlag": "STRONGLY_TYPED",
        "UnaryOperation": "ISNAN",
    },
    "10.1": {
        "HardwareCompatibilityLevel": "SAME_COMPUTE_CAPABILITY",
        "LayerType": f"{_OLD_LAYERS} {_NEW_LAYERS}",
    },
    "10.16": {"LayerType": _OLD_LAYERS},
    "11.1": {
        "BuilderFlag": "FP16 INT8 OBEY_PRECISION_CONSTRAINTS PREFER_PRECISION_CONSTRAINTS",
        "LayerType": _OLD_LAYERS,
        "NetworkDefinitionCreationFlag": "EXPLICIT_BATCH",
    },
}

#: Version -> class -> names it lacks; ``*`` is the class itself.
LACKING_NAMES: dict[str, dict[str, str]] = {
    "8.6": {
        "IBuilderConfig": "progress_monitor",
        "IProgressMonitor": "*",
        "ParserError": "node_name node_operator",
    },
    "10.1": {},
    "10.16": {},
    "11.1": {
        "ILayer": "precision set_output_type",
        "ITensor": "dynamic_range set_dynamic_range",
    },
}

#: Version -> properties that can be read but not set.
READ_ONLY: dict[str, set[tuple[str, str]]] = {"11.1": {("ITensor", "dtype")}}
