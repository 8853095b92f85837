# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Remarks on what was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from setrange.accuracy.results import OutputResult, TensorResult

__all__ = ["output_findings", "tensor_findings"]

#: Share of clipped values, and width of a range over its data, that are worth a warning.
_MUCH_CLIPPED = 0.01
_WIDE = 100.0


def tensor_findings(tensors: Iterable[TensorResult]) -> Iterator[Finding]:
    """Yield what is wrong with ranges, seen from the data."""
    for tensor in tensors:
        if tensor.kind == "branch":
            step = tensor.amax / 127
            yield Finding(
                code="SR616",
                tensor=tensor.name,
                message=f"{tensor.name!r}: its values end at "
                f"{max(abs(tensor.min), abs(tensor.max)):.4g}, and {tensor.nodes[0]!r} joins "
                f"it with values up to ±{tensor.amax:.4g}: one step is {step:.4g}, so "
                f"{tensor.sqnr:.1f} dB of it are left",
                help="keep the nodes that take the Concat float (precision), or scale the "
                "small branch",
            )
        if tensor.kind != "activation":
            continue
        largest = max(abs(tensor.min), abs(tensor.max))
        if tensor.clipped > _MUCH_CLIPPED:
            yield Finding(
                code="SR701",
                tensor=tensor.name,
                message=f"{tensor.name!r}: {100 * tensor.clipped:.2f} % of its values lie "
                f"beyond its range of ±{tensor.amax:.6g}; the largest is {largest:.6g}",
                help="give it a wider range, unless the values beyond it do not matter; "
                "--blame tries wider ones",
            )
        if tensor.width is not None and tensor.width >= _WIDE:
            yield Finding(
                code="SR702",
                tensor=tensor.name,
                message=f"{tensor.name!r}: its range of ±{tensor.amax:.6g} is "
                f"{tensor.width:.0f} times as wide as its values, which end at "
                f"{largest:.6g}: {max(round(127 / tensor.width), 0)} of 127 steps are left",
                help=f"narrow it: {largest:.6g}",
            )
        if tensor.not_finite:
            yield Finding(
                code="SR703",
                tensor=tensor.name,
                message=f"{tensor.name!r}: {tensor.not_finite} of its values are not finite "
                f"in the float model",
            )


def output_findings(outputs: Iterable[OutputResult]) -> Iterator[Finding]:
    """Yield where outputs cannot be compared."""
    for output in outputs:
        if output.not_finite:
            yield Finding(
                code="SR703",
                message=f"output {output.name!r}: {output.not_finite} values are not finite in "
                f"the float model; they are left out",
                help="the ranges are not to blame: look at the model and the data",
            )
        if output.lost:
            yield Finding(
                code="SR704",
                message=f"output {output.name!r}: {output.lost} values are finite in float and "
                f"not in INT8; they are left out, and the result fails every threshold",
                help="most often a node divides by a value that was rounded to 0, or takes its "
                "logarithm: keep that node float (precision)",
            )
        if output.other_shape:
            yield Finding(
                code="SR705",
                message=f"output {output.name!r}: in {output.other_shape} runs INT8 gives "
                f"another shape than float; these are not compared",
                help="the shape depends on the values (NonZero, NonMaxSuppression): compare an "
                "output before that op",
            )
