# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What newcomers type, and the call that is meant: said in the line of the error."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from setrange.text.shell import command_line

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["meant_command", "meant_option", "whole_call"]

#: Command -> how it is called at least.
_CALLS = {
    "apply": "setrange apply RANGES MODEL -o OUT (OUT is model.cache, model.ranged.onnx, "
    "model.qdq.onnx or model.engine)",
    "check": "setrange check RANGES MODEL",
    "collect": "setrange collect MODEL --data PLACE -o ranges.json",
    "convert": "setrange convert SRC -o DST (DST is ranges.json, ranges.csv, calib.cache, ...)",
    "diff": "setrange diff A B",
    "explain": "setrange explain build.log",
    "inspect": "setrange inspect MODEL",
    "merge": "setrange merge A B -o ranges.json",
    "resolve": "setrange resolve NAME MODEL",
    "template": "setrange template MODEL -o ranges.json",
    "tune": "setrange tune RANGES MODEL --data PLACE --target sqnr=30 -o better.json",
    "verify": "setrange verify RANGES MODEL --data PLACE",
}

#: What other tools call it -> what does it here.
_ELSEWHERE = {
    "build": "setrange apply RANGES MODEL -o model.engine",
    "cache": "setrange apply RANGES MODEL -o model.cache --trt V",
    "calib": "setrange collect MODEL --data PLACE -o ranges.json",
    "calibrate": "setrange collect MODEL --data PLACE -o ranges.json",
    "compare": "setrange verify RANGES MODEL --data PLACE",
    "export": "setrange template MODEL -o ranges.json",
    "generate": "setrange template MODEL -o ranges.json",
    "help": "setrange --help",
    "info": "setrange inspect MODEL",
    "init": "setrange template MODEL -o ranges.json",
    "list": "setrange inspect MODEL",
    "qdq": "setrange apply RANGES MODEL -o model.qdq.onnx",
    "quantize": "setrange apply RANGES MODEL -o model.qdq.onnx",
    "run": "setrange verify RANGES MODEL --data PLACE",
    "show": "setrange inspect MODEL",
    "simulate": "setrange verify RANGES MODEL --data PLACE",
    "test": "setrange verify RANGES MODEL --data PLACE",
    "validate": "setrange check RANGES MODEL",
    "version": "setrange --version",
}

#: Options of trtexec and of other tools -> what does it here.
_OPTIONS = {
    "--best": "an engine has INT8 and FP16 layers unless --no-fp16 is given",
    "--cache": "the ending of -o says what is written: -o model.cache",
    "--calib": "RANGES may be a calibration cache: setrange apply calib.cache MODEL -o OUT",
    "--dla": "say --target dla",
    "--engine": "the ending of -o says what is written: -o model.engine",
    "--input": "RANGES and MODEL are arguments: setrange apply RANGES MODEL -o OUT",
    "--int8": "ranges are for INT8 anyway; leave it out",
    "--onnx": "the model is an argument: setrange apply RANGES MODEL -o OUT",
    "--out": "say -o OUT",
    "--qdq": "the ending of -o says what is written: -o model.qdq.onnx",
    "--ranges": "the ranges are the first argument: setrange apply RANGES MODEL -o OUT",
    "--model": "the model is the last argument: setrange apply RANGES MODEL -o OUT",
    "--saveEngine": "say -o model.engine",
    "--tensorrt": "say --trt 8.6",
    "--trt-version": "say --trt 8.6",
    "--useDLACore": "say --target dla; the core is dla_core in the settings (--config)",
    "--version": "setrange --version prints it; a TensorRT release is --trt 8.6",
}


def meant_command(name: str, rest: Sequence[str]) -> str | None:
    """Return what to call instead of a command that there is not; ``None`` if nobody knows.

    Args:
        name: What stands in the command's place.
        rest: What follows.
    """
    if name.lower() in _ELSEWHERE:
        return f"that is {_ELSEWHERE[name.lower()]}"
    if not os.path.exists(name):
        return None
    files = [name, *(word for word in rest[:1] if os.path.exists(word))]
    model = next((file for file in files if file.lower().endswith(".onnx")), "MODEL")
    ranges = next((file for file in files if file != model), "RANGES")
    if ranges == "RANGES":
        call = command_line(["setrange", "template", model, "-o", "ranges.json"])
        return f"a command comes before the file, e.g. {call}"
    call = command_line(["setrange", "check", ranges, model])
    return f"a command comes before the files, e.g. {call}"


def whole_call(error: click.ClickException) -> str | None:
    """Return how a command is called of which something is missing or too much."""
    context = getattr(error, "ctx", None)
    name = None if context is None else context.info_name
    is_lacking = isinstance(error, click.MissingParameter | click.BadArgumentUsage)
    is_too_much = type(error) is click.UsageError and "unexpected extra" in error.message
    if not (is_lacking or is_too_much):
        return None
    return _CALLS.get(name or "")


def meant_option(error: click.ClickException) -> str | None:
    """Return what to say instead of an option that there is not; ``None`` if nobody knows."""
    if not isinstance(error, click.NoSuchOption):
        return None
    return _OPTIONS.get(error.option_name.partition("=")[0])
