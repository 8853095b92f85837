# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The head of a state file: what must be the same for it to be of this search."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from setrange.ranges.own_writer import format_ranges

if TYPE_CHECKING:
    from setrange.accuracy.quantizer import Quantizer
    from setrange.exporters.qdq import QdqModel
    from setrange.ranges.model import RangeFile
    from setrange.tune.options import TuneOptions
    from setrange.tune.ranking import Ranking
    from setrange.tune.samples import BatchSource

__all__ = ["state_head"]


def state_head(
    quantizer: Quantizer,
    ranges: RangeFile,
    made: QdqModel,
    options: TuneOptions,
    ranking: Ranking,
    source: BatchSource,
    digest: str,
) -> dict[str, Any]:
    """Return what a state file begins with.

    Args:
        quantizer: Makes plan and Q/DQ model of ranges.
        ranges: The ranges as given.
        made: Their Q/DQ model.
        options: The settings of the search.
        ranking: By what the search ranks.
        source: The data of the search.
        digest: The digest of all their samples.
    """
    return {
        "model": quantizer.model.path.name,
        "model_sha256": hashlib.sha256(
            made.skeleton.SerializeToString(deterministic=True)
        ).hexdigest(),
        "ranges": hashlib.sha256(format_ranges(ranges).encode()).hexdigest(),
        "data": digest,
        "target": str(options.target),
        "ranked_by": list(ranking.values),
        "holdout": source.part.holdout,
        "batch": options.run.batch,
        "lock": list(options.locks),
        "fallback": options.fallback,
        "keep": options.keep,
        "weight_scales": [quantizer.options.weight_scales, *options.weight_scales],
        "correct_bias": options.correct_bias,
        "scales": [quantizer.options.scaling, options.own_scales],
        "provider": options.run.provider,
        "asymmetric": [quantizer.options.asymmetric, options.asymmetric],
    }
