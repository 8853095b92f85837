# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""All that is kept of runs of the float and the INT8 model; it does not grow with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from setrange.accuracy.comparison import OutputComparison
from setrange.accuracy.tensors import ActivationTally
from setrange.measure.histogram import Histogram

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.accuracy.comparison import Classes
    from setrange.accuracy.labels import Labels
    from setrange.exporters.qdq import QdqModel

__all__ = ["Sums"]


@dataclass(slots=True, kw_only=True)
class Sums:
    """What was counted over runs.

    Attributes:
        outputs: A comparison for each output.
        tallies: By quantized activation.
        branches: By branch of a Concat that is quantized behind it: what it joins with larger
            values, so that the joined tensor's SQNR hides it.
        histograms: The values of activations, by name; empty where they are not counted.
        samples: Samples run.
        classes: Which output has classes, and those of each run that no labels were held
            against yet.
    """

    outputs: list[OutputComparison]
    tallies: dict[str, ActivationTally]
    branches: dict[str, ActivationTally]
    histograms: dict[str, Histogram]
    samples: int = 0
    classes: list[tuple[int, Classes]] = field(default_factory=list)

    @classmethod
    def of(cls, names: Sequence[str], made: QdqModel, *, with_histograms: bool) -> Sums:
        """Return the sums before the first run.

        Args:
            names: The outputs that are compared.
            made: The Q/DQ model.
            with_histograms: Values of activations are counted.
        """
        return cls(
            outputs=[OutputComparison(name) for name in names],
            tallies={
                name: ActivationTally(scale, made.types[name], made.offsets.get(name, 0.0))
                for name, scale in made.scales.items()
            },
            branches={
                b.value: ActivationTally(b.step, offset=made.offsets.get(b.result, 0.0))
                for b in made.branches
            },
            histograms={name: Histogram() for name in made.scales} if with_histograms else {},
        )

    def judge(self, labels: Labels) -> None:
        """Hold the next labels against the classes of the runs there were.

        Raises:
            InputError: There are too few labels, or one is no class.
        """
        for output, classes in self.classes:
            taken = labels.take(classes.rows, classes.count)
            self.outputs[output].add_classes(classes, taken)
        self.classes.clear()

    def merge(self, other: Sums) -> None:
        """Add the runs after these."""
        for ours, theirs in zip(self.outputs, other.outputs, strict=True):
            ours.merge(theirs)
        for name, tally in self.tallies.items():
            tally.merge(other.tallies[name])
        for name, tally in self.branches.items():
            tally.merge(other.branches[name])
        for name, histogram in self.histograms.items():
            histogram.merge(other.histograms[name])
        self.samples += other.samples
        self.classes += other.classes

    def emptied(self) -> Sums:
        """Return sums of the same before the first run."""
        return Sums(
            outputs=[OutputComparison(output.name) for output in self.outputs],
            tallies={name: tally.emptied() for name, tally in self.tallies.items()},
            branches={name: tally.emptied() for name, tally in self.branches.items()},
            histograms={name: Histogram() for name in self.histograms},
        )
