# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``verify``: from ranges, a model and data to a report."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from setrange.accuracy.blame import MOST_BYTES, MOST_SAMPLES, Blamer
from setrange.accuracy.changes import planned_by_value, scale_of
from setrange.accuracy.findings import output_findings, tensor_findings
from setrange.accuracy.labels import read_labels
from setrange.accuracy.metrics import METRICS, chosen_metric
from setrange.accuracy.on_cluster import LOADER, Runtime, compared_on
from setrange.accuracy.pairs import nodes_of, weight_results
from setrange.accuracy.quantizer import first_model
from setrange.accuracy.results import Report, TensorResult
from setrange.accuracy.session import Loader
from setrange.accuracy.simulation import Kept, Simulation
from setrange.cluster.cluster import cluster_of
from setrange.errors import InputError, UsageError
from setrange.exporters.qdq import QdqOptions
from setrange.exporters.qdq.graph import QdqGraph
from setrange.measure.batches import batches_of, check_batch
from setrange.measure.counting import count_samples
from setrange.measure.data import DataOptions, samples_of
from setrange.measure.inputs import Inputs
from setrange.measure.on_cluster import on_one_thread
from setrange.measure.run_options import RunOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from setrange.accuracy.metrics import Metric
    from setrange.accuracy.quantizer import Quantizer
    from setrange.accuracy.results import OutputResult
    from setrange.accuracy.sums import Sums
    from setrange.cluster.cluster import Cluster
    from setrange.exporters.qdq import QdqModel
    from setrange.measure.batches import Batch
    from setrange.measure.histogram import Histogram
    from setrange.measure.images import ImageOptions
    from setrange.plan import Plan
    from setrange.ranges.model import RangeFile

__all__ = ["Run", "VerifyOptions", "compare", "verify"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyOptions:
    """Settings of a comparison: what is run, and what counts as good.

    Attributes:
        metric: A key of ``METRICS``; ``None`` = ``sqnr``, or ``equal`` of integers.
        threshold: What is good enough; ``None`` = no verdict.
        labels: File of class numbers, or ``None``.
        blame: Seconds to find out which tensors cost most; ``None`` = not at all.
        run: How both models are run.
    """

    metric: str | None = None
    threshold: float | None = None
    labels: str | None = None
    blame: float | None = None
    run: RunOptions = field(default_factory=RunOptions)

    def __post_init__(self) -> None:
        if self.metric is not None and self.metric not in METRICS:
            raise UsageError(f"{self.metric!r} is no metric; expected {', '.join(METRICS)}")
        if self.blame is not None and not 0 < self.blame < float("inf"):
            raise UsageError(f"--blame {self.blame:g}: expected seconds, more than 0")
        if self.metric in ("accuracy", "accuracy-drop") and self.labels is None:
            raise UsageError(f"--metric {self.metric} needs --labels FILE")


def verify(
    model_path: str | Path,
    ranges: str | Path | RangeFile,
    data: str | Path | Iterable[Any],
    *,
    metric: str | None = None,
    threshold: float | None = None,
    labels: str | Path | None = None,
    blame: float | None = None,
    trt: str | None = None,
    fill: str = "safe",
    allow_missing: bool = False,
    placement: str = "gpu",
    quantize_small: bool = False,
    residual: str = "auto",
    dtype: str = "int8",
    weight_scales: str = "max",
    asymmetric: bool = False,
    scaling: str = "shared",
    correct_bias: str | Path | Iterable[Any] | None = None,
    samples: int | None = None,
    images: ImageOptions | None = None,
    batch: int = 1,
    batch_axis: int | str | None = None,
    provider: str = "CPU",
    threads: int | None = None,
    dask: str | None = None,
) -> Report:
    """Compare a model with what its ranges make of it in INT8.

    Args:
        model_path: The float ONNX model.
        ranges: A ranges file of any known format, or one that was read.
        data: A file, directory, glob or ``module:function``, or an iterable of dicts of
            arrays by input name (of arrays, where there is one input).
        metric: ``sqnr``, ``cosine``, ``max-error``, ``top1``, ``top5``, ``accuracy``,
            ``accuracy-drop`` or ``equal``.
        threshold: What is good enough; see ``Report.passed``.
        labels: A file with the class number of each sample.
        blame: Seconds to find out which tensors cost most, and what helps.
        trt: TensorRT release whose tensors the ranges name; what the file says if not given,
            else the installed one, or the newest with ranges.
        fill: How missing ranges are filled.
        allow_missing: Nodes without a range may stay float.
        placement: Where Q/DQ pairs go.
        quantize_small: Pairs on small convolutions and vector products too.
        residual: When the skip input of a residual Add has a pair; see ``make_qdq``.
        dtype: ``int8``, or ``fp8``.
        weight_scales: How scales of weights are chosen: ``max`` or ``mse``.
        asymmetric: Values of a one-sided range are shifted to its middle before a pair.
        scaling: Values around a Concat share a scale (``shared``), or not (``own``).
        correct_bias: Data, as ``data``, by which biases are corrected: 64 samples at most.
        samples: Samples to take; ``None`` = all.
        images: The files are images, read like this.
        batch: Samples fed at once, where the model leaves it free.
        batch_axis: The dimension that holds samples, or ``none``; see ``DataOptions``.
        provider: ONNX Runtime execution provider.
        threads: Threads of one operator; ``None`` = as many as there are cores.
        dask: A Dask cluster that runs the models: ``local:N`` (N processes here), or the
            address of a scheduler. Each run has one thread there if ``threads`` is not given.

    Returns:
        The report; nothing is raised for a bad one.

    Raises:
        SetrangeError: Ranges, model, data or labels cannot be used, or a node lacks a range.
    """
    options = VerifyOptions(
        metric=metric,
        threshold=threshold,
        labels=None if labels is None else str(labels),
        blame=blame,
        run=RunOptions(batch=batch, provider=provider, threads=threads),
    )
    source = DataOptions.of(data, samples=samples, images=images, batch_axis=batch_axis)
    how = QdqOptions(
        placement=placement,
        quantize_small=quantize_small,
        residual=residual,
        dtype=dtype,
        weight_scales=weight_scales,
        asymmetric=asymmetric,
        scaling=scaling,
    )
    first = first_model(
        model_path, ranges, how, trt=trt, fill=fill, allow_missing=allow_missing
    )
    if correct_bias is not None:
        others = DataOptions.of(correct_bias, images=images, batch_axis=batch_axis)
        others = replace(others, option="correct_bias")
        first = first.corrected(others, options.run)
    run = Run(*first, options)
    compare(run, source, dask)
    if blame is not None:
        run.find_blame()
    return run.report()


def compare(
    run: Run,
    data: DataOptions,
    dask: str | None,
    on_samples: Callable[[int], None] = lambda _count: None,
) -> None:
    """Run both models over data, here or on a cluster.

    Args:
        run: The comparison.
        data: What to run over.
        dask: The cluster; ``None``: this process.
        on_samples: Is told how many samples are done.

    Raises:
        SetrangeError: See ``Run.compare_on``.
    """
    with cluster_of(dask, LOADER) as cluster:
        if cluster is None:
            run.compare(data, on_samples)
        else:
            run.compare_on(cluster, data, on_samples)


#: A scale of INT8 and one of FP8 are rounded on their own.
_ABOUT = 1 - 1e-6

#: Branches with at least so many dB left are not worth a line.
_LOST = 20.0


class Run:
    """One comparison of a model in float and in INT8 over samples.

    Args:
        quantizer: Makes plan and model of other ranges, for ``--blame``.
        ranges: The ranges.
        plan: Their plan.
        made: Their Q/DQ model.
        options: How to run and how to judge.
    """

    def __init__(
        self,
        quantizer: Quantizer,
        ranges: RangeFile,
        plan: Plan,
        made: QdqModel,
        options: VerifyOptions,
    ) -> None:
        self._quantizer = quantizer
        self._ranges = ranges
        self._plan = plan
        self._made = made
        self._options = options
        self._inputs = Inputs.of(quantizer.model)
        self._labels = None if options.labels is None else read_labels(options.labels)
        self._loader = Loader(
            model=quantizer.model, threads=options.run.threads, provider=options.run.provider
        )
        self._kept = Kept(most_samples=MOST_SAMPLES, most_bytes=MOST_BYTES)
        self._histograms: dict[str, Histogram] = {}
        self._report: Report | None = None

    def expected(self, data: DataOptions) -> int | None:
        """Return how many samples there will be; ``None`` if only reading tells."""
        return count_samples(data, self._inputs.along(data.batch_axis))

    def compare(
        self, data: DataOptions, on_samples: Callable[[int], None] = lambda _count: None
    ) -> None:
        """Run both models over the data.

        Args:
            data: What to run over.
            on_samples: Is told how many samples are done.

        Raises:
            SetrangeError: Data or labels cannot be used, or ONNX Runtime is missing or fails.
        """
        batches = self._batches(data)
        simulation = self._simulation()
        kept = None if self._options.blame is None else self._kept
        sums = simulation.empty_sums()
        for batch in batches:
            simulation.add(batch, sums, kept)
            self._judge(sums)
            on_samples(sums.samples)
        session = simulation.session
        runtime = Runtime(provider=session.provider, version=session.version)
        self._conclude(data, sums, runtime)

    def compare_on(
        self,
        cluster: Cluster,
        data: DataOptions,
        on_samples: Callable[[int], None] = lambda _count: None,
    ) -> None:
        """Run both models over the data on a cluster; the result is the same.

        Args:
            cluster: Who does the work.
            data: What to run over.
            on_samples: Is told how many samples are done.

        Raises:
            SetrangeError: Data or labels cannot be used, or ONNX Runtime or the cluster fails.
        """
        batches = self._batches(data)
        options, quantizer = self._options, self._quantizer
        runtime, parts = compared_on(
            cluster,
            quantizer.model,
            quantizer.recipe(self._ranges, self._made),
            data,
            on_one_thread(options.run),
            on_samples,
            with_classes=self._labels is not None,
            with_histograms=options.blame is not None,
        )
        sums = next(parts, None)
        if sums is None:
            raise _no_sample()
        self._judge(sums)
        for part in parts:
            sums.merge(part)
            self._judge(sums)
        on_samples(sums.samples)
        self._conclude(data, sums, runtime)
        if options.blame is not None:  # it is found here, on the first samples
            self._simulation().keep_first(batches, self._kept)

    def _batches(self, data: DataOptions) -> Iterator[Batch]:
        inputs = self._inputs.along(data.batch_axis)
        size = self._options.run.batch
        check_batch(inputs, size)
        return batches_of(samples_of(data, inputs), size, inputs, shard=(1, 1), skip=0)

    def _simulation(self) -> Simulation:
        return Simulation(
            self._made.float_model,
            self._made,
            self._loader,
            with_classes=self._labels is not None,
            with_histograms=self._options.blame is not None,
        )

    def _judge(self, sums: Sums) -> None:
        if self._labels is not None:
            sums.judge(self._labels)

    def _conclude(self, data: DataOptions, sums: Sums, runtime: Runtime) -> None:
        options, made = self._options, self._made
        if not sums.samples:
            raise _no_sample()
        self._histograms = sums.histograms
        if self._labels is not None and data.samples is None:
            self._labels.check_all_used()
        outputs = tuple(output.result() for output in sums.outputs)
        if not any(output.values for output in outputs):
            raise InputError(
                f"{self._quantizer.model.path}: on these data no output holds a value that can "
                f"be compared (empty, or not finite in float); look at the model and the data"
            )
        metric = chosen_metric(options.metric, outputs)
        value = metric.worst(outputs)
        graph = QdqGraph(made.float_model, self._plan, made.origins)
        tensors = _tensor_results(sums, self._plan, made, graph)
        self._report = Report(
            model=str(self._quantizer.model.path),
            ranges=self._ranges.path,
            trt=self._plan.network.trt,
            placement=self._quantizer.options.placement,
            dtype=" and ".join(
                sorted({kind.name for kind in made.types.values()}, reverse=True)
            ),
            samples=sums.samples,
            provider=runtime.provider,
            onnxruntime=runtime.version,
            metric=metric.name,
            value=value,
            threshold=options.threshold,
            passed=_passed(metric, value, outputs, options.threshold),
            outputs=outputs,
            tensors=tuple(tensors),
            left_float=len(made.left_float()) + len(made.missing()),
            findings=(*output_findings(outputs), *tensor_findings(tensors)),
        )

    def find_blame(
        self, tell: Callable[[str, float], None] = lambda _doing, _seconds: None
    ) -> None:
        """Find out which tensors cost most, and what helps; after ``compare``.

        Args:
            tell: Is told what is being done, and after how many seconds.
        """
        report = self.report()
        is_float = any(output.sqnr is not None for output in report.outputs)
        metric = "sqnr" if is_float else "equal"
        quantizer, made = self._quantizer, self._made
        is_corrected = quantizer.biases or self._plan.bias_corrections
        is_shifted = quantizer.options.asymmetric or self._plan.asymmetric
        if is_shifted or is_corrected:
            quantizer = quantizer.for_single_pairs()
            made = quantizer.quantized(self._plan)
        blame = Blamer(
            made,
            self._plan,
            self._ranges,
            remake=quantizer,
            tensors=report.tensors,
            histograms=self._histograms,
            kept=self._kept,
            names=[output.name for output in report.outputs],
            loader=self._loader,
            metric=metric,
            budget=self._options.blame or 0.0,
            tell=tell,
            target=report.threshold if report.metric == metric else None,
        ).run()
        self._report = replace(report, blame=blame)

    def report(self) -> Report:
        """Return what was found."""
        if self._report is None:
            raise RuntimeError("compare() comes first")
        return self._report


def _no_sample() -> InputError:
    return InputError("the data hold no sample; expected at least one")


def _passed(
    metric: Metric,
    value: float | None,
    outputs: Iterable[OutputResult],
    threshold: float | None,
) -> bool | None:
    if threshold is None:
        return None
    is_whole = not any(output.lost for output in outputs)
    return value is not None and is_whole and metric.passes(value, threshold)


def _tensor_results(
    sums: Sums, plan: Plan, made: QdqModel, graph: QdqGraph
) -> list[TensorResult]:
    """The quantized tensors, the lowest SQNR first."""
    nodes, planned = nodes_of(made), planned_by_value(plan)
    results = weight_results(made, graph)
    for name, tally in sums.tallies.items():
        source = planned.get(name)
        own = None if source is None else scale_of(source)
        results.append(
            TensorResult(
                name=name,
                kind="activation",
                nodes=nodes.get(name, ()),
                amax=tally.bound,
                min=tally.low if tally.count else 0.0,
                max=tally.high if tally.count else 0.0,
                clipped=tally.clipped / tally.count if tally.count else 0.0,
                width=tally.width,
                sqnr=tally.sqnr,
                entry=None if source is None else source.entry,
                is_shared=own is not None
                and name not in made.offsets
                and 127 * own < tally.bound * _ABOUT,
                not_finite=tally.not_finite,
            )
        )
    consumers = {branch.value: branch.node for branch in made.branches}
    for name, tally in sums.branches.items():
        if not tally.count or tally.sqnr >= _LOST:
            continue
        results.append(
            TensorResult(
                name=name,
                kind="branch",
                nodes=(consumers[name],),
                amax=127 * tally.scale,
                min=tally.low,
                max=tally.high,
                clipped=tally.clipped / tally.count,
                width=127 * tally.scale / tally.amax if tally.amax else None,
                sqnr=tally.sqnr,
                is_shared=True,
                not_finite=tally.not_finite,
            )
        )
    return sorted(results, key=lambda result: result.sqnr)
