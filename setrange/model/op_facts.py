# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What ONNX requires of its ops, from a table: asking onnx itself would load all of it.

``python -m tests.model.op_facts`` writes the table again; a test compares it with onnx.
"""

from __future__ import annotations

import functools
import json
import pkgutil
from typing import Any, NamedTuple

__all__ = ["OpFacts", "op_facts"]


class OpFacts(NamedTuple):
    """The inputs, outputs and attributes that the versions of an op require or allow.

    Attributes:
        inputs: Fewest inputs; an absent one may be named "".
        needed: So many of the first inputs must be there.
        most_inputs: Most inputs in any version.
        outputs: Fewest outputs.
        most_outputs: Most outputs in any version.
        types: Attribute -> the types it has in some version (``AttributeProto.type``).
    """

    inputs: int
    needed: int
    most_inputs: int
    outputs: int
    most_outputs: int
    types: dict[str, list[int]]


@functools.cache
def op_facts(op: str) -> OpFacts | None:
    """What ONNX demands of its own op; ``None`` for an op that is not its own."""
    facts = _table().get(op)
    return None if facts is None else OpFacts(**facts)


@functools.cache
def _table() -> dict[str, dict[str, Any]]:
    data = pkgutil.get_data("setrange.model", "op_facts.json")
    table: dict[str, dict[str, Any]] = json.loads(data or b"{}")
    return table
