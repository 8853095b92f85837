# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``setrange apply ... -o OUT.engine --via trtexec``."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from setrange.cli.apply.explicit_model import explicit_model, refuse_qdq_options
from setrange.cli.apply.plan import plan_for_network, show_or_stop
from setrange.cli.build_log import show_build_log
from setrange.cli.given_options import refuse_given
from setrange.cli.inspect_engine import show_layers
from setrange.cli.options import parser_options
from setrange.cli.output_kinds import CACHE, QDQ_MODEL, claim_output
from setrange.errors import UsageError
from setrange.exporters.cache import make_cache
from setrange.exporters.tensorrt import write_plan_beside
from setrange.exporters.trtexec.command import TrtexecJob, layer_precisions, trtexec_arguments
from setrange.exporters.trtexec.io_arguments import io_arguments
from setrange.exporters.trtexec.run import run_trtexec
from setrange.files.atomic import write_bytes
from setrange.files.staging import together
from setrange.importer.model_at import ModelAt
from setrange.live.io_formats import check_io
from setrange.live.profiles import check_profiles
from setrange.machine.find_trtexec import find_trtexec
from setrange.model.loading import load_model
from setrange.plan.guards import refuse_qdq
from setrange.report.findings import show_findings
from setrange.report.progress import progress
from setrange.text.shell import command_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from setrange.build_settings.config import BuildConfig
    from setrange.cli.apply.request import EngineOptions, Request
    from setrange.machine.find_trtexec import Trtexec
    from setrange.model.loading import Model
    from setrange.plan import Plan
    from setrange.report.console import Console

    #: The plan, what trtexec is to build, and what writes the file it builds from.
    _Prepared = tuple[Plan, TrtexecJob, Callable[[], object]]

__all__ = ["apply_trtexec"]

#: Marks of log lines that are shown without ``-v``.
_LOUD = ("[E]", "&&&& FAILED", "Error[")


def apply_trtexec(
    request: Request, options: EngineOptions, settings: BuildConfig, console: Console
) -> None:
    """Write what trtexec needs, run it, and say what the engine is.

    Raises:
        SetrangeError: No engine was written.
    """
    trtexec = find_trtexec(options.trtexec)
    if request.trt is not None and request.trt.release != trtexec.version.release:
        raise UsageError(
            f"--trt is {request.trt}, but {trtexec.path} is TensorRT {trtexec.version}; leave "
            f"--trt out"
        )
    console.detail(f"{trtexec.path}: TensorRT {trtexec.version}")
    _check_options(trtexec)
    model = load_model(request.model)
    prepare = _implicit if trtexec.version.has_caches else _explicit
    plan, job, write = prepare(request, options, trtexec, model, settings, console)
    check_profiles(plan.network, settings, has_placeholders=trtexec.version.has_caches)
    notes = check_io(plan, settings)
    command = [str(trtexec.path), *trtexec_arguments(trtexec.version, job, settings)]
    if request.dry_run:
        console.say(f"would write {job.cache or job.model}, then run:")
        console.say(command_line(command))
        return
    write()
    console.detail(command_line(command))

    def show(line: str) -> None:
        if console.is_verbose or any(mark in line for mark in _LOUD):
            console.always(line)

    with together():
        with progress(console, f"trtexec {trtexec.version} builds {request.out}"):
            log = run_trtexec(trtexec, job, settings, each_line=show)
        write_plan_beside(request.out, plan)
    show_build_log(log, console)
    show_findings(console, notes)
    console.say(f"wrote {request.out}: TensorRT {trtexec.version}")
    if job.layers.is_file():
        show_layers(job.layers, console)


def _check_options(trtexec: Trtexec) -> None:
    """Refuse what means nothing to this trtexec.

    Raises:
        UsageError: There is something.
    """
    version = trtexec.version
    refuse_given(
        {"native_instancenorm"},
        f"for what you build yourself; trtexec {version} sets its parser up on its own",
    )
    if version.has_caches:
        refuse_qdq_options(version)
    else:
        refuse_given({"force"}, f"for calibration caches, and trtexec {version} reads none")


def _implicit(
    request: Request,
    options: EngineOptions,
    trtexec: Trtexec,
    model: Model,
    settings: BuildConfig,
    console: Console,
) -> _Prepared:
    """Up to 10.16: a calibration cache beside the engine."""
    # trtexec sets this parser flag on 8.x, and 10.x has it on by default.
    parser = dataclasses.replace(
        parser_options(), native_instance_norm=trtexec.version.major == 8
    )
    with progress(console, f"reading {model.path}"):
        models = ModelAt(model, parser)
        network = models.network(trtexec.version)
        refuse_qdq(network)
        plan = plan_for_network(request, network, models)
    show_or_stop(request, plan, console)
    result = make_cache(plan, trt=trtexec.version, force=options.force)
    show_findings(console, result.findings)
    cache = Path(f"{request.out}.cache")
    claim_output(cache, CACHE, "the cache beside it")
    job = _job(request, trtexec, plan, settings, model=model.path, cache=cache)
    return plan, job, lambda: write_bytes(cache, result.data, is_beside=True)


def _explicit(
    request: Request,
    options: EngineOptions,
    trtexec: Trtexec,
    model: Model,
    settings: BuildConfig,
    console: Console,
) -> _Prepared:
    """TensorRT 11: a Q/DQ model beside the engine."""
    path = Path(f"{request.out}.qdq.onnx")
    claim_output(path, QDQ_MODEL, "the Q/DQ model beside it")
    plan, made = explicit_model(
        model, trtexec.version, request, options, console, fp16=settings.fp16
    )
    job = _job(request, trtexec, plan, settings, model=path, cache=None)
    return plan, job, lambda: made.write(path)


def _job(
    request: Request,
    trtexec: Trtexec,
    plan: Plan,
    settings: BuildConfig,
    *,
    model: Path,
    cache: Path | None,
) -> TrtexecJob:
    version, network = trtexec.version, plan.network
    precisions = {} if cache is None else layer_precisions(version, network, plan.precision)
    return TrtexecJob(
        model=model,
        engine=Path(request.out),
        layers=Path(f"{request.out}.layers.json"),
        cache=cache,
        precisions=precisions,
        io=tuple(io_arguments(version, network, settings)),
    )
