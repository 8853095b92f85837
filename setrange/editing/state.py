# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What a person has given so far: pure data, so that undo is to take an older one."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from setrange.ranges.model import RangeEntry, WeightScale

__all__ = ["State"]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The entries of a ranges file, by what they mean for one network.

    Attributes:
        ranges: Position of a tensor in the network -> its entry.
        patterns: Entries that may mean several tensors, in the file's order.
        others: Entries that are of no use for this network; they are kept until somebody
            removes them.
        precision: Glob over node names -> precision, in the file's order.
        weight_scales: Glob over node names -> how scales of constants are chosen; it is kept.
        bias_corrections: Name of a node -> what is added to its output channels; it is kept.
        own_scales: Globs over tensors that share no scale; they are kept.
        asymmetric: Globs over tensors that are shifted before their pair; they are kept.
        purpose: What the file is for, as ``template --for`` takes it.
    """

    ranges: Mapping[int, RangeEntry] = field(default_factory=dict)
    patterns: tuple[RangeEntry, ...] = ()
    others: tuple[RangeEntry, ...] = ()
    precision: Mapping[str, str] = field(default_factory=dict)
    weight_scales: Mapping[str, WeightScale] = field(default_factory=dict)
    bias_corrections: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    own_scales: tuple[str, ...] = ()
    asymmetric: tuple[str, ...] = ()
    purpose: str = "cache"

    def __post_init__(self) -> None:
        object.__setattr__(self, "ranges", MappingProxyType(dict(self.ranges)))
        object.__setattr__(self, "precision", MappingProxyType(dict(self.precision)))

    def with_entries(self, entries: Mapping[int, RangeEntry]) -> State:
        """Return the state with these entries in the place of others for the same tensors."""
        return dataclasses.replace(self, ranges={**self.ranges, **entries})

    def without(self, tensors: Iterable[int]) -> State:
        """Return the state without the entries of some tensors."""
        gone = set(tensors)
        left = {at: entry for at, entry in self.ranges.items() if at not in gone}
        return dataclasses.replace(self, ranges=left)

    def without_named(self, names: Iterable[str]) -> State:
        """Return the state without patterns, and entries of no use, of these names."""
        gone = set(names)
        return dataclasses.replace(
            self,
            patterns=tuple(entry for entry in self.patterns if entry.name not in gone),
            others=tuple(entry for entry in self.others if entry.name not in gone),
        )

    def entries(self) -> dict[str, RangeEntry]:
        """Return all entries by name, as a ranges file has them."""
        ordered = (self.ranges[at] for at in sorted(self.ranges))
        return {entry.name: entry for entry in (*ordered, *self.patterns, *self.others)}
