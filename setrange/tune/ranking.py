# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Which values candidates are ranked by: the outputs, or what a Softmax makes them of.

Behind a Softmax most noise is gone, until two classes are near each other: then a few values
are as wrong as can be. What is left of some samples there is chance, and a search that ranks by
it finds what is good by chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.model.loading import Model

__all__ = ["Ranking"]

_SOFTMAX = ("Softmax", "LogSoftmax")
#: These only move the values that a Softmax gives.
_MOVING = ("Identity", "Flatten", "Reshape", "Squeeze", "Transpose", "Unsqueeze")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """The outputs that are judged, and the values that candidates are ranked by.

    Attributes:
        outputs: Outputs of the model.
        values: For each of them the value before the Softmax that it is from, or itself; each
            once.
    """

    outputs: tuple[str, ...]
    values: tuple[str, ...]

    @classmethod
    def of(cls, model: Model, outputs: Sequence[str]) -> Ranking:
        """Return that of a float model.

        Args:
            model: The model.
            outputs: Those that are compared.
        """
        producers = {name: node for node in model.graph.node for name in node.output}
        known = {tensor.name for tensor in model.graph.initializer}
        found = []
        for output in outputs:
            node = producers.get(output)
            while node is not None and node.op_type in _MOVING:
                node = producers.get(node.input[0])
            is_behind = node is not None and node.op_type in _SOFTMAX
            value = node.input[0] if node is not None and is_behind else output
            found.append(output if value in known else value)
        return cls(outputs=tuple(outputs), values=tuple(dict.fromkeys(found)))

    @property
    def all(self) -> tuple[str, ...]:
        """The outputs, and then the other values that are ranked by."""
        return tuple(dict.fromkeys((*self.outputs, *self.values)))

    @property
    def positions(self) -> tuple[int, ...]:
        """Where ``values`` are in ``all``."""
        return tuple(self.all.index(value) for value in self.values)

    @property
    def is_apart(self) -> bool:
        """True where candidates are ranked by other values than those that are judged."""
        return not set(self.values) <= set(self.outputs)
