# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``tune_ranges``: what ``setrange tune`` does, from Python."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from setrange.accuracy.quantizer import first_model
from setrange.cluster.cluster import cluster_of
from setrange.errors import UsageError
from setrange.exporters.qdq import QdqOptions
from setrange.measure.data import DataOptions
from setrange.measure.on_cluster import on_one_thread
from setrange.measure.run_options import RunOptions
from setrange.tune.on_cluster import LOADER
from setrange.tune.options import TuneOptions
from setrange.tune.settings import SCALES_OF_WEIGHTS
from setrange.tune.target import Target
from setrange.tune.tuning import Tuning

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from setrange.measure.images import ImageOptions
    from setrange.ranges.model import RangeFile
    from setrange.tune.results import TuneReport

__all__ = ["tune_ranges"]


def tune_ranges(
    model_path: str | Path,
    ranges: str | Path | RangeFile,
    data: str | Path | Sequence[Any],
    *,
    target: str,
    judge: str | Path | Sequence[Any] | None = None,
    labels: str | Path | None = None,
    judge_labels: str | Path | None = None,
    holdout: float = 0.3,
    lock: Iterable[str] = (),
    fallback: str = "fp16",
    keep_int8: float = 0.0,
    budget: float = 600.0,
    trt: str | None = None,
    fill: str = "safe",
    allow_missing: bool = False,
    placement: str = "gpu",
    quantize_small: bool = False,
    residual: str = "auto",
    dtype: str = "int8",
    weight_scales: str = "max",
    correct_bias: bool = False,
    asymmetric: bool = False,
    scaling: str = "shared",
    try_asymmetric: bool = False,
    samples: int | None = None,
    images: ImageOptions | None = None,
    batch: int = 1,
    batch_axis: int | str | None = None,
    provider: str = "CPU",
    threads: int | None = None,
    dask: str | None = None,
) -> tuple[RangeFile, TuneReport]:
    """Search for ranges, and for nodes to run in FP16, until an accuracy is reached.

    Args:
        model_path: The float ONNX model.
        ranges: A ranges file of any known format, or one that was read.
        data: A file, directory, glob or ``module:function``, or a sequence of dicts of arrays
            by input name (of arrays, where there is one input); it is read more than once.
        target: ``METRIC=VALUE``, such as ``sqnr=30`` or ``module:function=0.9``.
        judge: Other data to judge by, in the same form.
        labels: File of class numbers.
        judge_labels: The same for ``judge``.
        holdout: Share of the data that the search never sees, where ``judge`` is not given.
        lock: Globs over names of tensors and nodes that stay as they are.
        fallback: ``fp16``, ``fp32`` or ``fp8``: what nodes may run in.
        keep_int8: Least share of the multiply-adds that stays in INT8, from 0 to 1.
        budget: Seconds that the search may take.
        trt: TensorRT release whose tensors the ranges name; see ``verify``.
        fill: How missing ranges are filled.
        allow_missing: Nodes without a range may stay float.
        placement: Where Q/DQ pairs go.
        quantize_small: Pairs on small convolutions and vector products too.
        residual: When the skip input of a residual Add has a pair; see ``make_qdq``.
        dtype: ``int8``, or ``fp8``.
        weight_scales: How scales of weights are chosen: ``max``, ``mse``, or ``any``: of each
            node by what is best at the outputs, which the result says.
        correct_bias: The mean error of quantization may be taken out of the biases, as found
            on the data of the search; the result holds the numbers.
        asymmetric: Values of a one-sided range are shifted before a pair; see ``make_qdq``.
        scaling: Values around a Concat share a scale (``shared``), or not (``own``), or
            where that is better (``any``), which the result says.
        try_asymmetric: Values of a one-sided range are shifted where that is better, which the
            result says.
        samples: Samples to take of ``data``; ``None`` = all.
        images: The files are images, read like this.
        batch: Samples fed at once, where the model leaves it free.
        batch_axis: The dimension that holds samples, or ``none``; see ``DataOptions``.
        provider: ONNX Runtime execution provider.
        threads: Threads of one operator; ``None`` = as many as there are cores; with ``dask``
            one.
        dask: A Dask cluster that helps: ``local:N``, or the address of its scheduler.

    Returns:
        The tuned ranges, for ``write_ranges``, and the report: ``reached`` says whether the
        target is reached.

    Raises:
        SetrangeError: Ranges, model, data, labels or target cannot be used, or a node lacks a
            range.
    """
    run = RunOptions(batch=batch, provider=provider, threads=threads)
    options = TuneOptions(
        target=Target.parse(target),
        labels=None if labels is None else str(labels),
        judge_labels=None if judge_labels is None else str(judge_labels),
        holdout=holdout,
        locks=tuple(lock),
        fallback=fallback,
        weight_scales=SCALES_OF_WEIGHTS if weight_scales == "any" else (),
        correct_bias=correct_bias,
        own_scales=scaling == "any",
        asymmetric=try_asymmetric,
        keep=keep_int8,
        budget=budget,
        run=run if dask is None else on_one_thread(run),
    )
    for given in (data, judge):
        if isinstance(given, Iterator):
            raise UsageError("the data are read more than once; give a list, not a generator")
    how = QdqOptions(
        placement=placement,
        quantize_small=quantize_small,
        residual=residual,
        dtype=dtype,
        weight_scales="max" if weight_scales == "any" else weight_scales,
        asymmetric=asymmetric,
        scaling="shared" if scaling == "any" else scaling,
    )
    first = first_model(
        model_path, ranges, how, trt=trt, fill=fill, allow_missing=allow_missing
    )
    others = None
    if judge is not None:
        others = dataclasses.replace(
            DataOptions.of(judge, images=images, batch_axis=batch_axis), option="--judge"
        )
    tuning = Tuning(
        *first,
        DataOptions.of(data, samples=samples, images=images, batch_axis=batch_axis),
        others,
        options,
    )
    with cluster_of(dask, LOADER) as cluster:
        tuning.prepare(None, is_resumed=False, cluster=cluster)
        is_complete = tuning.run()
        best = tuning.best()
        if best is None:
            raise UsageError(f"budget={budget:g}: it was over before the ranges were measured")
        path = tuning.path(best)
    report = tuning.report(best, path, tuning.judged(best), out="", is_complete=is_complete)
    return tuning.result(best, path), report
