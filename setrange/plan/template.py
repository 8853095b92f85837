# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The ranges file of a plan: every tensor that needs a range, with what is known of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from setrange.plan import Source
from setrange.plan.asking import questions_of
from setrange.plan.estimates import with_doubt
from setrange.plan.keeping import kept_entries, kept_patterns
from setrange.ranges import RangeEntry, RangeFile
from setrange.ranges.choices import choices_of

if TYPE_CHECKING:
    from setrange.plan import Plan, PlannedTensor
    from setrange.plan.needs import Needs

__all__ = ["make_template", "provenance"]


def make_template(
    plan: Plan,
    model_path: str | Path,
    sha256: str,
    *,
    needs: Needs | None = None,
    purpose: str | None = None,
    keep: RangeFile | None = None,
) -> RangeFile:
    """Return a ranges file to fill in.

    Args:
        plan: Ranges that are known become entries that say from what; missing ones are null.
        model_path: The model; only its file name is kept.
        sha256: Its digest, 64 lower-case hex digits.
        needs: What the output needs; ``None`` = every range, as a calibration cache does.
        purpose: What it is for, as ``template --for`` takes it; a calibration cache is what
            every file is for, and not said.
        keep: The ranges of the plan: what somebody gave stays as it is.

    Returns:
        First what a person has to give, then what follows from it once it is there, then what
        is known, last what the output does not take; each in network order.
    """
    questions = questions_of(plan, needs)
    null = [
        RangeEntry(name=tensor.name, need=text)
        for tensor, text in (*questions.needed.items(), *questions.derived.items())
    ]
    kept = {} if keep is None else kept_entries(plan, keep)
    known = [
        kept.get(planned.tensor) or _entry(planned)
        for planned in plan.tensors
        if planned.range is not None
        and not planned.is_by_pattern
        and (needs is None or planned.tensor in needs.reasons or planned.tensor in kept)
    ]
    known += [] if keep is None else kept_patterns(plan, keep)
    optional = [
        RangeEntry(name=tensor.name, need=text) for tensor, text in questions.optional.items()
    ]
    entries: dict[str, RangeEntry] = {}
    for entry in (*null, *known, *optional):
        # Two tensors may have one name, and one line then: what is asked for stands in it.
        entries.setdefault(entry.name, entry)
    return RangeFile(
        entries=entries,
        named_by=plan.network.trt,
        purpose=None if purpose == "cache" else purpose,
        model={"file": Path(model_path).name, "sha256": sha256},
        precision_sources={} if keep is None else keep.precision_sources,
        collected=None if keep is None else keep.collected,
        **({} if keep is None else choices_of(keep)),
    )


def provenance(planned: PlannedTensor) -> str:
    """Return where a range is from: ``derived: = input of Reshape /fc/Reshape``."""
    label, why = planned.source.value, planned.why
    if planned.source is Source.ESTIMATED:
        why = with_doubt(why, planned.doubt)
    return why if why.startswith(f"{label}:") else f"{label}: {why}" if why else label


def _entry(planned: PlannedTensor) -> RangeEntry:
    """What setrange derived: it is derived again when the file is used, unless changed."""
    return RangeEntry(
        name=planned.tensor.name,
        range=planned.range,
        scale=planned.scale,
        source=provenance(planned),
        proposed=planned.range,
    )
