# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What the search changes: ranges of tensors, and the precision of nodes."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from setrange.accuracy.changes import escaped
from setrange.ranges.model import DynamicRange, RangeEntry, WeightScale

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from setrange.ranges.model import RangeFile

__all__ = ["FOR_SINGLE_PAIRS", "SCALES_OF_WEIGHTS", "Corrections", "NewRange", "Settings"]

#: Other ways to choose the scales of a weight than by its largest |value|.
SCALES_OF_WEIGHTS: tuple[WeightScale, ...] = ("mse", 0.98, 0.95, 0.91, 0.86, 0.8)


@dataclass(frozen=True, slots=True)
class NewRange:
    """Another range for a tensor.

    Attributes:
        entry: The entry of the ranges file that is changed or added.
        min: Lower bound.
        max: Upper bound.
        how: How it was made of the data: ``percentile 99.9``.
    """

    entry: str
    min: float
    max: float
    how: str


@dataclass(frozen=True, slots=True)
class Corrections:
    """What is added to biases: many numbers, told from others by a digest.

    Attributes:
        key: The digest.
        numbers: Name of a node -> what is added to each of its output channels.
    """

    key: str
    numbers: Mapping[str, tuple[float, ...]] = field(compare=False, repr=False)

    @classmethod
    def of(cls, numbers: Mapping[str, tuple[float, ...]]) -> Corrections:
        """Return what is added to biases.

        >>> Corrections.of({"conv": (0.5,)}) == Corrections.of({"conv": (0.25,)})
        False
        """
        text = json.dumps(numbers, sort_keys=True)
        return cls(hashlib.sha256(text.encode()).hexdigest()[:16], numbers)


@dataclass(frozen=True, slots=True)
class Settings:
    """One candidate: the changes to a ranges file, in a fixed order.

    Attributes:
        ranges: Other ranges, in the order of the entries' names.
        precision: Names of nodes and what they run in instead of INT8, in the same order.
        weight_scales: Names of nodes and how the scales of their weights are chosen, in the
            same order; ``*``: of all others.
        corrections: What is added to biases; ``None``: what the file says. Nodes whose
            precision is changed have none.
        own_scales: Activations that share no scale with others; ``*``: all.
        asymmetric: Activations that are shifted before their pair; ``*``: all.
    """

    ranges: tuple[NewRange, ...] = ()
    precision: tuple[tuple[str, str], ...] = ()
    weight_scales: tuple[tuple[str, WeightScale], ...] = ()
    corrections: Corrections | None = None
    own_scales: tuple[str, ...] = ()
    asymmetric: tuple[str, ...] = ()

    def with_ranges(self, new: Iterable[NewRange]) -> Settings:
        """Return these settings with other ranges; of one entry the last counts."""
        found = {item.entry: item for item in (*self.ranges, *new)}
        return dataclasses.replace(self, ranges=tuple(found[name] for name in sorted(found)))

    def without_ranges(self, entries: Iterable[str]) -> Settings:
        """Return these settings with entries as they were given."""
        gone = set(entries)
        kept = tuple(item for item in self.ranges if item.entry not in gone)
        return dataclasses.replace(self, ranges=kept)

    def with_nodes(self, nodes: Iterable[str], kind: str) -> Settings:
        """Return these settings with nodes in another precision."""
        found = {**dict(self.precision), **dict.fromkeys(nodes, kind)}
        return dataclasses.replace(self, precision=tuple(sorted(found.items())))

    def without_nodes(self, nodes: Iterable[str]) -> Settings:
        """Return these settings with nodes as they were."""
        gone = set(nodes)
        kept = tuple(item for item in self.precision if item[0] not in gone)
        return dataclasses.replace(self, precision=kept)

    def with_weights(self, nodes: Iterable[str], choice: WeightScale | None) -> Settings:
        """Return these settings with other scales of weights.

        Args:
            nodes: Names of nodes, or ``*`` for all that are not named.
            choice: How they are chosen; ``None``: as given.
        """
        found = dict(self.weight_scales)
        for node in nodes:
            found.pop(node, None)
            if choice is not None:
                found[node] = choice
        return dataclasses.replace(self, weight_scales=tuple(sorted(found.items())))

    def with_corrections(self, corrections: Corrections | None) -> Settings:
        """Return these settings with other corrections of biases."""
        return dataclasses.replace(self, corrections=corrections)

    def without_corrections(self, nodes: Iterable[str]) -> Settings:
        """Return these settings without the corrections of some nodes."""
        if self.corrections is None:
            return self
        gone = set(nodes)
        left = {node: n for node, n in self.corrections.numbers.items() if node not in gone}
        return self.with_corrections(Corrections.of(left))

    def with_own_scales(self, values: Iterable[str]) -> Settings:
        """Return these settings with activations that share no scale."""
        found = tuple(sorted({*self.own_scales, *values}))
        return dataclasses.replace(self, own_scales=found)

    def without_own_scales(self, values: Iterable[str]) -> Settings:
        """Return these settings with activations that share a scale as they did."""
        gone = set(values)
        left = tuple(value for value in self.own_scales if value not in gone)
        return dataclasses.replace(self, own_scales=left)

    def with_shifts(self, values: Iterable[str]) -> Settings:
        """Return these settings with activations that are shifted before their pair."""
        found = tuple(sorted({*self.asymmetric, *values}))
        return dataclasses.replace(self, asymmetric=found)

    def without_shifts(self, values: Iterable[str]) -> Settings:
        """Return these settings with activations that are not shifted any more."""
        gone = set(values)
        left = tuple(value for value in self.asymmetric if value not in gone)
        return dataclasses.replace(self, asymmetric=left)

    @property
    def corrected(self) -> tuple[str, ...]:
        """Nodes whose biases are corrected."""
        numbers = {} if self.corrections is None else self.corrections.numbers
        gone = self.nodes
        return tuple(node for node in numbers if node not in gone)

    @property
    def nodes(self) -> frozenset[str]:
        """Nodes whose precision is changed."""
        return frozenset(name for name, _ in self.precision)

    @property
    def key(self) -> str:
        """A text that is the same for the same settings and for no others."""
        changed: list[Any] = [[dataclasses.astuple(new) for new in self.ranges]]
        changed.append(self.precision)
        if self.corrections is not None:
            changed += [self.weight_scales, self.corrections.key]
        elif self.weight_scales:
            changed.append(self.weight_scales)
        if self.own_scales or self.asymmetric:
            changed.append({"own": self.own_scales, "shifted": self.asymmetric})
        return json.dumps(changed)

    def applied(self, file: RangeFile, why: Mapping[str, str] | None = None) -> RangeFile:
        """Return a ranges file with these settings.

        Args:
            file: The file.
            why: Node -> what its precision bought, in words.
        """
        entries = dict(file.entries)
        for new in self.ranges:
            entries[new.entry] = RangeEntry(
                name=new.entry,
                range=DynamicRange(new.min, new.max),
                source=f"tuned: {new.how}",
            )
        rules = {escaped(name): kind for name, kind in self.precision}
        said = {
            escaped(name): f"tuned: {why[name]}" if why and name in why else "tuned"
            for name, _ in self.precision
        }
        # Of the rules that fit a node the last counts.
        kept = {glob: kind for glob, kind in file.precision.items() if glob not in rules}
        chosen = {
            name if name == "*" else escaped(name): choice
            for name, choice in self.weight_scales
        }
        scales = {glob: how for glob, how in file.weight_scales.items() if glob not in chosen}
        every = {glob: how for glob, how in chosen.items() if glob == "*"}
        biases, gone = file.bias_corrections, self.nodes
        if self.corrections is not None:
            biases = dict(self.corrections.numbers)
        return dataclasses.replace(
            file,
            bias_corrections={node: n for node, n in biases.items() if node not in gone},
            weight_scales={**every, **scales, **chosen},
            own_scales=_with_globs(file.own_scales, self.own_scales),
            asymmetric=_with_globs(file.asymmetric, self.asymmetric),
            entries=entries,
            precision={**kept, **rules},
            precision_sources={**file.precision_sources, **said},
        )


#: What single pairs are measured in: each has its scale, and no bias makes up for others.
FOR_SINGLE_PAIRS = Settings(corrections=Corrections.of({}), own_scales=("*",))


def _with_globs(given: Iterable[str], names: Iterable[str]) -> tuple[str, ...]:
    globs = (name if name == "*" else escaped(name) for name in names)
    return tuple(dict.fromkeys([*given, *globs]))
