# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The ranges file of a plan: every tensor that needs a range, with what is known of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from setrange.importer.model_at import ModelAt
from setrange.model.digest import BackgroundDigest
from setrange.plan import Source, plan_model
from setrange.ranges import RangeEntry, RangeFile

if TYPE_CHECKING:
    from setrange.importer.parser import ParserOptions
    from setrange.model.loading import Model
    from setrange.plan import Plan, PlannedTensor

__all__ = ["make_template", "provenance", "template"]


def template(
    model: str | Path | Model | ModelAt,
    *,
    trt: str | None = None,
    fill: str = "safe",
    target: str = "gpu",
    options: ParserOptions | None = None,
) -> RangeFile:
    """Return a ranges file to fill in, as ``setrange template`` writes it.

    Args:
        model: The ONNX model, or its path.
        trt: TensorRT release whose names it has; the installed one if not given, else the
            newest with ranges.
        fill: What is filled in already: ``none``, ``safe`` or ``bounds``.
        target: ``gpu`` or ``dla``.
        options: How TensorRT's parser is set up.

    Returns:
        Every tensor that needs a range; those that nothing can be derived of have none. Write
        it with ``write_ranges``.

    Raises:
        SetrangeError: The model cannot be read, or that release's parser refuses it.
    """
    if isinstance(model, (str, Path)):
        path, digest = Path(model), BackgroundDigest(model)
        models = ModelAt.of(model, options)
    else:
        models = ModelAt.of(model, options)
        path = models.model.path
        digest = BackgroundDigest(path)
    plan = plan_model(models, None, trt=trt, fill=fill, target=target)
    return make_template(plan, path, digest.hexdigest())


def make_template(plan: Plan, model_path: str | Path, sha256: str) -> RangeFile:
    """Return a ranges file to fill in.

    Args:
        plan: Ranges that are known become entries that say from what; missing ones are null.
        model_path: The model; only its file name is kept.
        sha256: Its digest, 64 lower-case hex digits.
    """
    entries = [
        _entry(planned) for planned in plan.tensors if planned.source is not Source.NOT_NEEDED
    ]
    return RangeFile(
        entries={entry.name: entry for entry in entries},
        named_by=plan.network.trt,
        model={"file": Path(model_path).name, "sha256": sha256},
    )


def provenance(planned: PlannedTensor) -> str:
    """Return where a range is from: ``derived: = input of Reshape /fc/Reshape``."""
    label, why = planned.source.value, planned.why
    return why if why.startswith(f"{label}:") else f"{label}: {why}" if why else label


def _entry(planned: PlannedTensor) -> RangeEntry:
    if planned.range is None:
        return RangeEntry(name=planned.tensor.name)
    return RangeEntry(
        name=planned.tensor.name,
        range=planned.range,
        scale=planned.scale,
        source=provenance(planned),
    )
