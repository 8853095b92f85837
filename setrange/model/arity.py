# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Nodes with fewer inputs or outputs than their op needs: files that were damaged or forged."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from setrange.errors import ModelError
from setrange.model.subgraphs import all_nodes

if TYPE_CHECKING:
    from setrange.model.loading import Model

__all__ = ["check_arity"]

#: Greatest opset that ONNX's table of ops can be asked about.
_LARGEST = 2**31 - 1


def check_arity(model: Model) -> None:
    """Refuse a model whose nodes lack inputs or outputs that ONNX's ops always have.

    Raises:
        ModelError: Names the first such node.
    """
    opset = min(max(1, model.opset()), _LARGEST)
    for node in all_nodes(model.graph.node):
        if node.domain not in ("", "ai.onnx"):
            continue
        inputs, outputs = _needs(node.op_type, opset)
        if len(node.input) < inputs or len(node.output) < outputs:
            lacks_inputs = len(node.input) < inputs
            have, need, what = (
                (len(node.input), inputs, "inputs")
                if lacks_inputs
                else (len(node.output), outputs, "outputs")
            )
            label = node.name or (f"node_of_{node.output[0]}" if node.output else "(no name)")
            raise ModelError(
                f"{model.path}: node {label!r} ({node.op_type}) has {have} {what}; expected at "
                f"least {need}; the model is damaged: export it again"
            )


@functools.cache
def _needs(op: str, opset: int) -> tuple[int, int]:
    import onnx

    try:
        schema = onnx.defs.get_schema(op, opset, "")
    except (onnx.defs.SchemaError, UnicodeError):
        return 0, 0
    return schema.min_input, schema.min_output
