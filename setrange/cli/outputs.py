# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The kinds of output that ``apply`` makes; the name of OUT decides."""

from __future__ import annotations

import enum
from pathlib import Path

from setrange.errors import UsageError
from setrange.files.roles import STDOUT
from setrange.text.words import did_you_mean

__all__ = ["Output", "output_of"]


class Output(str, enum.Enum):
    """One kind of output; the value is what ``--to`` takes."""

    CACHE = "cache"
    ENGINE = "engine"
    RANGED_ONNX = "ranged-onnx"
    QDQ = "qdq"


#: Ending -> what it means; the first that fits counts.
_SUFFIXES = {
    ".cache": Output.CACHE,
    ".engine": Output.ENGINE,
    ".plan": Output.ENGINE,
    ".ranged.onnx": Output.RANGED_ONNX,
    ".onnx": Output.QDQ,
}


def output_of(out: str, to: str | None = None) -> Output:
    """Return what OUT shall be.

    Args:
        out: The path given with ``-o``.
        to: ``--to``: wins over the path's ending.

    Raises:
        UsageError: The ending says nothing.
    """
    if to is not None:
        return Output(to)
    name = Path(out).name.lower()
    for suffix, output in _SUFFIXES.items():
        if name.endswith(suffix):
            return output
    if out == STDOUT:
        raise UsageError(
            "-o -: standard output has no ending that says what to write; say it with --to: "
            "cache (calibration cache) or qdq (Q/DQ model)"
        )
    stem = Path(out).stem
    hint = did_you_mean(
        Path(name).suffix, _SUFFIXES, quote=lambda suffix: stem + suffix, end=" "
    )
    raise UsageError(
        f"-o {out}: its ending does not say what to write; {hint}expected .cache (calibration "
        f"cache), .engine or .plan (engine), .ranged.onnx (ranges inside the model) or .onnx "
        f"(Q/DQ model); with any other name say it with --to"
    )
