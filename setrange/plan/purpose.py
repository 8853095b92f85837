# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The output that ranges are meant for; a calibration cache needs more than a Q/DQ model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from setrange.errors import UsageError
from setrange.ranges.own_reader import PURPOSES
from setrange.text.words import did_you_mean

if TYPE_CHECKING:
    from setrange.versions import TrtVersion

__all__ = ["Purpose", "purpose_of"]

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


def purpose_of(
    name: str | None,
    *,
    trt: TrtVersion | None = None,
    target: str | None = None,
    in_file: str | None = None,
) -> Purpose:
    """Return what ranges are for, as far as options and the file say it.

    Args:
        name: ``cache``, ``qdq``, ``rtx``, ``11`` or ``dla``, as ``--for`` takes it.
        trt: The release: 11 and later have no ranges, so a Q/DQ model is meant.
        target: ``gpu`` or ``dla``; ``None`` where nobody said it.
        in_file: What the ranges file says it was made for; it yields to the others.

    Raises:
        UsageError: They contradict each other, or there is no such output.
    """
    if name is not None:
        _check(name, trt, target)
    is_explicit = trt is not None and trt.major >= _EXPLICIT
    if name is None and trt is None and target is None:
        name = in_file
    if name is None:
        name = "dla" if target == "dla" else "11" if is_explicit else "cache"
    return Purpose(
        name=name,
        is_qdq=is_explicit if name == "dla" else name in ("qdq", "rtx", "11"),
        target="dla" if name == "dla" else target or "gpu",
    )


def _check(name: str, trt: TrtVersion | None, target: str | None) -> None:
    """Refuse a purpose that another option contradicts.

    Raises:
        UsageError: It does.
    """
    if name not in PURPOSES:
        hint = did_you_mean(name, PURPOSES, otherwise=f"expected one of {', '.join(PURPOSES)}")
        raise UsageError(f"{name!r} is no output that ranges are for; {hint}")
    if name == "dla" and target == "gpu":
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
