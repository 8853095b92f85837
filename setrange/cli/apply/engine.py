# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``setrange apply ... -o OUT.engine``, built by what is installed or asked for."""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING

from setrange.cli.apply.builders import Via, choose_builder
from setrange.cli.build_options import read_settings
from setrange.cli.file_arguments import not_to_stdout
from setrange.cli.output_kinds import (
    ENGINE,
    ENGINE_LAYERS,
    ENGINE_PLAN,
    TIMING_CACHE,
    claim_output,
)
from setrange.live.logger import LOG
from setrange.machine.rtx_bindings import RtxLoading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from setrange.build_settings.config import BuildConfig
    from setrange.cli.apply.request import EngineOptions, Request
    from setrange.report.console import Console

__all__ = ["apply_engine", "build_settings"]


def apply_engine(request: Request, options: EngineOptions, console: Console) -> None:
    """Build an engine and say what it is.

    Raises:
        SetrangeError: Nothing was written.
    """
    settings = build_settings(request, options)
    _claim(request.out, settings)
    if settings.dla_core is not None and request.target != "dla":
        console.say(
            f"the settings build for DLA core {settings.dla_core}, which needs every range and "
            f"some of them equal: --target dla sees to it"
        )
    with _log_on(console):
        chosen = choose_builder(request, options, settings)
        if chosen.via is Via.RTX:
            loading = RtxLoading()  # while the rest of setrange is loaded
            from setrange.cli.apply.rtx import apply_rtx

            apply_rtx(request, options, settings, chosen, loading, console)
            return
        if chosen.via is Via.TRTEXEC:
            from setrange.cli.apply.trtexec import apply_trtexec

            if chosen.why:
                console.say(f"{chosen.why}\nso trtexec builds the engine")
            apply_trtexec(request, options, settings, console)
            return
        from setrange.cli.apply.tensorrt import apply_tensorrt

        apply_tensorrt(chosen.module, request, options, settings, console)


def _claim(out: str, settings: BuildConfig) -> None:
    """Refuse an engine, or a file beside it, that cannot be written.

    Raises:
        SetrangeError: One of them cannot.
    """
    not_to_stdout(out, "an engine comes with files beside it that say what is in it")
    claim_output(out, ENGINE)
    for ending, kind in (("layers.json", ENGINE_LAYERS), ("plan.json", ENGINE_PLAN)):
        claim_output(f"{out}.{ending}", kind, f"{ending} beside it")
    if settings.timing_cache is not None:
        claim_output(settings.timing_cache, TIMING_CACHE, "the timing cache")


def build_settings(request: Request, options: EngineOptions) -> BuildConfig:
    """Return the settings of ``--config`` with what the command line adds.

    Raises:
        SetrangeError: They cannot be read or contradict each other.
    """
    settings = read_settings(
        options.config,
        options.min_shapes,
        options.opt_shapes,
        options.max_shapes,
        no_fp16=options.no_fp16,
    )
    return settings.on_dla() if request.target == "dla" else settings


@contextlib.contextmanager
def _log_on(console: Console) -> Iterator[None]:
    """Show TensorRT's errors, and everything it says under ``-v``."""

    class Handler(logging.Handler):
        """Shows TensorRT's messages on the console."""

        def emit(self, record: logging.LogRecord) -> None:
            """Write one message."""
            console.always(f"[TensorRT] {record.levelname.lower()}: {record.getMessage()}")

    handler = Handler(logging.DEBUG if console.is_verbose else logging.ERROR)
    before = LOG.level
    LOG.setLevel(handler.level)  # what nobody reads is not even made
    LOG.addHandler(handler)
    try:
        yield
    finally:
        LOG.removeHandler(handler)
        LOG.setLevel(before)
