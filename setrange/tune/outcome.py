# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What is made of the best settings: a ranges file, and how to apply it."""

from __future__ import annotations

import dataclasses
import itertools
from typing import TYPE_CHECKING, Any

from setrange.exporters.qdq import QdqOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.ranges.model import RangeFile
    from setrange.tune.results import Step
    from setrange.tune.target import Target
    from setrange.tune.trials import Best

__all__ = ["apply_options", "tuned_ranges"]

#: Options of ``apply`` -> the field of ``QdqOptions`` that they set.
_CHOICES = {
    "--placement": "placement",
    "--residual": "residual",
    "--type": "dtype",
}
_FLAGS = {"--quantize-small": "quantize_small"}


def tuned_ranges(
    ranges: RangeFile, best: Best, path: Sequence[Step], target: Target, how: QdqOptions
) -> RangeFile:
    """Return the tuned ranges.

    Args:
        ranges: The ranges as given.
        best: The settings.
        path: What each step bought.
        target: What was wanted.
        how: How the Q/DQ model was made: the ranges say what they can of it.
    """
    why: dict[str, str] = {}
    for before, step in itertools.pairwise(path):
        bought = f"{target.text(before.score.value)} -> {target.text(step.score.value)}"
        also = f" with {len(step.names) - 1} more" if len(step.names) > 1 else ""
        why |= {name: f"{bought}{also}" for name in step.names if step.change == "precision"}
    made = best.settings.applied(ranges, why)
    said: dict[str, Any] = {
        "target": target.name,
        "wanted": target.value,
        "reached": best.score.value,
        "sqnr": best.score.quality,
        "macs_in_8_bits": round(best.score.share.macs, 6),
        "weights_in_8_bits": round(best.score.share.bytes, 6),
    }
    every = {} if how.weight_scales == "max" else {"*": how.weight_scales}
    own = ("*",) if how.scaling == "own" else made.own_scales
    return dataclasses.replace(
        made,
        format="setrange",
        weight_scales={**every, **made.weight_scales},
        own_scales=own,
        asymmetric=("*",) if how.asymmetric else made.asymmetric,
        collected={**(made.collected or {}), "tuned": said},
    )


def apply_options(how: QdqOptions) -> list[str]:
    """Return what ``apply`` is to be told besides, for the Q/DQ model that was judged."""
    usual = QdqOptions()
    given = [
        word
        for option, field in _CHOICES.items()
        if getattr(how, field) != getattr(usual, field)
        for word in (option, getattr(how, field))
    ]
    return [*given, *(option for option, field in _FLAGS.items() if getattr(how, field))]
