# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``collect`` from beginning to end: here, or on a cluster."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from setrange.machine.target_release import target_for_names
from setrange.measure.data import DataOptions
from setrange.measure.method import Method
from setrange.measure.result import ranges_of_state
from setrange.measure.run import Collector, MeasureOptions, is_through_relu
from setrange.measure.run_options import RunOptions
from setrange.measure.subject import examine
from setrange.versions import TrtVersion

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from setrange.importer.parser import ParserOptions
    from setrange.measure.images import ImageOptions
    from setrange.ranges import RangeFile

__all__ = ["collect", "opened_collector"]


def collect(
    model_path: str | Path,
    data: str | Path | Iterable[Any],
    *,
    method: str = "minmax",
    percentile: float | None = None,
    trt: str | None = None,
    samples: int | None = None,
    images: ImageOptions | None = None,
    batch: int = 1,
    batch_axis: int | str | None = None,
    provider: str = "CPU",
    threads: int | None = None,
    dask: str | None = None,
) -> RangeFile:
    """Measure the ranges of a model on data.

    Args:
        model_path: The ONNX model.
        data: A ``.npy`` or ``.npz`` file, a directory, a glob, ``module:function``, or an
            iterable of dicts of arrays by input name (of arrays, where there is one input).
        method: ``minmax``, ``percentile``, ``entropy``, ``mse`` or ``moving-average``.
        percentile: For ``percentile``; 99.99 if not given.
        trt: TensorRT release whose tensors are measured; the installed one if not given, else
            the newest with ranges.
        samples: Samples to take; ``None`` = all.
        images: The files are images, read like this.
        batch: Samples fed at once, where the model leaves it free.
        batch_axis: The dimension that holds samples, or ``none``; see ``DataOptions``.
        provider: ONNX Runtime execution provider.
        threads: Threads of one operator; ``None`` = as many as there are cores.
        dask: A Dask cluster that does the work: ``local:N`` (N processes here), or the address
            of a scheduler. Each run has one thread there if ``threads`` is not given. The
            result is the same.

    Returns:
        A range for each float tensor that has an ONNX name.

    Raises:
        InputError: The data do not fit the model.
        BackendUnavailableError: ONNX Runtime is not installed, or the cluster does not
            answer.
    """
    options = MeasureOptions(
        method=Method.of(method, percentile),
        run=RunOptions(batch=batch, provider=provider, threads=threads),
    )
    source = DataOptions.of(data, samples=samples, images=images, batch_axis=batch_axis)
    version = target_for_names(None if trt is None else TrtVersion.parse(trt)).version
    with opened_collector(
        model_path, version, source, options, is_lenient=trt is None, dask=dask
    ) as collector:
        collector.run()
        state = collector.state
    del collector  # and ONNX Runtime's memory
    return ranges_of_state(state)


@contextlib.contextmanager
def opened_collector(
    model: str | Path,
    trt: TrtVersion,
    data: DataOptions,
    options: MeasureOptions,
    parser: ParserOptions | None = None,
    *,
    is_lenient: bool = False,
    dask: str | None = None,
) -> Iterator[Collector]:
    """Open a collector in this process, or on a cluster; see ``Collector.of``.

    Args:
        model: The ONNX model.
        trt: The TensorRT release whose tensors are measured.
        data: Where samples come from.
        options: How to run.
        parser: How TensorRT's parser is set up.
        is_lenient: A model that the release does not take is read as another does.
        dask: The cluster; ``None``: this process.
    """
    if dask is None:
        yield Collector.of(model, trt, data, options, parser, is_lenient=is_lenient)
        return
    from setrange.cluster.address import ClusterAddress
    from setrange.cluster.cluster import open_cluster
    from setrange.cluster.loading import check_dask
    from setrange.measure.on_cluster import LOADER, ClusterCollector

    address = ClusterAddress.parse(dask)
    check_dask()
    through_relu = is_through_relu(options)
    with ThreadPoolExecutor(1) as pool:  # the model is read while processes start
        examined = pool.submit(
            examine, model, trt, parser, through_relu=through_relu, is_lenient=is_lenient
        )
        with open_cluster(address, LOADER) as cluster:
            yield ClusterCollector(
                cluster,
                examined.result(),
                trt,
                data,
                options,
                parser,
                is_lenient=is_lenient,
            )
