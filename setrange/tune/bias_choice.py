# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Corrected biases as a move of the search: worked out on its own data, for given settings."""

from __future__ import annotations

import collections
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from setrange.accuracy.bias import MOST_SAMPLES, biases_on
from setrange.tune.halves import as_many_as_help
from setrange.tune.settings import Corrections

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from setrange.accuracy.quantizer import Quantizer
    from setrange.measure.batches import Batch
    from setrange.measure.run_options import RunOptions
    from setrange.model.node import Node
    from setrange.ranges.model import RangeFile
    from setrange.tune.samples import BatchSource
    from setrange.tune.settings import Settings
    from setrange.tune.trials import Trials

__all__ = ["BiasChoice"]

#: Digits that are kept: the mean of some samples has no more, and the file stays small.
_DIGITS = 5

#: Name of a node -> what is added to its output channels.
_Numbers: TypeAlias = "Mapping[str, tuple[float, ...]]"

#: Parts of the model that are corrected apart, at most.
_PARTS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class BiasChoice:
    """Works corrections out.

    Attributes:
        trials: Scores, the best so far, and what is locked.
        quantizer: Makes plan and Q/DQ model of ranges.
        ranges: The ranges that settings change.
        source: The data of the search.
        run: How models are run.
    """

    trials: Trials
    quantizer: Quantizer
    ranges: RangeFile
    source: BatchSource
    run: RunOptions

    def better(self, settings: Settings) -> Settings:
        """Return settings with biases corrected for them, as far as that is better.

        All are tried, and where that is no better, halves and quarters of the model: what
        errors cancel each other is partly chance.

        Raises:
            OutOfBudgetError: There is no time left for it.
        """
        found = self.on(settings)
        assert found.corrections is not None
        new = found.corrections.numbers
        old: _Numbers = self.ranges.bias_corrections
        if settings.corrections is not None:
            old = settings.corrections.numbers
        nodes = [node for node in {**new, **old} if new.get(node) != old.get(node)]
        return as_many_as_help(
            self.trials,
            settings,
            nodes,
            lambda some: settings.with_corrections(_mixed(old, new, set(some))),
            "corrected biases",
            fewest=-(-len(nodes) // _PARTS),
        )

    def on(self, settings: Settings) -> Settings:
        """Return settings with biases corrected for them.

        A node that runs in FP16 keeps the correction it had, which counts once it is back in
        INT8.

        Raises:
            OutOfBudgetError: There is no time left for it.
        """
        is_locked = self.trials.limits.is_locked
        given = self.ranges.bias_corrections
        locked = {node: added for node, added in given.items() if is_locked(node)}
        bare = settings.with_corrections(Corrections.of(locked))
        self.trials.tell(f"{self.trials.reached()}: biases")
        found = self.trials.measuring.plain(f"biases {bare.key}", lambda: self._found(bare))
        old = {} if settings.corrections is None else settings.corrections.numbers
        kept = {node: added for node, added in old.items() if node in settings.nodes}
        new = {node: tuple(added) for node, added in found.items()}
        return settings.with_corrections(Corrections.of({**kept, **locked, **new}))

    def _found(self, settings: Settings) -> dict[str, list[float]]:
        draft = self.quantizer.draft(self.quantizer.plan(settings.applied(self.ranges)))
        count = collections.Counter(node.name for node in draft.graph.nodes)
        limits, clock = self.trials.limits, self.trials.measuring.clock

        def takes(node: Node) -> bool:
            return (
                count[node.name] == 1
                and node.name in limits.names
                and node.name not in settings.nodes
                and not limits.is_locked(node.name)
            )

        def tell(done: int, of: int) -> None:
            clock.check()
            self.trials.tell(f"{self.trials.reached()}: bias {done} of {of}")

        found = biases_on(draft, self._batches(), self.run, tell, takes=takes)
        return {
            node.name: [float(f"{number:.{_DIGITS}g}") for number in found[node.outputs[0]]]
            for node in draft.graph.nodes
            if node.outputs and node.outputs[0] in found
        }

    def _batches(self) -> list[Batch]:
        taken: list[Batch] = []
        for _, batch in self.source.batches():
            if sum(other.count for other in taken) >= MOST_SAMPLES:
                break
            taken.append(batch)
        return taken


def _mixed(old: _Numbers, new: _Numbers, taken: Collection[str]) -> Corrections:
    """Return the new numbers of some nodes, and the old ones of the others."""
    numbers = {node: (new if node in taken else old).get(node) for node in {**new, **old}}
    return Corrections.of({node: added for node, added in numbers.items() if added})
