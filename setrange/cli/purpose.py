# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``--for``: the output that ranges are meant for; a cache needs more than a Q/DQ model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from setrange.cli.given_options import given_flags
from setrange.errors import UsageError
from setrange.ranges.own_reader import PURPOSES

if TYPE_CHECKING:
    from collections.abc import Callable

    from setrange.versions import TrtVersion

__all__ = ["Purpose", "purpose_of", "purpose_option"]

#: The first release without ranges: its engines are built from Q/DQ models.
_EXPLICIT = 11


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """What ranges are for.

    Attributes:
        name: As ``--for`` takes it.
        is_qdq: True where a Q/DQ model is made of them, False for a calibration cache.
        target: ``gpu`` or ``dla``.
    """

    name: str
    is_qdq: bool
    target: str


def purpose_option(help: str) -> Callable[..., Any]:
    """Add ``--for``; the command gets it as ``purpose``."""
    return click.option("--for", "purpose", type=click.Choice(PURPOSES), help=help)


def purpose_of(
    name: str | None, *, trt: TrtVersion | None, target: str, in_file: str | None = None
) -> Purpose:
    """Return what ranges are for, as far as the command line and the file say it.

    Args:
        name: ``--for``.
        trt: ``--trt``: 11 and later have no ranges, so a Q/DQ model is meant.
        target: ``--target``.
        in_file: What the ranges file says it was made for; it yields to the command line.

    Raises:
        UsageError: The options contradict each other.
    """
    if name is not None:
        _check(name, trt, target)
    elif trt is not None or given_flags({"target"}):
        is_explicit = trt is not None and trt.major >= _EXPLICIT
        name = "dla" if target == "dla" else "11" if is_explicit else "cache"
    else:
        name = in_file or ("dla" if target == "dla" else "cache")
    if name == "dla":
        target = "dla"
    is_qdq = name in ("qdq", "rtx", "11")
    if name == "dla":
        is_qdq = trt is not None and trt.major >= _EXPLICIT
    return Purpose(name=name, is_qdq=is_qdq, target=target)


def _check(name: str, trt: TrtVersion | None, target: str) -> None:
    """Refuse a ``--for`` that another option contradicts.

    Raises:
        UsageError: It does.
    """
    if name == "dla" and target == "gpu" and given_flags({"target"}):
        raise UsageError("--for dla and --target gpu contradict each other; leave one out")
    if name in ("rtx", "11") and target == "dla" and trt is None:
        has = "builds for GPUs only" if name == "rtx" else "has DLA from 11.4.1 on"
        called = "TensorRT for RTX" if name == "rtx" else "TensorRT 11"
        raise UsageError(
            f"--for {name} and --target dla do not go together: {called} {has}; for a board "
            f"with DLA, say --for dla and its release, such as --trt 11.4.1 or --trt 10.3"
        )
    if trt is None:
        return
    if name == "rtx":
        raise UsageError(
            f"--for rtx means TensorRT for RTX, whose releases are counted on their own; "
            f"leave --trt {trt} out"
        )
    if name == "11" and trt.major < _EXPLICIT:
        raise UsageError(
            f"--for 11 and --trt {trt} contradict each other; say --trt {trt} alone, or "
            f"--for qdq for a Q/DQ model"
        )
    if name == "cache" and not trt.has_caches:
        raise UsageError(
            f"--for cache: TensorRT {trt} reads no calibration caches (removed in 11.0); say "
            f"--for 11, or --trt with the release that will read it"
        )
    if name == "qdq" and trt.major < 8:
        raise UsageError(
            f"--for qdq: TensorRT {trt} has no Q/DQ, which came with 8.0; say --for cache"
        )
