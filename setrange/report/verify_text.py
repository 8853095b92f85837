# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Text of ``verify``: outputs, tensors, what they cost, and what helps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from setrange.accuracy.metrics import METRICS
from setrange.accuracy.noise import NO_NOISE
from setrange.report.table import aligned
from setrange.text.visible import visible
from setrange.text.words import left_out, plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.accuracy.results import (
        Blame,
        Cost,
        OutputResult,
        Report,
        Suggestion,
        TensorResult,
    )

__all__ = ["blame_text", "report_heading", "report_text", "verdict"]

#: Tensors shown without ``-v``.
_MOST = 12

_NONE = "-"


def report_heading(report: Report) -> str:
    """Return what was compared on what."""
    kinds = [tensor.kind for tensor in report.tensors]
    samples = plural(report.samples, "sample")
    return (
        f"{Path(report.model).name}: float against {report.dtype.upper()} on {samples}, "
        f"ONNX Runtime {report.onnxruntime} ({report.provider}); "
        f"{kinds.count('activation')} activations and {kinds.count('weight')} weights in "
        f"{report.dtype.upper()}, {plural(report.left_float, 'node')} left float"
    )


def report_text(report: Report, *, is_verbose: bool) -> str:
    """Return the tables of outputs and tensors."""
    tensors = report.tensors if is_verbose else report.tensors[:_MOST]
    parts = [_outputs(report.outputs), _tensors(tensors)]
    left = len(report.tensors) - len(tensors)
    if left:
        parts[-1] += "\n" + left_out(left, "more with a higher SQNR")
    if report.blame is not None:
        parts.append(blame_text(report.blame, is_verbose=is_verbose))
    return "\n\n".join(parts)


def blame_text(blame: Blame, *, is_verbose: bool) -> str:
    """Return what tensors cost, and what helps."""
    metric = METRICS[blame.metric]
    whole = metric.text(blame.whole)
    costs = blame.costs if is_verbose else blame.costs[:_MOST]
    rows = [("alone", "noise" if blame.metric == "sqnr" else "of differences", "tensor")]
    rows += [
        (_quality(cost.alone, blame.metric), _percent(cost.share), _called(cost))
        for cost in costs
    ]
    measured = sum(1 for cost in blame.costs if cost.name)
    head = (
        f"one tensor in INT8 at a time: {measured} of {blame.tensors}, on "
        f"{plural(blame.samples, 'sample')}; the whole model: {whole}"
    )
    lines = [head, *aligned(rows, numbers=2)]
    if len(blame.costs) > len(costs):
        lines.append(left_out(len(blame.costs) - len(costs), "more that cost less"))
    lines.append("")
    if not blame.suggestions:
        lines.append("no change that was tried helps")
    else:
        lines.append(
            "these changes help, each on top of those before; put them into the ranges file:"
        )
    for number, found in enumerate(blame.suggestions, 1):
        before, after = metric.text(found.before), metric.text(found.after)
        about = found.tensor or f"all {plural(len(found.entries), 'activation')}"
        lines.append(f"{number}. {visible(about)}: {visible(found.why)}: {before} -> {after}")
        lines.append(f"     {_pasted(found)}")
    if not blame.is_complete:
        more = f"--blame {4 * blame.budget:g} looks further"
        lines.append(f"stopped after {blame.budget:g} seconds; {more}")
    return "\n".join(lines)


def verdict(report: Report) -> str:
    """Return the metric's value, and how it stands to the threshold."""
    metric = METRICS[report.metric]
    if report.value is None:
        return f"no output has {metric.name}"
    name = metric.name
    worst = next(o.name for o in report.outputs if metric.of(o) == report.value)
    text = f"{name} is {metric.text(report.value)}"
    if len(report.outputs) > 1:
        text += f" at output {worst!r}, the worst"
    if report.threshold is None:
        return text
    limit = "at most" if metric.is_cost else "at least"
    lost = sum(output.lost for output in report.outputs)
    also = f", and no value that is not finite in INT8 only (there are {lost})" if lost else ""
    return f"{text}; wanted: {limit} {metric.text(report.threshold)}{also}"


def _called(cost: Cost) -> str:
    return f"{cost.name} ({cost.kind})" if cost.name else "all weights together"


def _pasted(found: Suggestion) -> str:
    """What to put into the ranges file, or where it is too long for a line, how to make it."""
    if found.change == "ranges":
        return "measure them with setrange collect; --json prints those that were tried"
    section = "tensors" if found.change == "range" else "precision"
    return f'"{section}": {json.dumps(found.entries, ensure_ascii=False)}'


def _outputs(outputs: Sequence[OutputResult]) -> str:
    shown = [
        ("SQNR dB", [_decibels(o.sqnr) for o in outputs]),
        ("cosine", [_number(o.cosine, ".6f") for o in outputs]),
        ("max error", [_number(o.max_error, ".4g") for o in outputs]),
        ("largest", [_number(o.amax, ".4g") for o in outputs]),
        ("equal", [_equal(o) for o in outputs]),
        ("top-1", [_percent(o.top1) for o in outputs]),
        ("top-5", [_percent(o.top5) for o in outputs]),
        ("accuracy, float", [_percent(o.accuracy_float) for o in outputs]),
        ("INT8", [_percent(o.accuracy) for o in outputs]),
        ("output", [o.name for o in outputs]),
    ]
    used = [(title, cells) for title, cells in shown if set(cells) != {_NONE}]
    titles, columns = zip(*used, strict=True)
    return "\n".join(aligned([titles, *zip(*columns, strict=True)], numbers=len(titles) - 1))


def _tensors(tensors: Sequence[TensorResult]) -> str:
    rows = [("SQNR dB", "clipped", "range/data", "range", "data", "tensor")]
    for tensor in tensors:
        is_weight = tensor.kind == "weight"
        rows.append(
            (
                _decibels(tensor.sqnr),
                _NONE if is_weight else _percent(tensor.clipped),
                _NONE if is_weight or tensor.width is None else f"{tensor.width:.3g}x",
                f"±{tensor.amax:.4g}" + ("*" if tensor.is_shared else ""),
                f"{tensor.min:.4g} .. {tensor.max:.4g}",
                f"{tensor.name} ({tensor.kind})",
            )
        )
    lines = aligned(rows, numbers=len(rows[0]) - 1)
    if any(tensor.is_shared for tensor in tensors):
        lines.append("* the wider range of a tensor it shares its scale with")
    return "\n".join(lines)


def _equal(output: OutputResult) -> str:
    """Equal values are of interest where there is no better number."""
    return _percent(output.equal) if output.sqnr is None else _NONE


def _quality(value: float, metric: str) -> str:
    return _decibels(value) if metric == "sqnr" else _percent(value)


def _decibels(value: float | None) -> str:
    return "exact" if value == NO_NOISE else _number(value, ".2f")


def _percent(share: float | None) -> str:
    """Return a share in percent; what is not nothing does not look like it."""
    if share is None:
        return _NONE
    return "<0.01 %" if 0 < share < 0.0001 else f"{100 * share:.2f} %"


def _number(value: float | None, form: str) -> str:
    return _NONE if value is None else format(value, form)
