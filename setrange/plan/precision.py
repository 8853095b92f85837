# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What is to be said of a ranges file's ``precision`` rules: finding SR111."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.findings import Finding
from setrange.model.subgraphs import all_nodes
from setrange.ranges.precision import rules_without_node
from setrange.ranges.problems import quoted
from setrange.text.words import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from setrange.model.loading import Model
    from setrange.network import Network

__all__ = ["correction_findings", "glob_findings", "node_names", "precision_findings"]

#: Comparing names is slow, and a file for another model may hold many.
_MAX_SEARCHES = 20


def node_names(model: Model) -> Iterator[str]:
    """Yield the names of all nodes: of the graph, its bodies and the model's functions."""
    for node in all_nodes(model.graph.node):
        yield node.name
    for function in model.proto.functions:
        for node in all_nodes(function.node):
            yield node.name


def precision_findings(
    rules: Iterable[str], model: Model, field: str = "precision"
) -> Iterator[Finding]:
    """SR111 for each rule that fits no node: nothing would report the lost precision.

    Args:
        rules: Globs over names of nodes.
        model: The model.
        field: The field of the ranges file that they are in.
    """
    rules = list(rules)
    if not rules:
        return
    for glob, help_text in rules_without_node(rules, node_names(model)):
        yield Finding(
            code="SR111",
            message=f"{field}: {quoted(glob)} fits no node of {model.path.name}",
            help=help_text
            or "rules are globs over the names of ONNX nodes; remove this one, "
            "or see the names with setrange inspect MODEL --json",
        )


def correction_findings(nodes: Iterable[str], model: Model) -> Iterator[Finding]:
    """SR111 for each corrected bias whose node is not there.

    Args:
        nodes: Names of nodes: those of ``bias_corrections``.
        model: The model.
    """
    nodes = list(nodes)
    known = dict.fromkeys(name for name in node_names(model) if name) if nodes else {}
    for number, node in enumerate(node for node in nodes if node not in known):
        near = list(known) if number < _MAX_SEARCHES else []
        yield Finding(
            code="SR111",
            message=f"bias_corrections: {model.path.name} has no node {quoted(node)}",
            help=did_you_mean(node, near, most=3, quote=quoted)
            or "remove the line, or see the names with setrange inspect MODEL --json",
        )


def glob_findings(
    globs: Iterable[str], network: Network, model: Model, field: str
) -> Iterator[Finding]:
    """SR112 for each glob that fits no tensor.

    Args:
        globs: Globs over names of tensors.
        network: What TensorRT's parser makes of the model.
        model: The model.
        field: The field of the ranges file that they are in.
    """
    globs = list(globs)
    if not globs:
        return
    names = [name for t in network.tensors() for name in (t.onnx_value, t.name) if name]
    for glob, help_text in rules_without_node(globs, names):
        yield Finding(
            code="SR112",
            message=f"{field}: {quoted(glob)} fits no tensor of {model.path.name}",
            help=help_text or "remove it, or see the names with setrange inspect MODEL",
        )
