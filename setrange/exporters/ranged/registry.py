# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Which function rewrites which op."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from setrange.exporters.ranged.draft import Draft
    from setrange.model.node import Node

    #: Adds the nodes that stand for one node; False where it must stay as it is.
    Rewriting: TypeAlias = Callable[[Draft, Node], bool]

__all__ = ["find_rewriting", "rewriting"]

_REWRITINGS: dict[str, Rewriting] = {}


def rewriting(*ops: str) -> Callable[[Rewriting], Rewriting]:
    """Register what rewrites the nodes of these ops.

    It is asked only where the parser makes float tensors for the node that no output names.

    Raises:
        ValueError: One of the ops has a rewriting already.
    """

    def register(function: Rewriting) -> Rewriting:
        for op in ops:
            if op in _REWRITINGS:
                raise ValueError(f"{op} has two rewritings")
            _REWRITINGS[op] = function
        return function

    return register


def find_rewriting(op: str) -> Rewriting | None:
    """Return what rewrites nodes of this op, or ``None``."""
    _load_ops()
    return _REWRITINGS.get(op)


@functools.cache
def _load_ops() -> None:
    from setrange.exporters.ranged import ops

    for module in pkgutil.iter_modules(ops.__path__, ops.__name__ + "."):
        importlib.import_module(module.name)
