# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The order in which a parser imports nodes, and models that only newer parsers can order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.errors import ModelError, ParserRefusedError
from setrange.model.toposort import parse_order

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from setrange.model.node import Node


def import_order(nodes: Sequence[Node], path: Path, *, skip_empty_outputs: bool) -> list[int]:
    """Return node positions in the order the parser imports them.

    Nodes are in file order; ``path`` is for messages, ``skip_empty_outputs`` as in
    ``parse_order``.

    Raises:
        ModelError: A value has two producers, or the graph has a cycle.
        ParserRefusedError: It has neither, but this parser takes the empty name of unused
            outputs for the name of a value.
    """
    try:
        return parse_order(nodes, skip_empty_outputs=skip_empty_outputs)
    except ModelError:
        try:
            parse_order(nodes, skip_empty_outputs=True)
        except ModelError as error:
            raise ModelError(f"{path}: {error}") from None
    node = next(node for node in nodes if "" in node.outputs)
    raise ParserRefusedError(
        f"node {node.label!r} ({node.op}) has an unused output with an empty name, which this "
        f"parser takes for a value of its own; give unused outputs names"
    )
