# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Writing a ranged model and the cache that goes with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from setrange.exporters.ranged.cache_beside import cache_beside
from setrange.exporters.ranged.exporter import make_ranged
from setrange.files.atomic import check_output, write_bytes
from setrange.files.staging import together
from setrange.formats.trt_cache import DEFAULT_ALGORITHM
from setrange.plan import raise_if_blocked

if TYPE_CHECKING:
    from setrange.exporters.ranged.exporter import RangedModel
    from setrange.importer.parser import ParserOptions
    from setrange.model.loading import Model
    from setrange.plan import Plan

__all__ = ["write_ranged"]


def write_ranged(
    plan: Plan,
    model: str | Path | Model,
    path: str | Path,
    *,
    algorithm: str = DEFAULT_ALGORITHM,
    options: ParserOptions | None = None,
    allow_missing: bool = False,
) -> RangedModel:
    """Write a model that carries the plan's ranges itself, for TensorRT 7.0 to 10.16.

    What a model cannot carry, such as the ranges of its inputs, is written beside it, as a
    calibration cache of the same name that ends in ``.cache``.

    Args:
        plan: Ranges of this model's network at the wanted TensorRT release.
        model: The model, or its path; it is not changed.
        path: The file to write, e.g. ``"model.ranged.onnx"``.
        algorithm: Of the calibrator that reads the cache.
        options: Those the plan's network was imported with.
        allow_missing: Tensors may lack a range.

    Raises:
        InputError: The plan has errors; nothing was written.
        BlockingFindingsError: A range is missing and ``allow_missing`` is not set.
        SetrangeError: The model cannot be rewritten or written.
    """
    cache = Path(path).with_suffix(".cache")
    check_output(path)
    check_output(cache)
    raise_if_blocked(plan, allow_missing=allow_missing, out=path)
    made = make_ranged(plan, model, options=options)
    rest = cache_beside(made, algorithm=algorithm)
    with together():
        if rest is not None:
            write_bytes(cache, rest.data, is_beside=True)
        made.write(path)
    return made
