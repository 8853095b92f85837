# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Tiny graphs in ONNX's text form, and what the importer makes of them.

The text parser takes initializers with fewer values than their shape has: enough wherever
the importer does not read them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from onnx.parser import parse_model

from setrange.errors import ParserRefusedError
from setrange.importer.parser import ParserOptions, import_model
from setrange.model.loading import Model
from setrange.versions import PROFILES, TrtVersion

if TYPE_CHECKING:
    import onnx

    from setrange.network import Network


def model_of(proto: onnx.ModelProto) -> Model:
    """A model that was never a file."""
    opsets = {entry.domain: entry.version for entry in proto.opset_import}
    return Model(path=Path("g.onnx"), proto=proto, opsets=opsets)


def imported(
    graph: str, trt: str, opset: int = 13, *, native_instance_norm: bool = False
) -> Network:
    """Import a graph in ONNX's text form."""
    text = f'<ir_version: 8, opset_import: ["" : {opset}]> g {graph}'
    options = ParserOptions(native_instance_norm=native_instance_norm)
    return import_model(model_of(parse_model(text)), TrtVersion.parse(trt), options)


def layers(graph: str, trt: str, opset: int = 13, *, native: bool = False) -> list[str]:
    """`<kind> <name> <output shapes>` per layer."""
    return [
        f"{layer.kind.value} {layer.name} "
        + " ".join(str(list(t.shape)) for t in layer.outputs)
        for layer in imported(graph, trt, opset, native_instance_norm=native).layers
    ]


def kinds(graph: str, trt: str, opset: int = 13) -> list[str]:
    """The layers' kinds."""
    return [layer.kind.value for layer in imported(graph, trt, opset).layers]


def refused(graph: str, trt: str, opset: int = 13) -> str:
    """The rule that refuses a graph."""
    with pytest.raises(ParserRefusedError) as error:
        imported(graph, trt, opset)
    return error.value.rule


def assert_by_version(
    graph: str, expected: dict[str, list[str] | str], opset: int = 13
) -> None:
    """Compare the layers at every parser version since 7.0.

    ``expected``: version -> layers from that version on; a string is part of the refusal.
    """
    current: list[str] | str = "has no importer for the op"
    for profile in PROFILES:
        if profile == "6.0":
            continue
        current = expected.get(profile, current)
        if isinstance(current, str):
            assert current in refused(graph, profile, opset), profile
        else:
            assert layers(graph, profile, opset) == current, profile
