# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Every kind of layer is known wherever kinds are told apart: none is forgotten."""

from __future__ import annotations

import typing

import pytest

import setrange.fill.rules  # noqa: F401 - registers the rules
from setrange.fill.registry import find_rule
from setrange.importer.layers.table import LAYERS
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
