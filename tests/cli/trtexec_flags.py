# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The options of trtexec, by release, and how it takes its arguments apart.

Source: NVIDIA/TensorRT, branches release/6.0 to release/11.1, samples/common/sampleOptions.cpp:
what ``AllOptions::parse`` takes; anything left over is "Unknown option".
"""

from __future__ import annotations

from dataclasses import dataclass

#: Option -> first release that has it, first that has not.
_ALWAYS = ((6, 0), (99, 0))
_UP_TO_10 = ((6, 0), (11, 0))
OPTIONS: dict[str, tuple[tuple[int, int], tuple[int, int]]] = {
    "--onnx": _ALWAYS,
    "--saveEngine": _ALWAYS,
    "--shapes": _ALWAYS,
    "--useDLACore": _ALWAYS,
    "--allowGPUFallback": _ALWAYS,
    "--int8": _UP_TO_10,
    "--fp16": _UP_TO_10,
    "--calib": _UP_TO_10,
    "--explicitBatch": ((6, 0), (10, 0)),
    "--precisionConstraints": ((8, 2), (11, 0)),
    "--layerPrecisions": ((8, 4), (11, 0)),
    "--stronglyTyped": ((9, 0), (99, 0)),
}
#: Options that are nothing without a value.
VALUED = {
    "--onnx", "--saveEngine", "--shapes", "--useDLACore", "--calib", "--precisionConstraints",
    "--layerPrecisions",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What trtexec understood.

    Attributes:
        options: Option -> value, empty for a switch.
        shapes: Input -> shape.
    """

    options: dict[str, str]
    shapes: dict[str, tuple[int, ...]]


def parse(release: tuple[int, int], arguments: list[str]) -> Parsed:
    """Take a command apart as the trtexec of a release does.

    Raises:
        ValueError: That trtexec stops at an argument.
    """
    if release < (6, 0):
        raise ValueError(f"trtexec {release} has no INT8 for ONNX models")
    program, *rest = arguments
    if program != "trtexec":
        raise ValueError(f"{program} is not trtexec")
    options: dict[str, str] = {}
    for argument in rest:
        name, _, value = argument.partition("=")
        since, until = OPTIONS.get(name, ((0, 0), (0, 0)))
        if not since <= release < until:
            raise ValueError(f"Unknown option: {argument}")
        if (name in VALUED) != bool(value):
            raise ValueError(f"{argument}: value")
        if name in options:
            raise ValueError(f"{name} is given twice")
        options[name] = value
    shapes = dict(_shape(release, text) for text in _split(options.get("--shapes", "")))
    if (7, 0) <= release < (7, 2) and not shapes and "--explicitBatch" not in options:
        raise ValueError("the parser wants a network with an explicit batch dimension")
    if "--stronglyTyped" in options and {"--int8", "--fp16", "--calib"} & set(options):
        raise ValueError("precision flags are dropped in a strongly typed network")
    if "--allowGPUFallback" in options and "--useDLACore" not in options:
        raise ValueError("fallback from what?")
    return Parsed(options=options, shapes=shapes)


def _split(text: str) -> list[str]:
    return text.split(",") if text else []


def _shape(release: tuple[int, int], text: str) -> tuple[str, tuple[int, ...]]:
    if "'" in text and (release == (7, 0) or release >= (8, 4)):
        before, name, after = text.split("'")
        name, sizes = before + name, after.removeprefix(":")
    elif release < (7, 1):
        name, sizes = text.split(":")[:2]
    else:
        name, _, sizes = text.rpartition(":")
    return name, tuple(int(size) for size in sizes.split("x"))
