# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The engine, built by TensorRT's Python bindings."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from setrange.build_settings.config import BuildConfig
from setrange.build_settings.gpus import parse_gpus
from setrange.errors import BackendUnavailableError, EngineBuildError, UsageError
from setrange.exporters.engine_result import EngineResult
from setrange.exporters.qdq import QdqDraft, QdqOptions, finish_qdq
from setrange.exporters.rtx import write_rtx_engine
from setrange.files.atomic import check_output, write_bytes
from setrange.files.folders import scratch_folder
from setrange.files.staging import together
from setrange.findings import Finding
from setrange.live.io_formats import check_io
from setrange.live.session import LiveModel
from setrange.machine.bindings import has_ranges, load_tensorrt
from setrange.machine.rtx_bindings import is_rtx_installed
from setrange.model.loading import Model, load_model
from setrange.plan import raise_if_blocked
from setrange.plan.guards import refuse_qdq
from setrange.plan.needs import plan_for_output

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from setrange.exporters.qdq import QdqModel
    from setrange.live.build import BuildProgress
    from setrange.plan import Plan

__all__ = [
    "build_engine",
    "parsed_qdq",
    "write_engine",
    "write_plan_beside",
]


def build_engine(
    plan: Plan,
    model: str | Path | Model,
    path: str | Path,
    *,
    config: BuildConfig | None = None,
    allow_missing: bool = False,
    via: str | None = None,
    gpus: Sequence[str] = (),
) -> EngineResult:
    """Build an engine with the TensorRT that is installed here, or with TensorRT for RTX.

    Up to 10.16 the ranges are set on the network TensorRT makes. 11 and TensorRT for RTX have
    none: they get a Q/DQ model, FP16 where it has no pairs unless ``config.fp16`` is off.

    Args:
        plan: Ranges of this model: up to 10.16 for the installed release, for 11 of any.
        model: The float ONNX model, or its path.
        path: The engine; ``PATH.layers.json`` and ``PATH.plan.json`` are written beside it.
        config: Build settings.
        allow_missing: Tensors (for 11 and RTX: nodes) may lack a range.
        via: ``tensorrt``, or ``rtx``, which needs no GPU; ``None`` takes TensorRT where it is,
            else RTX.
        gpus: For ``rtx``: the GPUs, as ``--gpu`` takes them; none is RTX 30 and later.

    Raises:
        BlockingFindingsError: A range is missing and ``allow_missing`` is not set.
        BackendUnavailableError: TensorRT is not installed, or has no GPU.
        UsageError: ``via`` or ``gpus`` is none of these.
        UnsupportedError: The model has Q/DQ nodes already, or this TensorRT lacks a setting.
        InputError: The plan has errors, or is for another network than TensorRT made.
        EngineBuildError: The build failed.
    """
    settings = config or BuildConfig()
    trt = _tensorrt_or_rtx(via, gpus)
    if trt is None:
        return write_rtx_engine(
            plan, model, path, settings, gpus=parse_gpus(gpus), allow_missing=allow_missing
        )
    check_output(path)
    loaded = model if isinstance(model, Model) else load_model(model)
    if has_ranges(trt):
        live = LiveModel(trt, loaded, plugins=settings.plugins)
        refuse_qdq(live.network)
        raise_if_blocked(plan, allow_missing=allow_missing, out=path)
        return write_engine(live, plan, path, settings)
    refuse_qdq(plan.network)
    raise_if_blocked(plan, allow_missing=True, out=path)
    draft = QdqDraft.of(plan, loaded, QdqOptions(fp16=settings.fp16))
    plan = plan_for_output(plan, draft.needs())  # as it is kept beside the engine
    made = finish_qdq(draft)
    made.raise_if_missing(allow_missing=allow_missing, out=path)
    with parsed_qdq(trt, made, loaded, settings) as live:
        result = write_engine(live, plan, path, settings, is_explicit=True)
    return replace(result, findings=(*made.findings, *result.findings))


def _tensorrt_or_rtx(via: str | None, gpus: Sequence[str]) -> Any | None:
    """Return TensorRT's bindings; ``None`` where TensorRT for RTX is to build."""
    if via not in (None, "tensorrt", "rtx"):
        raise UsageError(f"via {via!r} is not known; expected tensorrt or rtx")
    if via == "tensorrt" and gpus:
        raise UsageError("gpus are for engines that TensorRT for RTX builds (via='rtx')")
    if via == "rtx" or gpus:
        return None
    try:
        return load_tensorrt()
    except BackendUnavailableError:
        if via == "tensorrt" or not is_rtx_installed():
            raise
        return None


@contextlib.contextmanager
def parsed_qdq(
    trt: Any, made: QdqModel, model: Model, settings: BuildConfig
) -> Iterator[LiveModel]:
    """Let TensorRT parse a Q/DQ model; its file is there as long as the block lasts.

    Args:
        trt: The bindings.
        made: The Q/DQ model.
        model: The model it was made of, for its file name.
        settings: Build settings, for plugins.

    Raises:
        SetrangeError: It cannot be written or parsed.
    """
    with scratch_folder() as folder:
        path = folder / model.path.name
        made.write(path)
        yield LiveModel(trt, load_model(path), plugins=settings.plugins)


def write_engine(
    live: LiveModel,
    plan: Plan,
    path: str | Path,
    settings: BuildConfig,
    *,
    progress: BuildProgress | None = None,
    is_explicit: bool = False,
) -> EngineResult:
    """Build the engine of a parsed model; write it, its layers and the plan.

    Args:
        live: The parsed model.
        plan: The ranges.
        path: The file to write.
        settings: Build settings.
        progress: Shows the builder's phases.
        is_explicit: The model holds the ranges itself, as Q/DQ nodes.

    Raises:
        SetrangeError: The settings do not fit, or the build failed; nothing was written.
        KeyboardInterrupt: ^C; nothing was written.
    """
    findings = check_io(plan, settings)
    engine = live.build(settings, None if is_explicit else plan, progress)
    out = Path(path)
    layers: Path | None = out.with_name(f"{out.name}.layers.json")
    try:
        information = live.layer_information(engine, settings).encode()
    except (EngineBuildError, RuntimeError) as error:
        information, layers = b"", None
        findings.append(
            Finding(code="SR405", message=f"the engine's layers could not be read: {error}")
        )
    with together():
        if layers is not None:
            write_bytes(layers, information, is_beside=True)
        beside = write_plan_beside(out, plan)
        write_bytes(out, engine)
    return EngineResult(
        path=out,
        layers=layers,
        plan=beside,
        ranges=0 if is_explicit else sum(1 for t in plan.tensors if t.range is not None),
        findings=tuple(findings),
    )


def write_plan_beside(engine: str | Path, plan: Plan) -> Path:
    """Write ``ENGINE.plan.json``: what the engine was built with, for ``setrange inspect``."""
    beside = f"{engine}.plan.json"
    told = {**plan.to_dict(), "precision": dict(plan.precision)}
    write_bytes(beside, (json.dumps(told, indent=1) + "\n").encode(), is_beside=True)
    return Path(beside)
