# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""One tensor's value in our own file, in every accepted spelling.

```
31.08                       the largest absolute value (amax)
[-2.1, 2.64]                min and max
{"min": -2.1, "max": 2.64}  the same; "scale" beside it is the exact float32 scale
{"amax": 31.08}             amax
{"scale": 0.241}            amax / 127
null                        not filled in
```
"""

from __future__ import annotations

import math
import re
from typing import Any

from setrange.ranges.float32 import (
    FLOAT32_OVERFLOW,
    amax_of_scale,
    scale_of_amax,
    shortest,
    to_float32,
)
from setrange.ranges.json_scan import JsonObject
from setrange.ranges.model import DynamicRange, RangeEntry
from setrange.ranges.problems import Problems, quoted
from setrange.text.words import did_you_mean

__all__ = ["NOT_FILLED_IN", "ZERO_ON_DATA", "check_fields", "describe", "read_entry"]

#: Reason of an entry that is null.
NOT_FILLED_IN = "not filled in"

#: Reason of an entry that was measured, and is 0: any positive range holds its values.
ZERO_ON_DATA = "0 on all of the data"

#: How far 127 x scale may be from the range beside it (float32 and decimal rounding).
_AGREE = 1e-5

#: A number with a decimal comma.
_COMMA = re.compile(r"([-+]?[0-9]{1,40}),([0-9]{1,40}(?:[eE][-+]?[0-9]{1,4})?)")

_FIELDS = ("min", "max", "scale", "amax", "source", "reason", "need", "proposed")
_TEXTS = ("source", "reason", "need")
_ZERO = (
    "a zero range cannot be quantized; give a positive bound, "
    "or leave the tensor out (or null) to have it filled in"
)
_FORMS = 'expected a number (amax), [min, max], {"min", "max"}, {"amax"}, {"scale"} or null'


def read_entry(name: str, value: Any, line: int, problems: Problems) -> RangeEntry | None:
    """Read one value of ``tensors``.

    Args:
        name: Tensor name.
        value: The JSON value.
        line: Line of the name.
        problems: Gets everything that is wrong with it.

    Returns:
        The entry, or ``None`` where there were problems.
    """
    if isinstance(value, JsonObject) and not check_fields(
        value, _FIELDS, problems, tensor=name
    ):
        return None
    try:
        return _entry(name, value, line)
    except _EntryError as error:
        problems.add(str(error), line=line, tensor=name)
        return None


def _entry(name: str, value: Any, line: int) -> RangeEntry:
    if not name:
        raise _EntryError("the name is empty; expected a tensor name")
    bounds, scale = _read(value)
    texts = {}
    if isinstance(value, JsonObject):
        texts = {field: value[field] for field in _TEXTS if field in value}
    for field, text in texts.items():
        if not isinstance(text, str):
            raise _EntryError(f"{field} is {describe(text)}; expected text")
    if bounds is None:
        texts.setdefault("reason", NOT_FILLED_IN)
    elif "reason" in texts:
        raise _EntryError('"reason" says why there is no range, but there is one')
    proposed = _proposed(value) if isinstance(value, JsonObject) else None
    return RangeEntry(
        name=name, range=bounds, scale=scale, proposed=proposed, line=line, **texts
    )


def _proposed(value: JsonObject) -> DynamicRange | None:
    """The range that setrange itself once put here."""
    pair = value.get("proposed")
    if "proposed" not in value:
        return None
    if not isinstance(pair, list) or len(pair) != 2:
        raise _EntryError(f"proposed is {describe(pair)}; expected [min, max]")
    try:
        return _of_bounds(pair[0], pair[1])[0]
    except _EntryError as error:
        raise _EntryError(f"proposed: {error}") from error


class _EntryError(ValueError):
    """An entry's value is wrong."""


#: Range (``None``: not filled in) and exact float32 scale, if given.
_Reading = tuple[DynamicRange | None, float | None]


def _read(value: Any) -> _Reading:
    if value is None:
        return None, None
    if isinstance(value, JsonObject):
        return _of_object(value)
    if isinstance(value, list):
        if len(value) != 2:
            raise _EntryError(f"is a list of {len(value)}; expected [min, max]")
        return _of_bounds(value[0], value[1])
    if isinstance(value, bool | str):
        raise _EntryError(f"is {describe(value)}; {_FORMS}")
    return _of_amax(value)


def _of_object(value: JsonObject) -> _Reading:
    if "amax" in value:
        others = [field for field in ("min", "max", "scale") if field in value]
        if others:
            raise _EntryError(f'has "amax" beside "{others[0]}"; give one of the two forms')
        return _of_amax(value["amax"])
    if "min" not in value and "max" not in value:
        if "scale" not in value:
            raise _EntryError(_FORMS)
        return _of_scale(value["scale"])
    for this, other in (("min", "max"), ("max", "min")):
        if this not in value:
            raise _EntryError(f'has "{other}" but no "{this}"; give both')
    low, high = value["min"], value["max"]
    if (low is None) != (high is None):
        null, other = ("min", "max") if low is None else ("max", "min")
        raise _EntryError(f"{null} is null but {other} is not; give both, or null for both")
    if low is None:
        if "scale" in value:
            raise _EntryError('has a "scale" but null for "min" and "max"')
        return None, None
    bounds, _ = _of_bounds(low, high)
    if "scale" not in value:
        return bounds, None
    scale = to_float32(_positive(value["scale"], "scale"))
    if bounds is not None and not math.isclose(scale * 127, bounds.amax, rel_tol=_AGREE):
        raise _EntryError(
            f"min and max say {bounds.amax!r}, but scale says 127 x {value['scale']!r} = "
            f"{shortest(scale * 127)!r}; remove the one that is out of date"
        )
    return bounds, scale


def _of_bounds(low: Any, high: Any) -> _Reading:
    wrong = [_number_problem(low, "min"), _number_problem(high, "max")]
    if any(wrong):
        raise _EntryError("; ".join(text for text in wrong if text))
    minimum, maximum = float(low), float(high)
    if minimum > maximum:
        raise _EntryError(f"min {minimum!r} is greater than max {maximum!r}; swap them")
    bounds = DynamicRange(minimum, maximum)
    _check_usable(bounds.amax)
    return bounds, None


def _of_amax(value: Any) -> _Reading:
    amax = _positive(value, "amax")
    _check_usable(amax)
    return DynamicRange.symmetric(amax), None


def _of_scale(value: Any) -> _Reading:
    scale = to_float32(_positive(value, "scale"))
    amax = amax_of_scale(scale)
    if not scale or math.isinf(amax):
        raise _EntryError(f"scale {value!r} is outside what a float32 holds")
    return DynamicRange.symmetric(shortest(amax)), scale


def _number_problem(value: Any, what: str) -> str | None:
    """Return why a value is no finite number, or ``None`` where it is one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"{what} is {describe(value)}; expected a number"
    if isinstance(value, int) and abs(value) >= FLOAT32_OVERFLOW:
        return f"{what} is more than a float32 holds (3.4e38)"
    if not math.isfinite(value):
        kind = "NaN" if math.isnan(value) else "infinite"
        return f"{what} is {kind}; expected a finite number, or null for no range"
    return None


def _positive(value: Any, what: str) -> float:
    wrong = _number_problem(value, what)
    if wrong:
        raise _EntryError(wrong)
    if value < 0:
        hint = f"; did you mean [{value!r}, {-value!r}]?" if what == "amax" else ""
        raise _EntryError(f"{what} is {value!r}; it cannot be negative{hint}")
    if value == 0:
        raise _EntryError(_ZERO)
    return float(value)


def _check_usable(amax: float) -> None:
    """Check that TensorRT can hold the range: its scale is a positive float32."""
    if amax == 0:
        raise _EntryError(_ZERO)
    if amax >= FLOAT32_OVERFLOW:
        raise _EntryError(f"{amax!r} is more than a float32 holds (3.4e38)")
    if scale_of_amax(amax) == 0:
        raise _EntryError(f"{amax!r} is so small that its scale is 0 in float32")


def check_fields(
    value: JsonObject,
    known: tuple[str, ...],
    problems: Problems,
    *,
    tensor: str | None = None,
    where: str = "",
) -> bool:
    """Note repeated and unknown fields of an object; return True where there are none."""
    before = len(problems)
    for field, first, line in value.duplicates:
        problems.add(
            f"{where}{quoted(field)} is given twice (first on line {first})",
            line=line,
            tensor=tensor,
        )
    for field in value:
        if field not in known:
            expected = f"expected {_listed(known)}"
            hint = did_you_mean(field, known, otherwise=expected, quote=quoted)
            problems.add(
                f"{where}unknown field {quoted(field)}; {hint}",
                line=value.lines[field],
                tensor=tensor,
            )
    return len(problems) == before


def describe(value: Any) -> str:
    """Return what a JSON value is, in a user's words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        try:
            float(value)
        except ValueError:
            return f"the text {quoted(value)}{_decimal_comma(value)}"
        return f"the text {quoted(value)} (remove the quotes)"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "an object"
    return repr(value)


def _decimal_comma(text: str) -> str:
    """Advice for a number as half of the world writes it."""
    number = _COMMA.fullmatch(text.strip())
    return "" if number is None else f" (a decimal comma; write {number[1]}.{number[2]})"


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names[:-1]) + f' or "{names[-1]}"'
