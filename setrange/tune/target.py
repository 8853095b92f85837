# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What accuracy is wanted: a metric of ``verify``, or a function of the user's."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from setrange.accuracy.metrics import METRICS
from setrange.errors import InputError, UsageError
from setrange.measure.user_function import FAILURES, is_function, user_function, what_happened
from setrange.text.words import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

__all__ = ["Target"]

_FORM = re.compile(r"\s*(.*?)\s*(<=|>=|=)\s*(.*?)\s*", re.DOTALL)
_EXAMPLES = (
    "such as sqnr=30, cosine=0.999, top1=0.99, accuracy-drop=0.5% or module:function=0.9"
)

#: Metric -> what its values lie between.
_LIMITS = {
    "sqnr": (-200.0, 200.0),
    "cosine": (-1.0, 1.0),
    "max-error": (0.0, math.inf),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The accuracy that is wanted.

    Attributes:
        name: A key of ``METRICS``, or ``module:function``.
        value: What it must reach.
        is_cost: True where less is better.
    """

    name: str
    value: float
    is_cost: bool

    @classmethod
    def parse(cls, text: str) -> Target:
        """Read ``METRIC=VALUE``; of a function ``<=`` says that less is better.

        >>> Target.parse("accuracy-drop=0.5%")
        Target(name='accuracy-drop', value=0.005, is_cost=True)

        Raises:
            UsageError: It is none.
        """
        match = _FORM.fullmatch(text)
        if match is None:
            raise UsageError(f"--target {text}: expected METRIC=VALUE, {_EXAMPLES}")
        name, sign, number = match.groups()
        by_function = is_function(name)
        if name not in METRICS and not by_function:
            hint = did_you_mean(name, METRICS, end=" ")
            raise UsageError(
                f"--target {text}: {name!r} is no metric; {hint}expected {', '.join(METRICS)}, "
                f"or a Python function as module:function"
            )
        is_cost = sign == "<=" if by_function else METRICS[name].is_cost
        if not by_function and sign == ("<=" if not is_cost else ">="):
            better = "less" if is_cost else "more"
            raise UsageError(
                f"--target {text}: of {name} {better} is better; write {name}={number}"
            )
        return cls(name=name, value=_number(text, name, number), is_cost=is_cost)

    @property
    def is_function(self) -> bool:
        """True for a function of the user's."""
        return ":" in self.name

    def reaches(self, value: float | None) -> bool:
        """True where a value is good enough; ``None``, where there is none, is not."""
        if value is None:
            return False
        return value <= self.value if self.is_cost else value >= self.value

    def is_better(self, one: float | None, other: float | None) -> bool:
        """True where one value is better than another."""
        if one is None or other is None:
            return other is None and one is not None
        return one < other if self.is_cost else one > other

    def text(self, value: float | None) -> str:
        """Return a value with its unit."""
        if value is None:
            return "none"
        return f"{value:.6g}" if self.is_function else METRICS[self.name].text(value)

    def __str__(self) -> str:
        return (
            f"{self.name} {'at most' if self.is_cost else 'at least'} {self.text(self.value)}"
        )

    def function(self) -> JudgeFunction | None:
        """Load the user's function; ``None`` where the target is a metric.

        Raises:
            UsageError: There is none.
        """
        return JudgeFunction(self.name) if self.is_function else None


class JudgeFunction:
    """Calls a function of the user's, and turns what goes wrong there into one message.

    Args:
        place: ``module:function``.

    Raises:
        UsageError: There is no such module or function.
    """

    def __init__(self, place: str) -> None:
        self._place = place
        self._function = user_function(
            place,
            option="--target",
            what="a function that takes the float and the INT8 outputs and returns a number",
        )

    def __call__(
        self, wanted: Mapping[str, npt.NDArray[Any]], got: Mapping[str, npt.NDArray[Any]]
    ) -> float:
        """Return what it says of the outputs of one batch.

        Raises:
            InputError: It raises something, or returns no finite number.
        """
        try:
            found = self._function(dict(wanted), dict(got))
        except FAILURES as error:
            raise InputError(
                f"--target {self._place}: {what_happened(error)}; it gets the outputs of one "
                f"batch, {{name: array}}, in float and in INT8"
            ) from error
        try:
            number = float(found)
        except FAILURES as error:  # a number of the user's own class, perhaps
            raise InputError(
                f"--target {self._place}: returned {type(found).__name__}; expected a number"
            ) from error
        if not math.isfinite(number):
            raise InputError(
                f"--target {self._place}: returned {number}; expected a finite number"
            )
        return number


def _number(text: str, name: str, number: str) -> float:
    factor, plain = 1.0, number
    unit = METRICS[name].unit if name in METRICS else "%"
    if plain.endswith("%") and unit == "%":
        factor, plain = 0.01, plain[:-1]
    elif plain.lower().endswith("db") and unit == "dB":
        plain = plain[:-2]
    try:
        # Shares in per cent must be what people mean: 0.005, not 0.0050000000000000001.
        value = float(f"{factor * float(plain):.12g}")
    except ValueError as error:
        raise UsageError(f"--target {text}: {number!r} is no number; {_EXAMPLES}") from error
    if not math.isfinite(value):
        raise UsageError(f"--target {text}: expected a finite number")
    if name not in METRICS:
        return value
    low, high = _LIMITS.get(name, (0.0, 1.0))
    if not low <= value <= high:
        is_percent = unit == "%" and not number.endswith("%") and 1 < value <= 100
        meant = f" (or {number}%)" if is_percent else ""
        most = "" if high == math.inf else f" to {high:g}"
        raise UsageError(
            f"--target {text}: {name} lies in {low:g}{most or ' and more'}; {number} is never "
            f"met or always{meant}"
        )
    return value
