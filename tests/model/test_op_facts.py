# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The table of what ONNX requires of its ops, against the onnx that is installed."""

from __future__ import annotations

from setrange.model.op_facts import op_facts
from tests.model.op_facts import installed


def test_the_table_allows_all_that_the_installed_onnx_allows() -> None:
    """`python -m tests.model.op_facts` writes it again where a newer onnx has more."""
    stricter = []
    for op, facts in installed().items():
        known = op_facts(op)
        if (
            known is None
            or known.inputs > facts["inputs"]
            or known.needed > facts["needed"]
            or known.outputs > facts["outputs"]
            or known.most_inputs < facts["most_inputs"]
            or known.most_outputs < facts["most_outputs"]
            or any(
                set(types) - set(known.types.get(a, [])) for a, types in facts["types"].items()
            )
        ):
            stricter.append(op)
    assert stricter == []


def test_an_op_that_is_not_onnx_has_no_facts() -> None:
    assert op_facts("SiLU") is None
    facts = op_facts("Clip")
    assert facts is not None
    assert (facts.inputs, facts.needed, facts.most_inputs, facts.types["min"]) == (1, 1, 3, [1])
