# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``setrange inspect`` of an engine, or of the JSON TensorRT writes about one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from setrange.cli.report_option import page_of_command
from setrange.engine_layers.causes import plan_beside
from setrange.engine_layers.reader import parse_layers, read_layers
from setrange.errors import FormatError, InputError
from setrange.files.kinds import ENGINE, ENGINE_ENDINGS, is_text, kind_of_file
from setrange.report.console import print_lines, print_product
from setrange.report.engine_text import engine_dict, engine_summary, engine_table

if TYPE_CHECKING:
    from setrange.engine_layers.model import EngineLayers
    from setrange.report.console import Console

__all__ = ["inspect_engine", "show_layers"]


def inspect_engine(path: str, *, as_json: bool, console: Console) -> None:
    """Show what an engine's layers run in.

    Raises:
        SetrangeError: It cannot be read, or TensorRT is needed and missing.
    """
    kind = kind_of_file(path)
    if kind not in (None, ENGINE) and not is_text(path):
        raise InputError(f"{path} is {kind}")
    is_engine = path.lower().endswith(ENGINE_ENDINGS) and kind in (None, ENGINE)
    engine = _of_engine(path) if is_engine else read_layers(path)
    plan = plan_beside(path)
    if as_json:
        print_product(json.dumps(engine_dict(engine, plan)))
    else:
        print_lines(engine_table(engine, plan).split("\n"))
    console.say(engine_summary(engine, plan, is_verbose=console.is_verbose))


def show_layers(path: Path, console: Console) -> None:
    """Say what the layers of an engine run in, after a build."""
    try:
        engine = read_layers(path)
        plan = plan_beside(path)
        page_of_command().built(engine, plan)
        console.say(engine_summary(engine, plan))
    except (FormatError, InputError) as error:
        console.say(str(error))  # the engine is there; this was only about it
        return
    console.next_step(["setrange", "inspect", str(path)], label="more")


def _of_engine(path: str) -> EngineLayers:
    """Ask the library that built the engine; without its driver, the file that tells of it."""
    beside = Path(f"{path}.layers.json")
    plan = plan_beside(path)
    is_rtx = plan is not None and plan.gpus is not None
    if is_rtx and beside.is_file() and Path(path).is_file():
        return read_layers(beside)
    if is_rtx:
        return _of_rtx(path)
    from setrange.live.logger import LogTail, make_logger
    from setrange.live.session import engine_information
    from setrange.machine.bindings import load_tensorrt

    data = _read(path)
    trt = load_tensorrt()
    logger = make_logger(trt, LogTail())
    trt.init_libnvinfer_plugins(logger, "")
    return parse_layers(engine_information(trt, logger, data))


def _of_rtx(path: str) -> EngineLayers:
    from setrange.machine.rtx_bindings import load_rtx
    from setrange.rtx.log import BuildLog, rtx_logger
    from setrange.rtx.session import inspector_layers

    data = _read(path)
    rtx = load_rtx()
    return parse_layers(inspector_layers(rtx, rtx_logger(rtx, BuildLog()), data))


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
