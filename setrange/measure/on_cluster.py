# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``collect`` with the processes of a cluster."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from setrange.cluster.cluster import Work
from setrange.cluster.shipped_files import ShippedFiles
from setrange.errors import InputError, SetrangeError
from setrange.measure.parts import Part, add_part, merged_parts
from setrange.measure.pieces import batches_at, pieces_of, without_items
from setrange.measure.run import Collector, checked_inputs
from setrange.measure.session import check_runtime
from setrange.measure.state import State, add_digests
from setrange.measure.statistics import extremes_of
from setrange.measure.subject import Subject
from setrange.model.loading import load_model
from setrange.model.messages import messages, native_part
from setrange.model.writing import external_files

if TYPE_CHECKING:
    from collections.abc import Callable

    from setrange.cluster.cluster import Cluster
    from setrange.importer.parser import ParserOptions
    from setrange.measure.data import DataOptions
    from setrange.measure.run import MeasureOptions
    from setrange.measure.run_options import RunOptions
    from setrange.measure.state_head import Header
    from setrange.versions import TrtVersion

__all__ = ["LOADER", "ClusterCollector", "load_for_workers", "model_for", "on_one_thread"]

#: For ``open_cluster``.
LOADER = f"{__name__}:load_for_workers"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opener:
    """Makes a collector on a worker; see ``Collector.of``.

    Attributes:
        facts: What is known of the model already (``Subject.facts``); ``None``: it is read
            again.
    """

    trt: TrtVersion
    data: DataOptions
    options: MeasureOptions
    parser: ParserOptions | None
    is_lenient: bool
    facts: dict[str, Any] | None

    def open(self, model: str) -> Collector:
        if self.facts is not None:
            return Collector(Subject.of_facts(model, self.facts), self.data, self.options)
        return Collector.of(
            model,
            self.trt,
            self.data,
            self.options,
            self.parser,
            is_lenient=self.is_lenient,
        )


def _header_of(collector: Collector, _nothing: Any) -> Header:
    return collector.state.header


def _measured(collector: Collector, what: Any) -> Part:
    """Measure a piece on a worker."""
    header = collector.state.header
    is_mean = header.method.kind == "mean extremes"
    statistics = header.empty_statistics()
    runs = []
    batches = samples = digest = 0
    for batch in batches_at(what, collector.data, collector.inputs):
        feeds, digests = batch.load()
        outputs = collector.measuring.run(feeds, batch.label)
        if is_mean:
            runs.append(extremes_of(outputs))
        else:
            statistics.update(outputs)
        batches += 1
        samples += len(digests)
        digest = add_digests([digest, *digests])
    return Part(
        header=header,
        statistics=tuple(runs) if is_mean else statistics,
        batches=batches,
        samples=samples,
        digest=digest,
    )


_WORK = Work(do=_measured, merge=merged_parts)


class ClusterCollector(Collector):
    """One measurement of a model over samples, on a cluster; see ``Collector``.

    Args:
        cluster: Who does the work.
        subject: What is known of the model.
        trt: The TensorRT release whose tensors are measured.
        data: Where samples come from.
        options: How to run; without a number of threads each run has one.
        parser: How TensorRT's parser is set up.
        is_lenient: A model that the release does not take is read as another does.

    Raises:
        SetrangeError: See ``Collector.of``; or a worker cannot do it.
    """

    def __init__(
        self,
        cluster: Cluster,
        subject: Subject,
        trt: TrtVersion,
        data: DataOptions,
        options: MeasureOptions,
        parser: ParserOptions | None = None,
        *,
        is_lenient: bool = False,
    ) -> None:
        options = replace(options, run=on_one_thread(options.run))
        self.data = data
        self.options = options
        self.fallback = subject.fallback
        self.inputs = checked_inputs(subject, data, options)
        self._cluster = cluster
        opener = _Opener(
            trt=trt,
            data=without_items(data),
            options=options,
            parser=parser,
            is_lenient=is_lenient,
            # What ONNX Runtime needs of a changed model is made of the file there.
            facts=subject.facts() if subject.proto is None else None,
        )
        model = model_for(cluster, subject.path, has_data=subject.proto is not None)
        self._job = cluster.job(opener, model, is_large=True)
        header = cluster.ask(self._job, _header_of)
        if header.sha256 != subject.digest.hexdigest():
            raise InputError(
                f"{subject.path}: the workers have another file under this path; let them see "
                f"the same"
            )
        self.state = State.empty(header, options.shard)
        self._is_torn = False

    def run(
        self,
        *,
        save_to: str | Path | None = None,
        on_samples: Callable[[int], None] = lambda _count: None,
    ) -> None:
        """Measure; what was measured is in ``state``, also if this is interrupted.

        Args:
            save_to: Where to save the state from time to time, and when interrupted.
            on_samples: Is told how many samples are done.

        Raises:
            InputError: A sample does not fit, or there is none.
            BackendError: The cluster failed.
        """
        options = self.options
        before = self.state.samples
        pieces = pieces_of(
            self.data,
            self.inputs,
            self._cluster,
            batch=options.run.batch,
            shard=options.shard,
            skip=self.state.batches,
        )
        with self._saving(save_to) as save:
            parts = self._cluster.in_order(
                self._job, pieces, _WORK, lambda done: on_samples(before + done)
            )
            for part in parts:
                self._is_torn = True
                add_part(self.state, part)
                self._is_torn = False
                save()
            on_samples(self.state.samples)
        self._finish()


def model_for(
    cluster: Cluster, model: str | Path, *, has_data: bool = True
) -> str | ShippedFiles:
    """Return the path at which workers see a model; else the files it is in.

    Args:
        cluster: Who does the work.
        model: Its file.
        has_data: False: all of its weights are known to be in that file.

    Raises:
        InputError: They are too large to be sent.
    """
    path = Path(os.path.abspath(model))
    others = {}
    if has_data:
        read = load_model(path)
        others = external_files(read.proto, read.graph.initializer, read.base)
    if cluster.sees([str(path), *(str(file.absolute()) for file in others.values())]):
        return str(path)
    return ShippedFiles.of(path, others)


def load_for_workers() -> None:
    """Load what a worker runs models with; it tells itself of what is missing or broken."""
    with contextlib.suppress(SetrangeError):
        check_runtime("CPU")
    messages()
    native_part()


def on_one_thread(run: RunOptions) -> RunOptions:
    """Return the same options, with one thread where no number was given.

    A worker of Dask does as many tasks at a time as it has threads.
    """
    return run if run.threads is not None else replace(run, threads=1)
