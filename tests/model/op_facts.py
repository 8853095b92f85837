# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What ONNX's schemas say of its ops: writes ``setrange/model/op_facts.json``.

python -m tests.model.op_facts
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from onnx import defs

import setrange.model

TABLE = Path(setrange.model.__file__).with_name("op_facts.json")


def facts_of(schemas: list[defs.OpSchema]) -> dict[str, Any]:
    """What all versions of one op require or allow."""
    types: dict[str, set[int]] = {}
    for schema in schemas:
        for name, attr in schema.attributes.items():
            types.setdefault(name, set()).add(int(attr.type))
    return {
        "inputs": min(schema.min_input for schema in schemas),
        "needed": min(_needed(schema) for schema in schemas),
        "most_inputs": max(schema.max_input for schema in schemas),
        "outputs": min(schema.min_output for schema in schemas),
        "most_outputs": max(schema.max_output for schema in schemas),
        "types": {name: sorted(types[name]) for name in sorted(types)},
    }


def _needed(schema: defs.OpSchema) -> int:
    count = 0
    for parameter in schema.inputs:
        if parameter.option != defs.OpSchema.FormalParameterOption.Single:
            break
        count += 1
    return count


def installed() -> dict[str, dict[str, Any]]:
    """The facts of each op of the onnx that is installed."""
    by_op: dict[str, list[defs.OpSchema]] = {}
    for schema in defs.get_all_schemas_with_history():
        if schema.domain == "":
            by_op.setdefault(schema.name, []).append(schema)
    return {op: facts_of(by_op[op]) for op in sorted(by_op)}


def main() -> None:
    lines = [f"{json.dumps(op)}: {json.dumps(facts)}" for op, facts in installed().items()]
    TABLE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
