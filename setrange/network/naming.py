# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The only place that forms or reads TensorRT's default names.

Rules and evidence: docs/tensor-names.md. Up to 8.6 a tensor without a name of its own is
called after its layer's *number*, fixed when the layer is added; from 10.0 on after its
layer's *current name*.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from setrange.network.kinds import LayerKind

__all__ = [
    "NamingScheme",
    "UnnamedName",
    "default_layer_name",
    "is_parser_made_name",
    "output_suffix",
    "parse_unnamed",
    "portable_key",
]

_UNNAMED = re.compile(r"\(Unnamed Layer\* (\d+)\) \[([^\]]+)\](?:_output(?:_(\d+))?)?\Z")


class NamingScheme(enum.Enum):
    """How TensorRT names a tensor that nobody named."""

    #: 5.1 - 8.6: ``(Unnamed Layer* I) [Kind]_output``.
    LAYER_NUMBER = "layer number"
    #: 10.0 on: ``<current layer name>_output``.
    LAYER_NAME = "layer name"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnnamedName:
    """A name of the form ``(Unnamed Layer* 50) [Shuffle]_output``, taken apart."""

    index: int
    kind: str
    output: int | None


def default_layer_name(index: int, label: str) -> str:
    """Return the name TensorRT gives to layer number ``index`` when it is added."""
    return f"(Unnamed Layer* {index}) [{label}]"


def output_suffix(scheme: NamingScheme, kind: LayerKind, output: int, output_count: int) -> str:
    """Return what is appended to a layer's name to name its ``output``-th tensor (from 0).

    From 10.0 on every output but the first carries its number in brackets. Before, native
    layers with several outputs number from 1, plugins from 0 even with one output.
    """
    if scheme is NamingScheme.LAYER_NAME:
        return f"_output ({output})" if output else "_output"
    if kind.is_plugin:
        return f"_output_{output}"
    return "_output" if output_count == 1 else f"_output_{output + 1}"


def parse_unnamed(name: str) -> UnnamedName | None:
    """Take a default name apart, or return ``None`` for any other name."""
    match = _UNNAMED.match(name)
    if match is None:
        return None
    index, kind, output = match.groups()
    return UnnamedName(index=int(index), kind=kind, output=int(output) if output else None)


def is_parser_made_name(name: str) -> bool:
    """True for names that only TensorRT or its parser makes, in any version.

    These may lack a counterpart in another release, so they are reported, not refused.
    """
    return parse_unnamed(name) is not None or name.startswith("ONNXTRT_")


def portable_key(value: str, kind: LayerKind, position: int, output: int = 0) -> str:
    """Return the portable key ``<value>@<Kind>[<n>]``, with ``.k`` for output k > 0."""
    key = f"{value}@{kind.value}[{position}]"
    return f"{key}.{output}" if output else key
