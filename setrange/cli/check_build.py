# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``setrange check ... --build``: what NVIDIA's builder makes of ranges, or of a Q/DQ model."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from setrange.build_settings.gpus import called
from setrange.cli.apply.qdq import quantize
from setrange.cli.build_log import show_build_log
from setrange.cli.report_option import page_of_command
from setrange.engine_layers.quantized_nodes import QuantizedGraph, pair_types
from setrange.errors import UsageError
from setrange.exporters.qdq import QdqOptions
from setrange.exporters.qdq.early_weights import EarlyWeights
from setrange.exporters.rtx import (
    build_engine_in_memory,
    check_release,
    check_types,
    parsed_by_rtx,
    quantized_graph,
    types_of,
)
from setrange.formats.reading import read_ranges
from setrange.live.profiles import check_profiles
from setrange.machine.rtx_bindings import load_rtx
from setrange.model.loading import load_model
from setrange.report.build_progress import build_progress
from setrange.report.console import print_product
from setrange.report.engine_text import verdict_lines
from setrange.report.findings import show_findings
from setrange.rtx.session import RtxModel
from setrange.rtx.settings import STORED, check_rtx_settings

if TYPE_CHECKING:
    from collections.abc import Collection

    from setrange.cli.build_job import BuildJob
    from setrange.exporters.rtx import RtxEngine
    from setrange.model.loading import Model
    from setrange.report.console import Console
    from setrange.versions import TrtVersion

__all__ = ["build_model", "check_build"]

_MIB = 1 << 20


def check_build(
    ranges: str,
    model: str,
    job: BuildJob,
    console: Console,
    *,
    as_json: bool,
    trt: TrtVersion | None,
    fill: str,
    target: str,
    allow_missing: bool,
) -> None:
    """Quantize a model as ``apply`` does and build it in memory, once for each GPU.

    Raises:
        SetrangeError: It cannot be built; or ``--strict``, and a layer is float.
    """
    if target == "dla":
        raise UsageError("--build is for GPUs, not for DLA; leave --build or --target dla out")
    rtx = load_rtx()
    check_rtx_settings(job.settings)
    loaded = load_model(model)
    options = QdqOptions(
        placement=job.placement,
        weights=STORED,
        quantize_small=job.quantize_small,
        fp16=job.settings.fp16,
        dtype=job.dtype,
    )
    with EarlyWeights(loaded, options) as early:
        plan, made = quantize(
            read_ranges(ranges),
            loaded,
            console,
            options,
            trt=trt,
            fill=fill,
            allow_missing=allow_missing,
            early=early,
        )
        _check_gpus(types_of(made), job, console)
        check_profiles(plan.network, job.settings, has_placeholders=False)
        graph = quantized_graph(made)
        check_release(rtx, graph)
        with parsed_by_rtx(rtx, made, loaded) as live:
            builds = _build(live, graph, job, console)
    page = page_of_command()
    page.purpose("rtx")
    for build in builds[:1]:
        if build.engine is not None:
            page.built(build.engine)
    if as_json:
        built = [build.to_dict() for build in builds]
        print_product(json.dumps({**plan.to_dict(), "builds": built}))
    job.raise_if_lost(builds)


def build_model(model: Model, job: BuildJob, console: Console) -> list[RtxEngine]:
    """Build anybody's Q/DQ model in memory, once for each GPU.

    Raises:
        SetrangeError: It cannot be built.
    """
    rtx = load_rtx()
    check_rtx_settings(job.settings)
    graph = model.proto.graph
    types = pair_types(graph, graph.initializer)
    _check_gpus(types, job, console)
    asked = QuantizedGraph.of(graph, types=types)
    check_release(rtx, asked)
    return _build(RtxModel(rtx, model.path), asked, job, console)


def _check_gpus(types: Collection[str], job: BuildJob, console: Console) -> None:
    for gpus in job.groups:
        show_findings(console, check_types(types, gpus))


def _build(
    live: RtxModel, graph: QuantizedGraph, job: BuildJob, console: Console
) -> list[RtxEngine]:
    builds = []
    for gpus in job.groups:
        with build_progress(
            console, f"{live.name} builds for {called(gpus, graph.types)}"
        ) as shown:
            builds.append(build_engine_in_memory(live, graph, job.settings, gpus, shown))
        _show(builds[-1], live.name, console)
    return builds


def _show(built: RtxEngine, name: str, console: Console) -> None:
    show_build_log((f"[W] {line}" for line in built.build.warnings), console)
    show_findings(console, built.findings())
    where = called(built.gpus, built.graph.types)
    if built.verdict is None:
        console.say(f"{where}: built; the layers are not known (profiling_verbosity)")
        return
    size, seconds = built.build.size / _MIB, built.build.seconds
    console.say(
        f"{where}: {built.verdict.sentence()} ({name}, {size:.1f} MiB, {seconds:.1f} s)"
    )
    for line in verdict_lines(built.verdict, **({"most": None} if console.is_verbose else {})):
        console.say(line)
