# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What each tensor costs: it alone in INT8, everything else float."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from setrange.accuracy.noise import NO_NOISE
from setrange.accuracy.results import Cost
from setrange.accuracy.switchable_pairs import SwitchablePairs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from setrange.accuracy.results import TensorResult
    from setrange.accuracy.session import Loader
    from setrange.accuracy.simulation import Kept
    from setrange.exporters.qdq import QdqModel

__all__ = ["CostMeter", "loss"]

#: Weights are looked at one by one only where all together make more of the loss than this.
_WEIGHTS_MATTER = 0.1


def loss(quality: float, metric: str) -> float:
    """Return how much is lost, on a scale on which losses may be compared and added.

    Args:
        quality: Of ``metric``.
        metric: ``sqnr``: noise over signal; ``equal``: the share that is not equal.
    """
    if metric == "equal":
        return 1.0 - quality
    return 0.0 if quality == NO_NOISE else 10 ** (-quality / 10)


class CostMeter:
    """Measures what the weights and each activation cost, one at a time.

    Args:
        made: The Q/DQ model.
        names: Outputs to compare.
        kept: What to run it on.
        loader: Makes sessions.
        metric: Of every quality: ``sqnr`` or ``equal``.
        whole: Quality of the whole INT8 model.

    Attributes:
        wanted: Tensors to measure: the activations, and the weights if they matter.
        is_complete: True where there was time for all of them.
    """

    def __init__(
        self,
        made: QdqModel,
        names: Sequence[str],
        kept: Kept,
        loader: Loader,
        *,
        metric: str,
        whole: float,
    ) -> None:
        self._made = made
        self._names = names
        self._kept = kept
        self._loader = loader
        self._metric = metric
        self._whole = loss(whole, metric)
        self.wanted = 0
        self.is_complete = True

    def measure(
        self,
        tensors: Sequence[TensorResult],
        board: SwitchablePairs,
        *,
        deadline: float,
        say: Callable[[str], None],
    ) -> list[Cost]:
        """Return the costs, the largest first.

        Args:
            tensors: The quantized tensors, the most suspicious first: so far the time reaches.
            board: Of the activations, with the weights in INT8.
            deadline: When to stop, as ``time.monotonic`` tells; one is measured anyhow.
            say: Is told what is being done.
        """
        say("all weights")
        together = self._cost("", "weights", board.quality(()))
        costs = [together]
        kinds = ["activation"]
        if together.share >= _WEIGHTS_MATTER:
            kinds.append("weight")
        for kind in kinds:
            names = [tensor.name for tensor in tensors if tensor.kind == kind]
            self.wanted += len(names)
            costs += self._one_by_one(kind, names, deadline, say)
        self.is_complete = len(costs) - 1 == self.wanted
        return sorted(costs, key=lambda cost: cost.alone)

    def _one_by_one(
        self, kind: str, names: Sequence[str], deadline: float, say: Callable[[str], None]
    ) -> list[Cost]:
        if not names or (kind == "weight" and time.monotonic() > deadline):
            return []
        found: list[Cost] = []
        board = SwitchablePairs(
            self._made, self._names, self._kept, self._loader, kind=kind, is_rest_float=True
        )
        for number, name in enumerate(names, 1):
            if found and time.monotonic() > deadline:
                break
            say(f"{name} ({number} of {len(names)})")
            found.append(self._cost(name, kind, board.quality([name])))
        return found

    def _cost(self, name: str, kind: str, alone: float) -> Cost:
        lost = loss(alone, self._metric)
        share = lost / self._whole if self._whole else 0.0
        return Cost(name=name, kind=kind, alone=alone, share=share)
