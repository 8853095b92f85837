# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What the ``precision`` rules of a ranges file say of a node: the last that fits counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.errors import UnsupportedError
from setrange.ranges.patterns import fits
from setrange.ranges.problems import quoted
from setrange.text.words import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from setrange.ranges.model import WeightScale

__all__ = [
    "ONNX_TYPES",
    "check_no_fp8",
    "precision_of",
    "rule_of",
    "rules_without_node",
    "weight_scale_of",
]

#: Precision -> element type of ONNX, as the parser's attribute trt_layer_precision holds it.
#: Source: onnx/onnx-tensorrt 7.0 to 10.10: OnnxAttrs.cpp (converts an ONNX element type).
ONNX_TYPES = {"fp32": 1, "fp16": 10, "int8": 3}

#: Comparing names is slow, and a file for another model may hold many rules.
_MAX_SEARCHES = 20


def rule_of(node: str, rules: Mapping[str, object]) -> str | None:
    """Return the glob that decides about a node, or ``None`` where none fits.

    Args:
        node: Name of the ONNX node; case counts.
        rules: Glob or ``re:`` expression over node names -> ``fp32``, ``fp16``, ``int8``
            or ``fp8``, in the file's order.

    >>> rule_of("/head/Conv", {"*": "int8", "/head/*": "fp16"})
    '/head/*'
    """
    for glob in reversed(tuple(rules)):
        if fits(glob, node):
            return glob
    return None


def precision_of(node: str, rules: Mapping[str, str]) -> str | None:
    """Return the precision of a node: the last rule that fits counts.

    >>> precision_of("/head/Conv", {"*": "int8", "/head/*": "fp16"})
    'fp16'
    """
    glob = rule_of(node, rules)
    return None if glob is None else rules[glob]


def weight_scale_of(
    node: str, rules: Mapping[str, WeightScale], otherwise: WeightScale
) -> WeightScale:
    """Return how the scales of a node's constants are chosen: the last rule that fits counts.

    >>> weight_scale_of("/head/Conv", {"*": "mse", "/head/*": 0.9}, "max")
    0.9
    """
    glob = rule_of(node, rules)
    return otherwise if glob is None else rules[glob]


def check_no_fp8(node: str, wanted: str | None) -> None:
    """Refuse FP8 where a node gets its precision without Q/DQ nodes.

    Raises:
        UnsupportedError: It is wanted.
    """
    if wanted == "fp8":
        raise UnsupportedError(
            f"precision says fp8 for node {node!r}, which only a Q/DQ model can hold "
            f"(-o OUT.qdq.onnx); TensorRT's ranges are for INT8"
        )


def rules_without_node(
    rules: Iterable[str], nodes: Iterable[str]
) -> Iterator[tuple[str, str | None]]:
    """Yield each glob that fits no node, with a help text that names near nodes.

    Args:
        rules: The globs.
        nodes: Names of all nodes of the model, those of its subgraphs included.
    """
    names = [name for name in dict.fromkeys(nodes) if name]
    known = set(names)
    searches = 0
    for glob in rules:
        if glob in known or any(fits(glob, name) for name in names):
            continue
        searches += 1
        near = names if searches <= _MAX_SEARCHES else []
        yield glob, did_you_mean(glob, near, most=3, quote=quoted) or None
