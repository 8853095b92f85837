# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Which ops quantize: those of ONNX and of the tools that write models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.model.subgraphs import all_nodes

if TYPE_CHECKING:
    from onnx import ModelProto

__all__ = ["FAKE_OPS", "FOREIGN_OPS", "QUANTIZER_OPS", "has_qdq"]

#: Ops that quantize -> the op of ONNX that does the same. ONNX Runtime's own have its names;
#: those of AMD's Quark and Vitis AI take the same inputs.
QUANTIZER_OPS = {
    "QuantizeLinear": "QuantizeLinear",
    "DequantizeLinear": "DequantizeLinear",
    "ExtendedQuantizeLinear": "QuantizeLinear",
    "ExtendedDequantizeLinear": "DequantizeLinear",
    "VitisQuantizeLinear": "QuantizeLinear",
    "VitisDequantizeLinear": "DequantizeLinear",
}
#: Ops that quantize and dequantize in one; see ``fake_quantizers``.
FAKE_OPS = frozenset({"FakeQuantize", "Quant", "IntQuant", "BipolarQuant"})
#: Those that only their tool knows.
FOREIGN_OPS = frozenset(name for name, op in QUANTIZER_OPS.items() if name != op) | FAKE_OPS

_ALL = QUANTIZER_OPS.keys() | FAKE_OPS


def has_qdq(model: ModelProto) -> bool:
    """True for a model with quantizers, be it in the body of an If, Loop or Scan.

    Those are Q and DQ nodes, and what other tools have in their place.
    """
    return any(node.op_type in _ALL for node in all_nodes(model.graph.node))
