# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What ONNX's schemas say of types: writes ``setrange/surgery/half/op_types.json``.

python -m tests.surgery.op_types
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import onnx
from onnx import defs

import setrange.surgery.half

TABLE = Path(setrange.surgery.half.__file__).with_name("op_types.json")

#: Attributes by which an op chooses the type it makes (random numbers, windows, EyeLike).
OWN_TYPE = {"dtype", "output_datatype"}


def _number(type_text: str) -> int | None:
    """ONNX's number of ``tensor(float)``; ``None`` for sequences and the like."""
    if not type_text.startswith("tensor("):
        return None
    number: int = onnx.TensorProto.DataType.Value(type_text[7:-1].upper())
    return number


def types_of(schema: defs.OpSchema) -> dict[str, Any]:
    """What one version of an op says; see ``setrange.surgery.half.op_types``."""
    half, fixed = [], {}
    for constraint in schema.type_constraints:
        allowed = list(constraint.allowed_type_strs)
        if "tensor(float16)" in allowed:
            half.append(constraint.type_param_str)
        if len(allowed) == 1 and (number := _number(allowed[0])) is not None:
            fixed[constraint.type_param_str] = number
    inputs = [parameter.type_str for parameter in schema.inputs]
    outputs = [parameter.type_str for parameter in schema.outputs]
    for text in {*inputs, *outputs}:
        if "(" in text and (number := _number(text)) is not None:
            fixed[text] = number
    same = defs.OpSchema.FormalParameterOption.Variadic
    mixed = any(p.option == same and not p.is_homogeneous for p in schema.inputs)
    return {
        "in": inputs,
        "out": outputs,
        "half": sorted(half),
        "fixed": dict(sorted(fixed.items())),
        "chooses": bool(OWN_TYPE & schema.attributes.keys()),
        "mixed": mixed,
    }


def installed() -> dict[str, dict[str, dict[str, Any]]]:
    """Op -> since which version -> what it says, for the onnx that is installed."""
    by_op: dict[str, dict[int, dict[str, Any]]] = {}
    for schema in defs.get_all_schemas_with_history():
        if schema.domain == "":
            by_op.setdefault(schema.name, {})[schema.since_version] = types_of(schema)
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for op in sorted(by_op):
        found[op], last = {}, None
        for since in sorted(by_op[op]):
            if by_op[op][since] != last:
                last = found[op][str(since)] = by_op[op][since]
    return found


def _short(facts: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is empty."""
    return {name: value for name, value in facts.items() if value}


def main() -> None:
    lines = [
        f"{json.dumps(op)}: "
        + json.dumps({since: _short(facts) for since, facts in versions.items()})
        for op, versions in installed().items()
    ]
    TABLE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
