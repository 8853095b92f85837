# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A ranges file to fill in, for one output: ``setrange template`` in Python."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from setrange.errors import UsageError
from setrange.exporters.qdq import QdqDraft, QdqOptions
from setrange.importer.model_at import ModelAt
from setrange.model.digest import BackgroundDigest
from setrange.plan import plan_model
from setrange.plan.keeping import check_something_is_kept, ranges_to_keep
from setrange.plan.purpose import purpose_of
from setrange.plan.template import make_template
from setrange.ranges.model import RangeFile
from setrange.versions import TrtVersion

if TYPE_CHECKING:
    from setrange.estimate.estimator import EstimateOptions
    from setrange.importer.parser import ParserOptions
    from setrange.model.loading import Model

__all__ = ["template"]


def template(
    model: str | Path | Model | ModelAt,
    *,
    purpose: str | None = None,
    trt: str | None = None,
    fill: str = "safe",
    target: str | None = None,
    quantize_small: bool = False,
    keep: str | Path | RangeFile | None = None,
    options: ParserOptions | None = None,
    estimate: EstimateOptions | None = None,
) -> RangeFile:
    """Return a ranges file to fill in, as ``setrange template`` writes it.

    Args:
        model: The ONNX model, or its path.
        purpose: The output that it is for: ``cache``, ``qdq``, ``rtx``, ``11`` or ``dla``, as
            ``--for`` takes it; without it, ``trt`` decides.
        trt: TensorRT release whose names it has; the installed one if not given, else the
            newest with ranges.
        fill: What is filled in already: ``none``, ``safe``, ``bounds`` or ``estimate``.
        target: ``gpu`` or ``dla``.
        quantize_small: A Q/DQ model has pairs on small convolutions and vector products too.
        keep: Ranges that somebody gave, or their file: these stay.
        options: How TensorRT's parser is set up.
        estimate: How ranges are estimated, for ``fill="estimate"``.

    Returns:
        Every tensor that the output needs; those that nothing can be derived of have no range,
        and come first. Write it with ``write_ranges``.

    Raises:
        UsageError: The arguments contradict each other.
        SetrangeError: The model cannot be read, that release's parser refuses it, or nothing
            of ``keep`` is left.
    """
    old = keep if isinstance(keep, RangeFile) or keep is None else ranges_to_keep(keep)
    version = None if trt is None else TrtVersion.parse(trt)
    chosen = purpose_of(
        purpose, trt=version, target=target, in_file=None if old is None else old.purpose
    )
    if quantize_small and not chosen.is_qdq:
        raise UsageError('quantize_small is for Q/DQ models; pass purpose="qdq"')
    if isinstance(model, (str, Path)):
        path, digest = Path(model), BackgroundDigest(model)
        models = ModelAt.of(model, options)
    else:
        models = ModelAt.of(model, options)
        path = models.model.path
        digest = BackgroundDigest(path)
    ranges = None if old is None else dataclasses.replace(old, model=None)
    plan = plan_model(
        models,
        ranges,
        trt=version,
        fill=fill,
        target=chosen.target,
        estimate=estimate,
    )
    if old is not None:
        check_something_is_kept(plan, old)
    needs = None
    if chosen.is_qdq and chosen.target != "dla":
        needs = QdqDraft.of(
            plan, models.model, QdqOptions(quantize_small=quantize_small)
        ).needs()
    return make_template(
        plan, path, digest.hexdigest(), needs=needs, purpose=chosen.name, keep=old
    )
