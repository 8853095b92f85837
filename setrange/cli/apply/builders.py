# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What builds an engine here: TensorRT's Python package, TensorRT for RTX, or trtexec."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, NamedTuple

from setrange.cli.given_options import refuse_given
from setrange.errors import BackendUnavailableError
from setrange.machine.bindings import is_installed, load_tensorrt
from setrange.machine.rtx_bindings import is_rtx_installed, load_rtx

if TYPE_CHECKING:
    from setrange.build_settings.config import BuildConfig
    from setrange.cli.apply.request import EngineOptions, Request

__all__ = ["VIA", "Choice", "Via", "choose_builder"]


class Via(str, enum.Enum):
    """A program or library that builds engines; the value is its name for ``--via``."""

    TENSORRT = "tensorrt"
    RTX = "rtx"
    TRTEXEC = "trtexec"


VIA = [via.value for via in Via]


class Choice(NamedTuple):
    """A builder that is installed on this machine.

    Attributes:
        via: Which.
        module: TensorRT's Python module; ``None`` for the others.
        why: Why it was taken; empty where nothing is to be said.
    """

    via: Via
    module: Any = None
    why: str = ""


def choose_builder(request: Request, options: EngineOptions, settings: BuildConfig) -> Choice:
    """Return what builds: what was asked for, else the first of the three that is here.

    Raises:
        UsageError: An option is for another builder than the one asked for.
        BackendUnavailableError: The one asked for is not here, or none is.
    """
    asked = _asked_for(options)
    _check_options(asked)
    if asked is Via.TRTEXEC:
        return Choice(via=asked)
    if asked is Via.RTX:
        why = "--gpu is given" if options.via is None else "--via rtx"
        if not is_rtx_installed():
            load_rtx()  # says what is missing
        return Choice(via=asked, why=why)
    try:
        return Choice(via=Via.TENSORRT, module=load_tensorrt())
    except BackendUnavailableError as error:
        if asked is Via.TENSORRT:
            raise
        is_broken = is_installed("tensorrt")
        why = str(error) if is_broken else "there is no Python package 'tensorrt' here"
        # What names a TensorRT, or a DLA, cannot be built by TensorRT for RTX.
        is_for_rtx = request.trt is None and settings.dla_core is None
        if is_for_rtx and is_rtx_installed():
            refuse_given({"force"}, "for calibration caches; this engine is built without one")
            return Choice(via=Via.RTX, why=why)
        from setrange.machine.find_trtexec import trtexec_paths

        if trtexec_paths():
            return Choice(via=Via.TRTEXEC, why=why if is_broken else "")
        if is_broken:
            raise
        from setrange.cli.apply.unavailable import refuse

        refuse(request)


def _asked_for(options: EngineOptions) -> Via | None:
    if options.via is not None:
        return Via(options.via)
    if options.trtexec is not None:
        return Via.TRTEXEC
    return Via.RTX if options.gpu else None


def _check_options(asked: Via | None) -> None:
    """Refuse options of one builder where another was asked for.

    Raises:
        UsageError: There is one.
    """
    if asked in (Via.TENSORRT, Via.RTX):
        refuse_given({"trtexec"}, "for engines that trtexec builds (--via trtexec)")
    if asked in (Via.TENSORRT, Via.TRTEXEC):
        refuse_given({"gpu"}, "for engines that TensorRT for RTX builds (--via rtx)")
    if asked is not Via.TRTEXEC:
        refuse_given(
            {"force"},
            "for calibration caches (-o model.cache), and for engines that trtexec builds "
            "from one (--via trtexec)",
        )
