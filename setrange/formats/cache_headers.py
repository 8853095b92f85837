# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What the first line of a calibration cache says of who can read the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.formats.trt_cache import DEFAULT_ALGORITHM, version_of_header

if TYPE_CHECKING:
    from setrange.ranges.model import RangeFile
    from setrange.versions import TrtVersion

__all__ = ["header_remark"]


def header_remark(ranges: RangeFile, version: TrtVersion | None = None) -> str | None:
    """Return why TensorRT may refuse a cache for its header, or ``None``.

    Args:
        ranges: What was read; only a calibration cache has a header.
        version: The release that is to read it, where that is known.
    """
    if ranges.format != "trt-cache":
        return None
    header = ranges.extra.get("header")
    if not isinstance(header, str):
        return "it has no header line (TRT-8601-EntropyCalibration2), and TensorRT refuses it"
    algorithm = (ranges.collected or {}).get("algorithm")
    found = version_of_header(header)
    if algorithm is None:
        return f"its header {header.strip()!r} is a legacy calibrator's; {_ONLY}"
    if algorithm != DEFAULT_ALGORITHM:
        return f"its header says {algorithm}; {_ONLY}"
    if found is None:
        return (
            f"its header {header.strip()!r} names no release of TensorRT; that TensorRT takes "
            f"such a header is not shown"
        )
    if version is not None and version.major != found.major:
        return f"its header is for TensorRT {found}, and TensorRT {version} refuses it"
    return None


_ONLY = f"trtexec, Polygraphy's default and DLA take {DEFAULT_ALGORITHM} only"
