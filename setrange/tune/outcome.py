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


def tuned_ranges(
    ranges: RangeFile, best: Best, path: Sequence[Step], target: Target, base: str
) -> RangeFile:
    """Return the tuned ranges.

    Args:
        ranges: The ranges as given.
        best: The settings.
        path: What each step bought.
        target: What was wanted.
        base: How scales of weights are chosen where nothing says it.
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
    every = {} if base == "max" else {"*": base}
    return dataclasses.replace(
        made,
        format="setrange",
        weight_scales={**every, **made.weight_scales},
        collected={**(made.collected or {}), "tuned": said},
    )


def apply_options(how: QdqOptions) -> list[str]:
    """Return what ``apply`` is to be told besides, for the Q/DQ model that was judged."""
    usual = QdqOptions()
    options = {
        "--placement": how.placement,
        "--residual": how.residual,
        "--scales": how.scaling,
        "--type": how.dtype,
    }
    least = (usual.placement, usual.residual, usual.scaling, usual.dtype)
    given = [
        word
        for (option, value), other in zip(options.items(), least, strict=True)
        if value != other
        for word in (option, value)
    ]
    flags = {"--quantize-small": how.quantize_small, "--asymmetric": how.asymmetric}
    return [*given, *(option for option, is_on in flags.items() if is_on)]
