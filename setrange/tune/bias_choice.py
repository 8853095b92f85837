# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Corrected biases as a move of the search: worked out on its own data, for given settings."""

from __future__ import annotations

import collections
from dataclasses import dataclass
from typing import TYPE_CHECKING

from setrange.accuracy.bias import MOST_SAMPLES, biases_on
from setrange.tune.settings import Corrections

if TYPE_CHECKING:
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
        """Return settings with biases corrected for them, where that is better.

        Raises:
            OutOfBudgetError: There is no time left for it.
        """
        tried = self.on(settings)
        before = self.trials.score(settings, "before")
        after = self.trials.score(tried, "corrected biases")
        if before is None or after is None or not self.trials.is_better(after, before):
            return settings
        return tried

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
