# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""An engine by TensorRT for RTX, once the model is read and its weights are being quantized."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from setrange.build_settings.gpus import called, parse_gpus
from setrange.cli.apply.qdq import prepare_qdq
from setrange.exporters.rtx import (
    build_engine_in_memory,
    check_gpus,
    check_release,
    parsed_by_rtx,
    quantized_graph,
    types_of,
)
from setrange.exporters.rtx_files import BuildRecord, EngineFiles
from setrange.files.staging import together
from setrange.live.profiles import check_profiles
from setrange.machine.rtx_bindings import rtx_name
from setrange.report.build_progress import build_progress
from setrange.report.findings import show_findings

if TYPE_CHECKING:
    from setrange.build_settings.config import BuildConfig
    from setrange.cli.apply.builders import Choice
    from setrange.cli.apply.request import EngineOptions, Request
    from setrange.exporters.qdq import QdqOptions
    from setrange.exporters.qdq.early_weights import EarlyWeights
    from setrange.machine.rtx_bindings import RtxLoading
    from setrange.model.loading import Model
    from setrange.report.console import Console

__all__ = ["build_rtx"]


def build_rtx(
    request: Request,
    options: EngineOptions,
    settings: BuildConfig,
    chosen: Choice,
    loading: RtxLoading,
    console: Console,
    *,
    model: Model,
    qdq: QdqOptions,
    early: EarlyWeights,
) -> None:
    """Build an engine of the Q/DQ model and say what it is and how to run it.

    Args:
        request: What was asked for.
        options: What was asked for of an engine.
        settings: How it is built.
        chosen: Why TensorRT for RTX builds it.
        loading: The library, which may still be being loaded.
        console: Where messages go.
        model: The float model.
        qdq: How its Q/DQ model is made.
        early: Its weights, being quantized.

    Raises:
        SetrangeError: Nothing was written.
    """
    gpus = parse_gpus(options.gpu)
    plan, made = prepare_qdq(
        request, qdq, model, console, early=early, correction=options.correction
    )
    show_findings(console, check_gpus(made, gpus))
    check_profiles(plan.network, settings, has_placeholders=False)
    rtx = loading.result()
    name = rtx_name(rtx)
    rest = "the rest is FP16" if settings.fp16 else "the rest keeps the model's types"
    console.say(
        f"{name} builds it ({chosen.why}; --via chooses): a Q/DQ model, strongly typed; {rest}"
    )
    graph = quantized_graph(made)
    check_release(rtx, graph)
    if request.dry_run:
        where = called(gpus, types_of(made))
        console.say(f"would build {request.out} with {name} for {where}")
        return
    record = BuildRecord(plan, graph, gpus, built_by=name)

    def meanwhile() -> None:
        record.make()
        importlib.import_module("setrange.cli.apply.rtx_report")

    files = EngineFiles(request.out, record)
    with (
        together(),
        build_progress(console, f"{name} builds {request.out}") as shown,
        parsed_by_rtx(rtx, made, model) as live,
    ):
        built = build_engine_in_memory(
            live, graph, settings, gpus, shown, meanwhile, files.write_beside
        )
        files.write(built.build)
    from setrange.cli.apply.rtx_report import show_engine

    show_engine(built, record, request.out, name, files.beside, console)
