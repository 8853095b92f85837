# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What is reached on all search data, and on data that the search has not seen."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from setrange.errors import InputError
from setrange.tune.results import Judged
from setrange.tune.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from setrange.accuracy.simulation import Kept
    from setrange.tune.evaluation import Evaluator
    from setrange.tune.results import Step
    from setrange.tune.samples import BatchSource, FloatModel
    from setrange.tune.trials import Best

__all__ = ["Judge", "nothing_to_judge"]


class Judge:
    """Judges a result by all data of the search, and by the judging data.

    Args:
        evaluator: Makes scores of settings.
        model: The float model.
        search: The data of the search.
        judging: Data that the search has not seen, if there are any.
        seen: Digests of the samples of the search.
        kept: Keeps the first of the judging data, for the path.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        model: FloatModel,
        search: BatchSource,
        judging: BatchSource | None,
        *,
        seen: Collection[int],
        kept: Kept,
    ) -> None:
        self._evaluator = evaluator
        self._model = model
        self._search = search
        self._judging = judging
        self._seen = seen
        self._kept = kept

    def judged(
        self, best: Best, on_samples: Callable[[int], None]
    ) -> tuple[Judged, Judged | None]:
        """Return the ranges as given and a result on the data of both kinds.

        Args:
            best: The result.
            on_samples: Is told how many samples are done.

        Raises:
            SetrangeError: There are no judging data.
        """
        done = 0

        def count(samples: int) -> None:
            nonlocal done
            done += samples
            on_samples(done)

        search = self._judged_by(self._search, best, count)
        if self._judging is None:
            return search, None
        return search, self._judged_by(self._judging, best, count, self._kept, self._seen)

    def _judged_by(
        self,
        source: BatchSource,
        best: Best,
        count: Callable[[int], None],
        kept: Kept | None = None,
        seen: Collection[int] = (),
    ) -> Judged:
        sides = [self._evaluator.side(settings) for settings in (Settings(), best.settings)]
        samples = copies = 0
        for batch, _, digests in source.with_float(self._model):
            for side in sides:
                side.add(batch)
            samples += batch.samples
            copies += sum(digest in seen for digest in digests)
            if kept is not None:
                kept.offer(batch)
            count(batch.samples)
        if not samples:
            raise nothing_to_judge()
        before, after = (side.score() for side in sides)
        return Judged(samples=samples, before=before, after=after, copies=copies)

    def judged_path(
        self, path: Sequence[Step], settings: Sequence[Settings]
    ) -> tuple[Step, ...]:
        """Return steps with their scores on the first of the judging data too.

        Args:
            path: The steps, after ``judged``.
            settings: Those behind each step.
        """
        batches = list(self._kept.batches)
        if not batches:
            return tuple(path)
        return tuple(
            dataclasses.replace(
                step,
                judged=self._evaluator.evaluate(behind, batches),  # type: ignore[arg-type]
            )
            for step, behind in zip(path, settings, strict=True)
        )


def nothing_to_judge() -> InputError:
    """Return the error of judging data without a sample."""
    return InputError(
        "no sample is left to judge by: give more data, --judge DATA, or --holdout 0 to judge "
        "by the data of the search"
    )
