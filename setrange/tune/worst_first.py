# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Samples with most noise come first: candidates are ranked by them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.tune.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from setrange.tune.evaluation import Evaluator, TunedBatch

__all__ = ["count_for_ranking", "worst_first"]

#: Samples for ranking.
_FEW_SAMPLES = 8


def worst_first(evaluator: Evaluator, batches: Sequence[TunedBatch]) -> list[TunedBatch]:
    """Return batches, those first that have most noise with the ranges as given.

    One sample in a dozen may hold most of the noise of all, and a few others say nothing of it
    then.

    Args:
        evaluator: Makes the Q/DQ model.
        batches: What to run it on.
    """
    session = evaluator.side(Settings()).session
    positions = evaluator.ranking.positions
    noise, signal = np.zeros((2, len(batches), len(positions)))
    for number, batch in enumerate(batches):
        got = session.run(batch.feeds, batch.label)
        for output, position in enumerate(positions):
            wanted = batch.ranked[output]
            noise[number, output] = _noise(wanted, got[position])
            signal[number, output] = _noise(wanted, np.zeros_like(wanted))
    shares = noise / np.maximum(signal.sum(axis=0), np.finfo(float).tiny)
    worst = [float(share) for share in shares.max(axis=1)]
    return [batch for _, batch in sorted(zip(worst, batches, strict=True), key=lambda x: -x[0])]


def _noise(wanted: npt.NDArray[Any], got: npt.NDArray[Any]) -> float:
    """Return the squared error, or how many values differ where they are no floats."""
    if wanted.shape != got.shape:
        return 0.0
    if wanted.dtype.kind != "f":
        return float(np.count_nonzero(wanted != got))
    error = wanted.astype(np.float64) - got
    error = error[np.isfinite(error)]
    return float(error @ error)


def count_for_ranking(batches: Sequence[TunedBatch]) -> int:
    """Return how many of the first batches are for ranking."""
    samples = 0
    for count, batch in enumerate(batches, 1):
        samples += batch.samples
        if samples >= _FEW_SAMPLES:
            return count
    return len(batches)
