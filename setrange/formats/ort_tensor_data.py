# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""ONNX Runtime's ``TensorData`` in JSON, which two of its files hold.

```
{"lowest":  {"data": [-3.2], "dtype": "float32", "CLS": "numpy.array"},
 "highest": {"data": [3.6],  "dtype": "float32", "CLS": "numpy.array"}, "CLS": "TensorData"}
```

``data`` is a list for MinMax, a bare number for Entropy and Percentile, one number per channel
with ``per_channel=True``; histograms beside it are of no use here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from setrange.formats.foreign import extreme
from setrange.ranges.entry import describe
from setrange.ranges.json_scan import JsonObject

if TYPE_CHECKING:
    from setrange.formats.foreign import ForeignReader
    from setrange.ranges.model import DynamicRange

__all__ = ["add_tensor_data", "tensor_data"]


def add_tensor_data(reader: ForeignReader, name: str, value: Any, line: int) -> None:
    """Add the entry of one tensor; per channel the widest range."""
    if not isinstance(value, JsonObject):
        reader.fail(f"is {describe(value)}; expected an object", line, name)
        return
    sides = []
    for field in ("lowest", "highest"):
        if field not in value:
            reader.fail(f'has no "{field}"', line, name)
            return
        numbers = _numbers(reader, name, value[field], field, line)
        if not numbers:
            return
        sides.append(numbers)
    lows, highs = sides
    if len(lows) != len(highs):
        reader.fail(f"has {len(lows)} lowest but {len(highs)} highest values", line, name)
        return
    reader.lose_channels(name, len(lows))
    reader.bounds(name, extreme(lows, min), extreme(highs, max), line)


def tensor_data(bounds: DynamicRange) -> dict[str, Any]:
    """Return the JSON value of a range."""
    return {
        "lowest": {"data": [bounds.min], "dtype": "float32", "CLS": "numpy.array"},
        "highest": {"data": [bounds.max], "dtype": "float32", "CLS": "numpy.array"},
        "CLS": "TensorData",
    }


def _numbers(
    reader: ForeignReader, name: str, value: Any, field: str, line: int
) -> list[float] | None:
    """Return the numbers of an array in any nesting; note anything else."""
    if isinstance(value, JsonObject):
        if "data" not in value:
            reader.fail(f'{field} has no "data"', line, name)
            return None
        value = value["data"]
    if not isinstance(value, list):
        number = reader.number(name, value, field, line)
        return None if number is None else [number]
    found: list[float] = []
    for item in value:
        numbers = _numbers(reader, name, item, field, line)
        if numbers is None:
            return None
        found += numbers
    if not found:
        reader.fail(f"{field} is an empty list", line, name)
    return found
