# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The table of ops' types, and what it infers, against the onnx that is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import onnx
import pytest
from onnx import TensorProto, defs, shape_inference

from setrange.model.graph import declared_types
from setrange.model.node import Node
from setrange.surgery.half.op_types import inferred_types, op_types
from tests.golden.data import own_models
from tests.surgery.op_types import OWN_TYPE

if TYPE_CHECKING:
    from setrange.surgery.half.op_types import OpTypes


def asked(op: str, opset: int) -> defs.OpSchema | None:
    try:
        return defs.get_schema(op, opset, "")
    except defs.SchemaError:
        return None


def agrees(found: OpTypes | None, schema: defs.OpSchema | None) -> bool:
    if found is None or schema is None:
        return schema is None  # the table may be of a newer onnx
    half = {
        constraint.type_param_str
        for constraint in schema.type_constraints
        if "tensor(float16)" in constraint.allowed_type_strs
    }
    return (
        found.inputs == tuple(p.type_str for p in schema.inputs)
        and found.outputs == tuple(p.type_str for p in schema.outputs)
        and found.half == half
        and found.chooses == bool(OWN_TYPE & schema.attributes.keys())
    )


def test_the_table_is_what_the_installed_onnx_says() -> None:
    """`python -m tests.surgery.op_types` writes it again where a newer onnx has more."""
    ops = {schema.name for schema in defs.get_all_schemas_with_history() if not schema.domain}
    wrong = [
        (op, opset)
        for op in sorted(ops)
        for opset in range(1, defs.onnx_opset_version() + 1)
        if not agrees(op_types(op, opset), asked(op, opset))
    ]
    assert wrong == []


def test_what_is_no_op_of_onnx_has_no_types() -> None:
    assert op_types("SiLU", 21) is None
    assert op_types("Gelu", 19) is None


@pytest.mark.parametrize("part", range(4))
def test_types_are_those_that_onnx_infers(part: int) -> None:
    """On networks of all kinds; ``None`` is right where ONNX itself has to be asked."""
    told, wrong = 0, []
    for path in sorted(own_models().rglob("*.onnx"))[part::16]:
        model = onnx.load(path, load_external_data=False)
        opset = max((e.version for e in model.opset_import if not e.domain), default=1)
        known = {
            **declared_types(model.graph),
            **{tensor.name: tensor.data_type for tensor in model.graph.initializer},
        }
        nodes = [Node(proto, index) for index, proto in enumerate(model.graph.node)]
        found = inferred_types(nodes, known, opset)
        if found is None:
            continue
        told += 1
        inferred = declared_types(shape_inference.infer_shapes(model).graph)
        wrong += [
            (path.name, name, TensorProto.DataType.Name(found[name]))
            for name, dtype in inferred.items()
            if found.get(name) != dtype
        ]
    assert wrong == []
    assert told > 10
