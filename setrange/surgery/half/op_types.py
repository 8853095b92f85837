# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The element types that ONNX's ops take and make, from a table: asking onnx loads all of it.

``python -m tests.surgery.op_types`` writes the table again; a test compares it with onnx.
"""

from __future__ import annotations

import functools
import json
import pkgutil
from typing import TYPE_CHECKING, Any, NamedTuple

from setrange.model.types import DataType

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from setrange.model.node import Node

__all__ = ["OpTypes", "inferred_types", "op_types"]

_OWN_DOMAINS = ("", "ai.onnx")


class OpTypes(NamedTuple):
    """The types of one version of an op.

    Attributes:
        inputs: For each input what ONNX calls its type: a letter that may stand for several
            types, or one type. The last input may be repeated.
        outputs: The same of the outputs.
        half: Those that may be float16.
        fixed: Those that are one type -> the type.
        chooses: An attribute may say what the op makes.
        is_mixed: Repeated inputs may differ in type.
    """

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    half: frozenset[str]
    fixed: Mapping[str, int]
    chooses: bool
    is_mixed: bool


@functools.cache
def op_types(op: str, opset: int) -> OpTypes | None:
    """Return the types of an op of ONNX's own; ``None`` where that opset has no such op."""
    versions = _table().get(op, {})
    since = max((n for n in map(int, versions) if n <= opset), default=0)
    if not since:
        return None
    found = versions[str(since)]
    return OpTypes(
        inputs=tuple(found.get("in", ())),
        outputs=tuple(found.get("out", ())),
        half=frozenset(found.get("half", ())),
        fixed=found.get("fixed", {}),
        chooses=found.get("chooses", False),
        is_mixed=found.get("mixed", False),
    )


@functools.cache
def _table() -> dict[str, dict[str, dict[str, Any]]]:
    data = pkgutil.get_data("setrange.surgery.half", "op_types.json")
    table: dict[str, dict[str, dict[str, Any]]] = json.loads(data or b"{}")
    return table


def inferred_types(
    nodes: Iterable[Node], known: Mapping[str, int], opset: int
) -> dict[str, int] | None:
    """Return the element types of all values, as far as ops tell them without their bodies.

    Args:
        nodes: The nodes of a graph, each behind those whose values it takes.
        known: Types that are given: of inputs, initializers, and what the file declares.
        opset: That of ONNX's own ops.

    Returns:
        ``None`` where a type does not follow: ONNX's own inference may know more.
    """
    types = dict(known)
    for node in nodes:
        if any(name and name not in types for name in node.inputs):
            return None
        for slot, name in enumerate(node.outputs):
            if not name or name in types:
                continue
            made = _made_type(node, slot, types, opset)
            if made is None:
                return None
            types[name] = made
    return types


def _made_type(node: Node, slot: int, types: Mapping[str, int], opset: int) -> int | None:
    if node.domain not in _OWN_DOMAINS or node.has_bodies:
        return None
    if node.op in ("Cast", "Constant", "ConstantOfShape"):
        return _said_type(node)
    found = op_types(node.op, opset)
    if found is None or found.chooses or found.is_mixed or not found.outputs:
        return None
    called = found.outputs[min(slot, len(found.outputs) - 1)]
    if called in found.fixed:
        return found.fixed[called]
    for index, name in enumerate(node.inputs):
        if name and found.inputs[min(index, len(found.inputs) - 1)] == called:
            return types[name]
    return None


def _said_type(node: Node) -> int | None:
    """The type that the attributes of a node say."""
    if node.op == "Cast":
        return node.attr_int("to") or None
    tensor = node.attr_tensor("value")
    if tensor is not None:
        return int(tensor.data_type)
    if node.op == "ConstantOfShape" or node.has("value_float") or node.has("value_floats"):
        return int(DataType.FLOAT32)
    return int(DataType.INT64) if node.has("value_int") or node.has("value_ints") else None
