# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The numbers an INT8 model can be judged by, and which way is worse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from setrange.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from setrange.accuracy.results import OutputResult

__all__ = ["METRICS", "Metric", "chosen_metric"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One measure of how well INT8 agrees with float.

    Attributes:
        name: What ``--metric`` calls it.
        field: Attribute of ``OutputResult``.
        unit: ``dB``, ``%`` (the value is a share, from 0 to 1) or nothing.
        is_cost: True where more is worse.
    """

    name: str
    field: str
    unit: str = ""
    is_cost: bool = False

    def of(self, output: OutputResult) -> float | None:
        """Return its value at an output; ``None`` where the output has none."""
        if self.field == "drop":
            if output.accuracy is None or output.accuracy_float is None:
                return None
            return output.accuracy_float - output.accuracy
        value: float | None = getattr(output, self.field)
        return value

    def worst(self, outputs: Iterable[OutputResult]) -> float | None:
        """Return its value at the worst output; ``None`` where no output has one."""
        found = [value for output in outputs if (value := self.of(output)) is not None]
        if not found:
            return None
        return max(found) if self.is_cost else min(found)

    def passes(self, value: float, threshold: float) -> bool:
        """True where a value is at least as good as the threshold."""
        return value <= threshold if self.is_cost else value >= threshold

    def text(self, value: float) -> str:
        """Return a value with its unit."""
        if self.unit == "%":
            return f"{100 * value:.2f} %"
        return f"{value:.2f} dB" if self.unit == "dB" else f"{value:.6g}"


METRICS = {
    metric.name: metric
    for metric in (
        Metric(name="sqnr", field="sqnr", unit="dB"),
        Metric(name="cosine", field="cosine"),
        Metric(name="max-error", field="max_error", is_cost=True),
        Metric(name="top1", field="top1", unit="%"),
        Metric(name="top5", field="top5", unit="%"),
        Metric(name="accuracy", field="accuracy", unit="%"),
        Metric(name="accuracy-drop", field="drop", unit="%", is_cost=True),
        Metric(name="equal", field="equal", unit="%"),
    )
}


def chosen_metric(
    name: str | None, outputs: Sequence[OutputResult], *, option: str = "--metric"
) -> Metric:
    """Return the metric of that name; without one ``sqnr``, or ``equal`` of integers.

    Args:
        name: A key of ``METRICS``.
        outputs: What was found at each output.
        option: What it was given by, for the message.

    Raises:
        UsageError: No output has it.
    """
    if name is None:
        is_float = any(output.sqnr is not None for output in outputs)
        return METRICS["sqnr" if is_float else "equal"]
    metric = METRICS[name]
    if metric.worst(outputs) is None:
        usable = [m.name for m in METRICS.values() if m.worst(outputs) is not None]
        labels = "; give --labels" if metric.field in ("accuracy", "drop") else ""
        raise UsageError(
            f"{option} {name}: no output of the model has it{labels}; this model has "
            f"{', '.join(usable) or 'none'}"
        )
    return metric
