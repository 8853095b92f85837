# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""One cause instead of its many effects: ranges of another model, or of a network from code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from setrange.findings import Finding
from setrange.text.words import plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.ranges.model import RangeFile

__all__ = ["cause_first"]

#: Names that TensorRT itself gives the outputs of these layers. An ONNX parser gives them the
#: names of the ONNX values, so a cache with such names is of a network built in code.
_FROM_CODE = re.compile(
    r"\(Unnamed Layer\* \d+\) \[(?:Convolution|Deconvolution|Pooling)\]_output"
)
_UNNAMED = re.compile(r"\(Unnamed Layer\* \d+\) \[")

#: So many names must be no tensors, and more than half of all.
_MANY = 4


def cause_first(findings: Sequence[Finding], ranges: RangeFile) -> list[Finding]:
    """Return findings with the cause of many at the front.

    Args:
        findings: All of a plan.
        ranges: As read.
    """
    cause = _from_code(findings, ranges) or _of_another_model(findings, ranges)
    if cause is not None:
        return [cause, *findings]
    return sorted(findings, key=lambda finding: finding.code != "SR212")


def _from_code(findings: Sequence[Finding], ranges: RangeFile) -> Finding | None:
    unknown = [f.tensor for f in findings if f.code == "SR102" and f.tensor is not None]
    made = [name for name in ranges.entries if _UNNAMED.match(name)]
    typical = [name for name in unknown if _FROM_CODE.fullmatch(name)]
    if not typical or len(unknown) * 2 <= len(made):
        return None
    return Finding(
        code="SR113",
        tensor=typical[0],
        message=f"{ranges.path} is of a network built in code (torch2trt, tensorrtx, a Caffe "
        f"model), not of an ONNX model: no ONNX parser makes {typical[0]!r}, and "
        f"{len(unknown)} of its {plural(len(made), 'numbered name')} mean nothing here",
        help="its numbers cannot be followed to this model; measure ranges on it (setrange "
        "collect MODEL --data PLACE -o ranges.json), or give each by the tensor's ONNX name",
    )


def _of_another_model(findings: Sequence[Finding], ranges: RangeFile) -> Finding | None:
    unknown = [f for f in findings if f.code == "SR101" and f.tensor is not None]
    count, total = len(unknown), len(ranges.entries)
    if count < _MANY or count * 2 <= total:
        return None
    some = ", ".join(repr(f.tensor) for f in unknown[:3])
    return Finding(
        code="SR114",
        message=f"the ranges look like those of another model: {count} of {total} names are no "
        f"tensors of this one, e.g. {some}",
        help="are they for another model, or for another export of it? 'setrange inspect "
        "MODEL' lists the names; setrange convert --partial takes what fits",
    )
