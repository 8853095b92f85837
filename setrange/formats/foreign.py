# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Helpers that the readers of machine-made formats share.

Such a file is judged more mildly than our own: 0, NaN or infinity for one tensor is what its
tool measured, so the entry is kept without a range and says why. What cannot be read at all is
an error, and all errors come at once.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from setrange.errors import FormatError, RangeFileError
from setrange.ranges.entry import ZERO_ON_DATA, describe
from setrange.ranges.float32 import (
    FLOAT32_OVERFLOW,
    amax_of_scale,
    scale_of_amax,
    shortest,
    to_float32,
)
from setrange.ranges.json_scan import JsonObject
from setrange.ranges.loss import Loss, LossKind
from setrange.ranges.model import DynamicRange, RangeEntry, RangeFile
from setrange.ranges.problems import Problems, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from setrange.ranges.source import SourceFile

__all__ = ["ForeignReader", "extreme", "json_object"]


def json_object(source: SourceFile) -> JsonObject | None:
    """Return the JSON object the file is, or ``None``; for sniffing, so it does not raise."""
    if not source.is_json:
        return None
    try:
        value = source.json
    except RangeFileError:
        return None
    return value if isinstance(value, JsonObject) else None


def extreme(numbers: Sequence[float], pick: Callable[[Sequence[float]], float]) -> float:
    """Return the min or max, NaN where any is NaN (which ``min`` and ``max`` may pass over)."""
    return math.nan if any(map(math.isnan, numbers)) else pick(numbers)


class ForeignReader:
    """Collects the entries of another tool's file while it is read.

    Attributes:
        entries: What was read.
        notes: Remarks, to begin with those of the decoding.
        precision: Node patterns -> precision, where the format has them.
    """

    def __init__(self, source: SourceFile, format_id: str) -> None:
        self._source = source
        self._format_id = format_id
        self._problems = Problems(source.path, FormatError)
        self._losses: list[Loss] = []
        self.entries: dict[str, RangeEntry] = {}
        self.notes: list[str] = []
        self.precision: dict[str, str] = {}

    def document(self) -> JsonObject:
        """Return the file's JSON object; repeated keys anywhere in it are noted.

        Raises:
            RangeFileError: It is not JSON.
            FormatError: It is not an object.
        """
        value = self._source.json
        self._note_duplicates(value)
        if isinstance(value, JsonObject):
            return value
        raise FormatError(
            f"{self._source.path}: the file is {describe(value)}; expected an object {{...}}"
        )

    def object_at(self, parent: JsonObject, *keys: str) -> JsonObject:
        """Follow keys to an object; where there is none, note it and return an empty one."""
        for key in keys:
            item = parent.get(key)
            if not isinstance(item, JsonObject):
                line = parent.lines.get(key, parent.line)
                found = describe(item) if key in parent else "missing"
                self.fail(f"{quoted(key)} is {found}; expected an object {{...}}", line)
                return JsonObject()
            parent = item
        return parent

    def fail(self, message: str, line: int = 0, tensor: str | None = None) -> None:
        """Note a problem that makes the file unreadable."""
        self._problems.add(message, line=line, tensor=tensor)

    def lose(self, name: str, kind: LossKind, message: str) -> None:
        """Note what cannot be kept."""
        self._losses.append(Loss(name, kind, message))

    def lose_channels(self, name: str, count: int) -> None:
        """Note that one range stands for several channels, if it does."""
        if count > 1:
            message = f"it has {count} channels; the widest range is taken"
            self.lose(name, LossKind.PER_CHANNEL, message)

    def lose_parameter(self, name: str) -> None:
        """Note that a weight's entry is not needed."""
        message = "it is ignored, since TensorRT quantizes weights itself"
        self.lose(name, LossKind.PARAMETER, message)

    def note(self, message: str) -> None:
        """Add a remark on the file."""
        self.notes.append(f"{self._source.path}: {message}")

    def number(self, name: str, value: Any, what: str, line: int) -> float | None:
        """Return a JSON number, perhaps not finite; note anything else."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.fail(f"{what} is {describe(value)}; expected a number", line, name)
            return None
        try:
            return float(value)
        except OverflowError:
            return math.inf

    def amax(self, name: str, value: Any, line: int) -> None:
        """Add an entry from the largest absolute value."""
        number = self.number(name, value, "the range", line)
        if number is None:
            return
        reason = _unusable(number)
        bounds = DynamicRange.symmetric(number) if reason is None else None
        self._add(RangeEntry(name=name, range=bounds, reason=reason, line=line))

    def scale(self, name: str, value: Any, line: int) -> None:
        """Add an entry from scale = amax / 127."""
        number = self.number(name, value, "the scale", line)
        if number is None:
            return
        scale = to_float32(number)
        amax = amax_of_scale(scale)
        reason = _no_positive_number(number) or _unusable(amax)
        if reason is not None:
            self.unset(name, reason, line)
            return
        bounds = DynamicRange.symmetric(shortest(amax))
        self._add(RangeEntry(name=name, range=bounds, scale=scale, line=line))

    def bounds(self, name: str, low: Any, high: Any, line: int) -> None:
        """Add an entry from min and max."""
        minimum = self.number(name, low, "min", line)
        maximum = self.number(name, high, "max", line)
        if minimum is None or maximum is None:
            return
        if minimum > maximum:
            self.fail(f"min {minimum!r} is greater than max {maximum!r}", line, name)
            return
        if minimum == maximum == 0:
            self.unset(name, ZERO_ON_DATA, line)
            return
        reason = _unusable(extreme([abs(minimum), abs(maximum)], max))
        bounds = DynamicRange(minimum, maximum) if reason is None else None
        self._add(RangeEntry(name=name, range=bounds, reason=reason, line=line))

    def limits(
        self, name: str, kind: str, steps: tuple[int, int], scale: float, zero: float, line: int
    ) -> None:
        """Add an entry from the limits of a quantized type: (step - zero point) x scale.

        INT8 with zero point 0 is what TensorRT has too: there the scale is taken as it is.

        Args:
            name: The tensor.
            kind: The type, as its tool calls it.
            steps: The type's smallest and largest number.
            scale: What a step stands for.
            zero: The step that stands for 0.
            line: Of the file.
        """
        if steps == (-128, 127) and zero == 0:
            self.scale(name, scale, line)
            return
        ends = [(step - zero) * scale for step in steps]
        is_8_bit = steps[1] - steps[0] == 255
        loss = LossKind.ASYMMETRIC if is_8_bit else LossKind.NOT_8_BIT
        self.lose(name, loss, f"it is {kind} with zero point {zero:g}; its limits are read")
        self.bounds(name, extreme(ends, min), extreme(ends, max), line)

    def unset(self, name: str, reason: str, line: int) -> None:
        """Add an entry without a range."""
        self._add(RangeEntry(name=name, reason=reason, line=line))

    def finish(
        self, *, collected: dict[str, Any] | None = None, extra: dict[str, Any] | None = None
    ) -> RangeFile:
        """Return the ranges.

        Raises:
            FormatError: Every problem noted, a line each; or there are no entries.
        """
        if not self.entries and not self._problems and not self._losses:
            self.fail("has no tensors; expected at least one")
        self._problems.raise_if_any()
        return RangeFile(
            path=self._source.path,
            format=self._format_id,
            entries=self.entries,
            precision=self.precision,
            collected=collected,
            extra=extra or {},
            # The decoding's notes exist only for text, which binary formats never ask for.
            notes=(*([] if self._source.is_binary else self._source.notes), *self.notes),
            losses=tuple(self._losses),
        )

    def _add(self, entry: RangeEntry) -> None:
        first = self.entries.get(entry.name)
        if first is not None:
            where = f" (first on line {first.line})" if first.line else ""
            self.fail(f"is given twice{where}", entry.line, entry.name)
            return
        self.entries[entry.name] = entry

    def _note_duplicates(self, value: Any) -> None:
        if isinstance(value, JsonObject):
            for key, first, line in value.duplicates:
                self.fail(f"{quoted(key)} is given twice (first on line {first})", line)
            for item in value.values():
                self._note_duplicates(item)
        elif isinstance(value, list):
            for item in value:
                self._note_duplicates(item)


def _unusable(amax: float) -> str | None:
    """Return why no range can be made of an amax, or ``None`` where one can."""
    reason = _no_positive_number(amax)
    if reason is not None:
        return reason
    if amax >= FLOAT32_OVERFLOW:
        return "more than a float32 holds"
    if scale_of_amax(amax) == 0:
        return "too small for a float32 scale"
    return None


def _no_positive_number(value: float) -> str | None:
    if math.isnan(value):
        return "NaN in the file"
    if math.isinf(value):
        return "infinite in the file"
    if value == 0:
        return "0 in the file"
    return "negative in the file" if value < 0 else None
