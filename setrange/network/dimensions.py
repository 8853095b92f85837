# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Dimensions unknown until run time, and what TensorRT knows of them all the same.

TensorRT calculates with free dimensions: it knows that ``N + 4 - N`` is 4, and that reshaping
``[N, 24]`` to ``[N, -1]`` leaves 24. A ``FreeDim`` is such an expression; for whoever does not
care it is the integer -1.

Source: the shapes that NVIDIA's own library infers (TensorRT for RTX 1.4 to 1.7).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable

__all__ = ["MAX_TERMS", "Atoms", "FreeDim"]

#: Longer sums become one atom.
MAX_TERMS = 8


class FreeDim(int):
    """A sum of atoms times integers, plus an integer; compares and prints as -1.

    An atom is what is not a sum: a dimension of a tensor, a product of two dimensions, ...
    The network numbers them.

    Attributes:
        terms: (atom, factor) pairs, sorted by atom; at least one.
        constant: What is added.
    """

    terms: tuple[tuple[int, int], ...]
    constant: int

    def __new__(cls, terms: tuple[tuple[int, int], ...], constant: int = 0) -> FreeDim:
        """Make the sum of ``terms`` and ``constant``."""
        self = super().__new__(cls, -1)
        self.terms = terms
        self.constant = constant
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return (int, (-1,))  # atoms mean nothing outside their network

    @property
    def expression(self) -> Hashable:
        """Equal for equal sums."""
        return self.terms, self.constant


class Atoms:
    """The atoms of one network, numbered.

    Attributes:
        sizes: Those that cannot be negative.
    """

    def __init__(self) -> None:
        self.sizes: set[int] = set()
        self._numbers: dict[Hashable, int] = {}
        self._meanings: list[Any] = []

    def dim(self, meaning: Hashable, *, is_size: bool = False) -> FreeDim:
        """The atom that stands for ``meaning``, the same one each time, as an expression."""
        number = self._numbers.get(meaning)
        if number is None:
            number = self._numbers[meaning] = len(self._meanings)
            self._meanings.append(meaning)
            if is_size:
                self.sizes.add(number)
        return FreeDim(((number, 1),))

    def meaning(self, dim: FreeDim) -> Any:
        """What an expression of one atom stands for, ``None`` for a sum."""
        if len(dim.terms) != 1 or dim.constant or dim.terms[0][1] != 1:
            return None
        return self._meanings[dim.terms[0][0]]
