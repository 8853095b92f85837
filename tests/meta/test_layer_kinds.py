# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Every kind of layer is known wherever kinds are told apart: none is forgotten."""

from __future__ import annotations

import dataclasses
import inspect
import typing

import pytest

import setrange.fill.rules  # noqa: F401 - registers the rules
from setrange.fill.registry import find_rule
from setrange.importer.layers.table import LAYERS
from setrange.importer.registry import registered_checks, registered_ops
from setrange.network import LayerKind, modes
from setrange.resolver.describe import describe_kind

#: Kinds without a rule that derives ranges, and why.
NO_RULE = {
    LayerKind.ASSERTION: "it has no output",
    LayerKind.CONDITION: "it has no output",
    LayerKind.TRIP_LIMIT: "it has no output",
    LayerKind.NMS: "its outputs are integers",
    LayerKind.NON_ZERO: "its outputs are integers",
    LayerKind.SHAPE: "its output is integers",
    LayerKind.QUANTIZE: "its output is quantized",
    LayerKind.DYNAMIC_QUANTIZE: "its output is quantized",
    LayerKind.DEQUANTIZE: "its scale says the range already",
    LayerKind.UNKNOWN: "nothing is known of it",
    LayerKind.ATTENTION_INPUT: "not written yet: its range must be given",
    LayerKind.ATTENTION_OUTPUT: "not written yet: its range must be given",
    LayerKind.EINSUM: "not written yet: its range must be given",
    LayerKind.KV_CACHE_UPDATE: "not written yet: its range must be given",
    LayerKind.RNN: "not written yet: its range must be given",
    LayerKind.ROTARY_EMBEDDING: "not written yet: its range must be given",
}


@pytest.mark.parametrize("kind", LayerKind)
def test_a_kind_has_a_row_a_word_and_a_rule(kind: LayerKind) -> None:
    assert kind in LAYERS
    assert describe_kind(kind)
    assert (find_rule(kind) is None) == (kind in NO_RULE)


@pytest.mark.parametrize("kind", LayerKind)
def test_only_layers_that_compute_dimensions_have_values(kind: LayerKind) -> None:
    if kind.on_host:
        assert LAYERS[kind].fold is not None


def test_no_operation_is_in_the_types_twice() -> None:
    for name in modes.__all__:
        values = typing.get_args(getattr(modes, name))
        assert values, name
        assert len(values) == len(set(values)), name


def _typed_values() -> typing.Iterator[tuple[str, str, object]]:
    """(op, name of a type of ``modes``, value) of what rows of histories give by name."""
    for op, entries in {**registered_ops(), **registered_checks()}.items():
        for entry in entries:
            rules = entry.arguments.get("rules")
            fields = dataclasses.fields(rules) if rules is not None else ()
            given = {**entry.arguments, **{f.name: getattr(rules, f.name) for f in fields}}
            kinds = {f.name: str(f.type) for f in fields}
            if entry.handler is not None:
                parameters = inspect.signature(entry.handler).parameters.values()
                kinds |= {p.name: str(p.annotation) for p in parameters}
            yield from ((op, kinds[name], given[name]) for name in given if name in kinds)


def test_rows_of_histories_give_operations_that_there_are() -> None:
    """The type checker does not see what a row gives by name."""
    misspelt = [
        (op, kind, value)
        for op, kind, value in _typed_values()
        if kind in modes.__all__ and value not in typing.get_args(getattr(modes, kind))
    ]
    assert not misspelt
    assert sum(kind in modes.__all__ for _, kind, _ in _typed_values()) > 50
