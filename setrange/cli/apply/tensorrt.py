# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``setrange apply ... -o OUT.engine``, built by TensorRT's Python package."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from setrange.cli.apply.explicit_model import explicit_model, refuse_qdq_options
from setrange.cli.apply.plan import plan_for_network, show_or_stop
from setrange.cli.build_log import show_build_log
from setrange.cli.inspect_engine import show_layers
from setrange.cli.options import parser_options
from setrange.errors import UsageError
from setrange.exporters.tensorrt import parsed_qdq, write_engine
from setrange.importer.model_at import ModelAt
from setrange.live.io_formats import check_io
from setrange.live.profiles import check_profiles
from setrange.live.session import LiveModel
from setrange.machine.bindings import binding_version, has_ranges
from setrange.model.loading import load_model
from setrange.plan.guards import refuse_qdq
from setrange.report.build_progress import build_progress
from setrange.report.findings import show_findings
from setrange.report.progress import progress

if TYPE_CHECKING:
    from setrange.build_settings.config import BuildConfig
    from setrange.cli.apply.request import EngineOptions, Request
    from setrange.exporters.engine_result import EngineResult
    from setrange.model.loading import Model
    from setrange.plan import Plan
    from setrange.report.console import Console

__all__ = ["apply_tensorrt"]


def apply_tensorrt(
    trt: Any, request: Request, options: EngineOptions, settings: BuildConfig, console: Console
) -> None:
    """Build an engine with TensorRT and say what it is.

    Args:
        trt: The bindings.
        request: What was asked for.
        options: What was asked of the engine.
        settings: How it is built.
        console: Where to.

    Raises:
        SetrangeError: Nothing was written.
    """
    model = load_model(request.model)
    _check_version(trt, request)
    if has_ranges(trt):
        refuse_qdq_options(binding_version(trt))
        _apply_implicit(trt, request, model, settings, console)
    else:
        _apply_explicit(trt, request, options, model, settings, console)


def _check_version(trt: Any, request: Request) -> None:
    version = binding_version(trt)
    if request.trt is not None and request.trt.release != version.release:
        raise UsageError(
            f"--trt is {request.trt}, but the TensorRT installed here is {version}, and an "
            f"engine is built by the one installed; leave --trt out"
        )


def _apply_implicit(
    trt: Any,
    request: Request,
    model: Model,
    settings: BuildConfig,
    console: Console,
) -> None:
    """Up to 10.16: ranges on the tensors of the network TensorRT made."""
    with progress(console, f"reading {request.model} with TensorRT"):
        options = parser_options()
        live = LiveModel(trt, model, plugins=settings.plugins, options=options)
        refuse_qdq(live.network)
        plan = plan_for_network(request, live.network, ModelAt(model, options))
    show_or_stop(request, plan, console)
    _build(live, plan, request, settings, console)


def _apply_explicit(
    trt: Any,
    request: Request,
    options: EngineOptions,
    model: Model,
    settings: BuildConfig,
    console: Console,
) -> None:
    """TensorRT 11: a Q/DQ model, parsed into a strongly typed network."""
    plan, made = explicit_model(
        model, binding_version(trt), request, options, console, fp16=settings.fp16
    )
    with contextlib.ExitStack() as stack:
        with progress(console, f"reading {request.model} with TensorRT"):
            live = stack.enter_context(parsed_qdq(trt, made, model, settings))
        _build(live, plan, request, settings, console, is_explicit=True)


def _build(
    live: LiveModel,
    plan: Plan,
    request: Request,
    settings: BuildConfig,
    console: Console,
    *,
    is_explicit: bool = False,
) -> None:
    if request.dry_run:  # a build begins with the same checks
        check_profiles(live.network, settings)
        check_io(plan, settings)
        console.say(f"would build {request.out} with TensorRT {live.version}")
        return
    with build_progress(console, f"TensorRT {live.version} builds {request.out}") as shown:
        result = write_engine(
            live, plan, request.out, settings, progress=shown, is_explicit=is_explicit
        )
    _show(result, live, console)


def _show(result: EngineResult, live: LiveModel, console: Console) -> None:
    show_findings(console, result.findings)
    show_build_log((f"[W] {line}" for line in live.tail.lines()), console)
    files = [path.name for path in (result.layers, result.plan) if path is not None]
    beside = " and ".join(files)
    ranges = f", {result.ranges} tensors with a range" if result.ranges else ""
    console.say(f"wrote {result.path}: TensorRT {live.version}{ranges}; beside it {beside}")
    if result.layers is not None:
        show_layers(result.layers, console)
