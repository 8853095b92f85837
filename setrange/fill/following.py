# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What ranges a person has to give, and what follows from them, before there are numbers."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING

from setrange.fill.engine import Filler
from setrange.fill.facts import Fact, Ranges
from setrange.fill.interval import Interval

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from setrange.network import Network, Tensor

__all__ = ["Following"]

#: Stands for a range that is not known yet. Equal bounds say the least: what follows from
#: them follows from every other range as well.
_SOME = Interval(-8.0, 8.0)


class Following:
    """What would follow by safe rules from ranges that are still missing.

    Attributes:
        roots: Tensor -> the tensors given here that its range follows from.
    """

    def __init__(
        self, network: Network, known: Mapping[Tensor, Fact], *, is_filled: bool = True
    ) -> None:
        """Begin with what is known.

        Args:
            network: The network.
            known: Ranges by tensor.
            is_filled: False where nothing may be derived.
        """
        self.roots: dict[Tensor, tuple[Tensor, ...]] = {}
        self._filler: Filler | None = None
        self._known = dict(known)
        if is_filled:
            ranges = Ranges(facts=self._known, outputs=frozenset(network.outputs))
            self._filler = Filler(ranges)
            self._filler.run(network)

    def copy(self) -> Following:
        """Return another that knows the same."""
        twin = copy(self)
        twin.roots, twin._known = dict(self.roots), dict(self._known)
        if self._filler is not None:
            twin._filler = Filler(replace(self._filler.ranges, facts=twin._known))
        return twin

    def ask(self, wanted: Iterable[Tensor]) -> list[Tensor]:
        """Return those of the wanted tensors that a person has to give, in their order.

        The others follow from these, or were known.
        """
        asked = []
        for tensor in wanted:
            if tensor not in self._known:
                asked.append(tensor)
                self._give(tensor)
        return asked

    def _give(self, tensor: Tensor) -> None:
        self.roots[tensor] = (tensor,)
        if self._filler is None:
            self._known[tensor] = Fact.given(_SOME)
            return
        self._filler.derived.clear()
        self._filler.give(tensor, Fact.given(_SOME))
        for found in self._filler.derived:
            roots: dict[Tensor, None] = {}
            for operand in self._known[found].operands:
                roots.update(dict.fromkeys(self.roots.get(operand, ())))
            self.roots[found] = tuple(roots)
