# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What TensorRT's parser demands of a Q/DQ model, checked on any such model.

Source: onnx/onnx-tensorrt 10.1-GA: onnxOpImporters.cpp (QuantizeLinear, DequantizeLinear);
NVIDIA/TensorRT release/11.1: NvInfer.h (IQuantizeLayer, IDequantizeLayer).
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.findings import Finding, Level
from setrange.model.op_traits import COMMUTING, WEIGHTED
from setrange.model.qdq_nodes import QdqNode, QdqNodes, type_name
from setrange.model.quantizer_ops import FOREIGN_OPS
from setrange.model.types import DataType
from setrange.text.shell import command_line
from setrange.text.words import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from onnx import NodeProto

    from setrange.model.loading import Model

__all__ = ["check_qdq"]

_REQUANTIZE = "quantize the model again with INT8 and zero point 0 (symmetric)"
_WITH_SETRANGE = "setrange convert MODEL -o ranges.json --strip plain.onnx, then setrange apply"
#: Ops TensorRT has no importer for: they compute in integers.
_INTEGER_OPS = ("QLinear", "MatMulInteger", "ConvInteger", "DynamicQuantizeLinear", "QGemm")
#: Types of quantized weights.
_QUANTIZED = ("int8", "uint8", "int4", "uint4", "float8e4m3fn")
#: Two float types.
_MIXED = [
    {int(a), int(b)}
    for a, b in combinations((DataType.FLOAT32, DataType.FLOAT16, DataType.BFLOAT16), 2)
]


def check_qdq(model: Model) -> list[Finding]:
    """Return what is against TensorRT's rules: node, rule and fix.

    Args:
        model: Any model with Q/DQ nodes, whoever wrote it.
    """
    found = QdqNodes(model.proto, model.base)
    findings = [*_foreign_ops(found, str(model.path)), *_integer_ops(found)]
    for node in found.nodes:
        findings += _type_findings(node, found)
        findings += _scale_findings(node, found)
        findings += _channel_findings(node, found)
    findings += _between(found)
    findings += _half_quantized(found)
    return findings


def _foreign_ops(found: QdqNodes, path: str) -> Iterator[Finding]:
    """One SR617 for all nodes of ops that only their tool knows."""
    foreign = [node for node in found.all if node.op_type in FOREIGN_OPS]
    if foreign:
        ops = sorted({node.op_type for node in foreign})
        strip = ["setrange", "convert", path, "-o", "ranges.json", "--strip", "plain.onnx"]
        yield Finding(
            code="SR617",
            message=f"{plural(len(foreign), 'node')} of another tool's quantizers "
            f"({', '.join(ops)}), e.g. {_label(foreign[0])}: TensorRT's parser knows "
            f"QuantizeLinear and DequantizeLinear only",
            help=f"{command_line(strip)} takes their ranges, then setrange apply; or export "
            f"Q/DQ (Brevitas: export_onnx_qcdq)",
        )


def _integer_ops(found: QdqNodes) -> Iterator[Finding]:
    for node in found.all:
        if node.op_type.startswith(_INTEGER_OPS):
            yield Finding(
                code="SR607",
                message=f"{_label(node)}: TensorRT has no such op; it takes Q/DQ pairs "
                f"around float ops",
                help="export the model in Q/DQ form (in ONNX Runtime: QuantFormat.QDQ)",
            )


def _type_findings(node: QdqNode, found: QdqNodes) -> Iterator[Finding]:
    zero_name = node.proto.input[2] if len(node.proto.input) > 2 else ""
    if node.dtype == "uint8" and not zero_name:
        yield _finding(
            "SR602",
            node,
            "has no zero point: that is UINT8 in ONNX, and INT8 in TensorRT",
            "write an INT8 zero point of 0",
            level=Level.WARNING,
        )
    elif node.dtype in ("uint8", "int16", "uint16"):
        is_what = f"is {node.dtype.upper()}; TensorRT takes INT8 only"
        yield _finding("SR602", node, is_what, _REQUANTIZE)
    elif node.dtype == "int32" and node.op == "DequantizeLinear":
        is_bias = found.constant(node.source) is not None
        yield _finding(
            "SR604",
            node,
            f"dequantizes an INT32 {'bias' if is_bias else 'value'}; TensorRT refuses it",
            f"leave the bias float: {_WITH_SETRANGE}",
        )
    if zero_name and node.zero is None:
        yield _finding(
            "SR603", node, "has a zero point that is not constant", "make it a constant 0"
        )
    elif node.zero is not None and node.zero.astype(np.float32).any():
        yield _finding("SR603", node, "has a zero point that is not 0", _REQUANTIZE)


def _scale_findings(node: QdqNode, found: QdqNodes) -> Iterator[Finding]:
    if node.scale is None:
        yield _finding("SR606", node, "has a scale that is not constant", "make it a constant")
        return
    scale = node.scale.astype(np.float64)
    if not scale.size:
        yield _finding("SR606", node, "has an empty scale", "give it one number a channel")
    elif not (np.isfinite(scale) & (scale > 0)).all():
        worst = float(scale[~(np.isfinite(scale) & (scale > 0))][0])
        yield _finding(
            "SR606",
            node,
            f"has the scale {worst}; TensorRT needs positive finite ones",
            "a tensor of zeros takes any small positive scale",
        )
    if node.zero is not None and node.zero.size != scale.size:
        yield _finding(
            "SR603",
            node,
            f"has {node.zero.size} zero points for {scale.size} scales",
            "give it one zero point for each scale",
        )
    types = [found.types.get(name, 0) for name in node.proto.input[:2]]
    if node.op == "QuantizeLinear" and set(types) in _MIXED:
        quantized, scaling = map(type_name, types)
        yield _finding(
            "SR606",
            node,
            f"quantizes {quantized} with {scaling} scales; TensorRT wants one type",
            "store the scale in the type of what is quantized",
        )


def _channel_findings(node: QdqNode, found: QdqNodes) -> Iterator[Finding]:
    scale: Any = node.scale
    if scale is None or scale.size <= 1 or scale.ndim > 1:
        return
    if not found.is_weight(node):
        yield _finding(
            "SR606",
            node,
            f"has {scale.size} scales on an activation; TensorRT takes one",
            "quantize activations per tensor",
        )
        return
    if node.axis is None:
        yield _finding(
            "SR605",
            node,
            "has a scale per channel and no axis: ONNX takes 1, TensorRT's parser 0",
            "write the attribute axis",
        )
    source = found.origin(node)
    if source is None:
        return  # a constant that was moved
    dims = list(source.dims)
    axis = 1 if node.axis is None else node.axis
    if not -len(dims) <= axis < len(dims) or dims[axis] != scale.size:
        yield _finding(
            "SR606",
            node,
            f"has {scale.size} scales along axis {axis} of {dims}",
            "give one scale for each index along the axis",
        )


def _between(found: QdqNodes) -> Iterator[Finding]:
    """Ops where TensorRT wants the two nodes of a pair next to each other."""
    scaling = {name for node in found.nodes for name in node.proto.input[1:3]}
    for node in found.all:
        # The bounds of a Clip are such constants too, and TensorRT takes them.
        values = node.input[:1] if node.op_type == "Clip" else node.input
        for name in dict.fromkeys(values):
            constant = found.constants.get(name)
            if (
                constant is None
                or type_name(constant.data_type) not in _QUANTIZED
                or node.op_type in ("DequantizeLinear", "QuantizeLinear")
                or not node.output
                or name in scaling
                or not _is_dequantized(node.output, found)
            ):
                continue
            yield Finding(
                code="SR614",
                tensor=name,
                message=f"{_label(node)} takes the quantized constant {name!r}; TensorRT "
                f"takes one only directly before a DequantizeLinear",
                help=f"fold it into the constant: {_WITH_SETRANGE}",
                level=Level.ERROR,
            )
    for clip in found.clips.values():
        source = found.unclipped(clip.proto.input[0])[0]
        if found.is_constant(source):
            continue
        yield Finding(
            code="SR614",
            tensor=source,
            message=f"{_label(clip.proto)} between the nodes of a pair leaves the steps "
            f"{clip.low:g} to {clip.high:g}; TensorRT rounds to 8 bits and clips as an op of "
            f"its own, which costs time",
            help=f"quantize to 8 bits without a Clip: {_WITH_SETRANGE}",
            level=Level.WARNING,
        )


def _is_dequantized(outputs: Sequence[str], found: QdqNodes) -> bool:
    """True where a value reaches a DequantizeLinear through ops that move or clip it."""
    return any(name in found.moved_before_dequantizing for name in outputs)


def _half_quantized(found: QdqNodes) -> Iterator[Finding]:
    """Weighted ops with a pair on one operand only: they stay float."""
    results = {
        node.result
        for node in found.nodes
        # Weights alone in 4 bits are a scheme of its own.
        if node.op == "DequantizeLinear" and not node.dtype.endswith("int4")
    }
    # TensorRT moves a DequantizeLinear behind ops that only move or select values.
    reached = set(results)
    for node in found.all:
        if node.op_type in COMMUTING and node.input and node.input[0] in reached:
            reached.update(node.output)
        if node.op_type not in WEIGHTED or len(node.input) < 2:
            continue
        operands = node.input[:2]
        unpaired = next((name for name in operands if name not in reached), None)
        if unpaired is not None and not results.isdisjoint(operands):
            yield Finding(
                code="SR608",
                message=f"{_label(node)} has no Q/DQ pair on {unpaired!r}: it runs in INT8 "
                f"only with pairs on both operands",
                help="quantize both, or neither (a pair alone costs time)",
            )


def _label(node: NodeProto) -> str:
    name: str = node.name or f"node_of_{(node.output or ['?'])[0]}"
    return f"{node.op_type} {name!r}"


def _finding(
    code: str, node: QdqNode, problem: str, fix: str, *, level: Level | None = None
) -> Finding:
    return Finding(
        code=code,
        tensor=node.source,
        message=f"{node.op} {node.label!r} {problem}",
        help=fix,
        level=level,
    )
