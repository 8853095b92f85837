# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Layers of an engine that TensorRT compiled as one region: what each of them computes in.

Their types tell less than those of other engines: a generated kernel that reads INT8 may
compute in FP16, and a product may have a dequantization fused before it. What decides is
whether *two* operands are INT8, an activation and the weights (or another activation).

Source: layer lists of TensorRT for RTX 1.4 to 1.7.
"""

from __future__ import annotations

import re

from setrange.engine_layers.model import QUANTIZED, UNKNOWN, EngineLayer, EngineTensor

__all__ = ["COMPILED", "compiled_layer", "is_stream_marker"]

#: Products: convolution, transposed convolution, matrix products.
_PRODUCTS = frozenset({"correlation", "deconv", "gemm", "fc", "matmul", "convolution"})
_KERNELS = frozenset({"kgen", "runtime_fusion", "runtime_function"})
_POOLS = frozenset({"avgpool", "maxpool", "pooling"})
#: What runs on the side: jumps, and memory that is filled.
_CONTROL = frozenset({"cjmp", "jmp", "memset", "label", "shape_call"})
#: They order streams and compute nothing.
_MARKERS = frozenset({"signal", "wait"})

#: Layer types that a compiled region consists of.
COMPILED = _PRODUCTS | _KERNELS | _POOLS | _CONTROL

#: A generated kernel is named after its steps: __myl_MulMinMaxRounCast_myl0_2.
_STEPS = re.compile(r"__myl_([A-Za-z]+)_")
_STEP = re.compile(r"[A-Z][a-z]*")
_PRODUCT_STEPS = frozenset({"Corr", "Deco", "Conv", "Fc", "Gemm", "Matm"})
_QUANTIZE_STEPS = frozenset({"Mul", "Min", "Max", "Roun", "Cast", "Div", "Quan", "Dequ"})
_MOVE_STEPS = frozenset({"Tran", "Resh", "Move", "Copy", "Conc", "Slic", "Cast"})

_INTEGERS = frozenset({"int32", "int64", "bool", "uint8", UNKNOWN})


def is_stream_marker(entry: object) -> bool:
    """True for an entry that only orders streams: no layer."""
    return isinstance(entry, dict) and entry.get("LayerType") in _MARKERS


def compiled_layer(
    name: str,
    kind: str,
    inputs: tuple[EngineTensor, ...],
    constants: tuple[EngineTensor, ...],
    outputs: tuple[EngineTensor, ...],
    nodes: tuple[str, ...],
) -> EngineLayer:
    """Return a layer of a compiled region.

    Args:
        name: Its name.
        kind: Its type, one of ``COMPILED``.
        inputs: What it reads.
        constants: Weights, scales and biases.
        outputs: What it writes.
        nodes: ONNX nodes it computes.
    """
    steps = _steps(name)
    multiplies = kind in _PRODUCTS or not _PRODUCT_STEPS.isdisjoint(steps)
    return EngineLayer(
        name=name,
        kind=kind,
        inputs=inputs,
        outputs=outputs,
        nodes=nodes,
        precision=_precision(inputs, constants, outputs, multiplies=multiplies),
        role=_role(kind, steps, inputs, outputs),
        multiplies=multiplies,
    )


def _steps(name: str) -> list[str]:
    match = _STEPS.match(name)
    return _STEP.findall(match.group(1)) if match is not None else []


def _precision(
    inputs: tuple[EngineTensor, ...],
    constants: tuple[EngineTensor, ...],
    outputs: tuple[EngineTensor, ...],
    *,
    multiplies: bool,
) -> str:
    read, written = [t.dtype for t in inputs], [t.dtype for t in outputs]
    operands = [*read, *(t.dtype for t in constants)]
    for dtype in QUANTIZED:
        if multiplies:
            if operands.count(dtype) > 1:
                return dtype
        elif dtype in read and {*read, *written} <= {dtype, *_INTEGERS}:
            return dtype
    numbers = read if multiplies else [*read, *written]
    for dtypes in (numbers, [t.dtype for t in constants], written, operands):
        floats = [d for d in dtypes if d not in _INTEGERS and d not in QUANTIZED]
        if floats:
            return "fp16" if "fp16" in floats else floats[0]
    known = [dtype for dtype in (*operands, *written) if dtype != UNKNOWN]
    return known[0] if known else UNKNOWN


def _role(
    kind: str,
    steps: list[str],
    inputs: tuple[EngineTensor, ...],
    outputs: tuple[EngineTensor, ...],
) -> str:
    if kind in _CONTROL:
        return "control"
    if kind not in _KERNELS or not steps:
        return "compute"
    types = {tensor.dtype for tensor in (*inputs, *outputs)}
    if _MOVE_STEPS.issuperset(steps):
        return "reformat"
    is_between = not types.isdisjoint(QUANTIZED) and not types <= {*QUANTIZED, *_INTEGERS}
    return "quantize" if is_between and _QUANTIZE_STEPS.issuperset(steps) else "compute"
