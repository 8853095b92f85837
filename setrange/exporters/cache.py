# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The calibration cache: every tensor of a plan with its scale, for one TensorRT release."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from setrange.errors import InputError, UnsupportedVersionError, UsageError
from setrange.files.atomic import write_bytes
from setrange.findings import Finding, Level
from setrange.formats.trt_cache import DEFAULT_ALGORITHM, cache_header, format_cache
from setrange.plan import raise_if_blocked
from setrange.ranges.float32 import SMALLEST_SCALE, float32_scale
from setrange.resolver.index import is_parser_made
from setrange.versions import TrtVersion

if TYPE_CHECKING:
    from pathlib import Path

    from setrange.plan import Plan, PlannedTensor

__all__ = ["ALGORITHMS", "CacheResult", "make_cache", "write_cache"]

#: Calibrators whose caches TensorRT reads. trtexec and Polygraphy use the first.
ALGORITHMS = (DEFAULT_ALGORITHM, "MinMaxCalibration")


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheResult:
    """The content of a calibration cache, with the findings about it.

    Attributes:
        data: The bytes of the file.
        header: Its first line.
        version: The TensorRT release the header names.
        tensors: Names of the tensors in it, in network order.
        findings: What the user should know about it.
    """

    data: bytes
    header: str
    version: TrtVersion
    tensors: tuple[str, ...]
    findings: tuple[Finding, ...] = ()


def write_cache(
    plan: Plan,
    path: str | Path,
    *,
    trt: str | TrtVersion,
    algorithm: str = DEFAULT_ALGORITHM,
    force: bool = False,
    allow_missing: bool = False,
) -> CacheResult:
    """Write a calibration cache with every tensor of the plan that has a range.

    The file appears whole or not at all.

    Args:
        plan: Ranges of a network of the same TensorRT release.
        path: The file to write.
        trt: TensorRT release that will read it. ``"8.6"`` means its last patch, 8.6.1;
            ``"8.6.0"`` is taken as it is.
        algorithm: One of ``ALGORITHMS``; must be that of the calibrator that reads the file.
        force: Write for a release whose tensor names are assumed (5.1, 8.1, 8.3, 9.x).
        allow_missing: Tensors may lack a range.

    Raises:
        UnsupportedVersionError: That TensorRT reads no caches, or its names are assumed.
        UsageError: The plan is for another release, or the algorithm does not fit.
        InputError: The plan has errors, there is nothing to write, or ``path`` cannot be
            written.
        BlockingFindingsError: A range is missing and ``allow_missing`` is not set.
    """
    raise_if_blocked(plan, allow_missing=allow_missing, out=path)
    result = make_cache(plan, trt=trt, algorithm=algorithm, force=force)
    write_bytes(path, result.data)
    return result


def make_cache(
    plan: Plan,
    *,
    trt: str | TrtVersion,
    algorithm: str = DEFAULT_ALGORITHM,
    force: bool = False,
) -> CacheResult:
    """Return the calibration cache ``write_cache`` would write; the arguments are the same.

    The plan may lack ranges.
    """
    version = TrtVersion.parse(trt) if isinstance(trt, str) else trt
    _check_target(plan, version, algorithm, force=force)
    findings = [_header_finding(version, algorithm)]
    scales: dict[str, float] = {}
    made: set[str] = set()
    for planned in plan.tensors:
        scale = _scale(planned, findings)
        if scale is None:
            continue
        name = planned.tensor.name
        if ": " in name:
            findings.append(_name_finding(name))
        if is_parser_made(planned.tensor):
            made.add(name)
        # One line a name: where two tensors share it, TensorRT must not clip either.
        scales[name] = max(scale, scales.get(name, 0.0))
    if not scales:
        raise InputError(
            "no tensor has a range, so there is nothing to write; give ranges for at least "
            "the network's inputs (setrange template MODEL -o ranges.json lists the tensors)"
        )
    if made:
        findings.append(_parser_made_finding(len(made), version))
    return CacheResult(
        data=format_cache(cache_header(version, algorithm), scales.items()),
        header=cache_header(version, algorithm),
        version=version.full,
        tensors=tuple(scales),
        findings=tuple(findings),
    )


def _check_target(plan: Plan, version: TrtVersion, algorithm: str, *, force: bool) -> None:
    if algorithm not in ALGORITHMS:
        raise UsageError(
            f"{algorithm!r} is no calibration algorithm; expected {' or '.join(ALGORITHMS)}"
        )
    if plan.target == "dla" and algorithm != DEFAULT_ALGORITHM:
        raise UsageError(f"DLA reads only caches of {DEFAULT_ALGORITHM}, not of {algorithm}")
    version.require_ranges()
    if version.profile != plan.network.profile:
        raise UsageError(
            f"the plan holds the tensor names of TensorRT {plan.network.trt}, but the cache "
            f"is for {version}; import the network with trt={str(version)!r}"
        )
    if version.is_assumed and not force:
        raise UnsupportedVersionError(
            f"no evidence shows how TensorRT {version} names tensors; {version.profile}'s "
            f"names are assumed. TensorRT ignores wrong names in a cache and reports nothing: "
            f"compare them with that TensorRT's own list (trtexec --verbose), and write the "
            f"cache with --force"
        )


def _scale(planned: PlannedTensor, findings: list[Finding]) -> float | None:
    """The float32 scale to write, or ``None`` where the tensor has no usable one."""
    if planned.range is None:
        return None
    scale = float32_scale(planned.range.amax, planned.scale)
    name = planned.tensor.name
    if not 0 < scale < math.inf:
        findings.append(
            Finding(
                code="SR206",
                tensor=name,
                message=f"{name!r} is left out: its range has the scale {scale}, and TensorRT "
                f"needs a positive finite one",
                help="give the tensor a range",
            )
        )
        return None
    if scale < SMALLEST_SCALE:
        findings.append(
            Finding(
                code="SR404",
                tensor=name,
                message=f"{name!r} has the scale {scale!r}, which a GPU may take for 0; "
                f"{SMALLEST_SCALE!r} is written",
            )
        )
        return SMALLEST_SCALE
    return scale


def _header_finding(version: TrtVersion, algorithm: str) -> Finding:
    last = "" if version.patch is not None else f" (the last patch of {version})"
    return Finding(
        code="SR402",
        message=f"the header is {cache_header(version, algorithm)}, for TensorRT {version.full}"
        f"{last}",
        help="other major releases of TensorRT reject this cache",
    )


def _name_finding(name: str) -> Finding:
    return Finding(
        code="SR401",
        tensor=name,
        message=f"{name!r} holds ': ', at which some readers of caches cut the name; "
        f"TensorRT does not",
    )


def _parser_made_finding(count: int, version: TrtVersion) -> Finding:
    names = "1 name was" if count == 1 else f"{count} names were"
    return Finding(
        code="SR403",
        level=Level.NOTE,
        message=f"{names} made up by TensorRT {version}'s parser, for this model file only",
        help="write a new cache after every export of the model and every upgrade of TensorRT",
    )
